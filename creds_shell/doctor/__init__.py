"""Looking for what is wrong with a setup: every check is a function that gives rows, and changes nothing.

A new check is one function in the module of its subject and one line in `report.CHECKS`. A row is a status
(`ok`, `warn`, `fail`, `skip`), what was looked at, what was found, and the next command; never a value.
"""
