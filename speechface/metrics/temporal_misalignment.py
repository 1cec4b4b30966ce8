"""Mean temporal misalignment (MTM): by how much the openings and closings of the lips come too early or too late.

Perceptually Accurate 3D Talking Head Generation (Chae-Yeon et al., CVPR 2025, arXiv 2503.20308; script
evaluation/evaluate_MTM.py of kaist-ami/Perceptual-3D-Talking-Head): the distance of the lips' middles is smoothed (Gaussian,
2 frames), truth and prediction are aligned by dynamic time warping of their first differences (derivative DTW), and where a
warped pair is a maximum of both or a minimum of both, and the predicted one lies between the neighbours of the true one, the
difference of their times counts. Without sign. The paper's data have 30 frames a second: so the curves are brought to 30
here, whatever they come in, and the result is in multiples of 1/30 s for one extremum.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

RATE, SIGMA = 30.0, 2.0
"""Frames a second at which is compared, and standard deviation of the smoothing in frames."""
LONGEST = 3600
"""Frames that are warped at once; longer clips are cut."""


def temporal_misalignment(predicted: np.ndarray, true: np.ndarray, fps: float) -> np.ndarray:
    """(n,) seconds by which each matched extremum is off, for lip openings (T,) at `fps`; empty where none match."""
    one, other = (gaussian_filter1d(_resampled(curve, fps), SIGMA) for curve in (true, predicted))
    if len(one) < 3 or len(other) < 3:
        return np.zeros(0)
    return np.concatenate([_offsets(*part) for part in _pieces(one, other)])


def _pieces(one: np.ndarray, other: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Both curves in pieces of up to `LONGEST` frames: the cost of warping grows with the square of the length."""
    length = min(len(one), len(other))
    count = -(-length // LONGEST)
    edges = np.linspace(0, length, count + 1).round().astype(int).tolist()
    for start, end in itertools.pairwise(edges):
        yield one[start:end], other[start:end]


def _offsets(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n,) seconds between matched extrema of a true and a predicted curve, both smooth and at `RATE`."""
    kinds, guessed = (
        {index: sign for sign in (1.0, -1.0) for index in find_peaks(sign * curve)[0].tolist()}
        for curve in (one, other)
    )
    order, offsets = sorted(kinds), []
    for at, near in derivative_warping(one, other).tolist():
        if at in kinds and kinds[at] == guessed.get(near):
            place = order.index(at)
            low = order[place - 1] if place else 0
            high = order[place + 1] if place < len(order) - 1 else len(one) - 1
            if low <= near <= high:
                offsets.append(abs(at - near) / RATE)
    return np.array(offsets)


def derivative_warping(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(k, 2) pairs of indices of the cheapest way to warp one curve (N,) on another (M,) by their first differences.

    The cost of a pair is the difference of the differences (the first is 0); steps go forward in one, the other or both, a
    diagonal step being taken where ways are equally cheap. Filled diagonal by diagonal: on one, no cell waits for another.
    """
    slopes, others = (np.diff(curve, prepend=curve[0]) for curve in (one, other))
    count, width = len(slopes), len(others)
    total = np.full((count + 1, width + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(2, count + width + 1):
        row = np.arange(max(1, diagonal - width), min(count, diagonal - 1) + 1)
        column = diagonal - row
        before = np.minimum(np.minimum(total[row - 1, column], total[row, column - 1]), total[row - 1, column - 1])
        total[row, column] = np.abs(slopes[row - 1] - others[column - 1]) + before
    path, here = [], (count, width)
    while min(here) > 0:
        path.append((here[0] - 1, here[1] - 1))
        ways = ((here[0] - 1, here[1] - 1), (here[0] - 1, here[1]), (here[0], here[1] - 1))
        here = min(ways, key=lambda way: total[way])
    return np.array(path[::-1])


def _resampled(curve: np.ndarray, fps: float) -> np.ndarray:
    """The curve at `RATE` frames a second, linear in between."""
    if fps == RATE:
        return np.asarray(curve, dtype=np.float64)
    at = np.arange(int((len(curve) - 1) / fps * RATE + 1e-6) + 1) / RATE
    return np.interp(at, np.arange(len(curve)) / fps, curve)
