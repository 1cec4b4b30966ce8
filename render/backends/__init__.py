"""Renderers. One module each: `draw(vertices, scene)` turns moving vertices into pictures, one frame at a time.

`vertices` is a (T, V, 3) array or any iterable of (V, 3) float32 arrays in metres; `scene` a `render.scene.Scene`.
`draw` gives an iterator of (H, W, 3) uint8 sRGB pictures, (H, W, 4) of a transparent scene, and holds only a few frames at
a time, so length costs no memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from render.scene import Scene
from speechface import plugins


def draw(vertices: Iterable[np.ndarray], scene: Scene, backend: str = "software") -> Iterator[np.ndarray]:
    """Pictures of `vertices` by the renderer of that name.

    Raises `UserError` for an unknown renderer, and where one needs what this machine does not have.
    """
    return plugins.load(__name__, backend, "renderer").draw(vertices, scene)


def available() -> list[str]:
    """Names of the renderers that are written; some need libraries that may be absent."""
    return plugins.names(__name__)
