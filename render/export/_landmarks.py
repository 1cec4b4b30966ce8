"""Landmarks beside the meshes of a folder."""

import json
from pathlib import Path

from speechface.heads import Head


def write_landmarks(folder: Path, head: Head) -> None:
    """Write landmarks.json: the vertex number, from 0, of every landmark of a head by its name."""
    named = {name: int(vertex) for name, vertex in head.landmarks.items()}
    (folder / "landmarks.json").write_text(json.dumps({"vertices": named}, indent=1) + "\n", encoding="utf-8")
