"""Teeth on a dental arch, with gums. `Arch` is also what the lips collide with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speechface.sculpt.distance import smooth_step
from speechface.sculpt.piece import Piece, join, lattice, make, outward, reflected, self_mirrored
from speechface.sculpt.proportions import Proportions

THICKNESS = 0.26
"""Half the thickness of a row of teeth (cm)."""


@dataclass(frozen=True)
class Arch:
    """Half an ellipse in plan: the middle line of a row of teeth.

    half: half its width; depth: from its back line at Z `back` to its front; edge: height of the incisors' edge; up:
    1 for the upper row, -1 for the lower. widths, heights: crowns of one side from the middle, in cm.
    """

    half: float
    depth: float
    back: float
    edge: float
    up: int
    widths: tuple[float, ...]
    heights: tuple[float, ...]

    def plan(self, points: np.ndarray, margin: float) -> np.ndarray:
        """(N,) how far out points (N, 3) lie in plan: 1 on the outer face of the row, grown by `margin` (cm)."""
        grow = THICKNESS + margin
        forward = np.maximum(points[:, 2] - self.back, 0.0)
        return np.hypot(points[:, 0] / (self.half + grow + 0.06), forward / (self.depth + grow))

    def keep_out(self, points: np.ndarray, margin: float) -> np.ndarray:
        """Points (N, 3) that have sunk into the row from outside, pushed out of it; those well inside are left alone."""
        out = self.plan(points, margin)
        above = self.up * (points[:, 1] - self.edge)
        level = smooth_step((above + 0.12) / 0.12) * (1 - smooth_step((above - max(self.heights) - 0.15) / 0.25))
        sunk = (out < 1) & (out > 0.6) & (points[:, 2] > self.back - 0.3)
        grow = np.where(sunk, 1 + (1 / np.maximum(out, 0.5) - 1) * level, 1.0)
        pushed = points.copy()
        pushed[:, 0] *= grow
        pushed[:, 2] = self.back + (points[:, 2] - self.back) * grow
        return pushed

    def at(self, way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 2) X and Z, and (N, 2) outward normal in plan, at signed lengths (N,) along the arch from its middle."""
        turn = np.linspace(-np.pi / 2, np.pi / 2, 801)
        line = np.stack([self.half * np.sin(turn), self.back + self.depth * np.cos(turn)], axis=1)
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        angle = np.interp(way, length - length[400], turn)
        point = np.stack([self.half * np.sin(angle), self.back + self.depth * np.cos(angle)], axis=-1)
        normal = np.stack([self.depth * np.sin(angle), self.half * np.cos(angle)], axis=-1)
        return point, normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def arches(m: Proportions) -> tuple[Arch, Arch]:
    """The upper and the lower arch; crown sizes are rounded textbook means (Wheeler), the incisors a little larger."""
    back = 4.70
    front = m.mouth_depth - 0.86
    upper = Arch(
        2.55,
        front - back,
        back,
        m.mouth_height - 0.24,
        1,
        (0.86, 0.67, 0.76, 0.70, 0.70, 1.0),
        (1.04, 0.92, 1.0, 0.86, 0.8, 0.74),
    )
    lower = Arch(
        2.36, front - 0.42 - back, back, m.mouth_height - 0.12, -1, (0.55, 0.59, 0.69, 0.70, 0.70, 1.05),
        (0.88, 0.9, 0.98, 0.86, 0.8, 0.74),
    )  # fmt: skip
    return upper, lower


def make_teeth(arch: Arch, density: int) -> Piece:
    """One row of twelve teeth, symmetric; the lower row is carried by the jaw."""
    crowns, start = [], 0.0
    for place, (width, height) in enumerate(zip(arch.widths, arch.heights, strict=True)):
        crown = _crown(arch, start + width / 2, width, height, place, density)
        start += width
        crowns += [crown, reflected(crown)]
    return self_mirrored(join(crowns, f"{_row(arch)}_teeth"))


def _row(arch: Arch) -> str:
    return "upper" if arch.up > 0 else "lower"


def _carrier(arch: Arch) -> str:
    return "neck" if arch.up > 0 else "jaw"


