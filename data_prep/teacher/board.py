"""A face board being filled: curves by short control name, both sides at once or one of them."""

from __future__ import annotations

import numpy as np

from speechface import rigs

RIG = rigs.load("face_board")


class Board:
    """Curves (T, 174) of the face board, all zero at first.

    A short name is the control's without `CTRL_`, side and axis: `mouth_cornerPull` stands for both sides, and so do
    `add("mouth_cornerPull", curve)` and its `left` and `right` factors; `jaw`, `tongue_tip` ... are central.
    Two-axis controls take `axis="X"`; the default is Y.
    """

    def __init__(self, frames: int) -> None:
        self.curves = np.zeros((frames, len(RIG)))

    def add(self, name: str, curve: np.ndarray | float, left: float = 1.0, right: float = 1.0, axis: str = "Y") -> None:
        """Add a curve (T,) to a control, or to both of a pair, each times its side's factor."""
        for column, factor in self._columns(name, left, right, axis):
            self.curves[:, column] += np.asarray(curve) * factor

    def scale(self, name: str, curve: np.ndarray, axis: str = "Y") -> None:
        """Multiply a control, or both of a pair, by a curve (T,)."""
        for column, _ in self._columns(name, 1.0, 1.0, axis):
            self.curves[:, column] *= curve

    def mix(self, other: Board, share: np.ndarray) -> None:
        """Add another board's curves times a share (T,)."""
        self.curves += other.curves * share[:, None]

    def clipped(self) -> np.ndarray:
        """(T, 174) float32, every control in its range."""
        return RIG.clip(self.curves).astype(np.float32)

    @staticmethod
    def _columns(name: str, left: float, right: float, axis: str) -> list[tuple[int, float]]:
        for central in (f"CTRL_C_{name}-translate{axis}", f"CTRL_{name}-translate{axis}"):
            if central in RIG.index:
                return [(RIG.index[central], 1.0)]
        sides = ((f"CTRL_{side}_{name}-translate{axis}", factor) for side, factor in (("L", left), ("R", right)))
        return [(RIG.index[control], factor) for control, factor in sides]
