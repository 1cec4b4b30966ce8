"""Curves of the animation as a table: a header line, then one row a frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".csv",)
LAYERS = "beside"


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    time: bool = True,
    header: bool = True,
) -> None:
    """Write the controls of an animation as comma-separated values in its own rig; the head is not needed.

    time: whether the first column is the time of the frame in seconds. header: whether the first line names the columns.
    """
    with writing(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        if header:
            file.write(",".join((["time"] if time else []) + list(animation.names)) + "\n")
        for number, row in enumerate(animation.controls):
            cells = [f"{number / animation.fps:.6f}"] if time else []
            file.write(",".join(cells + [f"{value:.7g}" for value in row]) + "\n")
            progress((number + 1) / len(animation))
