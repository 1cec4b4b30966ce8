"""Mean squared error of frame-to-frame motion (Cudeiro et al., VOCA, CVPR 2019, eq. 3): (B, T, V, 3) metres."""

from torch import Tensor

from speechface.losses._masked import masked_mean


def loss(predicted: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean of ((p_t - p_t-1) - (y_t - y_t-1))^2 over frames whose neighbour counts too."""
    both = None if mask is None else mask[:, 1:] & mask[:, :-1]
    return masked_mean((predicted.diff(dim=1) - target.diff(dim=1)).square(), both)
