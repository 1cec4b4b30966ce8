"""Reports as files: JSON, or one page of HTML that needs nothing beside it; the worst clip comes first.

What is said of each clip is kept in a journal beside the report while a batch runs, so that a stopped one loses nothing.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from speechface.errors import UserError
from speechface.evaluation.report_curves import picture
from speechface.files import writing

SUFFIXES = (".json", ".html")
DRAWN = 200
"""Clips of a page, the worst, whose curves are drawn."""
COLUMNS = (
    "clip", "score", "seconds", "closures missed", "by the net alone", "lips shut in vowels", "f v away from teeth", "rest",
    "blinks a minute", "offset", "r", "what is wrong",
)  # fmt: skip
_STYLE = (
    "body{font:14px system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
    "td,th{padding:.3em .8em;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child,"
    "td:last-child,th:last-child{text-align:left}tr.bad td{background:#fff1ee}small{color:#777}"
    ".curve{overflow-x:auto}h2{font-size:15px;margin:1.4em 0 .3em}"
)
_LEGEND = (
    "Curves: blue, millimetres between the lips (0 to 12); grey and broken, as the net alone had it. Red: lips must touch "
    "(p b m); yellow: f and v; green: vowels; grey: pauses. A cross is a missed closure, a dot a vowel with its lips shut."
)
_DATA = '<script type="application/json" id="clips">'


def check(path: Path) -> None:
    """Raise `UserError` for a name that says neither JSON nor HTML."""
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"--report writes .json or .html, not {path.name}")


def write(path: Path, clips: dict[str, dict[str, Any]]) -> None:
    """Write the reports of clips, by name, ranked: what has the highest score comes first. The journal goes."""
    ranked = dict(sorted(clips.items(), key=lambda entry: -entry[1]["score"]))
    plain = {name: {key: value for key, value in found.items() if key != "curves"} for name, found in ranked.items()}
    text = json.dumps(plain, indent=1, ensure_ascii=False) if path.suffix.lower() == ".json" else page(ranked)
    with writing(path) as part:
        part.write_text(text + "\n", encoding="utf-8")
    journal(path).unlink(missing_ok=True)


def read(path: Path) -> dict[str, dict[str, Any]]:
    """What an earlier run said, by clip: from its report, and from the journal of one that was stopped."""
    found: dict[str, dict[str, Any]] = {}
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix.lower() == ".html":
            text = text.partition(_DATA)[2].partition("</script>")[0]
        found |= _parsed(text)
    if journal(path).is_file():
        for line in journal(path).read_text(encoding="utf-8", errors="replace").splitlines():
            found |= _parsed(line)
    return found


def note(path: Path, clips: dict[str, dict[str, Any]]) -> None:
    """Add clips to the journal of a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with journal(path).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({name: found}, ensure_ascii=False) + "\n" for name, found in clips.items())


def journal(path: Path) -> Path:
    """Where clips are noted until the report is written."""
    return path.with_name(path.name + ".partial")


def _parsed(text: str) -> dict[str, dict[str, Any]]:
    """Reports in a JSON text, as far as there are any: a line cut short by a kill holds none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {k: v for k, v in found.items() if isinstance(v, dict) and "score" in v} if isinstance(found, dict) else {}


def page(clips: dict[str, dict[str, Any]]) -> str:
    """The page, for clips in the order they are to have."""
    heading = "".join(f"<th>{html.escape(name)}</th>" for name in COLUMNS)
    rows = "\n".join(_row(name, found) for name, found in clips.items())
    details = "\n".join(_details(name, found) for name, found in list(clips.items())[:DRAWN])
    wrong = sum(bool(found["warnings"]) for found in clips.values())
    data = json.dumps(clips, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>speechface report</title><style>{_STYLE}</style>'
        f"<h1>{len(clips)} clips, {wrong} with something to look at</h1>"
        "<p>The worst first. Gaps in millimetres, times in seconds.</p>"
        f"<table><tr>{heading}</tr>{rows}</table><p><small>{_LEGEND}</small></p>{details}{_DATA}{data}</script></html>"
    )


def _row(name: str, found: dict[str, Any]) -> str:
    closures, vowels, tucks, alone = (found[key] for key in ("closures", "false_closures", "tucks", "net_alone"))
    cells = [name, f"{found['score']:.2f}", f"{found['seconds']:.1f}"]
    cells += [f"{len(closures['missed'])} of {closures['demanded']}", str(alone["closures_missed"]) if alone else "-"]
    cells += [f"{len(vowels['found'])} of {vowels['vowels']}", f"{len(tucks['missed'])} of {tucks['demanded']}"]
    cells += [_number(found["rest"], "{:.0%}"), f"{found['blinks_per_minute']:.0f}"]
    cells += [_number(found["sync_offset"], "{:.3f} s"), _number(found["loudness_correlation"], "{:.2f}")]
    cells += ["; ".join(found["warnings"]) or "nothing"]
    kind = ' class="bad"' if found["warnings"] else ""
    return f"<tr{kind}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _details(name: str, found: dict[str, Any]) -> str:
    lists = {
        "missed closures": found["closures"]["missed"], "lips shut in vowels": found["false_closures"]["found"],
        "f and v away from the teeth": found["tucks"]["missed"],
    }  # fmt: skip
    parts = [
        f"<p>{what}: " + ", ".join(f"{one['time']:.2f} s <small>({one['gap']:.1f} mm)</small>" for one in many) + "</p>"
        for what, many in lists.items()
        if many
    ]
    return f"<h2>{html.escape(name)}</h2>" + picture(found) + "".join(parts)
