"""What an animator has edited stays, the rest is made anew: groups of curves of one animation put into another."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from speechface import conversion, rigs
from speechface.animation import Animation
from speechface.errors import UserError, unknown

GROUPS: dict[str, tuple[str, ...]] = {
    "brows": ("brow",), "lids": ("lid", "eyelash"), "gaze": ("gaze",), "eyes": ("lid", "gaze", "eye", "eyelash"),
    "cheeks": ("cheek",), "nose": ("nose",), "jaw": ("jaw", "teeth"), "mouth": ("mouth", "jaw", "teeth", "tongue"),
    "tongue": ("tongue",), "head": ("head",), "neck": ("neck",), "ears": ("ear",),
    "upper": ("brow", "lid", "gaze", "eye", "eyelash"), "lower": ("cheek", "nose", "mouth", "jaw", "teeth", "tongue"),
}  # fmt: skip
"""Groups of a rig's controls by the names animators give them."""
TURNS = ("headYaw", "headPitch", "headRoll")
"""Curves that come along with the face board, which cannot turn the head."""
FADE = 0.2
"""Seconds in which the edited curves give way where they end before the sound does."""


def lock(made: Animation, edited: Animation, groups: Sequence[str]) -> Animation:
    """`made` with the curves that `groups` name as they are in `edited`, in the rig of `edited` and at the rate of `made`.

    groups: names of `GROUPS`, of a rig's groups or of controls, with * and ? if wanted (`browInnerUp*`). FLAME's
    coefficients have no brows and no mouth, so an animation in that rig is edited as the open head's muscles. Where the
    edit ends early, what was made takes over. A locked mouth is not made to keep what the sounds demand.
    Raises `UserError` for a name that the rig does not have, and for animations that cannot be converted.
    """
    rig = "open" if edited.rig == "flame" else edited.rig
    if rig not in rigs.available():
        raise UserError(
            f"curves in rig '{edited.rig}' cannot be mixed with others; export the edit in arkit, open or face_board"
        )
    base, kept = conversion.convert(made, rig), conversion.convert(edited, rig).resample(made.fps)
    names = chosen(rig, groups)
    weight = _weight(len(base), len(kept), made.fps)
    curves = {}
    for name in names:
        before = base[name] if name in base.names else np.zeros(len(base), np.float32)
        held = kept[name][: len(base)] if name in kept.names else np.zeros(min(len(base), len(kept)), np.float32)
        held = np.pad(held, (0, len(base) - len(held)), mode="edge")
        curves[name] = weight * held + (1.0 - weight) * before
    about = dict(base.about)
    if any(
        rigs.load(rig).groups[rigs.load(rig).index[name]] in ("mouth", "jaw") for name in names if name not in TURNS
    ):
        about.pop("demands", None)
    return replace(base.with_curves(curves), about=about)


def chosen(rig: str, groups: Sequence[str]) -> list[str]:
    """Names of the controls of a rig that groups name, in the rig's order; `UserError` for a group without any."""
    known = rigs.load(rig)
    names = [*known.names, *(() if "headYaw" in known.index else TURNS)]
    belongs = dict(zip(known.names, known.groups, strict=True)) | dict.fromkeys(TURNS, "head")
    found: set[str] = set()
    for group in groups:
        wanted = GROUPS.get(group, (group,))
        some = {name for name in names if belongs[name] in wanted or fnmatch.fnmatchcase(name, group)}
        if not some:
            there = [name for name, parts in GROUPS.items() if set(parts) & set(belongs.values())]
            raise unknown(f"group of rig {rig}", group, there)
        found |= some
    return [name for name in names if name in found]


def _weight(frames: int, edited: int, fps: float) -> np.ndarray:
    """(frames,) 1 where the edit holds, falling to 0 over `FADE` before it ends, if it ends before the sound."""
    if edited >= frames - 1:
        return np.ones(frames, dtype=np.float32)
    left = (edited - 1 - np.arange(frames)) / (FADE * fps)
    return (0.5 - 0.5 * np.cos(np.pi * np.clip(left, 0.0, 1.0))).astype(np.float32)
