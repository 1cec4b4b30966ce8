"""Sound: reading files, log-mel frames, encoders that hear what a mouth does, and windows over long recordings."""
