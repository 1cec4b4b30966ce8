"""A folder of meshes or pictures, one a frame."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from speechface.files import writing
from speechface.heads import Head


def write_frames(
    path: Path, head: Head | None, frames: Iterable[np.ndarray], encode: Callable[[np.ndarray], bytes]
) -> None:
    """Write PATH without its ending as a folder with NAME_00000.ENDING, NAME_00001.ENDING, ... and landmarks.json.

    landmarks.json has the vertex number, from 0, of every landmark of the head by its name; without a head there is none.
    Frames that an earlier and longer animation left there are removed, so that the folder holds one animation; other files
    are left alone.
    """
    folder = path.with_suffix("")
    count = 0
    with writing(folder) as part:
        part.mkdir()
        if head is not None:
            named = {name: int(vertex) for name, vertex in head.landmarks.items()}
            (part / "landmarks.json").write_text(json.dumps({"vertices": named}, indent=1) + "\n", encoding="utf-8")
        for frame in frames:
            (part / f"{path.stem}_{count:05d}{path.suffix}").write_bytes(encode(frame))
            count += 1
    ours = re.compile(re.escape(path.stem) + r"_(\d{5,})" + re.escape(path.suffix))
    for file in folder.iterdir():
        found = ours.fullmatch(file.name)
        if found and int(found[1]) >= count:
            file.unlink()
