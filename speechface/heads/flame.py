"""The open head in FLAME's layout (expression coefficients and joint rotations), the face that EMOTE moves by default.

FLAME (Li et al., SIGGRAPH Asia 2017) has a template, linear expression shapes and linear blend skinning about five
joints. The open head adds what FLAME lacks: eyelids, a tongue, lids that follow the gaze, and products of shapes.
"""

from __future__ import annotations

from functools import cached_property
from importlib import resources

import numpy as np

from speechface import heads, retarget, rigs
from speechface.errors import UserError
from speechface.heads import Head
from speechface.heads.open import OpenHead, read_asset
from speechface.sculpt import asset
from speechface.skinning import joint_transforms, rotations

JOINTS = ("global", "neck", "jaw", "left_eye", "right_eye")
TONGUE = ("tongueTipUp", "tongueOut", "tongueBackUp", "tongueWide")
SUFFIXES = (".pkl", ".npz")
"""Endings of FLAME's own files, which `load` takes as well."""


def load(argument: str = "") -> Head:
    """The open head's FLAME face; `argument` is what `open` takes, without a rig ("preview", "character=NAME").

    A path of a user's FLAME file (.pkl, .npz), with ",shape=PATH" of a `.npy` of identity coefficients after it or not,
    gives that head. Raises `UserError` for a file or a word that is not what it should be.
    """
    given, _, shape = argument.partition(",shape=")
    if given.lower().endswith(SUFFIXES):
        from speechface.heads import _flame_head

        return _flame_head.load(given, shape)
    words = [word for word in argument.split(",") if word]
    if "arkit" in words:
        raise UserError("head 'flame' moves by FLAME's parameters; for ARKit shapes use 'open:arkit'")
    arrays, character = read_asset(argument)
    with resources.as_file(resources.files(__package__) / "assets" / "open_flame.npz") as path:
        basis = asset.read(path)
    return OpenFlame(arrays, basis["mix"], basis["unmix"], character)


def require(spec: str) -> OpenFlame:
    """The head a spec names where only this face will do; `UserError` if it is another kind."""
    head = heads.load(spec)
    if not isinstance(head, OpenFlame):
        raise UserError(f"head '{spec}' does not move by FLAME's parameters as the open head does; use 'flame'")
    return head


