"""Verbs that train EMOTE."""
