"""What EmoFace learns from: clips of speech with face-board curves, from a clip folder or from a folder of sounds and tables.

A clip folder (`speechface.clips`) holds NAME/board.npz. A plain folder holds NAME.wav (or another sound) and NAME.csv beside it:
174 columns in the board's order, or any of its controls under a header. emotions.csv, if it is there, says what was felt:
lines of name, emotion and, if you like, style, speaker and licence. Both become folders of clips, which
`speechface.clip_checks` looks through before anything is learnt.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from speechface import metahuman, rigs
from speechface.animation import Animation
from speechface.clips import SPLITS, Clip, ClipFolder, Motion
from speechface.errors import UserError

SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".aiff")
SLACK = 0.25
"""Seconds by which a table may be longer or shorter than its sound."""
HELD_OUT = 10
"""One clip in so many of a plain folder validates, where speakers are not known."""


@dataclass(frozen=True)
class Take(Clip):
    """A clip with face-board curves in NAME/board.npz."""

    def motion(self, name: str = "board") -> Motion:
        """All 174 controls in the board's order; those that the file lacks are 0. `UserError` where it has others."""
        given, board = super().motion("board"), rigs.load("face_board")
        unknown = [control for control in given.names if control not in board.index]
        if unknown:
            raise UserError(_stranger(unknown[0]))
        curves = Animation(given.controls, given.names, given.fps, "face_board").columns(board.names)
        return Motion(curves, board.names, given.fps, given.valid, "face_board")


@dataclass(frozen=True)
class TableTake(Take):
    """A sound with a table of curves beside it, either of which may be missing, and frames a second of the table."""

    sound: Path | None = None
    table: Path | None = None
    fps: float = 60.0

    def audio(self) -> np.ndarray:
        """(S,) float32 samples at 16 kHz, of a sound in any format."""
        from speechface.audio import load

        if self.sound is None:
            raise UserError(f"{self.name}.csv has no sound of the same name beside it")
        return load.read(self.sound)

    def motion(self, name: str = "board") -> Motion:
        """All 174 controls of the table; those that it does not name are 0."""
        if self.table is None:
            raise UserError("it has no table (.csv) of the same name beside it")
        moved, board = read_table(self.table, self.fps), rigs.load("face_board")
        if abs(moved.duration - self.seconds) > SLACK + 1.0 / self.fps:
            raise UserError(
                f"{self.table.name} lasts {moved.duration:.2f} s at {self.fps:g} frames a second, its sound "
                f"{self.seconds:.2f} s: say how many frames a second it has with --data.fps"
            )
        return Motion(moved.columns(board.names), board.names, self.fps, np.ones(len(moved), dtype=bool), "face_board")


def read(path: str | Path, table_fps: float) -> ClipFolder:
    """The takes of a clip folder or of a plain folder; `UserError` where there are none, or its lists cannot be read."""
    path = Path(path)
    if (path / "clips.jsonl").is_file():
        folder = ClipFolder.read(path)
        return replace(folder, clips=tuple(Take(**vars(clip)) for clip in folder.clips))
    if not path.is_dir():
        raise UserError(f"no such folder: {path}")
    return _plain(path, table_fps)


def at(motion: Motion, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Controls (T, 174) float16 within their ranges at `fps`, and which frames count (T,): those between two that do."""
    moved = Animation(motion.controls, motion.names, motion.fps, motion.rig).resample(fps)
    valid = motion.valid
    if fps != motion.fps:
        times = np.arange(len(valid)) / motion.fps
        valid = np.interp(moved.times, times, valid.astype(float)) > 0.999 if len(valid) else valid
    return rigs.load("face_board").clip(moved.controls).astype(np.float16), valid


def _plain(path: Path, table_fps: float) -> ClipFolder:
    tables = {file.stem: file for file in sorted(path.glob("*.csv")) if file.name != "emotions.csv"}
    sounds = {file.stem: file for file in sorted(path.iterdir()) if file.suffix.lower() in SOUNDS}
    if not set(tables) & set(sounds):
        raise UserError(f"{path} is no clip folder and holds no sounds with tables of curves (NAME.wav, NAME.csv)")
    names = sorted(set(tables) | set(sounds))
    known = _emotions(path / "emotions.csv", set(names))
    takes = [
        _of_table(path, name, sounds.get(name), tables.get(name), known.get(name, {}), table_fps) for name in names
    ]
    speakers = sorted({take.speaker for take in takes})
    if len(speakers) > 2 and all(speakers):
        held, by = speakers[-max(1, len(speakers) // HELD_OUT) :], "speaker"
    else:
        if len(takes) == 1:  # nothing is held out where there is nothing to hold; the checks say so
            takes.append(replace(takes[0], name=f"{takes[0].name} again"))
        held, by = [one.name for number, one in enumerate(takes) if number % HELD_OUT == HELD_OUT - 1], "clip"
        held = sorted({*held, takes[-1].name})
    return ClipFolder(path, tuple(takes), dict.fromkeys(SPLITS, ()) | {"validation": tuple(held)}, by)


def _of_table(
    path: Path, name: str, sound: Path | None, table: Path | None, about: dict[str, str], table_fps: float
) -> TableTake:
    from speechface.audio import load

    try:
        seconds = len(load.read(sound)) / 16000 if sound else 0.0
    except UserError:  # the checks will hear it again, and say so
        seconds = 0.0
    known = {"name": name, "seconds": seconds, "licence": "the user's own", **about}
    return TableTake(path, name, about.get("speaker", ""), seconds, known, sound, table, table_fps)


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
            raise UserError(f"{path}, line 1: {_stranger(strange[0])}")
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


def _stranger(name: str) -> str:
    """What is to be said of a curve that is none of the board's."""
    return f"'{name}' is {metahuman.REASON}" if metahuman.curve(name) else f"'{name}' is no control of the face board"


def _emotions(path: Path, names: set[str]) -> dict[str, dict[str, str]]:
    """name -> emotion, style, speaker, licence of every line of emotions.csv; none if there is no such file."""
    from speechface.emotion import Emotion

    if not path.is_file():
        return {}
    found = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(csv.reader(file), start=1):
            cells = [cell.strip() for cell in line]
            if not cells or cells[:2] == ["name", "emotion"]:
                continue
            if cells[0] not in names:
                raise UserError(f"{path}, line {number}: there is no clip '{cells[0]}'")
            told = dict(zip(("emotion", "style", "speaker", "licence"), cells[1:], strict=False))
            try:
                Emotion.parse(told.get("emotion", ""))
            except UserError as error:
                raise UserError(f"{path}, line {number}: {error}") from None
            if told.get("style") and not told["style"].isdigit():
                raise UserError(f"{path}, line {number}: style {told['style']!r} is not a number from 0")
            found[cells[0]] = {key: value for key, value in told.items() if value}
    return found


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
