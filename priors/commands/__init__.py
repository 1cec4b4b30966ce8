"""Verbs that train priors."""
