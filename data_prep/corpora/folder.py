"""Plain folder of recordings, with an optional metadata.csv, label files and texts beside the sounds."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from data_prep.labels import find_labels, read_labels, read_text
from data_prep.recording import Recording
from speechface.emotion import label
from speechface.errors import UserError

VIDEOS = frozenset(".mp4 .m4v .mov .mkv .webm .mpg .mpeg .avi .flv .wmv .3gp .mts".split())
SOUNDS = VIDEOS | frozenset(".wav .flac .ogg .opus .mp3 .m4a .aac .aiff .aif".split())
_TEXTS = (".txt", ".lab", ".TextGrid", "_words.TextGrid")
_NAMES = ("file", "filename", "path", "wav", "audio", "name", "id")


def recordings(root: Path) -> Iterator[Recording]:
    """Every sound under the folder, in order of its path.

    metadata.csv (comma, semicolon, tab or `|`) has a column file (or name) and any of text, speaker, language, emotion,
    intensity, split, licence, consent; without a header it is read as LJSpeech's `name|text|spoken text`. The speaker is
    otherwise the folder a file lies in. Phones come from a label file of the same name (see `data_prep.labels`), the
    text from NAME.txt, NAME.lab or the words of a TextGrid. Raises `UserError` if there is no sound, or for an emotion
    or file in the table that does not exist.
    """
    root = Path(root)
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in SOUNDS)
    if not files:
        raise UserError(f"{root} holds no sound files ({', '.join(sorted(SOUNDS))})")
    known = _metadata(root)
    for path in files:
        relative = path.relative_to(root)
        row = known.get(relative.as_posix()) or known.get(path.name) or known.get(path.stem) or {}
        labels = find_labels(path)
        yield Recording(
            name="-".join(relative.with_suffix("").parts).replace(" ", "_"),
            audio=path,
            speaker=row.get("speaker") or (path.parent.name if path.parent != root else root.name),
            licence=row.get("licence") or row.get("license") or "unknown",
            source=row.get("source") or root.name,
            language=row.get("language") or "en",
            emotion=label(row["emotion"]) if row.get("emotion") else None,
            intensity=_number(row.get("intensity")),
            split=row.get("split") or None,
            text=row.get("text") or _text_beside(path),
            segments=tuple(read_labels(labels)) if labels else None,
            consent=row.get("consent") or None,
        )


def _text_beside(path: Path) -> str | None:
    for ending in _TEXTS:
        beside = path.with_name(path.stem + ending)
        if beside.is_file() and (text := read_text(beside)):
            return text
    return None


def _metadata(root: Path) -> dict[str, dict[str, str]]:
    """Rows of metadata.csv by the file they are about; empty if there is no such file."""
    table = next((root / name for name in ("metadata.csv", "metadata.tsv") if (root / name).is_file()), None)
    if table is None:
        return {}
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    delimiter = max("\t|;,", key=lines[0].count) if lines else ","
    header = [name.strip().lower() for name in lines[0].split(delimiter)] if lines else []
    key = next((name for name in _NAMES if name in header), None)
    if key:
        rows = [_stripped(row) for row in csv.DictReader(lines, fieldnames=header, delimiter=delimiter)][1:]
        return {row[key]: row for row in rows if row.get(key)}
    if delimiter == "|":
        parts = (line.split("|") for line in lines if line.strip())
        return {part[0]: {"text": part[-1]} for part in parts}
    raise UserError(f"{table} has no column {' or '.join(_NAMES[:2])} that says which file a row is about")


def _stripped(row: dict[str, str]) -> dict[str, str]:
    return {key: (value or "").strip() for key, value in row.items() if key}


def _number(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise UserError(f"intensity '{text}' is not a number") from None
