"""Ways in: recordings and generated speech become training clips."""
