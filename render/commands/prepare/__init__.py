"""`speechface prepare`: pictures for the nets that watch."""
