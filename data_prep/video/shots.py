"""Shots: the stretches of a film between two jumps of the picture."""

from __future__ import annotations

import numpy as np

JUMP = 0.08
"""Mean difference between two pictures (0..1) from which it may be a cut."""
ABOVE = 4.0
"""Times the usual difference round it that a cut must be, so that waving a hand or the camera is none."""
_ROUND = 12


def shots(times: np.ndarray, jumps: np.ndarray) -> list[tuple[int, int]]:
    """Frames [first, end) of every shot, for times (N,) and differences to the frame before (N,).

    A dissolve is not found; what follows from it (an identity that changes) is for the judge.
    """
    cuts = [0]
    for frame in (int(at) for at in np.flatnonzero(jumps > JUMP)):
        first = max(1, frame - _ROUND)
        near = np.delete(jumps[first : frame + _ROUND + 1], max(0, frame - first))
        usual = float(np.median(near)) if len(near) else 0.0
        if frame > 0 and jumps[frame] > ABOVE * usual:
            cuts.append(frame)
    return [(one, two) for one, two in zip(cuts, [*cuts[1:], len(times)], strict=True) if two > one]
