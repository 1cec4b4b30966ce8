"""One pass over the picture that lights what every pixel shows.

Samples of a pixel that lie on one surface are lit together, once; at edges each surface is lit for itself. Diffuse light
is kept apart from albedo so that it can be scattered under the skin before the two are multiplied.
"""

from __future__ import annotations

import math

import numpy as np

from render.backends import _light as at
from render.backends._grain import PORE, grain, visible
from render.backends._grain import tone as strand_tone
from render.backends._locks import STRAND, directions
from render.backends._occlusion import Coarse
from render.backends._raster import FACE, KIND, Buffers
from render.backends._shadow import ShadowMap, lit
from render.backends._surface import barycentric, read_coarse
from render.compiling import compiled_single, inlined_single
from render.scene import Scene
from speechface.look import Look

SAME_SURFACE = 0.004
"""Relative difference in depth up to which samples of a pixel count as one surface."""
GRAIN_DEPTH = 0.05
"""Slope of the pores of skin."""
STRAND_ROUND, STRAND_SHIFT, STRAND_TONE, STRAND_STRETCH = 0.40, 0.16, 0.22, 0.05
"""How much a lock reflects like strands and not like a strip, by how much strands lean, how much they differ in colour, and
how slowly that changes along them."""
GLOSSY = 0.2
"""Roughness below which reflections on things as small as teeth are finer than a pixel."""
ALONE = 127
"""Kind of triangles so smooth that a reflection on them is finer than a pixel: each sample of these is lit for itself."""
BRIGHTEST_SHINE = 6.0
"""Reflections are cut here, before samples are averaged, so that one sample does not make a pixel sparkle."""


def kinds(faces: np.ndarray, look: Look) -> np.ndarray:
    """(F,) uint8 kind of every triangle: its part, or ALONE."""
    first = faces[:, 0]
    return np.where(look.roughness[first] < GLOSSY, ALONE, np.minimum(look.part[first], ALONE - 1)).astype(np.uint8)


@inlined_single
def group_samples(y, x, nearness, label, surfaces, likely):
    """Sort the samples of a pixel into surfaces; returns how many there are.

    Samples of different kinds (see `kinds`) are never one surface, those of kind ALONE only if they are on the same
    triangle. Sets likely (F,) of what it meets to 1. Fills surfaces (n, 3) int32 with a label, a sample and the number of
    samples of each: the sample in the middle if it is one of them, so that neighbouring pixels are lit at even distances.
    """
    samples = nearness.shape[2]
    count, middle = 0, samples // 2
    if samples == 4:  # the usual number, and the usual case: nothing, or all of one surface
        first, second, near, last = nearness[y, x, 0], nearness[y, x, 1], nearness[y, x, 2], nearness[y, x, 3]
        if max(max(first, second), max(near, last)) == 0.0:
            return 0
        a, b, here, d = label[y, x, 0], label[y, x, 1], label[y, x, 2], label[y, x, 3]
        other = ((a ^ here) | (b ^ here) | (d ^ here)) >> KIND
        far = max(max(abs(first - near), abs(second - near)), abs(last - near))
        if other == 0 and here >> KIND != ALONE and far < SAME_SURFACE * min(min(first, second), min(near, last)):
            likely[a & FACE] = likely[b & FACE] = likely[here & FACE] = likely[d & FACE] = 1
            surfaces[0, 0], surfaces[0, 1], surfaces[0, 2] = here, middle, samples
            return 1
    for sample in range(samples):
        near = nearness[y, x, sample]
        if near == 0.0:
            continue
        here = label[y, x, sample]
        likely[here & FACE] = 1
        known = 0
        while known < count:
            other = surfaces[known, 0]
            if other == here or (
                other >> KIND == here >> KIND
                and here >> KIND != ALONE
                and abs(near - nearness[y, x, surfaces[known, 1]]) < SAME_SURFACE * near
            ):
                surfaces[known, 2] += 1
                if sample == middle:
                    surfaces[known, 0], surfaces[known, 1] = here, sample
                break
            known += 1
        if known == count:
            surfaces[count, 0], surfaces[count, 1], surfaces[count, 2] = here, sample, 1
            count += 1
    return count


@inlined_single
def strand_normal(tx, ty, tz, eye, at_point, scale, nx, ny, nz):
    """The normal by which a strand of hair reflects, from that of its lock, and how light the strand is, about -1..1.

    t: direction of the lock, of any length. at_point (16,): position first, place on the lock last (see `_locks`). scale:
    strands a metre. A strand is a cylinder: it has normals all round, and shows the one that turns to the eye.
    """
    length = 1.0 / math.sqrt(tx * tx + ty * ty + tz * tz + 1e-30)
    tx, ty, tz = tx * length, ty * length, tz * length
    ex, ey, ez = eye[0] - at_point[0], eye[1] - at_point[1], eye[2] - at_point[2]
    length = 1.0 / math.sqrt(ex * ex + ey * ey + ez * ez)
    ex, ey, ez = ex * length, ey * length, ez * length
    tone = strand_tone(at_point[13] * scale, at_point[14] * scale * STRAND_STRETCH, at_point[15])
    shift = STRAND_SHIFT * tone - STRAND_ROUND * (ex * tx + ey * ty + ez * tz)
    nx += STRAND_ROUND * (ex - nx) + shift * tx
    ny += STRAND_ROUND * (ey - ny) + shift * ty
    nz += STRAND_ROUND * (ez - nz) + shift * tz
    return nx, ny, nz, tone