class OpenFlame(OpenHead):
    """Controls: E expression coefficients, axis-angle of global, neck, jaw and both eyes, two eyelids, four of the tongue.

    Coefficients leave the tongue alone: they are solved for the skin, and what they would do to it is chance.
    mix: (E, 92) muscles of the open rig for one unit of each coefficient; unmix: (92, E) the way back.
    """

    name = "flame"

    def __init__(self, arrays: dict[str, np.ndarray], mix: np.ndarray, unmix: np.ndarray, character: str = "") -> None:
        super().__init__(arrays, "open", character)
        muscles = rigs.load("open")
        self.coefficients = unmix
        spoken = np.array([not name.startswith("tongue") for name in self.controls], dtype=mix.dtype)
        self.expression = mix[:, [muscles.index[name] for name in self.controls]] * spoken
        names = [f"expression_{number:03d}" for number in range(len(mix))]
        names += [f"{joint}_{axis}" for joint in JOINTS for axis in "xyz"] + ["left_eyelid", "right_eyelid", *TONGUE]
        self.rig = rigs.load("flame").subset(names)

    def from_muscles(self, muscles: np.ndarray, lids: bool = True) -> np.ndarray:
        """(T, C) controls of this face for muscles (T, 92) of the open rig: least squares in the metric of the skin.

        The jaw opens by its joint; the head's rotation goes to the neck, the gaze to the eyes. Lids shut and widen by the
        eyelid controls, or by the coefficients where `lids` is false (an engine's motion has no eyelids: blinks are added).
        """
        at, out = rigs.load("open").index, np.zeros((len(muscles), len(self.rig)), dtype=np.float32)
        column = self.rig.index
        if lids:
            muscles = muscles.copy()
            for side in ("Left", "Right"):
                shut, wide = at[f"eyeBlink{side}"], at[f"eyeWide{side}"]
                out[:, column[f"{side.lower()}_eyelid"]] = retarget.lid(muscles[:, shut], muscles[:, wide])
                muscles[:, [shut, wide]] = 0.0
        out[:, : len(self.expression)] = muscles @ self.coefficients
        out[:, [column[name] for name in TONGUE]] = muscles[:, [at[name] for name in TONGUE]]
        out[:, column["jaw_x"]] = self.opening * muscles[:, at["jawOpen"]]
        for axis, name in zip("xyz", ("headPitch", "headYaw", "headRoll"), strict=True):
            out[:, column[f"neck_{axis}"]] = muscles[:, at[name]]
        for eye, side, sign in (("left_eye", "Left", 1.0), ("right_eye", "Right", -1.0)):
            look = {way: muscles[:, at[f"eyeLook{way}{side}"]] for way in ("Up", "Down", "In", "Out")}
            out[:, column[f"{eye}_x"]] = self.gaze[1] * (look["Down"] - look["Up"])
            out[:, column[f"{eye}_y"]] = sign * self.gaze[0] * (look["Out"] - look["In"])
        return out

    def to_muscles(self, controls: np.ndarray) -> np.ndarray:
        """(T, 92) muscles of the open rig for controls (T, C); the neck's rotation is the head's, `global` is left out."""
        rig = rigs.load("open")
        out = np.zeros((len(controls), len(rig)), dtype=np.float32)
        out[:, [rig.index[name] for name in self.controls]] = self.shape_amounts(controls)[:, : len(self.controls)]
        for axis, name in zip("xyz", ("headPitch", "headYaw", "headRoll"), strict=True):
            out[:, rig.index[name]] = controls[:, self.rig.index[f"neck_{axis}"]]
        return out

    def shape_amounts(self, controls: np.ndarray) -> np.ndarray:
        """(T, K + P) amounts of every shape and pair for controls (T, C)."""
        count = len(self.expression)
        own = controls[:, :count] @ self.expression
        turns, at, rig = self.turns(controls), self._columns, self.rig.index
        own[:, at["jawOpen"]] = turns[:, 2, 0] / self.opening
        for joint, side, sign in ((3, "Left", 1.0), (4, "Right", -1.0)):
            down, out = turns[:, joint, 0] / self.gaze[1], sign * turns[:, joint, 1] / self.gaze[0]
            for name, amount in (("Down", down), ("Up", -down), ("Out", out), ("In", -out)):
                own[:, at[f"eyeLook{name}{side}"]] = np.maximum(amount, 0.0)
        own[:, [at[name] for name in TONGUE]] = controls[:, [rig[name] for name in TONGUE]]
        for side in ("Left", "Right"):
            lid, column = controls[:, rig[f"{side.lower()}_eyelid"]], at[f"eyeBlink{side}"]
            here = np.minimum(own[:, column], 1.0)
            own[:, column] = here + np.maximum(lid, 0.0) * (1.0 - here)  # a blink shuts an eye from wherever it is
            own[:, at[f"eyeWide{side}"]] += np.maximum(-lid, 0.0)
        return np.concatenate([own, own[:, self.pairs[:, 0]] * own[:, self.pairs[:, 1]]], axis=1)

    def turns(self, controls: np.ndarray) -> np.ndarray:
        """(T, 5, 3) axis-angle of root, neck, jaw, left and right eye."""
        count = len(self.expression)
        return controls[:, count : count + 3 * len(JOINTS)].reshape(-1, len(JOINTS), 3)

    def vertices(self, controls: np.ndarray) -> np.ndarray:
        """(..., V, 3) float32 metres for controls (..., C); `global` turns everything about the root joint."""
        controls = np.asarray(controls, dtype=np.float32)
        posed = super().vertices(controls)
        turns = controls[..., len(self.expression) : len(self.expression) + 3]
        if not turns.any():
            return posed
        matrices, shifts = joint_transforms(rotations(turns)[..., None, :, :], self.joints[:1], (-1,))
        return posed @ matrices[..., 0, :, :].swapaxes(-1, -2) + shifts[..., :1, :]

    @property
    def _head(self) -> list[int]:
        return [self.rig.index[f"neck_{axis}"] for axis in "xyz"]

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: column for column, name in enumerate(self.controls)}
