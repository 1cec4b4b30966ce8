"""Where traces come from: files of curves or vertices, engines that animate a sound, and baselines."""

from __future__ import annotations

import importlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from speechface import checkpoint, conversion, heads, readers, rigs
from speechface.animation import Animation
from speechface.commands.evaluate._recordings import Recording, motion_of
from speechface.errors import UserError
from speechface.evaluation import regions, vertex_file, video_marks
from speechface.evaluation.trace import Trace, of_animation
from speechface.heads import Head

BASELINES = ("still", "energy", "phones", "labels")


@dataclass(frozen=True)
class Reader:
    """How files become traces: head (None: the open head's for each rig), mask, face at rest, metres a unit, frames a second."""

    head: Head | None
    mask: Path | None
    neutral: Path | None
    unit: float
    fps: float | None

    @staticmethod
    def of(arguments: Any) -> Reader:
        """What the options of the command say; `UserError` for a unit or a head that is none."""
        word = str(arguments.unit)
        try:
            unit = vertex_file.UNITS.get(word) or float(word)
        except ValueError:
            unit = 0.0
        if not 0.0 < unit < 1e3:
            raise UserError(f"'{word}' is no unit; give m, cm, mm, or the metres of one unit")
        head = heads.load(arguments.head) if arguments.head else None
        mask, neutral = (Path(given) if given else None for given in (arguments.mask, arguments.neutral))
        return Reader(head, mask, neutral, unit, arguments.fps)

    def truth(self, recording: Recording) -> Trace:
        """The true motion of a recording."""
        if recording.clip:
            return self.clip(recording)
        assert recording.truth is not None
        return self.file(recording.truth)

    def clip(self, recording: Recording, folder: Path | None = None) -> Trace:
        """The motion of a clip, of its own folder or of another clip folder with the same clips; of a clip of a video to which no
        motion was fitted, what was tracked."""
        assert recording.clip is not None
        place = (folder or recording.clip.folder) / recording.name
        if not (place / "motion.npz").is_file() and (place / "track.npz").is_file():
            return self.file(place / "track.npz")
        motion = (replace(recording.clip, folder=folder) if folder else recording.clip).motion()
        named = Animation(motion.controls, motion.names, motion.fps, _rig(motion.names))
        return self.animation(named, str(place / "motion.npz"))

    def file(self, path: Path) -> Trace:
        """The trace in any file that is known."""
        if {"landmarks", "scores"} <= _arrays(path):
            video = importlib.import_module("data_prep.track").Track.load(path)
            return video_marks.trace(video.landmarks, video.valid, video.fps, str(path))
        if not readers.recognised(path) and path.suffix.lower() in (".npy", ".npz") and "controls" not in _arrays(path):
            return vertex_file.read(path, self._regions(path), self.fps, self.unit)
        animation = readers.read(path)
        if animation.about.get("fps") == "assumed" and not self.fps:
            raise UserError(f"{path} does not say its frames a second; give --fps")
        return self.animation(replace(animation, fps=self.fps or animation.fps), str(path))

    def animation(self, animation: Animation, name: str) -> Trace:
        """The trace of curves on the head asked for, or the open head's for their rig."""
        if not len(animation):
            raise UserError(f"{name} has no frames")
        if animation.rig == "flame_file" and (self.head is None or self.head.rig.name != "flame_file"):
            raise UserError(f"{name} holds FLAME parameters; give the head they move: --head flame:/path/to/FLAME.pkl")
        if not np.isfinite(animation.controls).all():
            raise UserError(f"{name} holds numbers that are not finite")
        made = conversion.convert(animation, "open") if animation.rig == "face_board" and not self.head else animation
        head = self.head or heads.load(heads.default(made.rig))
        if made.rig != head.rig.name:
            controls = conversion.controls(made, head)
            made = replace(made, controls=controls, names=head.rig.names, rig=head.rig.name)
        return replace(of_animation(made, head, name), animation=animation)

    def _regions(self, path: Path) -> regions.Regions | None:
        if self.mask:
            count = vertex_file.count(path)
            rest = vertex_file.neutral(self.neutral, self.unit) if self.neutral else None
            if rest is not None and len(rest) != count:
                raise UserError(f"{self.neutral} has {len(rest)} vertices, {path} {count}")
            return regions.of_file(self.mask, count, rest)
        return regions.of_head(self.head) if self.head else None


