"""Mean vertex error (MVE), of a whole face or of a region such as the upper face.

The mean over frames and vertices of the distance (FaceDiffuser, Stan et al., MIG 2023, calls it MVE; VOCA and UniTalker
report the same mean under other names). Unsquared here, as it is there.
"""

from __future__ import annotations

import numpy as np


def vertex_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(T,) metres: mean distance of the vertices of each frame, for vertices (T, n, 3) in metres."""
    away = np.asarray(predicted, dtype=np.float64) - true
    return np.sqrt((away**2).sum(axis=-1)).mean(axis=-1)