@compiled_single
def collect(
    start,
    mesh, points, faces, part,
    nearness, label, places, likely,
    eye, light_matrix, moments, push,
    group, coarse_depth, openness, arriving, coarse, deep, pore_scale, skin, hair, strand_scale, tangents,
    p, pixel, share, main, surfaces, at_point,
    diffuse, albedo, rest, cover, under,
):  # fmt: skip
    """Gather what is to be lit, from pixel `start` on (counted row by row), until p is full; returns the pixel after the
    last one and the number of points.

    First the mesh (V, 16): position, normal, linear RGB, roughness, specular, subsurface, occlusion, position at rest (for
    hair its place on the lock);
    points (V, 3) are its vertices on the screen; part (V,) tells surfaces apart. Then what is seen (see
    `_raster`; likely (F,) is set to 1 for the triangles that are), the light (see `_light`, `_shadow`; push: metres by
    which points are moved off the surface before they are looked up in the shadow map), the coarse grid (see `_occlusion`)
    how deep and fine the pores of the part `skin` are, and the strands of the part `hair`.
    Out come the points p (see `_light`), the pixel (CHUNK, 2) each belongs to, its share of it, and 1 in main (CHUNK,) for
    the one the pixel mostly shows. The pixels' buffers are prepared: cover (H, W), the share of the pixel that anything
    covers, and under (H, W), the subsurface of its main point. surfaces (n, 3) and at_point (16,) are room to work in.
    """
    height, width = cover.shape
    samples = len(places)
    one, finer = 1.0 / np.float32(samples), 1.0 / np.float32(coarse)
    i = np.int64(0)
    y, x = start // width, start % width - 1
    for at_pixel in range(start, height * width):
        x += 1
        if x == width:
            y, x = y + 1, 0
        count = group_samples(y, x, nearness, label, surfaces, likely)
        if i + count > at.CHUNK:
            return at_pixel, i
        if count == 0:
            cover[y, x] = 0.0
            continue
        covered, most = surfaces[0, 2], 0
        for known in range(1, count):
            covered += surfaces[known, 2]
            if surfaces[known, 2] > surfaces[most, 2]:
                most = known
        cover[y, x] = np.float32(covered) * one
        rest[y, x, 0], rest[y, x, 1], rest[y, x, 2] = 0.0, 0.0, 0.0
        for known in range(count):
            face, sample = surfaces[known, 0] & FACE, surfaces[known, 1]
            at_x, at_y = np.float32(x) + places[sample, 0], np.float32(y) + places[sample, 1]
            near = nearness[y, x, sample]
            a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
            wa, wb, wc, front = barycentric(points, a, b, c, at_x, at_y)
            pixel[i, 0], pixel[i, 1] = y, x
            share[i] = np.float32(surfaces[known, 2]) * one
            main[i] = known == most

            for field in range(16):
                at_point[field] = wa * mesh[a, field] + wb * mesh[b, field] + wc * mesh[c, field]
            if known == most:
                under[y, x] = at_point[11]
            nx, ny, nz = front * at_point[3], front * at_point[4], front * at_point[5]
            if deep > 0.0 and part[a] == skin:
                tone, gx, gy, gz = grain(
                    at_point[13] * pore_scale, at_point[14] * pore_scale, at_point[15] * pore_scale
                )
                slope = deep * GRAIN_DEPTH
                nx, ny, nz = nx - slope * gx, ny - slope * gy, nz - slope * gz
                at_point[9] += deep * 0.05 * tone
                for field in range(6, 9):
                    at_point[field] *= 1.0 + deep * 0.05 * tone
            elif part[a] == hair:
                nx, ny, nz, tone = strand_normal(
                    wa * tangents[a, 0] + wb * tangents[b, 0] + wc * tangents[c, 0],
                    wa * tangents[a, 1] + wb * tangents[b, 1] + wc * tangents[c, 1],
                    wa * tangents[a, 2] + wb * tangents[b, 2] + wc * tangents[c, 2],
                    eye, at_point, strand_scale, nx, ny, nz,
                )  # fmt: skip
                for field in range(6, 9):
                    at_point[field] *= 1.0 + STRAND_TONE * tone
            p[at.NX + i], p[at.NY + i], p[at.NZ + i] = nx, ny, nz
            px, py, pz = at_point[0], at_point[1], at_point[2]
            p[at.VX + i], p[at.VY + i], p[at.VZ + i] = eye[0] - px, eye[1] - py, eye[2] - pz
            for field in range(6):  # colour, roughness, specular and subsurface come one after the other in both
                p[at.RED + field * at.CHUNK + i] = at_point[6 + field]
            open_, arrives = read_coarse(
                openness, arriving, coarse_depth, group, part[a] + 1, near, at_x * finer, at_y * finer
            )
            if arrives < 0.0:
                arrives = np.float32(lit(moments, light_matrix, px + push * nx, py + push * ny, pz + push * nz))
            p[at.OPEN + i] = at_point[12] * open_
            p[at.SHADOW + i] = arrives
            i += 1
    return height * width, i


