"""Draws with PyTorch3D's rasteriser where that is installed: its triangles, our light and shadow; slow without a GPU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from render.backends import _light as at
from render.backends._mesh import prepare
from render.backends._shadow import ShadowMap, lit
from render.compiling import compiled
from render.normals import Normals
from render.scene import Scene
from render.tone import BRIGHTEST, table
from speechface.errors import UserError


def draw(vertices: Iterable[np.ndarray], scene: Scene) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) uint8, (H, W, 4) of a transparent scene, of vertices, (T, V, 3) or an iterable of (V, 3), metres.

    PyTorch3D says which triangle is seen where; it is lit as by the other renderers, without what they work out on the
    screen and without the grain of skin and hair. Raises `UserError` where PyTorch3D is missing.
    """
    torch, meshes, rasterize = _open()
    canvas = Canvas(scene)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    faces = torch.as_tensor(np.asarray(scene.faces, dtype=np.int64), device=device)
    width, height = canvas.size
    for frame in vertices:
        frame = np.ascontiguousarray(frame, dtype=np.float32)
        places = torch.as_tensor(canvas.place(frame), device=device)
        with torch.no_grad():
            seen = rasterize(
                meshes(verts=[places], faces=[faces]), image_size=(height, width), blur_radius=0.0, faces_per_pixel=1,
                perspective_correct=True,
            )  # fmt: skip
        face, weights = seen[0][0, ..., 0].cpu().numpy(), seen[2][0, ..., 0, :].cpu().numpy()
        yield canvas.light(frame, face, weights)


def _open() -> tuple[Any, Any, Any]:
    """torch, PyTorch3D's `Meshes` and its `rasterize_meshes`."""
    try:
        import torch
        from pytorch3d.renderer.mesh import rasterize_meshes
        from pytorch3d.structures import Meshes
    except (ImportError, OSError) as error:  # OSError: built for another torch
        raise UserError(
            f"renderer 'pytorch3d' does not work here ({error}): build PyTorch3D from source for your torch (see "
            "docs/rendering.md), or use renderer 'software'"
        ) from None
    return torch, Meshes, rasterize_meshes


@compiled
def gather(mesh, faces, face, weights, eye, matrix, moments, push, place, p):
    """Fill the points p of `_light` with places on triangles: face (N,) and weights (N, 3) of its corners.

    mesh: (V, 16) as `_mesh.prepare` makes it. Surfaces turn to the eye. matrix, moments and push: see `_shadow`. place: (13,)
    is room to work in.
    """
    for i in range(len(face)):
        a, b, c = faces[face[i], 0], faces[face[i], 1], faces[face[i], 2]
        for field in range(13):
            place[field] = (
                weights[i, 0] * mesh[a, field] + weights[i, 1] * mesh[b, field] + weights[i, 2] * mesh[c, field]
            )
        vx, vy, vz = eye[0] - place[0], eye[1] - place[1], eye[2] - place[2]
        front = 1.0 if place[3] * vx + place[4] * vy + place[5] * vz >= 0.0 else -1.0
        nx, ny, nz = front * place[3], front * place[4], front * place[5]
        p[at.NX + i], p[at.NY + i], p[at.NZ + i] = nx, ny, nz
        p[at.VX + i], p[at.VY + i], p[at.VZ + i] = vx, vy, vz
        for field in range(7):  # colour, roughness, specular, subsurface and openness follow each other in both
            p[at.RED + field * at.CHUNK + i] = place[6 + field]
        p[at.SHADOW + i] = lit(moments, matrix, place[0] + push * nx, place[1] + push * ny, place[2] + push * nz)


class Canvas:
    """A scene as the rasteriser wants it, and the light of what it found; `size` (width, height) counts samples."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.side = scene, scene.supersampling
        self.size = (scene.size[0] * self.side, scene.size[1] * self.side)
        self.mesh, _ = prepare(scene)
        self.normals, self.shadow, self.lighting = (
            Normals(scene.faces, len(scene.rest)),
            ShadowMap(scene),
            at.Lighting(scene),
        )
        self.faces = np.ascontiguousarray(scene.faces, dtype=np.int32)
        self.eye, self._place = np.array(scene.camera.position, dtype=np.float64), np.empty(13)
        self.tones, self.backdrop = table(scene.exposure), scene.backdrop()

    def place(self, vertices: np.ndarray) -> np.ndarray:
        """(V, 3) float32 in PyTorch3D's normalised coordinates: X to the left, Y up, Z the depth in metres.

        The shorter side of the picture goes from -1 to 1, the longer one as far as its pixels, which are square, reach.
        """
        width, height = self.size
        matrix = self.scene.camera.to_pixels(self.size)
        rows = vertices.astype(np.float64) @ matrix[:, :3].T + matrix[:, 3]
        pixels = rows[:, :2] / rows[:, 2:]
        places = (np.array([width, height]) - 2.0 * pixels) / min(width, height)
        return np.concatenate([places, rows[:, 2:]], axis=1).astype(np.float32)

    def light(self, vertices: np.ndarray, face: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(H, W, 3 or 4) uint8 picture of vertices (V, 3), of which each sample shows a face (h, w), -1 for none."""
        self.mesh[:, 0:3] = vertices
        self.normals.fill(vertices, self.mesh, 3)
        self.shadow.draw(vertices)
        out = np.zeros((*face.shape, 4), dtype=np.float32)
        rows, columns = np.nonzero(face >= 0)
        push = 0.4 * self.scene.shadow_blur * self.scene.scale
        p = self.lighting.points.reshape(-1, at.CHUNK)
        for start in range(0, len(rows), at.CHUNK):
            at_row, at_column = rows[start : start + at.CHUNK], columns[start : start + at.CHUNK]
            count = len(at_row)
            chosen = np.ascontiguousarray(weights[at_row, at_column], dtype=np.float64)
            gather(
                self.mesh, self.faces, face[at_row, at_column], chosen, self.eye,
                self.shadow.matrix, self.shadow.moments, push, self._place, self.lighting.points,
            )  # fmt: skip
            self.lighting.light(count)
            diffuse, albedo, shine = (p[first // at.CHUNK :][:3, :count] for first in (at.LIGHT_R, at.RED, at.SHINE_R))
            out[at_row, at_column, :3] = (diffuse * albedo + shine).T
            out[at_row, at_column, 3] = 1.0
        return self._resolve(out)

    def _resolve(self, samples: np.ndarray) -> np.ndarray:
        """The picture of samples (h, w, 4) of light and cover."""
        width, height = self.scene.size
        mean = samples.reshape(height, self.side, width, self.side, 4).mean(axis=(1, 3))
        share = mean[..., 3:]
        light = mean[..., :3] / np.maximum(share, 1e-6)
        entry = np.sqrt(np.clip(light / BRIGHTEST, 0.0, 1.0)) * (len(self.tones) - 1)
        shown = self.tones[np.rint(entry).astype(np.int64)]
        if self.scene.transparent:
            return np.rint(255.0 * np.concatenate([shown * (share > 0.0), share], axis=2)).astype(np.uint8)
        return np.rint(255.0 * (share * shown + (1.0 - share) * self.backdrop)).astype(np.uint8)
