"""Clip folders: where preparing data and training meet. Files only; neither side imports the other.

clips.jsonl   one JSON object a line: name, speaker, seconds, licence, source, and what is known of
              language, text, emotion (as `Emotion.parse` reads it), style (subject number), synthesiser, score
splits.json   {"train": [speaker, ...], "validation": [...], "test": [...]}: speakers are held out, not clips, unless it
              says "by": "clip" and names clips, for a folder that has too few speakers
CARD.md       sources and licences
NAME/audio.wav    16 kHz mono
NAME/phones.tsv   start, end, phone, viseme: seconds and the classes of `speechface.visemes`
NAME/motion.npz   controls (T, C), names (C,), fps, valid (T,), and rig where that is not `flame`
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from speechface.errors import UserError, unknown
from speechface.visemes import INDEX, Segment

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Motion:
    """Recorded or generated motion: controls (T, C) float32, names (C,) of a rig, fps, and valid (T,) bool."""

    controls: np.ndarray
    names: tuple[str, ...]
    fps: float
    valid: np.ndarray
    rig: str = "flame"


@dataclass(frozen=True)
class Clip:
    """One clip of a folder; its files are read when asked for."""

    folder: Path
    name: str
    speaker: str
    seconds: float
    about: dict[str, Any] = field(default_factory=dict)

    def audio(self) -> np.ndarray:
        """(S,) float32 samples at 16 kHz."""
        import soundfile

        try:
            samples, rate = soundfile.read(self.folder / self.name / "audio.wav", dtype="float32")
        except (OSError, soundfile.SoundFileError) as error:
            raise UserError(f"cannot read the sound of clip {self.name} ({error})") from None
        if rate != 16000 or samples.ndim != 1:
            raise UserError(f"{self.folder / self.name / 'audio.wav'} is not 16 kHz mono")
        return samples

    def phones(self) -> list[Segment]:
        """The phone segments; `UserError` if the clip has none, or names the line that is malformed."""
        file = self.folder / self.name / "phones.tsv"
        if not file.is_file():
            raise UserError(f"clip {self.name} has no phones.tsv")
        segments = []
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()[1:], start=2):
            try:
                start, end, phone, viseme = line.split("\t")
                segments.append(Segment(float(start), float(end), phone, INDEX.get(viseme, -1)))
            except ValueError:
                raise UserError(f"{file}, line {number}: expected start, end, phone and viseme, got {line!r}") from None
        return segments

    def motion(self, name: str = "motion") -> Motion:
        """The motion in NAME/motion.npz (or another file of that form); `UserError` if it is missing or malformed."""
        file = self.folder / self.name / f"{name}.npz"
        try:
            with np.load(file, allow_pickle=False) as data:
                controls, names = data["controls"], tuple(str(control) for control in data["names"])
                rig = str(data["rig"]) if "rig" in data else "flame"
                valid = data["valid"].astype(bool)
                motion = Motion(controls.astype(np.float32), names, float(data["fps"]), valid, rig)
        except (OSError, KeyError, ValueError) as error:
            raise UserError(f"{file} is not a motion file ({error})") from None
        if controls.ndim != 2 or controls.shape != (len(motion.valid), len(names)):
            raise UserError(
                f"{file}: controls {controls.shape}, {len(names)} names and {len(motion.valid)} masks differ"
            )
        return motion


@dataclass(frozen=True)
class ClipFolder:
    """The clips of one folder and its split, `by` "speaker" or "clip"."""

    path: Path
    clips: tuple[Clip, ...]
    splits: dict[str, tuple[str, ...]]
    by: str = "speaker"

    @staticmethod
    def read(path: str | Path) -> ClipFolder:
        """Read `clips.jsonl` and `splits.json`; `UserError` names the line at fault, or speakers in two splits."""
        path = Path(path)
        if not (path / "clips.jsonl").is_file():
            raise UserError(f"{path} is not a clip folder (no clips.jsonl); make one with 'speechface prepare'")
        clips = []
        for number, line in enumerate((path / "clips.jsonl").read_text(encoding="utf-8").splitlines(), start=1):
            try:
                about = json.loads(line)
                clips.append(Clip(path, about["name"], about["speaker"], float(about["seconds"]), about))
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(f"{path / 'clips.jsonl'}, line {number}: {error!r}") from None
        splits, by = _read_splits(path / "splits.json")
        twice = [who for who, count in Counter(who for group in splits.values() for who in group).items() if count > 1]
        if twice:
            raise UserError(f"{path / 'splits.json'}: {by}s in more than one split: {', '.join(twice[:5])}")
        return ClipFolder(path, tuple(clips), splits, by)

    def split(self, name: str) -> list[Clip]:
        """The clips of one split; what no split names belongs to train. `UserError` for an unknown split."""
        if name not in SPLITS:
            raise unknown("split", name, SPLITS)
        key = "name" if self.by == "clip" else "speaker"
        elsewhere = {who for other in SPLITS if other != name for who in self.splits[other]}
        if name == "train":
            return [clip for clip in self.clips if getattr(clip, key) not in elsewhere]
        return [clip for clip in self.clips if getattr(clip, key) in self.splits[name]]

    def licences(self) -> dict[str, float]:
        """Hours a licence, for the model card."""
        hours: dict[str, float] = {}
        for clip in self.clips:
            licence = str(clip.about.get("licence", "unknown"))
            hours[licence] = hours.get(licence, 0.0) + clip.seconds / 3600
        return hours


def _read_splits(file: Path) -> tuple[dict[str, tuple[str, ...]], str]:
    """The speakers of every split, all empty if there is no file, and "speaker"; or the clips, and "clip"."""
    splits: dict[str, tuple[str, ...]] = dict.fromkeys(SPLITS, ())
    if not file.is_file():
        return splits, "speaker"
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{file} is not JSON ({error})") from None
    by = given.pop("by", "speaker") if isinstance(given, dict) else ""
    if by not in ("speaker", "clip") or not all(isinstance(who, list) for who in given.values()):
        raise UserError(f'{file}: expected {{"train": [speaker, ...], "validation": [...], "test": [...]}}')
    for name in given:
        if name not in SPLITS:  # its speakers would silently be trained on
            raise UserError(f"{file}: {unknown('split', name, SPLITS)}")
    return splits | {name: tuple(str(one) for one in who) for name, who in given.items()}, by


def append(path: Path, about: dict[str, Any]) -> None:
    """Add one line to `clips.jsonl`."""
    with open(path / "clips.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(about, ensure_ascii=False) + "\n")


def iterate(folders: list[ClipFolder], split: str) -> Iterator[Clip]:
    """The clips of one split of several folders."""
    for folder in folders:
        yield from folder.split(split)
