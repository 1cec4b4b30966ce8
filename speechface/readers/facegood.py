"""Captured weights of FACEGOOD's Audio2Face data (.npy): 116 shapes at 30 frames a second, as ARKit's by its own table."""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from speechface import rigs
from speechface.animation import Animation
from speechface.errors import UserError

SUFFIXES = (".npy",)
FPS = 30.0
NAMES, TABLE = "bsname.txt", "Voice2Face_blendshape2ARkit.xlsx"
"""The files beside the weights that name their columns and say which of them make a shape of ARKit."""
# Line i of the names, counted from 0 with the number in line 0, is column i; column 0 has none. One could read the names without
# the first line: then weights of left and right that are captured alike would bear the names of neighbours in the list, and no
# jaw would ever open.
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def recognises(path: Path) -> bool:
    """Whether the files that name the columns lie beside it."""
    return (path.parent / NAMES).is_file() and (path.parent / TABLE).is_file()


def read(path: str | Path) -> Animation:
    """The animation in rig `arkit`: shapes that the table marks as valid, the largest where it names several weights.

    The sound of `bs_value_NAME.npy` is `NAME.wav` beside it. Raises `UserError` where weights, names and table do not fit.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():  # the files were written by Python 2, which NumPy says every time
            warnings.simplefilter("ignore")
            weights = np.load(path, allow_pickle=False)
        columns = (path.parent / NAMES).read_text(encoding="utf-8").split()[1:]
        table = _valid(path.parent / TABLE)
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise UserError(f"{path} cannot be read as weights of FACEGOOD ({error})") from error
    if weights.ndim != 2 or weights.shape[1] != len(columns) or not np.isfinite(weights).all():
        raise UserError(f"{path} holds {weights.shape}, but {NAMES} names {len(columns)} weights")
    at = {name: number + 1 for number, name in enumerate(columns[:-1])}
    known = {name.lower(): name for name in rigs.load("arkit").names}
    curves = {}
    for shape, parts in table.items():
        if shape.lower() in known and all(part in at for part in parts):
            curves[known[shape.lower()]] = weights[:, [at[part] for part in parts]].max(axis=1)
    if not curves:
        raise UserError(f"{path.parent / TABLE} names no weights of {NAMES}")
    sound = path.with_name(path.stem.removeprefix("bs_value_") + ".wav")
    made = np.stack(list(curves.values()), axis=1)
    return Animation(made, tuple(curves), FPS, "arkit", sound if sound.is_file() else None, {"source": "FACEGOOD"})


def _valid(path: Path) -> dict[str, list[str]]:
    """Weights of every shape whose status is `valid`: columns A, C and G of the first sheet."""
    with zipfile.ZipFile(path) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        words = ["".join(text.text or "" for text in entry.iter(f"{_SHEET}t")) for entry in shared.iter(f"{_SHEET}si")]
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    out = {}
    for row in sheet.iter(f"{_SHEET}row"):
        cells = {}
        for cell in row:
            value = cell.find(f"{_SHEET}v")
            if value is not None and value.text and cell.get("t") == "s":
                cells[(cell.get("r") or "").rstrip("0123456789")] = words[int(value.text)].strip()
        if cells.get("G", "").lower() == "valid" and "C" in cells and "A" in cells:
            out[cells["A"]] = re.findall(r"\w+", cells["C"].removeprefix("max"))
    return out
