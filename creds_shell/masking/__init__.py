"""Hiding values in a stream: which values count, in which forms, found how, and replaced without losing a byte else.

`rules` decides whether a value is masked, `variants` makes its forms (a new one goes there, with a test and a line in
docs/security.md), `matcher` finds them, `stream` is the filter. Bytes in, bytes out; nothing here does I/O.
"""
