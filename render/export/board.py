"""The 174 controls of MetaHuman's face board as a table (.csv), a row a frame, with or without a line of names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from render.export import _curves
from speechface import rigs
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".board.csv", ".bareboard.csv")
RIG = "face_board"
LAYERS = "beside"


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    header: bool | None = None,
) -> None:
    """Write 174 columns in EmoFace's order, whose readers take them for 60 frames a second; the head is not needed.

    header: whether the first line names the columns; None leaves it out of a file that ends in `.bareboard.csv`.
    """
    made = _curves.of(animation, RIG)
    names = rigs.load(RIG).names
    table = made.columns(names) + 0.0
    named = not str(path).lower().endswith(SUFFIXES[1]) if header is None else header
    with writing(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        if named:
            file.write(",".join(names) + "\n")
        for number, row in enumerate(table):
            file.write(",".join(f"{value:.7g}" for value in row) + "\n")
            progress((number + 1) / len(table))
