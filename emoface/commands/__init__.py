"""Verbs that train EmoFace."""
