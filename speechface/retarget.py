"""From one rig to another: face board <-> open head <-> ARKit. `speechface.conversion` applies it.

What a rig's controls do to the muscles of the open head is a table; the way back is solved for, in millimetres of skin.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from importlib import resources

import numpy as np

from speechface import bounded, rigs

RIDGE = 1e-4
"""Weight of the amounts themselves, so that what the skin does not tell is nothing."""
SPARSE = 0.0005
"""Millimetres of skin below which a curve is not worth having, where nobody says otherwise (docs/retargeting.md)."""
WIDENING = 0.25
"""How far eyeWide parts the lids, against how far eyeBlink brings them together."""
SHUT = 0.01
"""Opening of the jaw below which the lips have nothing to close."""
SECOND = (
    "CTRL_C_eye-translateX", "CTRL_C_eye-translateY", "CTRL_L_mouth_lipBiteD-translateY", "CTRL_R_mouth_lipBiteD-translateY"
)  # fmt: skip
"""Controls that do what other controls do just as well: both eyes at once, and a lower lip rolled in by a bite."""


def face_board_to_open(controls: np.ndarray) -> np.ndarray:
    """(..., 89 + 3) muscles of the open head for face-board controls (..., 174).

    Each muscle gets the weighted positive or negative parts of controls; `lipsTogether` closes the lips against
    however far the jaw is open and a wrinkled nose lifts the upper one, so it multiplies those.
    """
    rows, products = board_map()
    board, muscles = rigs.load("face_board"), rigs.load("open")
    positive = np.maximum(controls, 0.0) @ rows["+"]
    out = positive + np.maximum(-controls, 0.0) @ rows["-"]
    for control, factor, target, weight in products:
        out[..., muscles.index[target]] += (
            weight * controls[..., board.index[control]] * out[..., muscles.index[factor]]
        )
    return muscles.clip(out).astype(np.float32)


@cache
def board_map() -> tuple[dict[str, np.ndarray], list[tuple[str, str, str, float]]]:
    """(174, 92) muscles of the positive and of the negative part of every control, and the products: control, the muscle it
    multiplies, the muscle it moves, and the weight."""
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


def within(muscles: np.ndarray, metric: np.ndarray, loyalty: float = 0.3) -> np.ndarray:
    """(T, 92) float32 muscles in their ranges that move the skin most like muscles (T, 92) that are not.

    Signed coefficients (FLAME's) ask for a muscle the wrong way round; other muscles that do the same are taken instead,
    where clipping would lose it, but never the gaze. What is in range is left as it is. metric (92, 92) is that of the
    skin; loyalty is how much a muscle holds to its clipped amount, against what it does to the skin.
    """
    hub = rigs.load("open")
    out = hub.clip(muscles).astype(np.float32)
    rows = np.flatnonzero((out != muscles).any(axis=1))
    if len(rows):
        size = np.sqrt(np.diag(metric))
        gaze = np.array([name.startswith("eyeLook") for name in hub.names])
        seen = np.flatnonzero((size > 1e-5) & ~gaze)
        size = size[seen]
        square = metric[np.ix_(seen, seen)] / size / size[:, None] + loyalty * np.eye(len(seen))
        wanted = muscles[rows][:, seen] @ metric[np.ix_(seen, seen)] / size + loyalty * out[rows][:, seen] * size
        out[np.ix_(rows, seen)] = bounded.least_squares(square, wanted, size, iterations=150) / size
    return out


def open_to_arkit(
    muscles: np.ndarray,
    metric: np.ndarray,
    iterations: int = 80,
    shapes: Collection[str] | None = None,
    sparse: float = 0.0,
    smooth: float = 0.0,
) -> np.ndarray:
    """(T, 55) ARKit weights that move the skin most like muscles (T, 92); metric (92, 92) is of the shapes' vertices.

    shapes: those that a head has, where it lacks some; the weights of the others are 0. sparse: millimetres of skin (root
    mean square) below which a shape is not worth its curve. smooth: weight of the change from frame to frame against the
    error, both in square millimetres.

    Least squares in the metric with 0..1 bounds (`speechface.bounded`), every shape in units of its own size. The gaze, the
    tongue and the rotation of the head are copied: the skin does not tell them.
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
    square = basis @ metric @ basis.T + RIDGE * np.eye(len(free))
    wanted = (muscles - out @ table) @ metric @ basis.T
    out[:, free] = bounded.least_squares(square, wanted, size, sparse, smooth, iterations) / size
    return out


def open_to_face_board(
    muscles: np.ndarray, metric: np.ndarray, sparse: float = 0.0, smooth: float = 0.0, iterations: int = 120
) -> np.ndarray:
    """(T, 174) face-board controls that move the skin, the eyes and the tongue most like muscles (T, 92).

    Only those sides of controls (positive or negative part) are used that move some muscle the most, so that every muscle
    has its own control; the others (`faceScrunch`, both eyes at once, ...) stay 0. metric, sparse and smooth as for
    `open_to_arkit`. The head does not turn: the face board has no control for it.

    Solved twice by `speechface.bounded`. At first every side is free, and what closes the lips may reach as far as the
    jaw is wanted open. Then a control keeps the side that moves the skin more, and the lips close against the jaw that was
    found: `lipsTogether` is the share of that opening. A blink shuts an eye however wide it was.
    """
    hub, board = rigs.load("open"), rigs.load("face_board")
    columns, signs, rows = _sides()
    lips, targets, factors = _closing()
    metric, muscles = _with_unseen(metric), muscles.copy()
    for side in ("Left", "Right"):  # one control does both, and a blink must not leave the eye open
        both = [hub.index[f"{way}{side}"] for way in ("eyeBlink", "eyeWide")]
        signed = lid(*muscles[:, both].T)
        muscles[:, both] = np.stack([np.maximum(signed, 0.0), np.maximum(-signed, 0.0)], axis=1)
    basis = np.concatenate([rows, np.eye(len(hub), dtype=np.float32)[targets]])
    size = np.sqrt(np.einsum("sm,mk,sk->s", basis, metric, basis))
    basis /= size[:, None]
    square = basis @ metric @ basis.T + RIDGE * np.eye(len(basis))
    wanted = muscles @ metric @ basis.T
    high = np.broadcast_to(size, wanted.shape).copy()
    found = hub.clip(muscles)
    for _ in range(2):
        opening = found @ factors
        high[:, len(rows) :] = np.minimum(opening, 1.0) * size[len(rows) :]
        moved = bounded.least_squares(square, wanted, high, sparse, smooth, iterations)
        found = hub.clip(moved @ basis)
        for plus, minus in _two_sided(columns):
            more = moved[:, plus] >= moved[:, minus]
            high[:, plus], high[:, minus] = np.where(more, high[:, plus], 0.0), np.where(more, 0.0, high[:, minus])
    amounts, opening = moved / size, found @ factors
    out = np.zeros((len(muscles), len(board)))
    np.add.at(out.T, columns, (amounts[:, : len(rows)] * signs).T)
    out[:, lips] = amounts[:, len(rows) :] * opening / (opening**2 + SHUT**2)
    return board.clip(out).astype(np.float32)


def lid(shut: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """(T,) one control for an eyelid, 1 shut and -1 wide, that leaves the eye as open as muscles eyeBlink and eyeWide (T,).

    On the open head a wide eye is a quarter as far from rest as a shut one, and a full blink shuts an eye however wide it was.
    """
    net = shut - WIDENING * wide * (1.0 - shut)
    return np.where(net > 0.0, net, net / WIDENING)


@cache
def _sides() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(S,) columns and signs of the sides of face-board controls that are used, and (S, 92) the muscles of each."""
    rows, _ = board_map()
    board = rigs.load("face_board")
    both = np.stack([rows["+"], rows["-"]])
    both[:, [board.index[name] for name in SECOND]] = 0.0
    most = both.max(axis=(0, 1))
    used = ((both > 0) & (both >= most)).any(axis=2)
    sign, column = np.nonzero(used)
    return column, np.where(sign == 0, 1.0, -1.0), both[used]


@cache
def _closing() -> tuple[list[int], list[int], np.ndarray]:
    """Columns of the n controls that multiply muscles, the muscle each of them moves, and (92, n) those it multiplies."""
    _, products = board_map()
    board, hub = rigs.load("face_board"), rigs.load("open")
    target = {control: muscle for control, _, muscle, _ in products}
    factors = np.zeros((len(hub), len(target)), dtype=np.float32)
    for control, factor, _, weight in products:
        factors[hub.index[factor], list(target).index(control)] = weight
    return [board.index[control] for control in target], [hub.index[name] for name in target.values()], factors


def _two_sided(columns: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of sides that are one control's."""
    at = [np.flatnonzero(columns == column) for column in np.unique(columns)]
    return [(int(sides[0]), int(sides[1])) for sides in at if len(sides) == 2]


def _with_unseen(metric: np.ndarray) -> np.ndarray:
    """The metric of the skin with the gaze, apart from the skin, and the tongue: ways that undo each other are one direction."""
    hub, out = rigs.load("open"), metric.copy()
    gaze = [column for column, name in enumerate(hub.names) if name.startswith("eyeLook")]
    out[gaze, :] = out[:, gaze] = 0.0
    for weight, names in (
        (4.0, ("eyeLookUp", "eyeLookDown")), (4.0, ("eyeLookOut", "eyeLookIn")), (0.5, ("tongueLeft", "tongueRight")),
        (0.5, ("tongueOut",)), (0.5, ("tongueTipUp",)), (0.5, ("tongueBackUp",)), (0.5, ("tongueWide",)),
    ):  # fmt: skip
        for side in ("Left", "Right") if weight == 4.0 else ("",):
            way = np.zeros(len(hub))
            for name, amount in zip(names, (1.0, -1.0), strict=False):
                way[hub.index[name + side]] = amount
            out += weight * np.outer(way, way)
    return out


def _read(name: str) -> dict:
    return json.loads((resources.files(rigs) / f"{name}.json").read_text(encoding="utf-8"))
