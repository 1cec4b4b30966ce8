"""`Utterance`: speech whose phones are known, the yardstick of hearing and of lips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speechface.visemes import Segment


@dataclass(frozen=True, eq=False)
class Utterance:
    """name and group (the set it belongs to), 16 kHz samples (S,), phone segments from 0 to the end, and the
    text, if it is known."""

    name: str
    group: str
    samples: np.ndarray
    segments: Sequence[Segment]
    text: str = ""
