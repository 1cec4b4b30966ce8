"""Hinge on what touches: (B, T) metres between two things that must meet where the target does and only there.

A squared error is content with lips a little apart when it is unsure; people are not. Where the target touches, every
millimetre beyond 0.7 of the touching distance (or beyond the target, if that is more) counts twice; where it is at
least twice that distance apart, every millimetre nearer than 1.5 of it counts once.
"""

from torch import Tensor

from speechface.losses._masked import masked_mean


def loss(predicted: Tensor, target: Tensor, mask: Tensor | None = None, touch: float = 1e-3) -> Tensor:
    """Mean over frames of the millimetres by which a touch is missed (twice) or wrongly made; touch in metres."""
    missed = (predicted - target.clamp(min=0.7 * touch)).clamp(min=0.0) * (target < touch)
    wrong = (1.5 * touch - predicted).clamp(min=0.0) * (target > 2.0 * touch)
    return masked_mean((2.0 * missed + wrong) * 1e3, mask)
