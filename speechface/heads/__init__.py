"""Heads: what controls move. One module a kind of head; `load("open")` gives the head that comes with speechface.

A head is loaded by a spec: `open`, `open:arkit`, a kind and a file (`flame:/path/to/FLAME2023.pkl`), or a file alone whose
suffix a kind claims in its `SUFFIXES`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from speechface import plugins
from speechface.errors import UserError
from speechface.look import Look
from speechface.rigs import Rig

PEOPLED = ("open", "flame")
"""Kinds of head that are one of several people; `speechface.sculpt.characters` has their names."""


class Head(ABC):
    """A mesh and the controls that move it.

    rig: the C controls `vertices` takes. faces: (F, 3) int32 triangles, counter-clockwise seen from outside.
    landmarks: named vertices (`lm68_00`.. the 68 standard points, `inner_lip_upper`, ...). look: material of the surface.
    """

    name: str
    rig: Rig
    faces: np.ndarray
    landmarks: Mapping[str, int]
    look: Look

    @abstractmethod
    def vertices(self, controls: np.ndarray) -> np.ndarray:
        """(..., V, 3) float32 metres, Y up, Z out of the face, X to its left, for controls (..., C)."""

    def points(self, controls: np.ndarray, vertices: Sequence[int]) -> np.ndarray:
        """(T, n, 3) places of n of the vertices for controls (T, C): all of them are not needed to measure a mouth."""
        return self.vertices(controls)[:, list(vertices)]

    def from_muscles(self, muscles: np.ndarray) -> np.ndarray:
        """(T, C) float32 controls of this head that look most like muscles (T, 92) of the open rig.

        Raises `UserError` for a head that cannot tell.
        """
        if self.rig.name == "open":
            return muscles.astype(np.float32)
        if self.rig.name == "arkit":
            from speechface import retarget
            from speechface.heads.open import skin_metric

            return retarget.open_to_arkit(muscles, skin_metric(), sparse=retarget.SPARSE)
        if self.rig.name == "face_board":
            from speechface import retarget
            from speechface.heads.open import skin_metric

            return retarget.open_to_face_board(muscles, skin_metric(), sparse=retarget.SPARSE)
        raise UserError(f"head '{self.name}' moves by its own rig '{self.rig.name}' only")

    def own_file(self, controls: np.ndarray, times: np.ndarray) -> bytes | None:
        """The glTF file (.glb) that this head came from with its motion added, controls (T, C) at times (T,) in seconds.

        None for a head that came from no such file.
        """
        return None

    def landmark_points(self, controls: np.ndarray, *names: str) -> np.ndarray:
        """(T, n, 3) places of named landmarks for controls (T, C); `UserError` where the head lacks one."""
        missing = [name for name in names if name not in self.landmarks]
        if missing:
            raise UserError(f"head '{self.name}' has no landmark '{missing[0]}'")
        return self.points(controls, [self.landmarks[name] for name in names])


@lru_cache(maxsize=4)
def load(spec: str = "open") -> Head:
    """The head a spec names: a kind, a kind, a colon and what that kind needs (mostly a path), or a file.

    Raises `UserError` for an unknown kind or a file that is not what it should be.
    """
    kind, _, argument = spec.partition(":")
    claimed = {} if kind in available() else suffixes()
    suffix = Path(spec.partition(",")[0]).suffix.lower()  # words of the head's own may follow a file
    if suffix in claimed:
        kind, argument = claimed[suffix], spec
    return plugins.load(__name__, kind, "head").load(argument)


def suffixes() -> dict[str, str]:
    """The kind of head that reads files of each suffix."""
    found: dict[str, str] = {}
    for name in available():
        found |= dict.fromkeys(getattr(plugins.load(__name__, name, "head"), "SUFFIXES", ()), name)
    return found


def available() -> list[str]:
    """Names of the kinds of head."""
    return plugins.names(__name__)


def default(rig: str) -> str:
    """Spec of the open head's face that shows a rig; `UserError` if none does.

    A face board's is the open head with its own muscles: it turns the head as well, for which the board has no control.
    """
    if rig == "flame_file":
        raise UserError("this motion is for a FLAME file of yours; name it with --head flame:/path/to/FLAME.pkl")
    faces = {"flame": "flame", "arkit": "open:arkit", "open": "open", "face_board": "open"}
    if rig not in faces:
        raise UserError(f"the open head does not move by rig '{rig}'; convert to one of {', '.join(faces)} first")
    return faces[rig]


def played_by(spec: str, character: str | None) -> str:
    """A spec of the open head as one of its people: `flame` and `otto` make `flame:character=otto`; None changes nothing.

    After the name, changes may follow with commas: `otto,hair=jun,jawWidth=-0.5`.
    Raises `UserError` for another kind of head, which has no people, and for a spec that names one already.
    """
    if character is None:
        return spec
    kind, _, argument = spec.partition(":")
    if kind not in PEOPLED:
        raise UserError(f"head '{kind}' has no characters; leave --character out, or take one of {', '.join(PEOPLED)}")
    if "character=" in argument:
        raise UserError(f"head '{spec}' names a character already; leave out one of the two")
    if not character:
        raise UserError(f"'{character}' is no character; 'speechface list' names them")
    return f"{kind}:{argument},character={character}" if argument else f"{kind}:character={character}"
