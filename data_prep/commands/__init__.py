"""Verbs that prepare data."""
