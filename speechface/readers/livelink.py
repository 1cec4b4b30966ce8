"""Takes of the app Live Link Face: ARKit's 52 shapes and the head, as a table (.csv)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from speechface import rigs
from speechface.animation import Animation
from speechface.errors import UserError

SUFFIXES = (".csv",)
RATES = (24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 48.0, 50.0, 60000 / 1001, 60.0, 100.0, 120.0)
"""Frame rates that a measured one is taken for when it is within half a per cent."""
TURNS = {"HeadYaw": ("headYaw", -1.0), "HeadPitch": ("headPitch", 1.0), "HeadRoll": ("headRoll", -1.0)}
"""Rotations of the head and their signs in our axes. The app's yaw is positive to the character's right and its pitch is positive
down, as its own columns for the eyes show against EyeLookOut and EyeLookDown; then roll is positive to the left shoulder."""


def read(path: str | Path) -> Animation:
    """The animation of a take, in rig `arkit`.

    The frame rate is found from the timecodes (hours:minutes:seconds:frames, the frames in 60ths of a second at any rate).
    Frames that the app dropped, or in which it saw no face, are interpolated. What the table lacks is left out.
    Raises `UserError`, one line with the number of the line, for a file that is no such table.
    """
    path = Path(path)
    lines = _lines(path)
    header = [name.strip() for name in lines[0]] if lines else []
    if [name.lower() for name in header[:2]] != ["timecode", "blendshapecount"]:
        raise UserError(
            f"{path} is no take of Live Link Face: its first line does not begin with Timecode,BlendShapeCount"
        )
    columns = _columns(header)
    if not columns:
        raise UserError(f"{path} is no take of Live Link Face: its first line names none of ARKit's shapes")
    times, rows = [], []
    for number, cells in enumerate(lines[1:], start=2):
        if cells:
            times.append(_seconds(cells[0], f"{path}, line {number}"))
            rows.append(_numbers(cells, header, columns, f"{path}, line {number}"))
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))
    seen = np.isfinite(values).all(axis=1)
    if not seen.any():
        raise UserError(f"{path} has no frame with a face in it")
    at, fps = _frames(np.array(times), path)
    grid = np.arange(at[seen][0], at[seen][-1] + 1)
    curves = np.stack([np.interp(grid, at[seen], curve[seen]) for curve in values.T], axis=1)
    names = tuple(name for name, _, _ in columns)
    about = {"source": "Live Link Face", "timecode": lines[1][0]}
    return Animation((curves * [sign for _, _, sign in columns]).astype(np.float32), names, fps, "arkit", None, about)


def _lines(path: Path) -> list[list[str]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a table of text") from error


def _columns(header: list[str]) -> list[tuple[str, int, float]]:
    """Name in the rig, column and sign of everything that is read."""
    arkit = rigs.load("arkit")
    known = {name.lower(): (name, 1.0) for name in arkit.names if not name.startswith("head")}
    known |= {name.lower(): way for name, way in TURNS.items()}
    found = ((known[name.lower()], at) for at, name in enumerate(header) if name.lower() in known)
    return [(name, at, sign) for (name, sign), at in found]


def _seconds(code: str, where: str) -> float:
    found = re.fullmatch(r"\s*(\d+)[:;](\d+)[:;](\d+)[:;](\d+(?:\.\d+)?)\s*", code)
    if not found:
        raise UserError(f"{where}: '{code}' is no timecode such as 13:13:04:31.652")
    hours, minutes, seconds, sixtieths = (float(part) for part in found.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds + sixtieths / 60.0


def _numbers(cells: list[str], header: list[str], columns: list[tuple[str, int, float]], where: str) -> list[float]:
    """The numbers of a line; NaN where the app saw no face and left them out."""
    if len(cells) < len(header) and any(cell.strip() for cell in cells[2:]):
        raise UserError(f"{where}: {len(cells)} cells where the first line has {len(header)}")
    if not any(cell.strip() for cell in cells[2:]):
        return [np.nan] * len(columns)
    try:
        found = [float(cells[at]) for _, at, _ in columns]
    except ValueError as error:
        raise UserError(f"{where}: {error}") from error
    if not np.isfinite(found).all():
        raise UserError(f"{where}: a number is not finite")
    return found


def _frames(times: np.ndarray, path: Path) -> tuple[np.ndarray, float]:
    """(T,) rising frame numbers of the rows, and frames a second."""
    times = times + 86400.0 * np.concatenate([[0], np.cumsum(np.diff(times) < -43200.0)])  # past midnight
    steps = np.diff(times)
    if (steps <= 0.0).any():
        raise UserError(f"{path}, line {int(np.argmax(steps <= 0.0)) + 3}: its timecode is not after the one before")
    if not len(steps):
        return np.zeros(1), 60.0
    at = np.concatenate([[0.0], np.cumsum(np.maximum(np.round(steps / np.median(steps)), 1.0))])
    fps = at[-1] / (times[-1] - times[0])
    near = min(RATES, key=lambda rate: abs(rate / fps - 1.0))
    return at, near if abs(near / fps - 1.0) < 0.005 else float(fps)
