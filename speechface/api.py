"""The public functions. Each finds what it needs by name and imports it when it is called."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from speechface import plugins
from speechface.animation import Animation
from speechface.emotion import Emotion
from speechface.errors import UserError, unknown
from speechface.liveliness import Liveliness
from speechface.progress import unwatched
from speechface.rates import exact_rate

ENGINES = ("emote", "emoface")
"""Packages that turn speech and emotion into motion; each has an `engine` module."""


def animate(
    audio: str | Path | tuple[np.ndarray, float],
    emotion: str | Emotion = "neutral",
    model: str | Path = "emote",
    style: int = 0,
    seed: int = 0,
    fps: float | None = None,
    device: str = "cpu",
    alive: bool | float | Liveliness = True,
    progress: Callable[[float], None] = unwatched,
    lips: bool = True,
    text: str | Path | None = None,
) -> Animation:
    """The motion of a face that speaks a recording with an emotion.

    audio: any sound or video file, or samples (S,) or (S, channels) of floats and their rate. emotion: "sad", "sad:0.8",
    "happy:0.6,surprised:0.4", "0 neutral; 1.5 sad", or an `Emotion`. model: the name of an engine or a model folder.
    style: subject number of the model, 0-31 by default. seed: of blinks, gaze and head motion; the same input and seed
    give the same bytes. fps: frames a second of the result, the model's own by default (EMOTE 25, EmoFace 60); 23.976 is
    24000/1001. alive: whether to add blinks, gaze and head motion, 0.5 for half as much of them, or a
    `speechface.liveliness.Liveliness` (docs/life.md). progress: called with the share done. lips: whether lips must keep
    what the sounds demand (touch on p b m, ...; docs/lips.md).
    text: what is said, in English, or a .txt, .TextGrid, .phn or .lab file of it (or a folder with one named like the
    sound): phones are then known better than they are heard; `about["text"]` says whether the text fitted and was used.
    Raises `UserError` for anything wrong with these.
    """
    from speechface.audio import load

    feeling = Emotion.parse(emotion)
    if fps is not None:
        if not 1 <= fps <= 240:
            raise UserError(f"fps {fps:g} is not between 1 and 240")
        fps = float(exact_rate(fps))
    if seed < 0:
        raise UserError(f"seed {seed} is negative; give a whole number from 0")
    if isinstance(audio, tuple):
        samples, source = load.convert(*audio), None
    else:
        samples, source = load.read(audio), Path(audio)
    known: dict[str, Any] = {}
    demands: Any = lips
    if text is not None and lips:
        from speechface.demands import Demands

        transcript = importlib.import_module("data_prep.transcript")
        said = transcript.read(samples, transcript.find(text, source))
        known = {"text": {"score": round(said.score, 3), "used": said.segments is not None}}
        demands = Demands.of_phones(said.segments) if said.segments is not None else lips
    made = engine(str(model), device).animate(samples, feeling, style, seed, fps, alive, progress, demands)
    about = made.about | known | {"model": Path(model).name, "emotion": feeling.text, "style": style, "seed": seed}
    return Animation(made.controls, made.names, made.fps, made.rig, source, about)


def load(path: str | Path) -> Animation:
    """Read an animation: the `.npz` that `Animation.save` or an export made, or a take of Live Link Face (`.csv`)."""
    from speechface import readers

    return readers.read(path)


def export(
    animation: Animation,
    path: str | Path,
    head: str | None = None,
    kind: str | None = None,
    character: str | None = None,
    **options: Any,
) -> None:
    """Write an animation to a file whose ending names the exporter (or `kind` does), on a head (see `speechface.heads`).

    character: one of the people the open head can be, "otto" for instance (see `available()["characters"]`). Options are
    the exporter's own, `reduce=0.005` or `timecode="01:00:00:00"` for instance.
    Raises `UserError` for an unknown ending, an unsuitable head, an animation without frames or with numbers that are not
    finite, or a place that cannot be written.
    """
    from speechface import heads

    exporter = plugins.load("render.export", kind or exporter_for(path), "exporter")
    animation.checked()
    shown = None
    if head or character or not hasattr(exporter, "RIG"):  # curves of a fixed rig need no head
        shown = heads.load(heads.played_by(head or heads.default(animation.rig), character))
    exporter.write(animation, Path(path), shown, **options)


def render(animation: Animation, path: str | Path, head: str | None = None, **options: Any) -> None:
    """Draw an animation as a video with its sound; `size=512`, `renderer="software"`, `camera="front"` are options."""
    export(animation, path, head, kind="mp4", **options)


def train(what: str, clips: list[str | Path], out: str | Path, **settings: Any) -> dict[str, float]:
    """Train `encoder`, `prior` or an engine on clip folders; see `speechface train --help` for the settings."""
    return _trainer(what).train([Path(folder) for folder in clips], Path(out), **settings)


def evaluate(what: str, **settings: Any) -> dict[str, Any]:
    """Run one of the measures of `speechface evaluate --help`, with its options as settings; returns the table it prints.

    `evaluate("lips", data="clips", emotion="sad")["all"]["closure_rate"]` is a percentage; what could not be judged is NaN.
    """
    door = plugins.load("speechface.commands.evaluate", what, "measure")
    known = {field.name: field.default for field in dataclasses.fields(door.Arguments) if field.name != "out"}
    for name in settings:
        if name not in known:
            raise unknown(f"setting of the measure {what}", name, known)
    for name, default in known.items():
        if default is dataclasses.MISSING and name not in settings:
            raise UserError(f"the measure {what} needs the setting {name}")
    return door.measure(door.Arguments(**settings))


def available() -> dict[str, list[str]]:
    """Names of everything that is a plug-in, a group a key."""
    groups = {
        "engines": "", "heads": "speechface.heads", "encoders": "speechface.audio.encoders", "rigs": "",
        "exporters": "render.export", "renderers": "render.backends", "wires": "render.live", "corpora": "data_prep.corpora",
        "synthesisers": "data_prep.synthesisers", "losses": "speechface.losses", "emotions": "", "characters": "",
    }  # fmt: skip
    from speechface import emotion, rigs
    from speechface.sculpt.characters import CHARACTERS

    given = {"engines": list(ENGINES), "rigs": rigs.available(), "emotions": list(emotion.LABELS)}
    given["characters"] = list(CHARACTERS)
    return {name: given[name] if name in given else plugins.names(package) for name, package in groups.items()}


def exporter_for(path: str | Path, wanted: str | None = None) -> str:
    """The exporter that claims a path's ending, the longest one it has; `UserError` if none does.

    wanted: the exporter that is meant where the last ending alone (`.csv`, `.py`) could be that of several.
    """
    claimed: dict[str, str] = {}
    for name in plugins.names("render.export"):
        claimed |= dict.fromkeys(plugins.load("render.export", name, "exporter").SUFFIXES, name)
    file, last = Path(path).name.lower(), Path(path).suffix.lower()
    longest = max((ending for ending in claimed if file.endswith(ending) and file != ending), key=len, default=None)
    if wanted and longest in (None, last) and any(e.endswith(last) for e, name in claimed.items() if name == wanted):
        return wanted
    if longest:
        return claimed[longest]
    several = sorted({Path(path).stem + ending for ending in claimed if last and ending.endswith(last)})
    if several:
        raise UserError(
            f"'{Path(path).name}' could be several things; call it {' or '.join(several)}, or give --format"
        )
    raise UserError(f"do not know how to write '{Path(path).name}'; known endings: {', '.join(sorted(claimed))}")


def engine(model: str, device: str = "cpu") -> Any:
    """The engine of a name or a model folder; it is loaded once, and again when the files in the folder change."""
    if model in ENGINES:
        return _loaded(model, None, device, 0)
    if Path(model).is_dir():
        from speechface import checkpoint

        model = str(checkpoint.at(model))
        kind = checkpoint.describe(model)["kind"]
        if kind in ENGINES:
            return _loaded(kind, model, device, max(file.stat().st_mtime_ns for file in Path(model).iterdir()))
        raise UserError(f"{model} holds a model of kind '{kind}', which cannot animate")
    raise unknown("model", model, ENGINES)


@lru_cache(maxsize=2)
def _loaded(kind: str, folder: str | None, device: str, changed: int) -> Any:
    """An engine; `changed` only tells one state of a folder from another."""
    from speechface.device import usable

    return importlib.import_module(f"{kind}.engine").load(folder, usable(device))


def _trainer(what: str) -> Any:
    trainers = {
        "encoder": "speechface.audio.viseme_training",
        "prior": "priors.flint_training",
        "emote": "emote.training",
        "emoface": "emoface.training",
    }
    if what not in trainers:
        raise unknown("thing to train", what, trainers)
    return importlib.import_module(trainers[what])
