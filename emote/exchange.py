"""Content-emotion exchange: every clip is said again with the feeling of another one (arXiv 2306.08990, section 4.2).

Sound, subject and head stay; emotion and intensity come from the partner. What is said must then still be read from the
lips, and the face must look like the partner's.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Generator, Tensor

from speechface.emotion import LABELS, LEVELS
from speechface.errors import UserError

FELT = len(LABELS) + LEVELS
"""Columns of a style that say what is felt; the others say who speaks."""


def partners(style: Tensor, generator: Generator | None = None) -> Tensor:
    """(B,) a derangement of clips with style (B, T, 43): nobody is their own partner, and feelings differ where they can.

    Of all derangements one with the least that partners' feelings have in common (Hungarian method), chance deciding between
    equals where a generator is given. Raises `UserError` for a batch of one.
    """
    from scipy.optimize import linear_sum_assignment

    if len(style) < 2:
        raise UserError("exchanging emotions needs two clips a batch; set --data.batch to 2 or more")
    felt = style[..., : len(LABELS)].mean(dim=1).double().cpu()
    common = torch.minimum(felt[:, None], felt[None]).sum(dim=-1)
    if generator is not None:
        common = common + 0.05 * torch.rand(common.shape, generator=generator, dtype=torch.float64)
    cost = common + torch.diag(torch.full((len(style),), 1e6, dtype=torch.float64))
    _, chosen = linear_sum_assignment(cost.numpy())
    return torch.from_numpy(np.asarray(chosen, dtype=np.int64))


def exchanged(style: Tensor, order: Tensor) -> Tensor:
    """Style (B, T, 43) with the feelings of the clips `order` (B,) names; the subject stays."""
    return torch.cat([style[order][..., :FELT], style[..., FELT:]], dim=-1)
