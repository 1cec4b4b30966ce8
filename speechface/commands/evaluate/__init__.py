"""`speechface evaluate`: what can be measured.

Each module has `Arguments`, `measure(arguments)`, which returns a table as dicts (row, column, number), and `run`, which
prints it.
"""
