"""Rigs: the control sets a face can be driven by. One JSON file each: names, ranges, left/right pairs, groups.

`arkit` is Apple's 52 shapes and a head rotation; `face_board` the 174 MetaHuman controls; `open` the muscles of the
open head, by side and lip; `flame` FLAME's expression coefficients and joint rotations, with eyelids added. A file
`A_to_B.json` is a table that `speechface.retarget` reads, not a rig.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

import numpy as np

from speechface.errors import unknown


@dataclass(frozen=True, eq=False)
class Rig:
    """A named, ordered set of C controls.

    names: C unique names. low, high: (C,) the range of each. groups: one group name a control (mouth, brow, ...).
    mirrors: the control on the other side of the face, or the control itself where there is none.
    """

    name: str
    about: str
    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    groups: tuple[str, ...]
    mirrors: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
        """Column of every control."""
        return {name: column for column, name in enumerate(self.names)}

    def group(self, *groups: str) -> np.ndarray:
        """Columns of the controls of some groups, rising."""
        return np.array([column for column, group in enumerate(self.groups) if group in groups], dtype=np.int64)

    def clip(self, controls: np.ndarray) -> np.ndarray:
        """Controls (..., C) brought into their ranges."""
        return np.clip(controls, self.low, self.high)

    def mirror(self, controls: np.ndarray) -> np.ndarray:
        """Controls (..., C) of the face in a mirror: left and right changed over, sideways controls negated."""
        swapped = controls[..., [self.index[name] for name in self.mirrors]]
        sideways = [name in SIDEWAYS.get(self.name, ()) for name in self.names]
        return np.where(sideways, -swapped, swapped)

    def subset(self, names: Sequence[str]) -> Rig:
        """The same rig with only the given controls, in the given order."""
        at = [self.index[name] for name in names]
        pick = tuple(self.mirrors[column] if self.mirrors[column] in names else self.names[column] for column in at)
        groups = tuple(self.groups[column] for column in at)
        return Rig(self.name, self.about, tuple(names), self.low[at], self.high[at], groups, pick)


SIDEWAYS = {
    "arkit": ("headYaw", "headRoll"),
    "open": ("headYaw", "headRoll"),
    "flame": tuple(f"{joint}_{axis}" for joint in ("global", "neck", "jaw", "left_eye", "right_eye") for axis in "yz"),
    "face_board": tuple(
        f"CTRL_{name}-translateX"
        for name in ("C_eye", "C_jaw", "C_mouth", "C_teethD", "C_teethU", "C_tongue", "C_tongue_roll", "C_tongue_tip")
        + ("L_eye", "R_eye")
    ),
}
SIDEWAYS["flame_file"] = SIDEWAYS["flame"]
"""Controls whose sign flips in a mirror because their axis points to one side of the face."""


@cache
def load(name: str) -> Rig:
    """The rig of that name; `UserError` with the nearest name if there is none."""
    if name not in available():
        raise unknown("rig", name, available())
    data = json.loads((resources.files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    controls = data["controls"]
    return Rig(
        name=name,
        about=data["about"],
        names=tuple(control["name"] for control in controls),
        low=np.array([control["low"] for control in controls], dtype=np.float32),
        high=np.array([control["high"] for control in controls], dtype=np.float32),
        groups=tuple(control["group"] for control in controls),
        mirrors=tuple(control.get("mirror", control["name"]) for control in controls),
    )


def available() -> list[str]:
    """Names of the rigs that come with speechface."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json") and "_to_" not in name)
