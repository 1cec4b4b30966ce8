"""Videos become clips: ingest, track, fit, judge. Every stage leaves a file a clip, and does not do again what is there."""
