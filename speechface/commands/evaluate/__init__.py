"""`speechface evaluate`: what can be measured."""
