"""Mean squared error of vertices (EMOTE's L_rec, arXiv 2306.08990, eq. 2): (B, T, V, 3) metres, in square metres."""

from torch import Tensor

from speechface.losses._masked import masked_mean


def loss(predicted: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean over frames, vertices and axes of (predicted - target)^2."""
    return masked_mean((predicted - target).square(), mask)