def _crown(arch: Arch, way: float, width: float, height: float, place: int, density: int) -> Piece:
    rows, columns = 2 + 4 * density, 4 + 5 * density
    u = np.linspace(-np.pi / 2, np.pi / 2, rows)[1:-1]
    v = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    u, v = (grid.ravel() for grid in np.meshgrid(u, v, indexing="ij"))
    x, z, y = (
        _power(np.cos(u), 0.30) * _power(np.cos(v), 0.75),  # nearly square edges, so that the row has no gaps
        _power(np.cos(u), 0.6) * _power(np.sin(v), 0.75),
        np.sin(u),
    )
    y = _power(y, 0.62)
    thick = 0.24 if place < 3 else 0.38
    towards_gum = np.clip(y, 0, 1)
    across = x * width * 0.515 * (1 - 0.14 * towards_gum)
    through = z * thick * (0.62 + 0.38 * np.clip(y + 0.6, 0, 1) if place < 3 else 1.0)
    along = y * height * 0.56
    if place == 2:  # canines end in a point
        along = along - 0.10 * (y < 0) * (1 - np.abs(x))
    # back teeth stand lower in the jaw; upper ones hardly: their edges are one line
    shift = 0.01 if place == 1 else (0.012 if arch.up > 0 else 0.07) * max(place - 2, 0)
    (px, pz), (nx, nz) = (value[0] for value in arch.at(np.array([way])))
    up = arch.edge + arch.up * (height * 0.56 + shift + along)
    inset = max(thick - 0.27, 0.0)  # thicker teeth stand further in, so that the outer face is one curve
    through = through - inset
    vertices = np.stack([px + across * nz + through * nx, up, pz - across * nx + through * nz], axis=1)
    caps = [
        np.array([[px - inset * nx, arch.edge + arch.up * (shift + 0.015), pz - inset * nz]]),
        np.array([[px - inset * nx, arch.edge + arch.up * (height * 1.1), pz - inset * nz]]),
    ]
    count = len(vertices)
    around = np.arange(columns)
    fans = [np.stack([np.full(columns, count), around, np.roll(around, -1)], axis=1)]
    top = (rows - 3) * columns + around
    fans.append(np.stack([np.full(columns, count + 1), np.roll(top, -1), top], axis=1))
    vertices = np.concatenate([vertices, *caps])
    faces = np.concatenate([lattice(rows - 2, columns, closed=True), *fans])
    root = np.concatenate([towards_gum, [0, 1]])
    paint = {"enamel": (1 - 0.12 * root) * (1 - 0.035 * place), "blood": 0.05 * root}
    return make("teeth", vertices, outward(vertices, faces), _carrier(arch), paint, (0.24, 0.05, 0.45))


def make_gum(arch: Arch, density: int) -> Piece:
    """The gum of a row: a tube along the roots, scalloped between the teeth."""
    length = sum(arch.widths)
    stations, around = 24 * density + 1, 6 + 3 * density
    ways = np.linspace(-length, length, stations)
    point, normal = arch.at(ways)
    edges = np.cumsum((0, *arch.widths))
    middles = (edges[1:] + edges[:-1]) / 2
    gap = np.min(np.abs(np.abs(ways)[:, None] - middles), axis=1) / 0.35
    neck = np.interp(np.abs(ways), middles, arch.heights)
    turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
    low = np.clip(-np.cos(turn), 0, 1)[None]  # towards the teeth's edges
    out, high = 0.30 * np.sin(turn)[None], 0.62 * np.cos(turn)[None]
    drop = low * (0.10 * smooth_step(gap)[:, None] - 0.03)
    up = arch.edge + arch.up * ((neck + 0.56)[:, None] + high - drop)
    bulge = out * (1 - 0.35 * low)
    vertices = np.stack(
        [point[:, :1] + bulge * normal[:, :1], up, point[:, 1:] + bulge * normal[:, 1:]], axis=-1
    ).reshape(-1, 3)
    faces = lattice(stations, around, closed=True)
    centre = np.repeat(np.stack([point[:, 0], up.mean(axis=1), point[:, 1]], axis=1), around, axis=0)
    a, b, c = vertices[faces].transpose(1, 0, 2)
    inside = centre[faces].mean(axis=1)
    if np.sum(((a + b + c) / 3 - inside) * np.cross(b - a, c - a)) < 0:
        faces = faces[:, ::-1]
    gum = make(f"{_row(arch)}_gum", vertices, faces, _carrier(arch), {"flesh": 1.0}, (0.28, 0.04, 0.7))
    return self_mirrored(gum)


def _power(x: np.ndarray, exponent: float) -> np.ndarray:
    return np.sign(x) * np.abs(x) ** exponent
