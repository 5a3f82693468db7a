"""The rules that also run inside the prompt, on built-in modules alone: where a project is, what it may load, how it is quoted.

`repository` finds it, `binding` and `resolve` say whose it is, `load` says what it gives, `names` which names may be
set. No os, re, json, typing or dataclasses here: tests/unit/test_layers.py lists what may be imported.
"""
