"""Where `animate --report` writes, and what it says of one line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechface.errors import UserError
from speechface.files import writing

if TYPE_CHECKING:
    from speechface.animation import Animation
    from speechface.commands._targets import Target
    from speechface.evaluation.report import Report
    from speechface.heads import Head

SUFFIXES = (".html", ".json")
FRAMES, WIDE = 8, 144
"""Pictures on the page of one line, and pixels of each."""


def split(words: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """The files that follow `--report`, and the sounds that do: `animate --report a.wav` names no file for the report."""
    words = list(words)
    files = [word for word in words if word.suffix.lower() in SUFFIXES]
    return files, [word for word in words if word not in files]


def places(files: Sequence[Path], sounds: Sequence[Path], targets: Sequence[Sequence[Target]]) -> list[Path]:
    """The files to write; beside the first output where none is named. `UserError` for one that is in the way."""
    from speechface.commands._targets import place

    beside = place(targets[0][0])
    files = list(files) or [beside.with_name("report.html" if len(sounds) > 1 else f"{beside.stem}-report.html")]
    taken = {place(target).resolve() for line in targets for target in line} | {sound.resolve() for sound in sounds}
    for file in files:
        if file.resolve() in taken:
            raise UserError(f"the report {file} would overwrite a sound or another output; name another --report")
        if file.is_dir():
            raise UserError(f"{file} is a folder; name a file for --report, as {file / 'report.html'}")
    return files


def examine(sound: Path, clip: Animation, head: Head, name: str = "") -> Report:
    """The report on what was made of a sound, judged by the phones of a label file beside it, if there is one."""
    from data_prep.labels import find_labels, read_labels
    from speechface.audio import load
    from speechface.evaluation import report

    labels = find_labels(sound)
    return report.examine(clip, head, load.read(sound), read_labels(labels) if labels else (), name or str(sound))


def write(path: Path, report: Report, clip: Animation, head: Head) -> None:
    """Write one report as a page with some frames, or as JSON."""
    from speechface.evaluation.report_page import page

    if path.suffix.lower() == ".json":
        write_json(path, report.as_json())
    else:
        with writing(path) as part:
            part.write_text(page(report, frames(clip, head)), encoding="utf-8")


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write plain data whose numbers are all finite."""
    with writing(path) as part:
        part.write_text(json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")


def frames(clip: Animation, head: Head) -> bytes:
    """A JPEG of a few frames over the whole line, small and quickly drawn."""
    from render.sheet import Row, draw_sheet

    rate = FRAMES / clip.duration
    sheet = draw_sheet([Row("", clip, head)], rate, start=0.5 / rate, columns=FRAMES, size=WIDE, quality="draft")
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return out.getvalue()
