"""Tables of curves (.csv): a line of names, a row a frame; what `--out x.csv` and Audio2Face write, ARKit or the face board."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from speechface import rigs
from speechface.animation import Animation
from speechface.errors import UserError

SUFFIXES = (".csv",)
TIMES = ("time", "timecode", "seconds", "t", "timestamp")
RIGS = ("arkit", "face_board", "open", "flame")
BOARD_FPS = 60.0
"""Frames a second of EmoFace-style tables of the face board, which say none."""
ASSUMED = 30.0
"""Frames a second of other tables that have no column of times; `about["fps"]` says that it is a guess."""


def recognises(path: Path) -> bool:
    """Whether most columns are controls of one rig, or there are 174 columns of numbers: the face board without names."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            first, second = next(lines, []), next(lines, [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    if _bare(first):
        return True
    live = [name.strip().lower() for name in first[:2]] == ["timecode", "blendshapecount"]
    if live or any(":" in cell for cell in second):
        return False  # a take of Live Link Face, whose times are of another kind
    return bool(_columns(first)[1])


def read(path: str | Path) -> Animation:
    """The animation in a table, in the rig whose controls it names.

    Names may have a prefix before a dot (`blendShapes.JawOpen`) and any case. A column of times in seconds gives the frame rate;
    frames at uneven times are interpolated. Raises `UserError`, one line with the number of the line, for a damaged table.
    """
    path = Path(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file) if line]
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    if not lines:
        raise UserError(f"{path} is empty")
    bare = _bare(lines[0])
    rig, columns = ("face_board", dict(enumerate(rigs.load("face_board").names))) if bare else _columns(lines[0])
    if not columns:
        raise UserError(f"{path} names no controls of a rig in its first line; known rigs: {', '.join(RIGS)}")
    values = _numbers(lines[0 if bare else 1 :], len(lines[0]), path, 1 if bare else 2)
    times = [] if bare else [at for at, name in enumerate(lines[0]) if name.strip().lower() in TIMES]
    controls = values[:, list(columns)]
    about = {"source": path.name}
    if times and len(values) > 1:
        controls, fps = _even(controls, values[:, times[0]], path)
    elif rig == "face_board":
        fps = BOARD_FPS
    else:
        fps, about["fps"] = ASSUMED, "assumed"
    return Animation(controls.astype(np.float32), tuple(columns.values()), fps, rig, None, about)


def _bare(first: list[str]) -> bool:
    try:
        return len([float(cell) for cell in first]) == len(rigs.load("face_board"))
    except ValueError:
        return False


def _columns(header: list[str]) -> tuple[str, dict[int, str]]:
    """The rig that most names belong to, and its control of every column; no columns where under half of them are known."""
    names = [name.strip() for name in header]
    best: tuple[str, dict[int, str]] = ("", {})
    for rig in RIGS:
        known = {name.lower(): name for name in rigs.load(rig).names}
        found: dict[int, str] = {}
        for at, name in enumerate(names):
            control = known.get(name.lower()) or known.get(name.rpartition(".")[2].lower())
            if control and control not in found.values():
                found[at] = control
        if len(found) > len(best[1]):
            best = rig, found
    return best if 2 * len(best[1]) >= len(names) else ("", {})


def _numbers(lines: list[list[str]], width: int, path: Path, first: int) -> np.ndarray:
    rows = []
    for number, cells in enumerate(lines, start=first):
        if len(cells) != width:
            raise UserError(f"{path}, line {number}: {len(cells)} cells where the first line has {width}")
        try:
            rows.append([float(cell) if cell.strip() else np.nan for cell in cells])
        except ValueError as error:
            raise UserError(f"{path}, line {number}: {error}") from error
    if not rows:
        raise UserError(f"{path} has no rows of numbers")
    values = np.array(rows)
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise UserError(f"{path}, line {int(bad.argmax()) + first}: a number is missing or not finite")
    return values


def _even(controls: np.ndarray, times: np.ndarray, path: Path) -> tuple[np.ndarray, float]:
    """Rows at even times, and frames a second."""
    steps = np.diff(times)
    if (steps <= 0.0).any():
        raise UserError(f"{path}: time does not rise after row {int((steps <= 0.0).argmax()) + 1}")
    fps = 1.0 / float(np.median(steps))
    if np.ptp(times) * fps < 1e6:
        whole = round((len(times) - 1) / np.ptp(times), 2)
        fps = whole if abs(whole / fps - 1.0) < 0.01 else fps
    if not 1.0 <= fps <= 1000.0:
        raise UserError(f"{path} has {fps:.3g} frames a second by its times, which are taken for seconds")
    grid = times[0] + np.arange(round(np.ptp(times) * fps) + 1) / fps
    if len(grid) == len(times) and np.abs(grid - times).max() < 0.2 / fps:
        return controls, fps
    return np.stack([np.interp(grid, times, curve) for curve in controls.T], axis=1), fps
