"""Squared error of the opening between the lips, weighted towards closures: (B, T) metres, in square metres.

A millimetre matters when lips should touch and not when the mouth is wide open; the weight of a frame is
1 + 8 exp(-target / 1 mm).
"""

from torch import Tensor

from speechface.losses._masked import masked_mean


def loss(predicted: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Weighted mean over frames of (predicted - target)^2."""
    weight = 1.0 + 8.0 * (-target / 1e-3).exp()
    return masked_mean((predicted - target).square() * weight, mask)
