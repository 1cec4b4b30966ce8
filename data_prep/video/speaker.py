"""Which of several faces speaks: the one whose lips go with the sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from data_prep.track import Track
from data_prep.video.following import Chain
from data_prep.video.lips import opening, sync
from speechface.errors import UserError

ALIKE = 0.3
"""Share of the largest face's weight from which another one may be the speaker as well."""
MOST = 3
BETTER = 0.1
"""Correlation by which the lips of a smaller face must go better with the sound."""


def rivals(found: Sequence[Chain]) -> list[Chain]:
    """The faces that may be the speaker's, the largest first; `UserError` if there is none."""
    if not found:
        raise UserError("no face")
    return [chain for chain in found if chain.weight > ALIKE * found[0].weight]


def speaker(found: Sequence[Chain], track: Callable[[Chain], Track], wanted: Callable[[], np.ndarray]) -> Track:
    """The track of the face that speaks. track: tracks one; wanted: the opening that the sound asks for, see `lips.asked`.

    One face is not held against the sound. Raises `UserError` if none can be tracked.
    """
    if len(found) == 1:
        return track(found[0])
    tracks = []
    for chain in found[:MOST]:
        try:
            tracks.append(track(chain))
        except UserError:
            continue
    if not tracks:
        raise UserError("no face could be tracked")
    asked = wanted()
    agree = [sync(opening(one), one.fps, asked, one.valid).near for one in tracks]
    best = int(np.argmax(agree))
    return tracks[best] if agree[best] > agree[0] + BETTER else tracks[0]
