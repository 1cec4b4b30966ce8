"""What a measure of motion is run on: recordings with truth, sound and phones, matched by the stems of their files."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from speechface import readers
from speechface.clips import Clip, ClipFolder
from speechface.errors import UserError
from speechface.visemes import Segment

SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".aac", ".opus", ".mp4", ".mov", ".mkv", ".mpg", ".avi", ".webm")


@dataclass(frozen=True)
class Recording:
    """name: stem of its files; truth, sound and labels: files, where there are any; clip: of a clip folder, which has all of
    them and knows speaker, text, emotion and style."""

    name: str
    truth: Path | None = None
    sound: Path | None = None
    labels: Path | None = None
    clip: Clip | None = None

    @property
    def speaker(self) -> str:
        """Who speaks, as far as is known."""
        return self.clip.speaker if self.clip else ""

    @cached_property
    def samples(self) -> np.ndarray | None:
        """(S,) 16 kHz samples of the sound, None without one."""
        from speechface.audio import load

        if self.clip:
            return self.clip.audio()
        return load.read(self.sound) if self.sound else None

    @cached_property
    def segments(self) -> list[Segment] | None:
        """The phones, None where they are not known; of a clip that has only a text, by alignment where that can be had."""
        if self.clip and (self.clip.folder / self.clip.name / "phones.tsv").is_file():
            return self.clip.phones()
        if self.clip:
            text = self.about("text", "") if self.about("language", "en") == "en" else ""
            try:
                said = importlib.import_module("data_prep.transcript").read(self.samples, text) if text else None
            except UserError:  # no PocketSphinx, or nothing to align
                return None
            return list(said.segments) if said and said.segments else None
        return importlib.import_module("data_prep.labels").read_labels(self.labels) if self.labels else None

    def about(self, name: str, default: str) -> str:
        """What the clip folder says of it: text, emotion, style."""
        return str(self.clip.about.get(name) or default) if self.clip else default


def gather(
    predictions: Sequence[Path], truth: Path | None, sound: Path | None, phones: Path | None, split: str
) -> list[Recording]:
    """The recordings that truth, sound or, without either, the predictions name; `UserError` where there are none.

    A clip folder gives those of a split, any other folder those of its files, a file one. Sound and phones are then looked
    for by stem; the sound of a single file is the one that it names itself.
    """
    for given in (*predictions, truth, sound, phones):
        if given is not None and not given.exists():
            raise UserError(f"no such file or folder: {given}")
    for folder in (truth, sound, *predictions):
        if folder is not None and (folder / "clips.jsonl").is_file():
            clips = ClipFolder.read(folder).split(split)
            if not clips:
                raise UserError(f"{folder} has no clips in its split '{split}'")
            return [Recording(clip.name, clip=clip) for clip in clips]
    found: list[tuple[str, Path | None]]
    motions = sorted(readers.suffixes() | {".npy"})
    if truth is not None:
        found = [(path.stem, path) for path in _files(truth, motions)]
    else:
        leading = sound or next(iter(predictions), None)
        if leading is None:
            raise UserError("nothing to measure on; give --truth or --sound")
        found = [(path.stem, None) for path in _files(leading, SOUNDS if sound else motions)]
    one = len(found) == 1
    labels = importlib.import_module("data_prep.labels").SUFFIXES if phones else ()
    return [
        Recording(
            name,
            path,
            _beside(sound, name, SOUNDS, one) or _own_sound(path or next(iter(predictions), None) if one else path),
            _beside(phones, name, labels, one),
        )
        for name, path in found
    ]


def motion_of(recording: Recording, given: Path, alone: bool) -> Path:
    """The file of a recording in a prediction: the file itself, or of a folder the one of the same stem.

    `STEM_condition_SPEAKER` counts as well, the name that FaceFormer and its heirs give. alone: whether there is one recording,
    to which any file belongs. Raises `UserError` where there is none.
    """
    if given.is_file():
        if not alone:
            raise UserError(
                f"{given} is one file, but there are several recordings; give a folder with a file for each"
            )
        return given
    if (given / "clips.jsonl").is_file():
        return given / recording.name / "motion.npz"
    for path in sorted(given.iterdir()):
        stem = path.stem.partition("_condition_")[0]
        if recording.name in (path.stem, stem) and path.suffix.lower() in readers.suffixes() | {".npy"}:
            return path
    raise UserError(f"{given} has no motion for {recording.name}")


def shared(
    recordings: Sequence[Recording], predictions: Sequence[Path], warn: Callable[[str], None]
) -> list[Recording]:
    """The recordings that every prediction has a file for, so that all are measured on the same; `UserError` where none is."""
    if all(path.is_file() for path in predictions):
        return list(recordings)
    kept = []
    for recording in recordings:
        try:
            paths = [motion_of(recording, path, len(recordings) == 1) for path in predictions if path.is_dir()]
        except UserError:
            continue
        if all(path.is_file() for path in paths):
            kept.append(recording)
    if not kept:
        raise UserError(
            f"{' and '.join(map(str, predictions))} have no file named like one of the {len(recordings)} recordings"
        )
    if len(kept) < len(recordings):
        warn(f"{len(recordings) - len(kept)} of {len(recordings)} recordings lack a prediction and are left out")
    return kept


def _files(path: Path, endings: Sequence[str]) -> list[Path]:
    if path.is_file():
        return [path]
    found = [file for file in sorted(path.iterdir()) if file.suffix.lower() in endings and file.is_file()]
    if not found:
        raise UserError(f"{path} holds no files that can be read; known endings: {', '.join(endings)}")
    return found


def _beside(given: Path | None, name: str, endings: Sequence[str], one: bool) -> Path | None:
    """The file of a recording in a file or folder; None where there is none."""
    if given is None or given.is_file():
        if given is not None and not one:
            raise UserError(f"{given} is one file, but there are several recordings; give a folder")
        return given
    return next((given / f"{name}{end}" for end in endings if (given / f"{name}{end}").is_file()), None)


def _own_sound(path: Path | None) -> Path | None:
    """The sound that an animation says it belongs to, or that lies beside it under its name, where there is one."""
    if path is None or not path.is_file():
        return None
    beside = next((path.with_suffix(end) for end in SOUNDS if path.with_suffix(end).is_file()), None)
    if beside or (path.suffix.lower() == ".npy" and not readers.recognised(path)):
        return beside
    try:
        sound = readers.read(path).audio
    except UserError:
        return None
    return sound if sound is not None and sound.is_file() else None
