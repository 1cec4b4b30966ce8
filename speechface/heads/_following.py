"""`Follower`: expression coefficients and a jaw that move points of a FLAME face as the open head's move.

Gauss-Newton on all frames at once. Seen from the jaw a coefficient always moves a point the same way, so that the matrix
of the linear steps is the same in every frame and is inverted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from speechface.skinning import rotations

ROUNDS = 3
RIDGE, JAW_RIDGE = 4e-5, np.array([1e-4, 3e-3, 3e-3])
"""Metres a point that one unit of a coefficient, and a radian of the jaw about X, Y and Z, costs."""
OPENEST = 0.8
"""Radians beyond which no jaw opens."""


@dataclass(frozen=True, eq=False)
class Follower:
    """n points of a face: rest (n, 3), expression (E, n, 3), pose (36, n, 3), jaw (n,) the jaw joint's share in carrying
    each, pivot (3,) the joint; importance (n,) of each.
    """

    rest: np.ndarray
    expression: np.ndarray
    pose: np.ndarray
    jaw: np.ndarray
    pivot: np.ndarray
    importance: np.ndarray

    def follow(self, moved: np.ndarray, turns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(T, E) coefficients and (T, 3) jaw for movements (T, n, 3) of the points.

        turns: (T, 5, 3) axis-angle of the joints; the jaw's is where the search starts.
        """
        turns = turns.astype(np.float64)
        made = np.zeros((len(moved), len(self.expression)))
        for _ in range(ROUNDS):
            left = moved - self.moved(made, turns)
            back = rotations(turns[:, 2]).swapaxes(-1, -2) - np.eye(3)
            left += self.jaw[:, None] * (left @ back.swapaxes(-1, -2))
            step = (left * self._weight[:, None]).reshape(len(left), -1) @ self._solution[0].T
            step -= made @ self._solution[1].T
            made += step[:, :-3]
            turns[:, 2] += step[:, -3:]
            turns[:, 2, 0] = np.clip(turns[:, 2, 0], -0.1, OPENEST)
        return made.astype(np.float32), turns[:, 2].astype(np.float32)

    def moved(self, coefficients: np.ndarray, turns: np.ndarray) -> np.ndarray:
        """(T, n, 3) movements of the points for coefficients (T, E) and joints (T, 5, 3); neck and root are at rest."""
        matrices = rotations(turns) - np.eye(3)
        features = matrices[:, 1:].reshape(len(turns), -1)
        count = len(self.rest)
        shaped = coefficients @ self.expression.reshape(-1, 3 * count) + features @ self.pose.reshape(-1, 3 * count)
        shaped = shaped.reshape(-1, count, 3)
        arm = self.rest - self.pivot + shaped
        return shaped + self.jaw[:, None] * (arm @ matrices[:, 2].swapaxes(-1, -2))

    @cached_property
    def _weight(self) -> np.ndarray:
        """(n,) square roots of the importance, which add up to one point."""
        return np.sqrt(self.importance / self.importance.sum())

    @cached_property
    def _solution(self) -> tuple[np.ndarray, np.ndarray]:
        """(E + 3, 3 n) from what is left to the step, and (E + 3, E) from the coefficients so far to what the ridge takes."""
        arm = self.rest - self.pivot
        turning = self.jaw[:, None] * np.cross(np.eye(3)[:, None], arm)
        basis = (np.concatenate([self.expression, turning]) * self._weight[:, None]).reshape(
            len(self.expression) + 3, -1
        )
        ridge = np.concatenate([np.full(len(self.expression), RIDGE), JAW_RIDGE]) ** 2
        inverse = np.linalg.inv(basis @ basis.T + np.diag(ridge))
        return inverse @ basis, (inverse * ridge)[:, :-3]
