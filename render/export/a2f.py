"""Blend shape weights as Audio2Face exports them (.json): ARKit's 52 shapes, for its readers in Blender, Maya and Unity."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from render.export import _curves
from speechface import rigs
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".a2f.json",)
RIG = "arkit"
LAYERS = "beside"


def write(
    animation: Animation, path: str | Path, head: Head | None = None, progress: Callable[[float], None] = unwatched
) -> None:
    """Write exportFps, trackPath, numPoses, numFrames, facsNames and weightMat (T rows of 52); the head is not needed.

    The format has no rotation of the head. A whole frame rate is written as a whole number.
    """
    made = _curves.of(animation, RIG)
    shapes = [name for name in rigs.load(RIG).names if not name.startswith("head")]
    weights = []
    for number, row in enumerate(np.round(made.columns(shapes).astype(np.float64), 6) + 0.0):
        weights.append(row.tolist())
        progress((number + 1) / len(made))
    data = {
        "exportFps": int(made.fps) if made.fps == int(made.fps) else made.fps,
        "trackPath": _curves.beside(animation, Path(path)),
        "numPoses": len(shapes),
        "numFrames": len(weights),
        "facsNames": shapes,
        "weightMat": weights,
    }
    with writing(path) as part:
        part.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
