"""Means over the frames that count."""

from torch import Tensor


def masked_mean(values: Tensor, mask: Tensor | None) -> Tensor:
    """Mean of values (B, T, ...) over all but the frames where mask (B, T) is false; 0 if no frame counts."""
    values = values.reshape(*values.shape[:2], -1).mean(dim=-1)
    if mask is None:
        return values.mean()
    return (values * mask).sum() / mask.sum().clamp(min=1)
