"""Which of a character's expressions, and how much of each, look most like what ARKit's weights ask for.

Every expression is known by what it does on the open head. The difference is measured there too, over the skin and again
at the line where the lips meet, so that lips close for p, b and m on a character that has nothing but visemes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from speechface import retarget, rigs
from speechface.bounded import least_squares
from speechface.heads._expressions import Expression

CLOSURE = 1.0
"""Share of the squared gap between the lips (mm) against the mean square over the skin."""
LOYALTY = {"arkit": 0.01, "feeling": 0.6}
"""How strongly an expression is held to its own ARKit weight, or to none, as a share of its size; others 0.01."""


class Fit:
    """Weights (T, E) within 0..1 of expressions for ARKit controls (T, 55)."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        arkit = rigs.load("arkit")
        self.expressions = tuple(expressions)
        self.own = np.array([arkit.index.get(one.name, -1) if one.kind == "arkit" else -1 for one in expressions])
        metric, table = _metric(), retarget.arkit_to_open()
        size = np.sqrt(np.einsum("ij,jk,ik->i", table, metric, table))
        lacking = [name for name in arkit.names if name not in {one.name for one in expressions}]
        small = {
            "tongueOut",
            "cheekPuff",
            "jawForward",
            "noseSneerLeft",
            "noseSneerRight",
            "headYaw",
            "headPitch",
            "headRoll",
        }
        self.complete = all(size[arkit.index[name]] < 1e-6 or name in small for name in lacking)
        units = np.array([one.muscles for one in expressions], dtype=np.float64).reshape(len(expressions), -1)
        self.size = np.sqrt(np.einsum("ij,jk,ik->i", units, metric, units)) + 1e-6
        self.loyalty = np.array([LOYALTY.get(one.kind, 0.01) for one in expressions])
        basis = units / self.size[:, None]
        self.square = basis @ metric @ basis.T + np.diag(self.loyalty)
        self.wanted = table @ metric @ basis.T

    def weights(self, controls: np.ndarray) -> np.ndarray:
        """(T, E) float32. ARKit's own shapes are taken one to one where none that matters is lacking.

        Otherwise least squares with bounds (`speechface.bounded`).
        """
        straight = np.where(self.own >= 0, controls[:, self.own], 0.0)
        if self.complete or not len(self.expressions):
            return np.clip(straight, 0.0, 1.0).astype(np.float32)
        wanted = controls @ self.wanted + straight * self.size * self.loyalty
        weights = least_squares(self.square, wanted, self.size, iterations=200)
        return (weights / self.size).astype(np.float32)


@cache
def _metric() -> np.ndarray:
    """(92, 92) square millimetres: of the skin, of the gap between the lips, and of what the skin does not tell."""
    from speechface.heads.open import OpenHead, read_asset, skin_metric

    head, rig = OpenHead(read_asset("")[0]), rigs.load("open")
    small = 0.2
    poses = small * np.eye(len(rig), dtype=np.float32)
    poses = np.concatenate([np.zeros((1, len(rig)), np.float32), poses])
    lips = head.points(poses, head.lip_contact[:, 8:-8:4].reshape(-1).tolist()).reshape(len(poses), 2, -1, 3)
    gap = (lips[:, 1] - lips[:, 0])[:, :, 1]
    gap = 1e3 / small * (gap[1:] - gap[0])
    out = skin_metric() + CLOSURE * gap @ gap.T / gap.shape[1]
    for column, name in enumerate(rig.names):
        if name.startswith("eyeLook"):
            out[column, column] += 4.0
        elif name.startswith("tongue"):
            out[column, column] += 0.5
    return out
