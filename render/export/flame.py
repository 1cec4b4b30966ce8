"""FLAME's parameters of every frame in one NumPy file (.npz), by the names that smplx-style code uses."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from render import motion
from render.export import _curves
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".flame.npz",)
RIG = "flame"

POSES = {"global_orient": "global", "neck_pose": "neck", "jaw_pose": "jaw", "leye_pose": "left_eye",
         "reye_pose": "right_eye"}  # fmt: skip
"""Names in smplx and in our rig."""


def write(
    animation: Animation, path: str | Path, head: Head | None = None, progress: Callable[[float], None] = unwatched
) -> None:
    """Write expression (T, E), global_orient, neck_pose, jaw_pose, leye_pose, reye_pose (T, 3), eye_pose (T, 6), fps.

    Rotations are axis-angle in radians; transl (T, 3) is zero; shape and betas (S,) are those of the head. The
    coefficients are those of a FLAME file that `head` names; without one they are those of the open head's FLAME layout,
    which mean nothing to another FLAME: `basis` says which. eyelids (T, 2) are extra, where the rig has them.
    Raises `UserError` for an animation that cannot be converted.
    """
    if head is not None and head.rig.name == "flame_file":
        names, controls = head.rig.names, motion.controls(animation.checked(), head)
    else:
        made = _curves.of(animation, RIG)
        names, controls = made.names, made.controls
    moved = Animation(controls, names, animation.fps, RIG).checked()
    count = sum(name.startswith("expression_") for name in names)
    arrays = {"expression": moved.columns([name for name in names if name.startswith("expression_")])}
    arrays |= {ours: moved.columns([f"{joint}_{axis}" for axis in "xyz"]) for ours, joint in POSES.items()}
    betas = np.asarray(getattr(head, "betas", np.zeros(0)), dtype=np.float32)
    arrays |= {
        "eye_pose": np.concatenate([arrays["leye_pose"], arrays["reye_pose"]], axis=1),
        "transl": np.zeros((len(moved), 3), dtype=np.float32), "shape": betas, "betas": betas,
        "fps": np.array(animation.fps, dtype=np.float64), "expression_count": np.array(count),
        "basis": np.array("flame" if head is not None and head.rig.name == "flame_file" else "speechface open head"),
    }  # fmt: skip
    if "left_eyelid" in names:
        arrays["eyelids"] = moved.columns(["left_eyelid", "right_eyelid"])
    with writing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, array) in enumerate(arrays.items()):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            progress((number + 1) / len(arrays))
