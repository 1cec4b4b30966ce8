"""Losses: one module a term, `loss(predicted, target, mask) -> scalar`, with mask (B, T) bool or None.

The name of the module is the name of the term; weights are a dict with the same names.
"""

from speechface import plugins


def load(name: str):
    """The function `loss` of a term; `UserError` with the nearest name if there is none."""
    return plugins.load(__name__, name, "loss").loss
