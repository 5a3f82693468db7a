"""Finding secrets in files: this project's values in every form that is masked, and tokens known by their shape.

`files` says what is read, `search` what is found in it, `precommit` stops a commit. Nothing here knows how results
are shown; a finding has a file, a line and a key, never a value.
"""
