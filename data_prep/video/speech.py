"""Voice activity: where somebody speaks, by the level of the sound.

Plain and quick: it takes any noise that stands out for speech. Whether the lips move with it is for the judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

RATE = 16000
STEP = 160
"""Samples of a frame of 10 ms."""
FAINT = -50.0
"""Level in decibels (0 is full scale) that something must reach to be speech."""
BELOW_LOUD, ABOVE_QUIET = 30.0, 8.0
"""Speech is at most so far under the loud moments of a recording, and at least so far over the quiet ones."""
GAP, BLIP, SHORTEST = 0.3, 0.05, 0.15
"""Seconds of a pause that does not end speech, of a click that is no syllable, and of syllables too few to be speech."""


def levels(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """(N,) level in decibels of every whole 10 ms of 16 kHz sound that comes in blocks."""
    found = [np.zeros(0)]
    rest = np.zeros(0, dtype=np.float32)
    for block in blocks:
        rest = np.concatenate([rest, block])
        whole = len(rest) // STEP * STEP
        power = np.square(rest[:whole].reshape(-1, STEP), dtype=np.float64).mean(axis=1)
        found.append(10 * np.log10(power + 1e-12))
        rest = rest[whole:]
    return np.concatenate(found)


def speech(level: np.ndarray) -> list[tuple[float, float]]:
    """(start, end) seconds of every stretch of speech, for levels (N,) of 10 ms."""
    if not len(level):
        return []
    smooth = np.convolve(np.pad(level, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    quiet, loud = np.percentile(smooth, [5, 95])
    least = max(FAINT, loud - BELOW_LOUD, min(quiet + ABOVE_QUIET, loud - ABOVE_QUIET))
    if loud < FAINT:
        return []
    joined: list[tuple[float, float]] = []
    for start, end in _runs(smooth > least):
        if end - start < BLIP:
            continue
        if joined and start - joined[-1][1] < GAP:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return [span for span in joined if span[1] - span[0] >= SHORTEST]


def pieces(
    spans: list[tuple[float, float]], start: float, end: float, longest: float, pad: float
) -> Iterator[tuple[float, float]]:
    """Parts of [start, end] of at most `longest` seconds that hold all speech in it and up to `pad` seconds round it.

    Speech is parted at its longest pauses; a stretch that has none is cut into equal parts.
    """
    inside = [(max(one, start), min(two, end)) for one, two in spans if two > start and one < end]
    if not inside:
        return
    edges = max(start, inside[0][0] - pad), min(end, inside[-1][1] + pad)
    if edges[1] - edges[0] <= longest:
        yield edges
        return
    pauses = [(two[0] - one[1], number) for number, (one, two) in enumerate(pairwise(inside))]
    if not pauses:
        count = int(np.ceil((edges[1] - edges[0]) / longest))
        cuts = np.linspace(*edges, count + 1)
        yield from zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
        return
    # The pause nearest to the middle among the long ones, so that pieces stay long.
    longish = [number for length, number in pauses if length >= 0.5 * max(pauses)[0]]
    middle = (edges[0] + edges[1]) / 2
    at = min(longish, key=lambda number: abs(inside[number][1] - middle))
    cut = (inside[at][1] + inside[at + 1][0]) / 2
    yield from pieces(inside[: at + 1], edges[0], cut, longest, pad)
    yield from pieces(inside[at + 1 :], cut, edges[1], longest, pad)


def _runs(on: np.ndarray) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(int)))
    return [(float(one) * STEP / RATE, float(two) * STEP / RATE) for one, two in edges.reshape(-1, 2)]
