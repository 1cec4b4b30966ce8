"""`Observed`: what a track says about the landmarks of a head, as rows of residuals, each with its weight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from data_prep.fitting.config import Weights
from data_prep.fitting.landmarks import EYES, INNER_LIPS, IRISES, LIDS, Marks
from data_prep.track import Track

BELIEF = {"landmark": 0.010, "lip_gap": 0.004, "lid_gap": 0.006, "gaze": 0.006}
"""Share of the distance between the eyes to which a residual of each kind is believed."""
EYES_APART = 0.09
"""Metres between the outer corners of a face's eyes: the spread of landmarks, in metres, becomes a share of it."""
SHUT = 0.012
"""Share of the distance between the eyes by which lips are apart that may still be shut."""
ROBUST = 4.0
"""Units of belief beyond which a residual of a landmark pulls no harder (pseudo-Huber)."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Of T frames: pixels (T, N, 2) of the landmarks and unit (T,) pixels between the eyes.

    mixing (R, N): residuals are sums of differences between landmarks as seen and as fitted; kinds (R,) their terms.
    weight (T, R): how much a square counts. expected (T, C) controls and turned (T, 3, 3) the head's turn by the rule.
    trust (T,) 0..1.
    """

    pixels: Tensor
    unit: Tensor
    mixing: Tensor
    kinds: tuple[str, ...]
    weight: Tensor
    expected: Tensor
    turned: Tensor
    trust: Tensor

    def frames(self, which: slice | Tensor) -> Observed:
        """The same of some frames."""
        return Observed(
            self.pixels[which], self.unit[which], self.mixing, self.kinds, self.weight[which], self.expected[which],
            self.turned[which], self.trust[which],
        )  # fmt: skip

    def weighted(self, which: Tensor, factor: Tensor) -> Observed:
        """The same with some landmarks (N,) bool that count a factor (T,) as much."""
        weight = self.weight.clone()
        weight[:, : len(which)] *= torch.where(which, factor[:, None], 1.0)
        return replace(self, weight=weight)

    def lips(self) -> tuple[Tensor, Tensor]:
        """(9, N) differences from upper to lower inner lip, and (T, 9) how much each pair is to be believed to be shut."""
        between = self.mixing[self.rows("lip_gap")]
        gap = torch.einsum("rn,tnx->trx", between, self.pixels).norm(dim=-1) / self.unit[:, None]
        return between, self.trust[:, None] * torch.exp(-(gap / SHUT).square()) / BELIEF["lip_gap"] ** 2

    def turned_by(self, turn: Tensor, which: Tensor) -> Observed:
        """The same with `turned` as turns (k, 3, 3) of some frames have it on average: the rule knows how a head moves better
        than how it is held."""
        off = turn @ self.turned[which].transpose(-1, -2)
        left, _, right = torch.linalg.svd(off.mean(dim=0))
        return replace(self, turned=(left @ right) @ self.turned)

    def rows(self, kind: str) -> Tensor:
        return torch.tensor([number for number, name in enumerate(self.kinds) if name == kind])


def observe(track: Track, marks: Marks, expected: np.ndarray, turned: Tensor, weights: Weights) -> Observed:
    """What to compare with; frames that are not valid weigh nothing. expected: (T, C) controls, turned: (T, 3, 3) by the rule."""
    count = len(marks.numbers)
    unit = eye_distance(track)
    spread = np.hypot(BELIEF["landmark"], marks.spread / EYES_APART)
    mixing, kinds, belief, weight = [np.eye(count)], ["landmark"] * count, [spread], [weights.landmark]
    lips, lids = _differences(marks, INNER_LIPS), _differences(marks, LIDS)
    eyes = np.zeros((len(IRISES), count))
    for row, (pupil, outer, inner) in enumerate(IRISES):
        eyes[row, marks.rows(pupil, outer, inner)] = 1.0, -0.5, -0.5
    for name, rows in (("lip_gap", lips), ("lid_gap", lids), ("gaze", eyes)):
        mixing.append(rows)
        kinds += [name] * len(rows)
        belief.append(np.full(len(rows), BELIEF[name]))
        weight.append(getattr(weights, name))
    each = np.concatenate([np.full(len(one), factor) for one, factor in zip(belief, weight, strict=True)])
    each /= np.concatenate(belief) ** 2
    trust = np.where(track.valid, track.confidence, 0.0).astype(np.float32)
    return Observed(
        torch.from_numpy(np.ascontiguousarray(track.landmarks[:, marks.numbers, :2])), torch.from_numpy(unit),
        torch.as_tensor(np.concatenate(mixing), dtype=torch.float32), tuple(kinds),
        torch.as_tensor(trust[:, None] * each, dtype=torch.float32), torch.as_tensor(expected, dtype=torch.float32),
        turned, torch.from_numpy(trust),
    )  # fmt: skip


def eye_distance(track: Track) -> np.ndarray:
    """(T,) float32 pixels between the outer corners of the eyes, with what a turned head hides of it."""
    right, left = (track.landmarks[:, number] for number in EYES)
    return np.maximum(np.linalg.norm(right - left, axis=1), 1.0).astype(np.float32)


def _differences(marks: Marks, numbers: tuple[tuple[int, int], ...]) -> np.ndarray:
    """(P, N) upper minus lower of every pair."""
    out = np.zeros((len(numbers), len(marks.numbers)))
    for row, (upper, lower) in enumerate(marks.pairs(numbers)):
        out[row, upper], out[row, lower] = 1.0, -1.0
    return out
