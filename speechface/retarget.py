"""Tables from one rig to another: face board -> open head, open head <-> ARKit. `speechface.conversion` applies them."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from importlib import resources

import numpy as np

from speechface import rigs


def face_board_to_open(controls: np.ndarray) -> np.ndarray:
    """(..., 89 + 3) muscles of the open head for face-board controls (..., 174).

    Each muscle gets the weighted positive or negative parts of controls; `lipsTogether` closes the lips against
    however far the jaw is open and a wrinkled nose lifts the upper one, so it multiplies those.
    """
    rows, products = _board_map()
    board, muscles = rigs.load("face_board"), rigs.load("open")
    positive = np.maximum(controls, 0.0) @ rows["+"]
    out = positive + np.maximum(-controls, 0.0) @ rows["-"]
    for control, factor, target, weight in products:
        out[..., muscles.index[target]] += (
            weight * controls[..., board.index[control]] * out[..., muscles.index[factor]]
        )
    return muscles.clip(out).astype(np.float32)


@cache
def _board_map() -> tuple[dict[str, np.ndarray], list[tuple[str, str, str, float]]]:
    data = _read("face_board_to_open")
    board, muscles = rigs.load("face_board"), rigs.load("open")
    rows = {sign: np.zeros((len(board), len(muscles)), dtype=np.float32) for sign in "+-"}
    for row in data["rows"]:
        for target, weight in row["open"].items():
            rows[row["sign"]][board.index[row["control"]], muscles.index[target]] += weight
    products = [
        (entry["control"], entry["times"], entry["open"], entry.get("weight", 1.0)) for entry in data["products"]
    ]
    return rows, products


@cache
def arkit_to_open() -> np.ndarray:
    """(55, 92) the muscles every ARKit shape stands for: open = arkit @ matrix."""
    arkit, muscles = rigs.load("arkit"), rigs.load("open")
    matrix = np.zeros((len(arkit), len(muscles)), dtype=np.float32)
    for shape, parts in _read("arkit_to_open")["shapes"].items():
        for muscle, weight in parts.items():
            matrix[arkit.index[shape], muscles.index[muscle]] = weight
    return matrix


def open_to_arkit(
    muscles: np.ndarray, metric: np.ndarray, iterations: int = 80, shapes: Collection[str] | None = None
) -> np.ndarray:
    """(T, 55) ARKit weights that move the skin most like muscles (T, 92); metric (92, 92) is of the shapes' vertices.

    shapes: those that a head has, where it lacks some; the weights of the others are 0.

    Least squares in the metric with 0..1 bounds, by accelerated projected gradient (FISTA, Beck & Teboulle 2009) over
    all frames at once, every shape in units of its own size. The gaze, the tongue and the rotation of the head are copied:
    the skin does not tell them.
    """
    arkit, hub, table = rigs.load("arkit"), rigs.load("open"), arkit_to_open()
    seen = np.diag(table @ metric @ table.T)
    copied = [
        column for column, name in enumerate(arkit.names) if name.startswith(("eyeLook", "head")) or seen[column] < 1e-9
    ]
    there = set(arkit.names if shapes is None else shapes)
    copied = [column for column in copied if arkit.names[column] in there]
    free = [column for column in range(len(arkit)) if column not in copied and arkit.names[column] in there]
    out = np.zeros((len(muscles), len(arkit)), dtype=np.float32)
    for column in copied:
        if arkit.names[column] in hub.index:
            out[:, column] = muscles[:, hub.index[arkit.names[column]]]
    out = arkit.clip(out).astype(np.float32)
    size = np.sqrt(seen[free])
    basis = table[free] / size[:, None]
    square = basis @ metric @ basis.T + 1e-4 * np.eye(len(free))
    wanted = (muscles - out @ table) @ metric @ basis.T
    step = 1.0 / np.linalg.eigvalsh(square)[-1]
    weights = momentum = np.clip(wanted, 0.0, size)
    pace = 1.0
    for _ in range(iterations):
        new = np.clip(momentum - step * (momentum @ square - wanted), 0.0, size)
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace**2)) / 2.0
        weights, momentum, pace = new, new + (pace - 1.0) / faster * (new - weights), faster
    out[:, free] = weights / size
    return out


def _read(name: str) -> dict:
    return json.loads((resources.files(rigs) / f"{name}.json").read_text(encoding="utf-8"))
