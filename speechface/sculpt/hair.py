"""Hair: overlapping locks that are combed over the scalp. A `Style` is a few numbers; every style has the same mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from speechface.sculpt.distance import bell, ellipsoid, smooth_step, smooth_union
from speechface.sculpt.field import Field
from speechface.sculpt.piece import Piece, make, ribbons

HAIRLINE = (
    (0, 20, 34, 46, 54, 62, 68, 74, 80, 85, 89, 95, 104, 111, 118, 128, 150, 180),
    (6.9, 6.95, 6.5, 5.3, 3.9, 2.5, 1.0, -0.5, -0.9, -0.3, 1.2, 2.1, 1.9, 0.4, -1.8, -4.4, -6.2, -6.6),
)
"""Azimuth in degrees and the height at which hair begins."""

STEPS, WIDE = 9, 3


@dataclass(frozen=True)
class Style:
    """How hair lies. Lengths in cm.

    parting: X where it is parted at the forehead (positive: character's left). volume: how far it stands off on top,
    at the sides and at the back. length: of the locks on top, at the sides and at the back. hem: height to which the
    sides and the back reach. back: how strongly it is combed backwards (0 falls sideways from the parting, 1 straight
    back). fringe: how far the front falls over the forehead. wave: sideways waves. width: of a lock. curl: radius and turns
    of its spiral. full: least width of a short lock, as a share. spread: how evenly locks go down to the hairline: more
    points than locks leave out the lowest.
    """

    parting: float = 2.2
    volume: tuple[float, float, float] = (1.35, 0.50, 0.85)
    length: tuple[float, float, float] = (10.0, 7.5, 8.0)
    hem: tuple[float, float] = (-2.2, -5.6)
    back: float = 0.40
    fringe: float = 0.30
    wave: float = 0.22
    width: float = 0.66
    curl: tuple[float, float] = (0.0, 0.0)
    full: float = 0.30
    spread: float = 2.05


STYLES = {
    "crop": Style(
        parting=0.0, volume=(1.35, 0.30, 0.34), length=(5.0, 3.0, 3.0), hem=(-1.0, -6.2), back=0.30, fringe=0.45, wave=0.30,
        width=0.62, full=0.85, spread=1.75,
    ),
    "swept": Style(
        parting=2.6, volume=(1.30, 0.30, 0.40), length=(8.0, 4.8, 4.2), hem=(-1.2, -6.0), back=0.88, fringe=0.0, wave=0.10,
        width=0.70, full=0.85, spread=1.75,
    ),
    "curls": Style(
        parting=0.0, volume=(2.3, 1.9, 2.0), length=(4.2, 4.2, 4.2), hem=(-3.2, -6.2), back=0.5, fringe=0.15, wave=0.9,
        width=0.62, curl=(0.50, 1.6), full=0.95, spread=1.75,
    ),
}  # fmt: skip
"""Other styles than the first one, by name."""


def hairline(azimuth: np.ndarray) -> np.ndarray:
    """Height (N,) of the hairline at azimuths (N,) in radians."""
    return np.interp(np.degrees(np.abs(azimuth)), *HAIRLINE)


def scalp(points: np.ndarray) -> np.ndarray:
    """(N,) 0 on bare skin, 1 where hair grows densely; at the nape it thins out slowly."""
    azimuth = np.arctan2(points[:, 0], points[:, 2])
    over = points[:, 1] - hairline(azimuth)
    fade = 0.9 + 2.6 * smooth_step((np.degrees(np.abs(azimuth)) - 108) / 25)
    return smooth_step((over + 0.35) / fade) * (points[:, 1] > -7.5)


def make_hair(field: Field, density: int, style: Style) -> Piece:
    """All locks of a style; `density` 1 gives half as many, wider ones."""
    rng = np.random.default_rng(5)
    root, fine = _roots(field, style, density)
    count = len(root)
    paths, normals, sides = _comb(field, style, root, fine, rng)
    share = np.linspace(0, 1, STEPS)[:, None]
    taper = np.clip(share / 0.12, 0.55, 1) * (1 - 0.93 * smooth_step((share - 0.35) / 0.65))
    length = np.linalg.norm(np.diff(paths, axis=0), axis=2).sum(axis=0)
    slim = np.where(fine, 0.60, 1.0) * np.clip(length / 5.0, style.full, 1.0) * rng.uniform(0.75, 1.25, count)
    wide = style.width * (2 / density) ** 0.5 * slim * taper
    ridge, tuck = normals * (0.26 * wide)[..., None], normals * (0.22 * wide + 0.02)[..., None]
    rows = np.stack(
        [paths - sides * wide[..., None] - tuck, paths + ridge, paths + sides * wide[..., None] - tuck], axis=2
    )
    vertices = rows.transpose(1, 0, 2, 3).reshape(-1, 3)
    across = np.array([0.70, 1.1, 0.78])
    tone = (rng.uniform(0.75, 1.2, count) * (0.70 + 0.30 * smooth_step(2.5 * share))).T[..., None] * across
    shine = ((0.15 + 0.85 * rng.random(count) ** 2) * smooth_step(2.2 * share - 0.4)).T[..., None] * np.array(
        [0.15, 1.0, 0.3]
    )
    paint = {"hair": tone.reshape(-1), "hair_light": shine.reshape(-1)}
    return make("hair", vertices, ribbons(count, STEPS, WIDE), "neck", paint, (0.44, 0.04, 0.15))


def _roots(field: Field, style: Style, density: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) where locks grow, lower layers first, and (N,) whether each is a fine one of the hairline."""
    edge = _edge_roots(field, 40 * density)
    body = _body_roots(field, 84 * density, style.spread)
    parting = _parting_roots(field, style, 20 * density)
    root = np.concatenate([edge, body, parting])
    fine = np.arange(len(root)) < len(edge)
    return root, fine


def _edge_roots(field: Field, count: int) -> np.ndarray:
    """(count, 3) just behind the hairline from temple to temple."""
    angle = np.radians(np.linspace(-80, 80, count))
    height = hairline(angle) + 0.15 + 0.30 * (np.arange(count) % 3)
    starts = np.stack([0 * angle, np.minimum(height, 5.5), 0 * angle], axis=1)
    rise = np.arctan2(np.maximum(height - 5.5, 0), 8.0)
    way = np.stack([np.sin(angle) * np.cos(rise), np.sin(rise), np.cos(angle) * np.cos(rise)], axis=1)
    return field.cast(starts, way, steps=50)


def _parting_roots(field: Field, style: Style, count: int) -> np.ndarray:
    """(count, 3) along both sides of the parting, from the forehead to the crown."""
    back = np.repeat(np.linspace(0, 1, count // 2), 2)
    side = np.tile([-1.0, 1.0], count // 2)
    angle = np.radians(36 + 104 * back)
    x = _parting(style, 8.0 * np.cos(angle)) + 0.13 * side
    way = np.stack([x / 8.5, np.sin(angle), np.cos(angle)], axis=1)
    return field.cast(np.tile([0.0, 3.0, -0.5], (count, 1)), way / np.linalg.norm(way, axis=1, keepdims=True), steps=50)


def _body_roots(field: Field, count: int, spread: float) -> np.ndarray:
    """(count, 3) evenly over the scalp, lowest first so that upper locks lie on lower ones.

    Another spread than the usual one gives its locks in the order of the usual ones next to them: one person's hair then
    turns into another's without crossing the head.
    """
    usual = _scalp_points(field, count, Style.spread)
    if spread == Style.spread:
        return usual
    other = _scalp_points(field, count, spread)
    return other[linear_sum_assignment(np.linalg.norm(usual[:, None] - other[None], axis=2))[1]]


def _scalp_points(field: Field, count: int, spread: float) -> np.ndarray:
    """The `count` points furthest within the hairline of count * spread on a Fibonacci sphere, lowest first."""
    total = int(count * spread)
    k = np.arange(total) + 0.5
    y, turn = 1 - 2 * k / total, np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - y**2)
    way = np.stack([flat * np.sin(turn), y, flat * np.cos(turn)], axis=1)
    found = field.cast(np.tile([0.0, 2.5, -0.8], (total, 1)), way, steps=50)
    inner = found[:, 1] - hairline(np.arctan2(found[:, 0], found[:, 2]))
    order = np.argsort(-inner)[:count]
    return found[order[np.argsort(found[order, 1])]]


class Draped(Field):
    """The head with its ears as lumps, which hair lies over."""

    def __call__(self, points: np.ndarray) -> np.ndarray:
        side = np.column_stack([np.abs(points[:, 0]), points[:, 1:]])
        return smooth_union(super().__call__(points), ellipsoid(side, (6.9, 0.1, -1.2), (0.6, 2.3, 1.5)), 0.8)


def _comb(field: Field, style: Style, root: np.ndarray, fine: np.ndarray, rng: np.random.Generator) -> tuple:
    """Paths, normals and sideways directions (STEPS, N, 3) of locks from their roots (N, 3)."""
    count = len(root)
    top = smooth_step((root[:, 1] - 5.5) / 3.5)
    behind = smooth_step((-root[:, 2] - 1.5) / 4) * (1 - top)
    weights = np.stack([top, (1 - top) * (1 - behind), behind], axis=1)
    length = weights @ np.array(style.length) * rng.uniform(0.85, 1.15, count)
    hem = style.hem[0] + (style.hem[1] - style.hem[0]) * smooth_step((1.0 - root[:, 2]) / 4)
    room = np.maximum(root[:, 1] - hem, 1.2) * rng.uniform(0.9, 1.25, count)
    length = np.minimum(length, room) * np.where(fine & (root[:, 2] > 3), 0.72, 1.0)
    volume = weights @ np.array(style.volume) * rng.uniform(0.7, 1.15, count) * np.clip(length / 6, 0.35, 1)
    phase = rng.uniform(0, 2 * np.pi, count)
    draped = Draped(field.proportions)
    point, steps = root, []
    for step in range(STEPS):
        share = step / (STEPS - 1)
        normal = draped.gradient(point)
        way = _flow(style, point, root)
        way += style.wave * np.sin(phase + 5 * share)[:, None] * np.cross(normal, way)
        way -= normal * np.sum(way * normal, axis=1, keepdims=True)
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
        steps.append((point, normal, np.cross(way, normal)))
        point = point + way * (length / (STEPS - 1))[:, None]
        lift = (
            0.03
            + 0.07 * np.minimum(length / 4, 1)
            + volume * np.sin(np.pi * min(1.0, 0.16 + 0.72 * (share + 1 / STEPS)))
        )
        point = draped.project(point, steps=2, level=np.where(fine, 1.04, 1.0) * lift)
    radius, turns = style.curl
    angle = phase + 2 * np.pi * turns * np.linspace(0, 1, STEPS)[:, None]
    grow = radius * smooth_step(np.linspace(0, 3, STEPS))[:, None]
    paths, normals, sides = (np.array(part) for part in zip(*steps, strict=True))
    paths = paths + (grow * np.cos(angle))[..., None] * sides + (grow * (1 + np.sin(angle)))[..., None] * normals
    return paths, normals, sides


def _parting(style: Style, z: np.ndarray) -> np.ndarray:
    """X (N,) of the parting at depths Z (N,); it curves to the crown."""
    return style.parting * smooth_step((z + 5) / 10)


def _flow(style: Style, p: np.ndarray, root: np.ndarray) -> np.ndarray:
    """(N, 3) where hair is combed at points p, before it is laid onto the head."""
    x, y, _ = p.T
    away = np.where(root[:, 0] > _parting(style, root[:, 2]), 1.0, -1.0)
    top = smooth_step((y - 4.0) / 5.0)
    front = smooth_step((root[:, 2] - 2.5) / 4) * smooth_step((root[:, 1] - 4.5) / 2)
    sideways = away * (1.1 - 0.6 * style.back) * (0.15 + top)
    backwards = -(style.back * 1.3 + 0.35 * (1 - top)) + style.fringe * 2.2 * front * bell((x - style.parting) / 5.0)
    down = -(1 - top) * (0.9 - 0.35 * style.back) - 0.15
    return np.stack([sideways, down, backwards], axis=1)