@compiled_single
def store(p, count, pixel, share, main, diffuse, albedo, rest):
    """Put the light of `count` points into the buffers of their pixels."""
    for i in range(count):
        row, column = pixel[i, 0], pixel[i, 1]
        for channel in range(3):
            field = channel * at.CHUNK + i
            light, shine = p[at.LIGHT_R + field], min(p[at.SHINE_R + field], BRIGHTEST_SHINE)
            if main[i]:
                diffuse[row, column, channel] = light
                albedo[row, column, channel] = p[at.RED + field] * share[i]
            else:
                shine += light * p[at.RED + field]
            rest[row, column, channel] += share[i] * shine


@compiled_single
def shade(
    mesh, points, faces, part,
    nearness, label, places, likely,
    eye, light_matrix, moments, push,
    group, coarse_depth, openness, arriving, coarse, deep, pore_scale, skin, hair, strand_scale, tangents,
    p, pixel, share, main, surfaces, at_point, sky, lamps,
    diffuse, albedo, rest, cover, under,
):  # fmt: skip
    """Light a whole picture, up to CHUNK points at a time: `collect`, `light_points` and `store` by turns."""
    start = 0
    while start < cover.size:
        start, count = collect(
            start,
            mesh, points, faces, part,
            nearness, label, places, likely,
            eye, light_matrix, moments, push,
            group, coarse_depth, openness, arriving, coarse, deep, pore_scale, skin, hair, strand_scale, tangents,
            p, pixel, share, main, surfaces, at_point,
            diffuse, albedo, rest, cover, under,
        )  # fmt: skip
        at.light_points(p, count, sky, lamps)
        store(p, count, pixel, share, main, diffuse, albedo, rest)


class Shading:
    """The light of one frame at a time, see `collect` and `store`: diffuse, albedo, rest, cover and under, all float32."""

    def __init__(self, scene: Scene, lighting: at.Lighting, hair: int) -> None:
        width, height = scene.size
        camera, look = scene.camera, scene.look
        self.faces, self.part = scene.solid, np.ascontiguousarray(look.part, dtype=np.uint8)
        self.eye = np.array(camera.position, dtype=np.float32)
        self.push = np.float32(0.4 * scene.shadow_blur * scene.scale)
        pixel = 2.0 * camera.distance * math.tan(camera.field_of_view / 2.0) / height
        self.grain = (np.float32(visible(pixel / scene.scale)), np.float32(1.0 / (PORE * scene.scale)))
        self.hair = (hair, np.float32(1.0 / max(STRAND * scene.scale, 1.6 * pixel)))
        self.tangents = np.zeros((len(scene.rest), 3), dtype=np.float32)
        self._locks = np.ascontiguousarray(scene.solid[self.part[scene.solid[:, 0]] == hair])
        self.skin = look.parts.index("skin") if "skin" in look.parts else -1
        self.lighting = lighting
        self.diffuse, self.albedo, self.rest = (np.empty((height, width, 3), dtype=np.float32) for _ in range(3))
        self.cover, self.under = (np.empty((height, width), dtype=np.float32) for _ in range(2))
        self._pixel = np.empty((at.CHUNK, 2), dtype=np.int32)
        self._surfaces = np.empty((scene.supersampling**2, 3), dtype=np.int32)
        self._at_point = np.empty(16, dtype=np.float32)
        self._share, self._main = np.empty(at.CHUNK, dtype=np.float32), np.empty(at.CHUNK, dtype=np.uint8)

    def draw(self, mesh: np.ndarray, points: np.ndarray, seen: Buffers, shadow: ShadowMap, coarse: Coarse) -> None:
        """Light what is seen of the mesh (V, 16)."""
        light = self.lighting
        seen.likely.fill(0)
        directions(mesh, self._locks, self.tangents)
        shade(
            mesh, points, self.faces, self.part,
            seen.nearness, seen.label, seen.places, seen.likely,
            self.eye, shadow.matrix, shadow.moments, self.push,
            coarse.group, coarse.depth, coarse.openness, coarse.arriving, coarse.side,
            *self.grain, self.skin, *self.hair, self.tangents,
            light.points, self._pixel, self._share, self._main, self._surfaces, self._at_point, light.sky, light.lamps,
            self.diffuse, self.albedo, self.rest, self.cover, self.under,
        )  # fmt: skip
