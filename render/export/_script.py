"""Scripts that carry curves into a program: a text of ours and the keys, in one file that needs nothing else."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from render.export import _curves
from speechface.animation import Animation
from speechface.files import writing
from speechface.rates import exact_rate
from speechface.timecode import start

FORMAT = 1


def data(animation: Animation, path: Path, timecode: str | None, keys: dict[str, dict[str, list]]) -> dict[str, Any]:
    """What a script, or a file of JSON for one of the reader's own, is given.

    rate: numerator and denominator of frames a second. start: number of the first frame. frames: how many there are.
    sound: its file, seen from the folder of `path`; its first sample belongs to the first frame. keys: frames and values of
    each control, the frames counted from the first of the animation or, where a caller added it, from `start`.
    """
    rate, first = exact_rate(animation.fps), start(timecode, animation.fps)
    return {
        "format": FORMAT,
        "rate": [rate.numerator, rate.denominator],
        "start": first.frame,
        "timecode": str(first),
        "frames": len(animation),
        "sound": _curves.beside(animation, path),
        "keys": keys,
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """The keys alone."""
    with writing(path) as part:
        part.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def write(path: Path, name: str, content: dict[str, Any]) -> None:
    """The script of that name (`scripts/NAME.txt`) with its keys in it."""
    text = (resources.files("render.export") / "scripts" / f"{name}.txt").read_text(encoding="utf-8")
    text = text.replace("@NAME@", path.name.replace("\\", "/").replace('"', "'"))
    filled = text.replace(
        "@DATA@", repr(json.dumps(content))
    )  # last, and ASCII: nothing in the keys can be taken for text
    with writing(path) as part:
        part.write_text(filled, encoding="utf-8", newline="\n")
