"""How much face-board curves say that ARKit's 52 shapes do not: rank and variance, group by group."""

from __future__ import annotations

import numpy as np

from speechface import retarget, rigs
from speechface.heads.open import skin_metric

MOVES = 0.005
"""Spread from which a control counts as moving."""
WHOLE = 0.99
"""Share of the variance whose principal components are counted."""


def measure(curves: np.ndarray) -> dict[str, dict[str, float]]:
    """Rows of every group of the face board and of `all`, for curves (N, 174).

    controls, moving: how many there are and move. components: principal components that hold 99 % of the variance of those
    that move, each scaled to spread 1; components_52: the same of their best linear image of 52 shapes. beyond_52: per cent of
    that variance no linear map from the 52 shapes that show the same face (`retarget.open_to_arkit`) gives.
    """
    board = rigs.load("face_board")
    shapes = retarget.open_to_arkit(retarget.face_board_to_open(curves), skin_metric())
    spread = curves.std(axis=0)
    scaled = (curves - curves.mean(axis=0)) / np.maximum(spread, MOVES)
    known = shapes - shapes.mean(axis=0)
    image = known @ np.linalg.lstsq(known, scaled, rcond=1e-6)[0]
    groups = {group: board.group(group) for group in dict.fromkeys(board.groups)}
    rows = {}
    for name, columns in {**groups, "all": np.arange(len(board))}.items():
        used = columns[spread[columns] > MOVES]
        rows[name] = {"controls": float(len(columns)), "moving": float(len(used))}
        if len(used):
            left = np.square(scaled[:, used] - image[:, used]).sum() / np.square(scaled[:, used]).sum()
            rows[name] |= {
                "components": components(scaled[:, used]), "components_52": components(image[:, used]),
                "beyond_52": 100.0 * float(left),
            }  # fmt: skip
    return rows


def components(values: np.ndarray) -> float:
    """How many principal components hold 99 % of the variance of centred values (N, C)."""
    variances = np.linalg.eigvalsh(values.T @ values)[::-1]
    return float(np.searchsorted(np.cumsum(variances) / variances.sum(), WHOLE) + 1)
