"""Label files people have, read into segments: Praat TextGrid, HTK and HTS .lab, TIMIT .phn, ARCTIC .lab, tables, JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from data_prep.phone_names import Label, classify
from speechface.errors import UserError
from speechface.visemes import INDEX, SILENCE, Segment

SUFFIXES = (
    ".TextGrid", ".textgrid", ".phn", ".PHN", ".phones.tsv", ".tsv", ".csv", ".phone.json", ".psalign.json", ".json", ".lab"
)  # fmt: skip
"""Endings a label file beside a recording may have, the most telling first."""

_FULL_CONTEXT = re.compile(r"\^[^-]*-([^+]+)\+")
_PHONE_TIERS = ("phone", "phones", "phoneme", "phonemes", "phons", "segment", "segments", "mau")
_WORD_TIERS = ("word", "words", "ort", "orthography", "transcript", "sentence", "utterance")
_HUNDRED_NANOSECONDS = 1e-7
_LONGEST = 3.5
"""Mean length of phone names; labels longer than this are words."""


def find_labels(recording: str | Path) -> Path | None:
    """The phone label file that lies beside a recording under its name (with or without `_phones`), or None."""
    recording = Path(recording)
    for ending in ("", "_phones", "_phone"):
        for suffix in SUFFIXES:
            path = recording.with_name(recording.stem + ending + suffix)
            if path.is_file() and _has_phones(path):
                return path
    return None


def read_labels(path: str | Path, rate: int = 16000) -> list[Segment]:
    """Segments of a label file, without gaps from 0 on; ARPAbet, IPA or X-SAMPA is found out by what fits.

    rate: samples a second, needed by TIMIT .phn alone. Raises `UserError` if the file cannot be read as phone labels.
    """
    path = Path(path)
    try:
        segments = _read(path, rate)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UserError(f"{path} is not a phone label file that can be read ({error})") from error
    spoken = [segment for segment in segments if segment.viseme != SILENCE]
    known = sum(segment.viseme >= 0 for segment in spoken)
    letters = sum(len(segment.phone) for segment in spoken)
    if not spoken or known < 0.5 * len(spoken) or letters > _LONGEST * len(spoken):
        raise UserError(f"{path} holds no phones; words can be aligned with the sound instead")
    return segments


def read_text(path: str | Path) -> str:
    """What is said according to the word tier of a TextGrid or a plain text file; empty if there is none."""
    path = Path(path)
    if path.suffix.lower() == ".textgrid":
        tiers = dict(_tiers(path))
        names = [name for name in tiers if name.lower() not in _PHONE_TIERS]
        name = next((name for name in names if name.lower() in _WORD_TIERS), names[0] if names else "")
        return " ".join(label.text for label in tiers.get(name, ()) if label.text.strip())
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    return "" if re.match(r"[\d#]", text) else " ".join(text.split())


def _read(path: Path, rate: int) -> list[Segment]:
    kind = path.suffix.lower()
    if kind == ".textgrid":
        return classify(_phone_tier(path))
    if kind == ".json":
        return classify(list(_from_json(json.loads(path.read_text(encoding="utf-8")))))
    if kind in (".csv", ".tsv"):
        return _from_table(path)
    unit = 1 / rate if kind == ".phn" else _HUNDRED_NANOSECONDS
    return classify(list(_from_lines(path.read_text(encoding="utf-8", errors="replace").splitlines(), unit)))


def _has_phones(path: Path) -> bool:
    try:
        return bool(read_labels(path))
    except UserError:
        return False


def _tiers(path: Path) -> Iterator[tuple[str, list[Label]]]:
    try:
        from praatio import textgrid
        from praatio.utilities.errors import PraatioException
    except ImportError as error:
        raise UserError("TextGrid files need praatio; run 'pip install praatio'") from error
    try:
        grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=True)
    except (PraatioException, ValueError, IndexError, StopIteration) as error:
        raise UserError(f"{path} is not a TextGrid that can be read ({error})") from error
    for tier in grid.tiers:
        if tier.__class__.__name__ == "IntervalTier":
            yield tier.name, [Label(float(a), float(b), text) for a, b, text in tier.entries]


def _phone_tier(path: Path) -> list[Label]:
    """The tier called phones or the like ('speaker - phones' too), or the one whose labels are shortest."""
    tiers = dict(_tiers(path))
    if not tiers:
        raise UserError(f"{path} has no interval tier")
    for name, labels in tiers.items():
        if re.split(r"[^a-z]+", name.lower())[-1] in _PHONE_TIERS:
            return labels
    return min(tiers.values(), key=_mean_length)


def _mean_length(labels: list[Label]) -> float:
    texts = [label.text for label in labels if label.text.strip()]
    return sum(map(len, texts)) / len(texts) if texts else float("inf")


def _from_lines(lines: Iterable[str], unit: float) -> Iterator[Label]:
    """'start end label' in `unit` (or in seconds, where a number has a point), or ARCTIC's 'end colour label'."""
    rows = [line.split() for line in lines]
    if any(row == ["#"] for row in rows):
        start = 0.0
        for row in rows[rows.index(["#"]) + 1 :]:
            if len(row) >= 3:
                yield Label(start, float(row[0]), row[2])
                start = float(row[0])
        return
    rows = [row for row in rows if len(row) >= 2]
    if any("." in row[0] or "." in row[1] for row in rows):
        unit = 1.0
    for row in rows:
        text = row[2] if len(row) > 2 else ""
        context = _FULL_CONTEXT.search(text)
        yield Label(float(row[0]) * unit, float(row[1]) * unit, context[1] if context else text)


def _from_table(path: Path) -> list[Segment]:
    """A table with columns start, end (or duration) and phone (or label, text); ours has the viseme as well."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        sample = file.read(4096)
        file.seek(0)
        delimiter = "\t" if "\t" in sample else ";" if sample.count(";") > sample.count(",") else ","
        table = csv.DictReader(file, delimiter=delimiter)
        rows = [{(key or "").strip().lower(): value for key, value in row.items()} for row in table]
    if rows and "viseme" in rows[0]:
        return [
            Segment(float(row["start"]), float(row["end"]), row["phone"], INDEX.get(row["viseme"], -1)) for row in rows
        ]
    return classify([_row(row) for row in rows])


def _row(row: dict[str, str]) -> Label:
    start = float(_first(row, "start", "begin", "xmin", "tmin", "onset"))
    stop = row.get("duration") or row.get("dur")
    end = start + float(stop) if stop else float(_first(row, "end", "stop", "xmax", "tmax", "offset"))
    return Label(start, end, _first(row, "phone", "phoneme", "label", "text", "symbol") or "")


def _first(row: dict[str, str], *names: str) -> str:
    for name in names:
        if name in row:
            return row[name]
    raise KeyError(f"no column {names[0]}")


def _from_json(data: Any) -> Iterator[Label]:
    """PocketSphinx's alignment ({"w": [{"w": [{"b", "d", "t"}]}]}) or {"words": [{"phones": [{"p", "start", "end"}]}]}."""
    if "words" in data:
        for phone in (phone for word in data["words"] for phone in word["phones"]):
            yield Label(phone["start"], phone["end"], phone.get("p") or phone.get("phone", ""))
    else:
        for phone in (phone for word in data["w"] for phone in word["w"]):
            yield Label(phone["b"], phone["b"] + phone["d"], phone["t"])
