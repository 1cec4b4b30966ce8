"""One clip's lips over time as a picture in a page (SVG): the gap between them, what the sounds demand, and what was missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SECOND, HEIGHT, MOST = 110.0, 70.0, 12.0
"""Pixels a second, pixels high, and millimetres at the top."""
LONGEST = 60.0
"""Seconds that are drawn."""
COLOURS = {"touch": "#f4a698", "tuck": "#f2d49b", "rest": "#dfe3e8", "part": "#d5ead8"}


def picture(found: dict[str, Any]) -> str:
    """An `<svg>` of a report's `curves`, `LONGEST` seconds of them; nothing without curves."""
    curves = found.get("curves")
    if not curves or not curves["gap"]:
        return ""
    seconds = min(LONGEST, found["seconds"])
    parts = [*_spans(curves["demands"], seconds), *_grid(seconds)]
    for name, style in (("free", "stroke:#999;stroke-dasharray:3 2"), ("gap", "stroke:#1c4f8f;stroke-width:1.6")):
        if name in curves:
            parts.append(
                f'<polyline points="{_points(curves[name], found["fps"], seconds)}" style="fill:none;{style}"/>'
            )
    parts += _marks(found, seconds)
    size = f'width="{seconds * SECOND + 4:.0f}" height="{HEIGHT + 16:.0f}"'
    return f'<div class="curve"><svg {size} font-size="9">{"".join(parts)}</svg></div>'


def _spans(demands: dict[str, list[list[float]]], seconds: float) -> Iterator[str]:
    for kind, colour in COLOURS.items():
        for start, end in demands.get(kind, []):
            if start < seconds:
                place = f'x="{start * SECOND:.1f}" width="{max(2.0, (min(end, seconds) - start) * SECOND):.1f}"'
                yield f'<rect {place} y="0" height="{HEIGHT:.0f}" fill="{colour}"><title>{kind} {start:.2f} s</title></rect>'


def _grid(seconds: float) -> Iterator[str]:
    for second in range(int(seconds) + 1):
        at = second * SECOND
        yield f'<path d="M{at:.0f} 0V{HEIGHT:.0f}" stroke="#ccc"/><text x="{at + 2:.0f}" y="{HEIGHT + 11:.0f}">{second} s</text>'


def _points(values: list[float], fps: float, seconds: float) -> str:
    kept = values[: int(seconds * fps) + 1]
    return " ".join(
        f"{n / fps * SECOND:.1f},{HEIGHT * (1 - min(value, MOST) / MOST):.1f}" for n, value in enumerate(kept)
    )


def _marks(found: dict[str, Any], seconds: float) -> Iterator[str]:
    """A cross where a closure was missed, a dot where a vowel is shut."""
    for one in found["closures"]["missed"]:
        if one["time"] < seconds:
            yield f'<text x="{one["time"] * SECOND - 3:.1f}" y="10" fill="#c00" font-size="12">×</text>'
    for one in found["false_closures"]["found"]:
        if one["time"] < seconds:
            yield f'<circle cx="{one["time"] * SECOND:.1f}" cy="{HEIGHT - 4:.0f}" r="3" fill="#c00"/>'
