"""What EmoFace learns from: clips of speech with face-board curves, from a clip folder or from a folder of sounds and tables.

A clip folder (`speechface.clips`) holds NAME/board.npz. A plain folder holds NAME.wav (or another sound) and NAME.csv beside it:
174 columns in the board's order, or any of its controls under a header. emotions.csv, if it is there, says what was felt:
lines of name, emotion and, if you like, style and speaker. What cannot be used is named, never left out in silence.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from speechface import rigs
from speechface.animation import Animation
from speechface.clips import Clip, ClipFolder
from speechface.errors import UserError

SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".aiff")
SLACK = 0.25
"""Seconds by which a table may be longer or shorter than its sound."""
HELD_OUT = 10
"""One clip in so many of a plain folder validates, where speakers are not known."""


@dataclass(frozen=True)
class Take:
    """A clip to learn from. audio() gives (S,) samples at 16 kHz, curves(fps) controls (T, 174) and which frames count (T,)."""

    name: str
    emotion: str
    style: int
    licence: str
    seconds: float
    audio: Callable[[], np.ndarray]
    curves: Callable[[float], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Takes:
    """The takes of one folder, by split."""

    name: str
    splits: dict[str, list[Take]] = field(default_factory=dict)

    def licences(self) -> dict[str, float]:
        """Hours a licence, for the model card."""
        hours: dict[str, float] = {}
        for take in (take for split in self.splits.values() for take in split):
            hours[take.licence] = hours.get(take.licence, 0.0) + take.seconds / 3600
        return hours


def read(path: str | Path, table_fps: float) -> Takes:
    """The takes of a clip folder or of a plain folder; `UserError` where there are none, or one cannot be used."""
    path = Path(path)
    if (path / "clips.jsonl").is_file():
        folder = ClipFolder.read(path)
        splits = {split: [_of_clip(clip) for clip in folder.split(split)] for split in ("train", "validation")}
        return Takes(path.name, splits)
    if not path.is_dir():
        raise UserError(f"no such folder: {path}")
    return _plain(path, table_fps)


def _of_clip(clip: Clip) -> Take:
    def curves(fps: float) -> tuple[np.ndarray, np.ndarray]:
        motion = clip.motion("board")
        unknown = [name for name in motion.names if name not in rigs.load("face_board").index]
        if unknown:
            raise UserError(f"clip {clip.name}: {unknown[0]} is no control of the face board")
        animation = Animation(motion.controls, motion.names, motion.fps, "face_board")
        return _at(animation, motion.valid, fps)

    about = clip.about
    return Take(
        clip.name, str(about.get("emotion", "neutral")), int(about.get("style", 0)), str(about.get("licence", "unknown")),
        clip.seconds, clip.audio, curves,
    )  # fmt: skip


def _plain(path: Path, table_fps: float) -> Takes:
    tables = {file.stem: file for file in sorted(path.glob("*.csv")) if file.name != "emotions.csv"}
    sounds = {file.stem: file for file in sorted(path.iterdir()) if file.suffix.lower() in SOUNDS}
    for found, other, what in ((tables, sounds, "sound"), (sounds, tables, "table (.csv)")):
        alone = sorted(set(found) - set(other))
        if alone:
            raise UserError(f"{found[alone[0]]} has no {what} of the same name beside it ({len(alone)} such in all)")
    if not tables:
        raise UserError(f"{path} is no clip folder and holds no sounds with tables of curves (NAME.wav, NAME.csv)")
    known = _emotions(path / "emotions.csv", set(tables))
    takes, speakers = [], []
    for name, table in tables.items():
        emotion, style, speaker = known.get(name, ("neutral", 0, ""))
        takes.append(_of_table(table, sounds[name], emotion, style, table_fps))
        speakers.append(speaker)
    held = {speaker for speaker in speakers if speaker} if len(set(speakers)) > 2 and all(speakers) else set()
    last = set(sorted(held)[-max(1, len(held) // HELD_OUT) :]) if held else set()
    out = [
        speaker in last if held else number % HELD_OUT == HELD_OUT - 1 or number == len(takes) - 1 > 0
        for number, speaker in enumerate(speakers)
    ]
    train = [take for take, away in zip(takes, out, strict=True) if not away]
    validation = [take for take, away in zip(takes, out, strict=True) if away]
    return Takes(path.name, {"train": train, "validation": validation or train})


def _of_table(table: Path, sound: Path, emotion: str, style: int, table_fps: float) -> Take:
    from speechface.audio import load

    samples = load.read(sound)
    seconds = len(samples) / 16000
    animation = read_table(table, table_fps)
    if abs(animation.duration - seconds) > SLACK + 1.0 / table_fps:
        raise UserError(
            f"{table} lasts {animation.duration:.2f} s at {table_fps:g} frames a second and {sound.name} {seconds:.2f} s: "
            "say how many frames a second it has with --data.fps"
        )
    curves = partial(_at, animation, np.ones(len(animation), dtype=bool))
    return Take(table.stem, emotion, style, "the user's own", seconds, lambda: samples, curves)


def _at(animation: Animation, valid: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """All controls in the board's order at `fps`, and which frames count: those between two that do."""
    board = rigs.load("face_board")
    moved = animation.resample(fps)
    if fps != animation.fps:
        counts = np.interp(moved.times, animation.times, valid.astype(float)) if len(valid) else np.zeros(0)
        valid = counts > 0.999
    return board.clip(moved.columns(board.names)).astype(np.float16), valid


