"""The default renderer: draws on the CPU, needs no system package.

Each frame is drawn by one thread from end to end and several frames are drawn at once: there is nothing to wait for
between the steps of a frame, so all cores stay busy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import local

import numpy as np

from render.backends._light import Lighting
from render.backends._mesh import prepare
from render.backends._occlusion import Coarse
from render.backends._raster import Buffers, project
from render.backends._resolve import paint, resolve
from render.backends._scatter import Scatter
from render.backends._shade import Shading, kinds
from render.backends._shadow import ShadowMap
from render.backends._strands import Strands
from render.normals import Normals
from render.processors import processors
from render.scene import Scene
from render.tone import table

ROOM = 4 * 2**30
"""Bytes that the buffers of all frames being drawn may take together."""


def draw(vertices: Iterable[np.ndarray], scene: Scene, workers: int | None = None) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) uint8, (H, W, 4) of a transparent scene, of vertices, (T, V, 3) or an iterable of (V, 3), metres.

    workers: frames drawn at once; as many as there are processors to use if not given.
    """
    count = workers or processors()
    width, height = scene.size
    count = max(1, min(count, ROOM // (width * height * (60 + 8 * scene.supersampling**2))))
    own = local()

    def draw_one(frame: np.ndarray) -> np.ndarray:
        if not hasattr(own, "canvas"):  # made where it is used, so that all threads make theirs at once
            own.canvas = Canvas(scene)
        return own.canvas.draw(frame)

    with ThreadPoolExecutor(count, thread_name_prefix="draw") as pool:
        waiting: deque[Future[np.ndarray]] = deque()
        for frame in vertices:
            waiting.append(pool.submit(draw_one, np.array(frame, dtype=np.float32, order="C")))
            if len(waiting) > count + 1:  # one more than are drawn at once: nobody waits while a picture is coded
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Canvas:
    """All that is needed to draw one frame at a time of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.mesh, hair = prepare(scene)
        self.points = np.empty((len(scene.rest), 3), dtype=np.float32)
        self.to_pixels = scene.camera.to_pixels(scene.size)
        self.normals = Normals(scene.faces, len(scene.rest))
        self.seen = Buffers(scene.size, scene.supersampling**2, scene.solid, kinds(scene.solid, scene.look))
        self.shadow, self.coarse = ShadowMap(scene), Coarse(scene)
        lighting = Lighting(scene)
        self.shading, self.strands = Shading(scene, lighting, hair), Strands(scene, lighting)
        self.scatter = Scatter(scene, self.coarse)
        self.tones, self.backdrop = table(scene.exposure), scene.backdrop()
        self.empty = paint(self.backdrop, scene.transparent)

    def draw(self, vertices: np.ndarray) -> np.ndarray:
        """(H, W, 3 or 4) uint8 picture of vertices (V, 3) float32."""
        if vertices.shape != self.scene.rest.shape:
            raise ValueError(f"a frame has shape {vertices.shape}, the scene's head {self.scene.rest.shape}")
        mesh, points, seen, shading = self.mesh, self.points, self.seen, self.shading
        mesh[:, 0:3] = vertices
        self.normals.fill(vertices, mesh, 3)
        self.shadow.draw(vertices)
        project(vertices, self.to_pixels, 0.02 * self.scene.camera.distance, points)
        seen.fill(points)
        self.coarse.draw(mesh, points, seen, self.shadow)
        shading.draw(mesh, points, seen, self.shadow, self.coarse)
        self.strands.draw(mesh, points, seen, self.shadow)
        self.scatter.draw(shading.diffuse, shading.cover, self.coarse)
        picture = self.empty.copy()
        resolve(
            shading.diffuse, shading.albedo, shading.rest, shading.cover, shading.under, self.strands.picture,
            self.scatter.change, self.coarse.side, self.tones, self.backdrop, picture,
        )  # fmt: skip
        return picture
