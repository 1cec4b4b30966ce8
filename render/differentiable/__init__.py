"""Differentiable pictures: a module draws meshes, with gradients to the places and the colours of their vertices.

A module has `check()`, which raises `UserError` where it does not work, `normals(vertices, faces) -> (N, V, 3)`, and
`draw(places, colours, faces, neighbours, size) -> pictures` (N, H, W, K) of N poses of one mesh on black: places (N, V, 3),
pixels from the top left (x to the right, y down) and depth in pixels (more is farther), as weak perspective has them; colours
(N, V, K); faces (F, 3) int64, counter-clockwise seen from the front, of which only the front is drawn; neighbours (F, 3) as
`render.painting.beside` finds them; size (H, W).
"""

from types import ModuleType

from speechface import plugins


def load(name: str) -> ModuleType:
    """The rasteriser of a name; `UserError` with the nearest name if there is none, or if it does not work here."""
    module = plugins.load(__name__, name, "differentiable rasteriser")
    module.check()
    return module


def available() -> list[str]:
    """Names of the rasterisers."""
    return plugins.names(__name__)
