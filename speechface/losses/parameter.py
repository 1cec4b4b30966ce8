"""Mean squared error of parameters (B, T, C), in units of their spread.

Vertices alone say little of the upper face: brows and lids move few of them, a few millimetres. Here every parameter
counts alike.
"""

from torch import Tensor

from speechface.losses._masked import masked_mean


def loss(predicted: Tensor, target: Tensor, mask: Tensor | None = None, scale: Tensor | float = 1.0) -> Tensor:
    """Mean over frames and parameters of ((predicted - target) / scale)^2; scale (C,) or one for all."""
    return masked_mean(((predicted - target) / scale).square(), mask)