@dataclass(frozen=True)
class System:
    """path: the file or folder of a prediction, None for what makes its own; trace: the motion of a recording."""

    trace: Callable[[Recording, bool], Trace]
    path: Path | None = None


def system(name: str, arguments: Any, reader: Reader) -> System:
    """What a word of the command line stands for; `UserError` for one that is none."""
    from speechface.api import ENGINES

    path = Path(name)
    if name.partition(":")[0] in (*ENGINES, *BASELINES):
        return _made(name, arguments, reader)
    if path.is_file() or (path.is_dir() and not (checkpoint.at(path) / "model.json").is_file()):

        def read(recording: Recording, alone: bool) -> Trace:
            if recording.clip and (path / "clips.jsonl").is_file():
                return reader.clip(recording, path)
            return reader.file(motion_of(recording, path, alone))

        return System(read, path)
    return _made(name, arguments, reader)


def _made(name: str, arguments: Any, reader: Reader) -> System:
    """What makes its motion from the sound."""
    animate = _maker(name, arguments)
    return System(lambda recording, _: reader.animation(animate(recording, _samples(recording, name)), name))


def _maker(name: str, arguments: Any) -> Callable[[Recording, np.ndarray], Animation]:
    """What animates the sound of a recording: a baseline, or an engine."""
    from speechface.evaluation import baselines

    if name in ("still", "energy"):
        made = getattr(baselines, name)
        return lambda _, samples: made(samples)
    if name == "phones":
        decode = importlib.import_module("data_prep.alignment").decode_phones
        return lambda _, samples: baselines.of_phones(decode(samples), len(samples) / 16000)
    if name == "labels":
        return lambda recording, samples: baselines.of_phones(_labels(recording), len(samples) / 16000)
    from speechface.api import ENGINES, engine
    from speechface.emotion import Emotion

    spec, _, word = name.partition(":") if not Path(name).is_dir() or name in ENGINES else (name, "", "")
    if word not in ("", "free", "text"):
        raise UserError(f"'{name}': only ':free' or ':text' may follow an engine")
    if spec not in ENGINES and not Path(spec).is_dir():
        known = "a file, a folder, an engine (emote) or one of still, energy, phones, labels"
        raise UserError(f"'{name}' is no prediction; give {known}")
    moving = engine(spec)

    def animate(recording: Recording, samples: np.ndarray) -> Animation:
        feeling = Emotion.parse(arguments.emotion or recording.about("emotion", "neutral"))
        style = int(recording.about("style", "0")) if arguments.style is None else arguments.style
        lips = _demanded(recording, samples) if word == "text" else word != "free"
        return moving.animate(samples, feeling, style, fps=arguments.fps, alive=False, lips=lips)

    return animate


def _demanded(recording: Recording, samples: np.ndarray) -> Any:
    """What the text of a clip demands of the lips, or True, what is heard, where it does not fit; `UserError` without a text."""
    from speechface.demands import Demands

    text = recording.about("text", "")
    if not text:
        raise UserError(f"':text' needs a clip folder that knows what is said; {recording.name} has no text")
    said = importlib.import_module("data_prep.transcript").read(samples, text)
    return Demands.of_phones(said.segments) if said.segments else True


def _samples(recording: Recording, name: str) -> np.ndarray:
    if recording.samples is None:
        raise UserError(f"'{name}' needs the sound of {recording.name}; give --sound")
    return recording.samples


def _labels(recording: Recording):
    if not recording.segments:
        raise UserError(f"'labels' needs the phones of {recording.name}; give --phones")
    return recording.segments


def _arrays(path: Path) -> set[str]:
    """Names of the arrays in a `.npz` file; empty for any other."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(".npy") for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile):
        return set()


def _rig(names: tuple[str, ...]) -> str:
    """The rig that most names of a clip's motion belong to."""
    shares = {rig: len(set(names) & set(rigs.load(rig).names)) for rig in rigs.available()}
    best = max(shares, key=lambda rig: shares[rig])
    if not shares[best]:
        raise UserError(f"motion with the controls {', '.join(names[:3])} ... belongs to no rig")
    return best
