"""What a character can show, by the names of its morph targets, each as muscles of the open head.

Names are compared without case, prefixes, separators and trailing numbers; `_L`, `.L`, `Left` and a leading `L_` are the
same. Three vocabularies are known: ARKit's 52 shapes, the 15 visemes of Oculus, and VRM's vowels, blinks and feelings; what
the last two look like is a table, `assets/expressions.json`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from speechface import retarget, rigs
from speechface.sculpt.poses import spell

Bind = tuple[int, int, float]
"""Node, number of the morph target in its mesh, and the weight it gets for one unit of the expression."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}
_LONG = 6
"""Letters from which a name counts after any prefix; a shorter one could be anything ("ring_A")."""


@dataclass(frozen=True)
class Expression:
    """name: of the ARKit shape or of the table. kind: arkit, both (sides at once), gaze, viseme, vowel, feeling or jaw."""

    name: str
    kind: str
    binds: tuple[Bind, ...] = ()

    @property
    def muscles(self) -> np.ndarray:
        """(92,) float32 muscles of the open rig that look like one unit of this."""
        if self.kind == "arkit":
            return retarget.arkit_to_open()[rigs.load("arkit").index[self.name]]
        return spell(rigs.load("open"), _table()[self.name]["pose"])


def recognise(name: str) -> tuple[str, str] | None:
    """Name and kind of the expression that a morph target's name stands for; None where it stands for none.

    A name in which two are put together (`jawOpen_mouthPucker`) is a corrective, and none.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    if words and words[0] in _SIDES:  # a side may stand in front
        words = [*words[1:], words[0]]
    words[-1:] = [_SIDES.get(words[-1], words[-1])] if words else []
    for start in range(len(words)):
        spelled, before = "".join(words[start:]), "".join(words[:start])
        found = _aliases().get(spelled)
        if found and (start == 0 or len(spelled) >= _LONG):
            return None if any(len(alias) >= _LONG and alias in before for alias in _aliases()) else found
    return None


def chosen(found: dict[tuple[str, str], list[Bind]]) -> list[Expression]:
    """The expressions to be used of those found (name and kind -> binds): the finest vocabulary of each part of the face.

    ARKit's shapes go before both sides at once; visemes count where ARKit cannot move the lips, vowels where there are no
    visemes, feelings where no brow moves by itself.
    """
    arkit = {name for name, kind in found if kind == "arkit"}
    speaks = "jawOpen" in arkit and bool(arkit & {"mouthPucker", "mouthFunnel"})
    visemes = sum(kind == "viseme" for _, kind in found)
    out = []
    for (name, kind), binds in found.items():
        use = {
            "arkit": True,
            "both": not set(_table().get(name, {}).get("instead", ())) & {other for other, _ in found},
            "gaze": not any(shape.startswith("eyeLook") for shape in arkit),
            "viseme": not speaks,
            "vowel": not speaks and visemes < 5,
            "feeling": not any(shape.startswith("brow") for shape in arkit),
        }[kind]
        if use:
            out.append(Expression(name, kind, tuple(binds)))
    return out


def preset(name: str) -> tuple[str, str] | None:
    """The expression of one of VRM's presets, of 0.x or 1.0; a name of an artist's own is recognised like any other."""
    for expression, entry in _table().items():
        if name.lower() in [alias.lower() for alias in entry.get("vrm", ())]:
            return expression, entry["kind"]
    return recognise(name)


@cache
def _table() -> dict[str, dict]:
    text = (resources.files(__package__) / "assets" / "expressions.json").read_text(encoding="utf-8")
    return json.loads(text)["expressions"]


@cache
def _aliases() -> dict[str, tuple[str, str]]:
    """Spelling without case and separators -> name and kind."""
    out: dict[str, tuple[str, str]] = {}
    for name, entry in _table().items():
        for alias in entry["aliases"]:
            out[alias] = (name, entry["kind"])
    for name in rigs.load("arkit").names:
        if not name.startswith("head"):
            out[name.lower()] = (name, "arkit")
            if name.endswith(("Left", "Right")):
                out[name.lower().replace("left", "l").replace("right", "r")] = (name, "arkit")
    for name in ("browInnerUp", "cheekPuff", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollUpper",
                 "mouthRollLower", "mouthShrugUpper", "mouthShrugLower"):  # fmt: skip
        for side in ("left", "right", "l", "r"):  # halves of one ARKit shape, as ICT-FaceKit has them
            out[name.lower() + side] = (name, "arkit")
    return out
