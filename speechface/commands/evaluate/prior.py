"""How good a motion prior is on its own: how it rebuilds held-out motion (mm), and whether what is drawn from it is a face.

Example:
  speechface evaluate prior clips/synthetic --model runs/prior/model --sheet prior.png
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from speechface.commands.evaluate import _tables

AXES, WAYS = 4, (-3.0, -1.5, 0.0, 1.5, 3.0)
"""Directions of the latents that a sheet goes along, and standard deviations it shows of each."""


@dataclass(frozen=True)
class Arguments:
    """Which prior, on what."""

    clips: tyro.conf.Positional[Path]
    """Clip folder with motion; the training split says how latents follow each other."""
    model: Path | None = None
    """Model folder of the prior; the one that comes with speechface by default."""
    split: str = "test"
    """Split that is rebuilt."""
    most: int = 400
    """At most so many clips of a split, evenly spread."""
    seed: int = 0
    """Seed of what is drawn."""
    sheet: Path | None = None
    """Picture to draw (.png): a clip and how it is rebuilt, motion drawn from the prior, and a walk along its latents."""
    out: Path | None = None
    """JSON file to write."""


def run(arguments: Arguments) -> None:
    """Print the tables and draw the sheet."""
    rows, sheet = _measure(arguments)
    _tables.show({"rebuilt": rows["rebuilt"]}, ["mm", "mm_p95", "upper_mm", "gap_mm"], None)
    faces = {name: rows[name] for name in ("recorded", "drawn", "standard")}
    _tables.show(faces, ["no_face", "speed_mm", "gap_mm"], None)
    print(f"{rows['latents']['for_90']:.0f} of {rows['latents']['numbers']:.0f} directions of the latents carry 90 %")
    if arguments.sheet:
        importlib.import_module("render.sheet").write(arguments.sheet, sheet())
    if arguments.out:
        _tables.write(rows, arguments.out)


def measure(arguments: Arguments) -> dict[str, dict[str, Any]]:
    """Rows `rebuilt`, `recorded`, `drawn`, `standard` and `latents`; see `priors.flint_measure.measure`."""
    return _measure(arguments)[0]


def _measure(arguments: Arguments) -> tuple[dict[str, dict[str, Any]], Any]:
    """The rows, and a function that draws the sheet."""
    from speechface import checkpoint
    from speechface.clips import ClipFolder
    from speechface.errors import UserError
    from speechface.face import Face
    from speechface.heads import flame

    flint, training, measured = (importlib.import_module(f"priors.{name}")
                                 for name in ("flint", "flint_training", "flint_measure"))  # fmt: skip
    if arguments.most < 1:
        raise UserError(f"at most {arguments.most} clips: give a number from 1")
    source = arguments.model or checkpoint.default("flint")
    prior = flint.load(source)
    about = checkpoint.describe(source)
    head = flame.require(about.get("head", "flame"))
    names = training.controls(head.rig.names)
    folder = ClipFolder.read(arguments.clips)
    parts = {}
    for split in ("train", arguments.split):
        clips = [clip for clip in folder.split(split) if clip.seconds >= 1.0]
        if not clips:
            raise UserError(f"{arguments.clips} has no clip of a second or more in its split '{split}'")
        some = clips[:: max(1, len(clips) // arguments.most)][: arguments.most]
        parts[split] = [training.read_motion(clip, names, prior.config.fps) for clip in some]
    rows = measured.measure(prior, Face(head), parts["train"], parts[arguments.split], arguments.seed)

    def sheet() -> Any:
        return _sheet(prior, parts["train"], parts[arguments.split], names, head, arguments.seed)

    return rows, sheet


def _sheet(prior: Any, known: list, held_out: list, names: tuple[str, ...], head: Any, seed: int) -> Any:
    """Two pictures, one below the other: motion over time, and steps along the latents' first directions."""
    import numpy as np
    from PIL import Image

    from speechface.animation import Animation

    sheets, measured = importlib.import_module("render.sheet"), importlib.import_module("priors.flint_measure")
    fps = prior.config.fps

    def row(label: str, motion: Any) -> Any:
        return sheets.Row(label, Animation(np.ascontiguousarray(motion, dtype=np.float32), names, fps, "flame"), head)

    clip = max(held_out, key=lambda one: len(one.motion)).motion[:56]
    latents = measured.encoded(prior, [type(known[0])(clip, np.ones(len(clip), bool))])[0]
    course = measured.Latents.of(measured.encoded(prior, known))
    rows = [row("held out", clip), row("rebuilt", measured.decoded(prior, latents[None])[0])]
    for number, motion in enumerate(measured.decoded(prior, course.draw(3, 7, seed))):
        rows.append(row(f"drawn {number + 1}", motion))
    unit = np.random.default_rng(seed).normal(size=(1, 7, len(course.mean)))
    rows.append(row("unit Gaussian", measured.decoded(prior, unit)[0]))
    over_time = sheets.draw_sheet(rows, rate=4.0, end=2.2, columns=9, size=144, quality="draft")
    strips = []
    for axis in range(AXES):
        steps = np.stack([course.mean + way * course.axes[axis] for way in WAYS])
        middle = measured.decoded(prior, np.repeat(steps[:, None], 5, axis=1))[:, 20]
        strips.append(row(f"direction {axis + 1}, {WAYS[0]:g} to {WAYS[-1]:g} sd", middle))
    walk = sheets.draw_sheet(strips, rate=fps, end=len(WAYS) / fps, columns=len(WAYS), size=144, quality="draft")
    out = Image.new("RGB", (over_time.width, over_time.height + walk.height), (255, 255, 255))
    out.paste(over_time, (0, 0))
    out.paste(walk, (0, over_time.height))
    return out
