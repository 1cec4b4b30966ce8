"""Nets that watch: a lip reader and a judge of feelings, what they learn from, and how a user's own are taken in their place."""
