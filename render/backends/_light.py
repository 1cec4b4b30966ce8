"""What points of surfaces send to the eye: skin, eyes, teeth and hair differ only in the numbers of their material.

Points are lit up to CHUNK at a time, in one flat array with a stretch of CHUNK numbers for each quantity: point i has its
roughness at ROUGH + i. Loops without a branch over such stretches become vector instructions, eight points at a time.
"""

from __future__ import annotations

import math

import numpy as np

from render.compiling import compiled_single, inlined_single
from render.scene import Scene

CHUNK = 600
"""Not a power of two: then all stretches would fall into the same few lines of the processor's cache."""
# What comes in: normal and vector to the eye (made unit vectors by `light_sky`), colour, roughness, specular, subsurface,
# openness to the sky, share of the first lamp that arrives.
NX, NY, NZ, VX, VY, VZ = (CHUNK * field for field in range(6))
RED, GREEN, BLUE, ROUGH, MIRROR, UNDER, OPEN, SHADOW = (CHUNK * field for field in range(6, 14))
# What comes out: diffuse light that arrives, light that is reflected.
LIGHT_R, LIGHT_G, LIGHT_B, SHINE_R, SHINE_G, SHINE_B = (CHUNK * field for field in range(14, 20))
# In between: reflected direction, cosine towards the eye, what hollows leave of reflections, how wet.
RX, RY, RZ, FACING, KEPT, WET = (CHUNK * field for field in range(20, 26))
FIELDS = 26

WRAP = (0.22, 0.10, 0.07)
"""How far red, green and blue light goes round the edge of its shadow side on skin."""
SHARP, SPREAD = 0.16, 0.32
"""Roughness up to which lamps are reflected as sharp shapes, and from which on as a spread highlight only."""


def lamps(scene: Scene) -> np.ndarray:
    """(L, 15) float32, a row a lamp: direction, RGB, right and up over its half sides, spread, brightness of its face, and
    1 if it stands behind the head.
    """
    rows = []
    for light in scene.lights:
        towards = light.direction(scene.camera)
        right = np.cross([0.0, 1.0, 0.0], towards)
        right /= np.linalg.norm(right)
        half = math.tan(light.spread)
        tall = 1.25 * half
        face = math.pi / (4.0 * half * tall)
        behind = float(towards @ scene.camera.axes()[2] < 0.0)
        rows.append([*towards, *light.colour, *(right / half), *(np.cross(towards, right) / tall), half, face, behind])
    return np.array(rows, dtype=np.float32)


