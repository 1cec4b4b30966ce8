"""Animations of NVIDIA Audio2Face (.json): exportFps, facsNames and weightMat, ARKit's shapes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from speechface import rigs
from speechface.animation import Animation
from speechface.errors import UserError

SUFFIXES = (".json",)


def read(path: str | Path) -> Animation:
    """The animation in rig `arkit`; poses that ARKit does not have are left out. Raises `UserError` for another file."""
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = [str(name) for name in data["facsNames"]]
        weights = np.array(data["weightMat"], dtype=np.float64)
        fps = float(data["exportFps"])
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no animation of Audio2Face ({error})") from error
    if weights.ndim != 2 or weights.shape[1] != len(names) or not fps > 0:
        raise UserError(f"{path}: weights {weights.shape} and {len(names)} names at {fps:g} frames a second do not fit")
    if not np.isfinite(weights).all():
        raise UserError(f"{path} holds numbers that are not finite")
    known = {name.lower(): name for name in rigs.load("arkit").names}
    found = {known[name.lower()]: at for at, name in enumerate(names) if name.lower() in known}
    if not found:
        raise UserError(f"{path} names none of ARKit's shapes")
    return Animation(weights[:, list(found.values())], tuple(found), fps, "arkit", None, {"source": "Audio2Face"})
