"""What renderers know of each vertex, side by side: one line of the processor's cache."""

from __future__ import annotations

import numpy as np

from render.backends._locks import coordinates
from render.scene import Scene


def prepare(scene: Scene) -> tuple[np.ndarray, int]:
    """(V, 16) float32: position and normal (to be filled for each frame), linear RGB, roughness, specular, subsurface,
    occlusion, and the position at rest (for hair its place on the lock, see `_locks`); and the number of the part `hair`,
    or -1.
    """
    look = scene.look
    mesh = np.zeros((len(scene.rest), 16), dtype=np.float32)
    mesh[:, 6:9] = look.colour
    mesh[:, 9:13] = np.stack([look.roughness, look.specular, look.subsurface, look.occlusion], axis=1)
    hair, place = coordinates(scene)
    mesh[:, 13:16] = np.where((look.part == hair)[:, None], place, scene.rest)
    return mesh, hair