@inlined_single
def _step(low, high, value):
    """The smooth step from 0 at `low` to 1 at `high`."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@inlined_single
def _bounced(openness, albedo):
    """How open a place looks when light bounces between walls of an albedo (Jimenez et al. 2016)."""
    a, b, c = 2.0404 * albedo - 0.3324, 0.6417 - 4.7951 * albedo, 2.7552 * albedo + 0.6903
    return max(openness, min(((openness * a + b) * openness + c) * openness, 1.0))


@compiled_single
def light_sky(p, count, sky):
    """Start LIGHT and SHINE of `count` points with what comes from everywhere, and fill the quantities in between.

    Reflection after Karis (2014), hidden in hollows after Lagarde & de Rousiers (2014).
    """
    for i in range(count):
        nx, ny, nz, vx, vy, vz = p[NX + i], p[NY + i], p[NZ + i], p[VX + i], p[VY + i], p[VZ + i]
        scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-20)
        nx, ny, nz = nx * scale, ny * scale, nz * scale
        scale = 1.0 / math.sqrt(vx * vx + vy * vy + vz * vz)
        vx, vy, vz = vx * scale, vy * scale, vz * scale
        p[NX + i], p[NY + i], p[NZ + i], p[VX + i], p[VY + i], p[VZ + i] = nx, ny, nz, vx, vy, vz
        slant = nx * vx + ny * vy + nz * vz
        facing = min(max(slant, 1e-3), 1.0)
        grazing = 1.0 - facing
        rough, opened = p[ROUGH + i], p[OPEN + i]
        ry = 2.0 * slant * ny - vy
        p[RX + i], p[RY + i], p[RZ + i] = 2.0 * slant * nx - vx, ry, 2.0 * slant * nz - vz
        p[FACING + i] = facing
        p[WET + i] = 1.0 - _step(SHARP, SPREAD, rough)
        kept = min(max((facing + opened) * (facing + opened) - 1.0 + opened, 0.0), 1.0)
        p[KEPT + i] = kept
        high = 0.5 + 0.5 * ny
        p[LIGHT_R + i] = (sky[0, 0] * high + sky[1, 0] * (1.0 - high)) * _bounced(opened, p[RED + i])
        p[LIGHT_G + i] = (sky[0, 1] * high + sky[1, 1] * (1.0 - high)) * _bounced(opened, p[GREEN + i])
        p[LIGHT_B + i] = (sky[0, 2] * high + sky[1, 2] * (1.0 - high)) * _bounced(opened, p[BLUE + i])
        polish = 1.0 - rough
        grazing3 = grazing * grazing * grazing
        split = min(polish * polish, grazing3 * grazing3) * polish + 0.0425 - 0.0275 * rough
        glance = (p[MIRROR + i] * (1.04 - 0.572 * rough - 1.04 * split) + 1.04 * split - 0.04 + 0.022 * rough) * kept
        high = _step(-0.25 - rough, 0.35 + rough, ry)
        p[SHINE_R + i] = (sky[0, 0] * high + sky[1, 0] * (1.0 - high)) * glance
        p[SHINE_G + i] = (sky[0, 1] * high + sky[1, 1] * (1.0 - high)) * glance
        p[SHINE_B + i] = (sky[0, 2] * high + sky[1, 2] * (1.0 - high)) * glance


@compiled_single
def light_lamp(p, count, lamp, shadowed):
    """Add the light of a lamp to LIGHT and SHINE of `count` points; `shadowed` is 1 for the lamp that casts shadows.

    Highlights are Trowbridge-Reitz, widened by the size of the lamp (Karis 2013); wet things show the shape of the lamp.
    """
    dx, dy, dz = lamp[0], lamp[1], lamp[2]
    red, green, blue = lamp[3], lamp[4], lamp[5]
    right_x, right_y, right_z, up_x, up_y, up_z = lamp[6], lamp[7], lamp[8], lamp[9], lamp[10], lamp[11]
    half_angle, face, behind = lamp[12], lamp[13], lamp[14]
    for i in range(count):
        slant = p[NX + i] * dx + p[NY + i] * dy + p[NZ + i] * dz
        facing, rough, mirror, under, wet = p[FACING + i], p[ROUGH + i], p[MIRROR + i], p[UNDER + i], p[WET + i]
        # Lamps reach into hollows better than the sky, but not under the lids: their shadow on the eye is too fine to cast.
        lit = 1.0 - shadowed * (1.0 - p[SHADOW + i])
        reach = p[OPEN + i] * (1.0 + (1.0 - wet) * (1.0 - p[OPEN + i])) * lit
        # The head itself is in the way of lamps behind it, but for its edges.
        grazing = 1.0 - facing
        reach *= 1.0 - behind * (1.0 - min(2.0 * grazing * grazing, 1.0))
        # The edge of a shadow on skin is red: red light comes up again farthest from where it went in.
        reach_r = reach * (1.0 + 0.35 * under * (1.0 - lit))
        wrap_r, wrap_g, wrap_b = WRAP[0] * under, WRAP[1] * under, WRAP[2] * under
        p[LIGHT_R + i] += red * reach_r * max(slant + wrap_r, 0.0) / ((1.0 + wrap_r) * (1.0 + wrap_r))
        p[LIGHT_G + i] += green * reach * max(slant + wrap_g, 0.0) / ((1.0 + wrap_g) * (1.0 + wrap_g))
        p[LIGHT_B + i] += blue * reach * max(slant + wrap_b, 0.0) / ((1.0 + wrap_b) * (1.0 + wrap_b))

        hx, hy, hz = dx + p[VX + i], dy + p[VY + i], dz + p[VZ + i]
        scale = 1.0 / math.sqrt(hx * hx + hy * hy + hz * hz + 1e-9)
        half = (p[NX + i] * hx + p[NY + i] * hy + p[NZ + i] * hz) * scale
        bend = 1.0 - (p[VX + i] * hx + p[VY + i] * hy + p[VZ + i] * hz) * scale
        bend2 = bend * bend
        alpha = rough * rough
        wide = min(alpha + 0.5 * half_angle, 1.0)
        peak = half * half * (wide * wide - 1.0) + 1.0
        front = max(slant, 0.0)
        mask = (front * (1.0 - 0.5 * alpha) + 0.5 * alpha) * (facing * (1.0 - 0.5 * alpha) + 0.5 * alpha)
        gloss = alpha * alpha / (peak * peak) * (mirror + (1.0 - mirror) * bend2 * bend2 * bend)
        gloss *= 0.25 * front / mask * (1.0 - wet)

        ahead = p[RX + i] * dx + p[RY + i] * dy + p[RZ + i] * dz
        over = 1.0 / max(ahead, 1e-3)
        across = abs(p[RX + i] * right_x + p[RY + i] * right_y + p[RZ + i] * right_z) * over
        along = abs(p[RX + i] * up_x + p[RY + i] * up_y + p[RZ + i] * up_z) * over
        edge = 0.06 + 1.4 * rough
        shape = _step(1.0 + edge, 1.0 - edge, across) * _step(1.0 + edge, 1.0 - edge, along)
        shape *= 1.0 if ahead > 0.0 else 0.0
        grazing2 = grazing * grazing
        gloss += wet * shape * face * (mirror + (1.0 - mirror) * grazing2 * grazing2 * grazing)
        gloss *= reach * p[KEPT + i]
        p[SHINE_R + i] += red * gloss
        p[SHINE_G + i] += green * gloss
        p[SHINE_B + i] += blue * gloss


@compiled_single
def light_fuzz(p, count):
    """Add the light that fine hair on skin catches at the edges of a face, once all other light is there."""
    for i in range(count):
        grazing = 1.0 - p[FACING + i]
        fuzz = 0.16 * p[UNDER + i] * grazing * grazing * grazing
        p[SHINE_R + i] += fuzz * p[LIGHT_R + i] * p[RED + i]
        p[SHINE_G + i] += fuzz * p[LIGHT_G + i] * p[GREEN + i]
        p[SHINE_B + i] += fuzz * p[LIGHT_B + i] * p[BLUE + i]


@compiled_single
def light_points(p, count, sky, lamps):
    """Fill LIGHT and SHINE of `count` points; the first of the lamps (L, 15) casts shadows."""
    light_sky(p, count, sky)
    for number in range(len(lamps)):
        light_lamp(p, count, lamps[number], 1.0 if number == 0 else 0.0)
    light_fuzz(p, count)


class Lighting:
    """The lamps and the sky of a scene, and room for the points they shine on: `points` (FIELDS * CHUNK,) float32."""

    def __init__(self, scene: Scene) -> None:
        self.lamps, self.sky = lamps(scene), np.array([scene.sky, scene.ground], dtype=np.float32)
        self.points = np.zeros(FIELDS * CHUNK, dtype=np.float32)

    def light(self, count: int) -> None:
        """Fill LIGHT and SHINE of the first `count` points."""
        light_points(self.points, count, self.sky, self.lamps)
