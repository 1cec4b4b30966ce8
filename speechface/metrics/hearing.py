"""How well an encoder hears: visemes and articulation against labels, at 100 Hz."""

from __future__ import annotations

import numpy as np

from speechface.visemes import BILABIAL, CLASSES, GROUP_OF, Segment, articulation, framewise

RATE, TOLERANCE = 100.0, 0.040


def viseme_accuracy(posteriors: np.ndarray, segments: list[Segment], grouped: bool = True) -> tuple[int, int]:
    """Frames right and frames labelled, for posteriors (T, 21), in 12 visual groups or all 21 classes."""
    truth = framewise(segments, len(posteriors), RATE)
    guess = posteriors.argmax(axis=1)
    known = truth >= 0
    right = (GROUP_OF[guess] == GROUP_OF[truth]) if grouped else guess == truth
    return int(right[known].sum()), int(known.sum())


def recalls(posteriors: np.ndarray, segments: list[Segment]) -> np.ndarray:
    """(21, 2) frames right and frames labelled of every class."""
    truth, guess = framewise(segments, len(posteriors), RATE), posteriors.argmax(axis=1)
    return np.array([[((truth == k) & (guess == k)).sum(), (truth == k).sum()] for k in range(len(CLASSES))])


def curve_pair(curves: np.ndarray, segments: list[Segment]) -> tuple[np.ndarray, np.ndarray]:
    """Heard and labelled articulation, (T, 5) each, for correlations over many clips."""
    return curves, articulation(segments, len(curves), RATE)


def closure_counts(close: np.ndarray, segments: list[Segment], threshold: float = 0.5) -> tuple[int, int, int]:
    """Hits, misses and false alarms of closures heard in a curve (T,), against p, b, m within 40 ms.

    A heard closure is a stretch above the threshold; it is right if it comes within 40 ms of a labelled one.
    """
    heard = [(start / RATE, end / RATE) for start, end in _runs(close > threshold)]
    labels = [(segment.start, segment.end) for segment in segments if segment.viseme == BILABIAL]

    def near(one: tuple[float, float], many: list[tuple[float, float]]) -> bool:
        return any(one[0] - TOLERANCE <= end and start <= one[1] + TOLERANCE for start, end in many)

    hits = sum(near(label, heard) for label in labels)
    return hits, len(labels) - hits, sum(not near(one, labels) for one in heard)


def f1(hits: int, misses: int, alarms: int) -> float:
    """Harmonic mean of precision and recall, 0..1."""
    return 2.0 * hits / max(1, 2 * hits + misses + alarms)


def _runs(on: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
