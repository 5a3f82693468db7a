"""Checks of what is there, without showing it: keys and shapes, files, AWS, a real connection to the database.

Every check is a function of an open project that gives rows; a new one is one function and one line in `report.py`.
Programs that help run in a cleaned environment (`programs.py`).
"""
