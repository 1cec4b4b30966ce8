"""MetaHuman's face board as Unreal 5 has it: controls of one or two axes, by their names there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from render.export import _curves
from speechface import rigs
from speechface.animation import Animation


@dataclass(frozen=True, eq=False)
class Control:
    """name: in Unreal 5. axes: X, Y or both. values: (T, number of axes), in the control's range."""

    name: str
    axes: tuple[str, ...]
    values: np.ndarray


def controls(animation: Animation) -> list[Control]:
    """The controls to be keyed, in the rig's order.

    What turns both eyes is folded into the control of each and not keyed itself, nor are the neck's corrective settings.
    """
    board = _curves.two_eyes(_curves.of(animation, _curves.BOARD))
    columns: dict[str, list[tuple[str, str]]] = {}
    for name, unreal, axis in named():
        if unreal != "CTRL_C_eye" and _curves.UNKEYED not in name:
            columns.setdefault(unreal, []).append((axis, name))
    return [
        Control(unreal, tuple(axis for axis, _ in parts), board.columns([name for _, name in parts]))
        for unreal, parts in columns.items()
    ]


@cache
def named() -> tuple[tuple[str, str, str], ...]:
    """Name in the rig, name in Unreal 5 and axis there, of every control of the face board."""
    text = (resources.files(rigs) / f"{_curves.BOARD}.json").read_text(encoding="utf-8")
    return tuple((entry["name"], entry["unreal"], entry["axis"]) for entry in json.loads(text)["controls"])
