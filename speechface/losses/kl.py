"""Kullback-Leibler divergence of a diagonal Gaussian from the unit one (Kingma & Welling 2014, appendix B)."""

from torch import Tensor


def loss(predicted: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """From means (B, L, D) and log variances (B, L, D): the sum over D, averaged over latents."""
    return 0.5 * (predicted.square() + target.exp() - 1.0 - target).sum(dim=-1).mean()
