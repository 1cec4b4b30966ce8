"""What `speechface evaluate` measures: one module a subject, on values handed in; the command finds the data."""
