"""The mouth of a face board: what on its 174 controls parts, rounds, presses and closes the lips."""

from __future__ import annotations

import numpy as np

from speechface.heads import Head
from speechface.mouth import SHUT, Mouth, walked

PARTING = ("mouth_lowerLipDepress", "mouth_upperLipRaise", "jaw_ChinRaiseU")
ROUND = ("mouth_funnelU", "mouth_funnelD", "mouth_purseU", "mouth_purseD", "mouth_towardsU", "mouth_towardsD",
         "mouth_pushPullU", "mouth_pushPullD")  # fmt: skip
INWARD = ("mouth_lipsRollU", "mouth_lipsRollD", "mouth_lipBiteU", "mouth_lipBiteD", "mouth_lipsTowardsTeethU",
          "mouth_lipsTowardsTeethD")  # fmt: skip
"""Lips that are rolled in: they meet further back than lips that touch."""
TOGETHER = ("mouth_lipsTogetherU", "mouth_lipsTogetherD")
PRESSING = ("mouth_pressU", "mouth_pressD", "mouth_lipsPressU", "mouth_lipSticky", "mouth_stickyInnerU", "mouth_stickyInnerD",
            "mouth_stickyOuterU", "mouth_stickyOuterD", "mouth_stretchLipsClose", "jaw_ChinRaiseD")  # fmt: skip


class BoardMouth(Mouth):
    """Lips moved by a face board. `lipsTogether` closes them over however far the jaw is open."""

    def __init__(self, head: Head) -> None:
        super().__init__(head)
        index = head.rig.index
        self.opens = np.array([index[f"CTRL_C_{name}-translateY"] for name in ("jaw", "jaw_openExtreme")])
        self.middle = np.array([index[f"CTRL_C_mouth_sticky{lip}-translateY"] for lip in "UD"])
        self.parting, self.round, self.inward, self.together, self.pressing, self.sneer, self.chin = (
            np.array([index[f"CTRL_{side}_{name}-translateY"] for name in names for side in "LR"])
            for names in (PARTING, ROUND, INWARD, TOGETHER, PRESSING, ("nose",), ("jaw_ChinRaiseD",))
        )

    def open_to(self, controls: np.ndarray, gap: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Walk on the path that closes, or on the one that opens, until the gap is right."""
        return walked(self, controls, gap, wanted, self._closing, self._opening)

    def _closing(self, controls: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Up to 1: what parts the lips lets go, the jaw shuts by two thirds, and the lips come together over the rest of it; up
        to 2: the jaw shuts, rounding gives way, and chin and nose help."""
        first, second = np.minimum(share, 1.0)[:, None], np.maximum(share - 1.0, 0.0)[:, None]
        out = controls.copy()
        out[:, self.parting] *= 1.0 - first
        out[:, self.inward] *= 1.0 - first
        out[:, self.round] *= (1.0 - 0.3 * first) * (1.0 - 0.9 * second)
        out[:, self.opens] *= (1.0 - SHUT * first) * (1.0 - second)
        out[:, self.together] += first * (1.0 - out[:, self.together])
        out[:, self.sneer] *= 1.0 - 0.6 * second
        out[:, self.chin] = np.maximum(out[:, self.chin], 0.4 * second)
        return out

    def _opening(self, controls: np.ndarray, share: np.ndarray) -> np.ndarray:
        """The jaw opens a little, and what presses the lips together or holds them lets go."""
        out = controls.copy()
        for columns in (self.pressing, self.together, self.middle):
            out[:, columns] *= 1.0 - share[:, None]
        out[:, self.opens[0]] = np.minimum(out[:, self.opens[0]] + 0.15 * share, 1.0)
        return out
