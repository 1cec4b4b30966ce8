"""`speechface prepare`: ways in."""
