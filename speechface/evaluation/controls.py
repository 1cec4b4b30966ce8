"""How near an engine's curves come to those of held-out clips, group by group, beside two predictors that know nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from speechface.animation import Animation
from speechface.clips import Clip
from speechface.errors import UserError
from speechface.rigs import Rig

FLOOR = 0.002
"""Spread below which a control does not move in the clips, and is not counted."""


def measure(
    clips: Iterable[Clip], animate: Callable[[Clip], Animation], rig: Rig, file: str
) -> dict[str, dict[str, float]]:
    """Root mean square errors of every group of the rig and of `all`, over the frames that count.

    model: the engine's. zero: of a face at rest. mean: of each clip's own mean face, which no engine can know. explained:
    per cent of the squared movement about the clips' means that the engine gets right, 0 for `mean`; columns count by their
    range alone. moving: controls that move in these clips. Raises `UserError` where no clip has such motion.
    """
    count, sums = 0, np.zeros((3, len(rig)))
    for clip in clips:
        motion = clip.motion(file)
        given = Animation(motion.controls, motion.names, motion.fps, rig.name)
        made = animate(clip).resample(motion.fps, len(given)).columns(rig.names).astype(np.float64)
        wanted = given.columns(rig.names).astype(np.float64)[motion.valid]
        made, mean = made[motion.valid], wanted.mean(axis=0)
        count += len(wanted)
        sums += [np.square(part).sum(axis=0) for part in (made - wanted, wanted, wanted - mean)]
    if not count:
        raise UserError("there is no clip with motion to compare with")
    model, zero, mean = sums / count
    moving = zero > FLOOR**2
    groups = {group: rig.group(group) for group in dict.fromkeys(rig.groups)}
    rows = {}
    for name, columns in {**groups, "all": np.arange(len(rig))}.items():
        used = columns[moving[columns]]
        if len(used):
            rows[name] = {
                "model": float(np.sqrt(model[used].mean())), "zero": float(np.sqrt(zero[used].mean())),
                "mean": float(np.sqrt(mean[used].mean())),
                "explained": 100.0 * float(1.0 - model[used].sum() / max(mean[used].sum(), 1e-12)),
                "moving": float(len(used)), "controls": float(len(columns)),
            }  # fmt: skip
    return rows
