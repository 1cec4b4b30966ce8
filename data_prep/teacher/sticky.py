"""Sticky lips: as a mouth opens, wet lips let go in the middle first and cling at the corners."""

from __future__ import annotations

import numpy as np

from data_prep.teacher.board import RIG, Board
from data_prep.teacher.prosody import RATE

LASTS = {"mouth_sticky": 0.018, "mouth_stickyInner": 0.038, "mouth_stickyOuter": 0.075, "mouth_lipSticky": 0.055}
"""Seconds in which the hold of each pair of controls falls to 1/e: the middle, beside it, the corners, and all of a side."""
CLINGS = {"mouth_sticky": 0.9, "mouth_stickyInner": 0.9, "mouth_stickyOuter": 0.9, "mouth_lipSticky": 0.5}
GATE = 0.10
"""Opening of the jaw from which there is something to cling over."""


def cling(board: Board, together: np.ndarray, energy: np.ndarray, sticky: float, lead: float) -> None:
    """Add sticky lips where lips that were together (T,) 0..1 part; quick in loud speech, slow in soft.

    lead: seconds by which the left corner lets go before the right.
    """
    jaw = np.clip(board.curves[:, RIG.index["CTRL_C_jaw-translateY"]] / GATE, 0.0, 1.0)
    gate = jaw * jaw * (3.0 - 2.0 * jaw)
    pace = sticky * (1.35 - 0.6 * energy)
    for name, lasts in LASTS.items():
        lips = ("",) if name == "mouth_lipSticky" else ("U", "D")
        if name == "mouth_sticky":
            curve = CLINGS[name] * gate * held(together, lasts * pace)
            for lip in lips:
                board.add(f"{name}{lip}", curve)
            continue
        for left, more in ((1.0, 1.0 - 8.0 * lead), (0.0, 1.0 + 8.0 * lead)):
            curve = CLINGS[name] * gate * held(together, lasts * pace * more)
            for lip in lips:
                share = 1.0 if lip != "U" else 0.85
                board.add(f"{name}{lip}", share * curve, left, 1.0 - left)


def held(together: np.ndarray, lasts: np.ndarray | float) -> np.ndarray:
    """(T,) a curve that rises with `together` (T,) and falls by 1/e in `lasts` seconds after it."""
    fall = np.exp(-1.0 / (RATE * np.broadcast_to(lasts, together.shape)))
    out, now = np.empty(len(together)), 0.0
    for frame, (touch, keeps) in enumerate(zip(together, fall, strict=True)):
        now = max(float(touch), now * keeps)
        out[frame] = now
    return out