def read_table(path: Path, fps: float) -> Animation:
    """Face-board curves in a table: 174 columns in order, or a header that names controls; `UserError` names line and fault."""
    board = rigs.load("face_board")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file) if line]
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a table ({error})") from None
    names, first = board.names, 1
    if lines and not _number(lines[0][0]):
        names, first, lines = tuple(cell.strip() for cell in lines[0]), 2, lines[1:]
        strange = [name for name in names if name not in board.index]
        if strange:
            raise UserError(f"{path}, line 1: {strange[0]!r} is no control of the face board")
        if len(set(names)) != len(names):
            raise UserError(f"{path}, line 1: a control comes twice")
    if not lines:
        raise UserError(f"{path} holds no frames")
    rows = np.empty((len(lines), len(names)), dtype=np.float32)
    for number, cells in enumerate(lines):
        if len(cells) != len(names):
            raise UserError(f"{path}, line {number + first}: {len(cells)} columns, not {len(names)}")
        try:
            rows[number] = [float(cell) for cell in cells]
        except ValueError:
            raise UserError(f"{path}, line {number + first}: not all of it is numbers") from None
    if not np.isfinite(rows).all():
        line = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0]) + first
        raise UserError(f"{path}, line {line}: a value is not finite")
    return Animation(rows, names, fps, "face_board")


def _emotions(path: Path, names: set[str]) -> dict[str, tuple[str, int, str]]:
    """name -> emotion, style, speaker of every line of emotions.csv; none if there is no such file."""
    from speechface.emotion import Emotion

    if not path.is_file():
        return {}
    found = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(csv.reader(file), start=1):
            cells = [cell.strip() for cell in line] + ["", "", ""]
            if not line or cells[:2] == ["name", "emotion"]:
                continue
            if cells[0] not in names:
                raise UserError(f"{path}, line {number}: there is no clip '{cells[0]}'")
            try:
                Emotion.parse(cells[1])
            except UserError as error:
                raise UserError(f"{path}, line {number}: {error}") from None
            if cells[2] and not cells[2].isdigit():
                raise UserError(f"{path}, line {number}: style {cells[2]!r} is not a number from 0")
            found[cells[0]] = (cells[1], int(cells[2] or 0), cells[3])
    return found


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
