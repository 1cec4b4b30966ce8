"""FLAME parameters (.npz): expression, jaw_pose and the other rotations, as models in FLAME's space write them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from speechface.animation import Animation
from speechface.errors import UserError

SUFFIXES = (".npz",)
EXPRESSION = ("expression", "expressions", "exp", "expr", "expression_params", "expcode", "exp_code")
JOINTS = {
    "global": ("global_orient", "global_pose", "global_rot", "rotation"), "neck": ("neck_pose", "neck"),
    "jaw": ("jaw_pose", "jaw", "jawpose", "jaw_params"), "left_eye": ("leye_pose", "left_eye_pose"),
    "right_eye": ("reye_pose", "right_eye_pose"),
}  # fmt: skip
"""Names under which programs save the axis-angle (T, 3) of each joint; `eye_pose` (T, 6) is both eyes, `pose` (T, 6) global and
jaw, (T, 15) all five."""
ASSUMED = 25.0
OPEN = "speechface open head"
"""What an export of ours calls the coefficients of the open head's FLAME layout, which are those of rig `flame`."""


def recognises(path: Path) -> bool:
    """Whether the file has an array of expression coefficients and is not speechface's own."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile):
        return False
    return bool(names & set(EXPRESSION)) and "controls" not in names


def read(path: str | Path) -> Animation:
    """The animation in rig `flame_file`: it moves the head in a FLAME file of the user's (`--head flame:/path/FLAME.pkl`).

    An export of ours that has the open head's coefficients is in rig `flame`. Coefficients of shape in the file are not
    read: they belong to the head. Without `fps` in the file it is 25, and `about["fps"]` says that this is a guess.
    Raises `UserError` for arrays that do not fit.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is no file of plain NumPy arrays ({error})") from error
    expression = _rows(next(arrays[name] for name in EXPRESSION if name in arrays), "expression", path)
    frames = len(expression)
    turns = {joint: _first(arrays, names, frames, path) for joint, names in JOINTS.items()}
    if "eye_pose" in arrays:
        eyes = _rows(arrays["eye_pose"], "eye_pose", path)
        turns |= {"left_eye": turns["left_eye"] or _part(eyes, 0), "right_eye": turns["right_eye"] or _part(eyes, 3)}
    if "pose" in arrays:
        pose = _rows(arrays["pose"], "pose", path)
        places = {6: ("global", "jaw"), 15: tuple(JOINTS)}.get(pose.shape[1])
        if places is None:
            raise UserError(f"{path}: 'pose' has {pose.shape[1]} columns; 6 are global and jaw, 15 all five joints")
        turns |= {joint: turns[joint] or _part(pose, 3 * place) for place, joint in enumerate(places)}
    curves, names = [expression], [f"expression_{number:03d}" for number in range(expression.shape[1])]
    for joint, found in turns.items():
        if found:
            if len(found[0]) != frames or found[0].shape[1] != 3:
                raise UserError(
                    f"{path}: {joint} has shape {found[0].shape}, but there are {frames} frames of expression"
                )
            curves.append(found[0])
            names += [f"{joint}_{axis}" for axis in "xyz"]
    ours = str(arrays.get("basis", "")) == OPEN
    if ours and "eyelids" in arrays:
        curves.append(_rows(arrays["eyelids"], "eyelids", path))
        names += ["left_eyelid", "right_eyelid"]
    told = float(arrays["fps"]) if "fps" in arrays and np.size(arrays["fps"]) == 1 else 0.0
    about = {"source": path.name} | ({} if told > 0 else {"fps": "assumed"})
    return Animation(
        np.concatenate(curves, axis=1),
        tuple(names),
        told if told > 0 else ASSUMED,
        "flame" if ours else "flame_file",
        None,
        about,
    )


def _first(arrays: dict[str, np.ndarray], names: tuple[str, ...], frames: int, path: Path) -> list[np.ndarray]:
    """A list of the array of a joint, or an empty one."""
    return [_rows(arrays[name], name, path) for name in names if name in arrays][:1]


def _part(array: np.ndarray, first: int) -> list[np.ndarray]:
    return [array[:, first : first + 3]]


def _rows(array: np.ndarray, name: str, path: Path) -> np.ndarray:
    """The array with one row a frame; a leading axis of one clip is taken off."""
    if array.ndim == 3 and len(array) == 1:
        array = array[0]
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.number) or not np.isfinite(array).all():
        raise UserError(f"{path}: '{name}' has shape {array.shape}; frames by coefficients that are finite are needed")
    return array.astype(np.float32)
