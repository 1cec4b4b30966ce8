"""One minus the cosine of features: (B, T, D), a row a frame as lip readers give them, or one a clip (T = 1).

EMOTE's lip-reading and emotion losses (arXiv 2306.08990, eq. 3 and 4). Half the squared distance of unit vectors is the same
number, and exactly 0 where they are the same.
"""

from torch import Tensor
from torch.nn import functional as F

from speechface.losses._masked import masked_mean


def loss(predicted: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean over frames of 1 - cos(predicted, target); all axes after the second are one vector."""
    one, other = (F.normalize(features.flatten(2), dim=-1) for features in (predicted, target))
    return masked_mean(0.5 * (one - other).square().sum(dim=-1), mask)
