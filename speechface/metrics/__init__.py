"""Measures of motion. Every function takes arrays and says its unit; `speechface evaluate` runs them on recordings."""
