"""Verbs of the command line that belong to `render`."""
