"""`speechface train`: what can be trained."""
