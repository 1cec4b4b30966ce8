"""Tables on the terminal and JSON in files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from speechface.files import writing


def show(rows: dict[str, dict[str, float]], columns: list[str], out: Path | None) -> None:
    """Print a row a name with the columns asked for, and write everything as JSON if a file is named."""
    width = max(len(name) for name in rows)
    print(" " * width + "".join(f" {column:>13}" for column in columns))
    for name, row in rows.items():
        cells = (row.get(column, math.nan) for column in columns)
        print(f"{name:{width}}" + "".join(f" {'-' if math.isnan(cell) else f'{cell:.3f}':>13}" for cell in cells))
    if out:
        write(rows, out)


GROUPS = ("source", "language", "speaker")


def write(rows: dict, out: Path) -> None:
    """Write results as JSON; what could not be judged (NaN) is null there."""
    with writing(out) as part:
        part.write_text(json.dumps(_plain(rows), indent=1) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def speech(data: str | Path, corpus: str, split: str, by: str = "source") -> list:
    """Labelled utterances of a clip folder's split, or of recordings on disk that a corpus plug-in knows.

    by: what groups them: source, language or speaker. Raises `UserError` where there are none.
    """
    import importlib

    from speechface.clips import ClipFolder
    from speechface.errors import UserError, unknown
    from speechface.evaluation.utterance import Utterance

    if by not in GROUPS:
        raise unknown("grouping", by, GROUPS)

    data = Path(data)
    if (data / "clips.jsonl").is_file():
        clips = ClipFolder.read(data).split(split)
        if not clips:
            raise UserError(f"{data} has no clips in its split '{split}'")
        return [
            Utterance(
                clip.name,
                str(clip.about.get(by, "")).split(" ")[0],
                clip.audio(),
                clip.phones(),
                clip.about.get("text") or "",
            )
            for clip in clips
        ]
    corpora = importlib.import_module("data_prep.corpora")
    found = corpora.recordings(corpus, data)
    labelled = [
        Utterance(one.name, str(getattr(one, by)), one.samples(), one.segments, one.text or "")
        for one in found
        if one.segments
    ]
    if not labelled:
        raise UserError(f"no recording in {data} has phone labels; see docs/corpus.md")
    return labelled
