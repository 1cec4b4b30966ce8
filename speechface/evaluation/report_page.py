"""Reports as files: JSON, or one page of HTML that needs nothing beside it; the worst clip comes first."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from speechface.errors import UserError
from speechface.files import writing

SUFFIXES = (".json", ".html")
COLUMNS = (
    "clip",
    "score",
    "seconds",
    "closures missed",
    "lips shut in vowels",
    "rest",
    "blinks a minute",
    "offset",
    "r",
    "what is wrong",
)
_STYLE = (
    "body{font:14px system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
    "td,th{padding:.3em .8em;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child,"
    "td:last-child,th:last-child{text-align:left}tr.bad td{background:#fff1ee}small{color:#777}"
)


def check(path: Path) -> None:
    """Raise `UserError` for a name that says neither JSON nor HTML."""
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"--report writes .json or .html, not {path.name}")


def write(path: Path, clips: dict[str, dict[str, Any]]) -> None:
    """Write the reports of clips, by name, ranked: what has the highest score comes first."""
    ranked = dict(sorted(clips.items(), key=lambda entry: -entry[1]["score"]))
    text = json.dumps(ranked, indent=1, ensure_ascii=False) if path.suffix.lower() == ".json" else page(ranked)
    with writing(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def page(clips: dict[str, dict[str, Any]]) -> str:
    """The page, for clips in the order they are to have."""
    heading = "".join(f"<th>{html.escape(name)}</th>" for name in COLUMNS)
    rows = "\n".join(_row(name, found) for name, found in clips.items())
    details = "\n".join(_details(name, found) for name, found in clips.items())
    wrong = sum(bool(found["warnings"]) for found in clips.values())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>speechface report</title><style>{_STYLE}</style>'
        f"<h1>{len(clips)} clips, {wrong} with something to look at</h1>"
        "<p>The worst first. Gaps in millimetres, times in seconds.</p>"
        f"<table><tr>{heading}</tr>{rows}</table>{details}</html>"
    )


def _row(name: str, found: dict[str, Any]) -> str:
    shares = (
        f"{len(found['closures']['missed'])} of {found['closures']['demanded']}",
        f"{len(found['false_closures']['found'])} of {found['false_closures']['vowels']}",
    )
    cells = [name, f"{found['score']:.2f}", f"{found['seconds']:.1f}", *shares, _number(found["rest"], "{:.0%}")]
    cells += [f"{found['blinks_per_minute']:.0f}", _number(found["sync_offset"], "{:.3f} s")]
    cells += [_number(found["loudness_correlation"], "{:.2f}"), "; ".join(found["warnings"]) or "nothing"]
    kind = ' class="bad"' if found["warnings"] else ""
    return f"<tr{kind}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _details(name: str, found: dict[str, Any]) -> str:
    lists = {"missed closures": found["closures"]["missed"], "lips shut in vowels": found["false_closures"]["found"]}
    parts = [
        f"<p>{what}: " + ", ".join(f"{one['time']:.2f} s <small>({one['gap']:.1f} mm)</small>" for one in many) + "</p>"
        for what, many in lists.items()
        if many
    ]
    return f"<h2>{html.escape(name)}</h2>" + "".join(parts) if parts else ""
