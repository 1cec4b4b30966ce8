"""`Canvas`: the skin with all that muscles need to know of it - lips, lids, sides - and brushes that push it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from speechface.sculpt.distance import bell
from speechface.sculpt.eyelids import eye_centre
from speechface.sculpt.field import half_weight
from speechface.sculpt.jaw import HINGE, OPENING, hinge, jaw_weights, lip_side
from speechface.sculpt.skin import Skin
from speechface.sculpt.teeth import Arch, arches

FAR = 9.0
"""Stands for "not in this block" among shares of the way out."""


@dataclass(frozen=True)
class Canvas:
    """Per vertex of the skin (V,), both halves; movements are (V, 3) in cm.

    jaw: weight of the jaw. mouth_out: share of the way from the vermilion border out to the grid, FAR elsewhere. red:
    0 at the border to 1 at the contact line, -1 off the lips. inside: row of the mouth bag, 0 outside. arc: -1 lower
    lip's middle .. 0 corner .. 1 upper lip's middle. contact, border: the vertex of the contact line and of the border
    in the same column, -1 elsewhere. lid_out, lid_along, lid_upper, lid_under: the same for the eyelids.
    """

    skin: Skin
    jaw: np.ndarray
    mouth_out: np.ndarray
    red: np.ndarray
    inside: np.ndarray
    arc: np.ndarray
    contact: np.ndarray
    border: np.ndarray
    lid_out: np.ndarray
    lid_along: np.ndarray
    lid_upper: np.ndarray
    lid_under: np.ndarray

    @cached_property
    def x(self) -> np.ndarray:
        return self.skin.vertices[:, 0]

    @cached_property
    def y(self) -> np.ndarray:
        return self.skin.vertices[:, 1]

    @cached_property
    def z(self) -> np.ndarray:
        return self.skin.vertices[:, 2]

    @cached_property
    def lip(self) -> np.ndarray:
        """(V,) on the red of the lips or inside the mouth."""
        return self.red >= 0

    @cached_property
    def in_mouth(self) -> np.ndarray:
        """(V,) in the mouth's rings."""
        return self.mouth_out < FAR

    @cached_property
    def corner(self) -> np.ndarray:
        """(3,) the left corner of the mouth."""
        return self.skin.vertices[self.skin.lips.contact[len(self.skin.lips.arc) // 2]]

    @cached_property
    def contact_height(self) -> np.ndarray:
        """(V,) height of the contact line in the vertex's column, the mouth's height elsewhere."""
        middle = self.skin.field.proportions.mouth_height
        return np.where(self.contact >= 0, self.y[self.contact], middle)

    @cached_property
    def side(self) -> np.ndarray:
        """(V,) 1 on the upper lip and above, -1 on the lower lip and the chin, smooth between."""
        side = 1.0 - 2.0 * self.jaw
        rings = self.skin.lips.rings
        near = rings.outside < 0.25
        side[self.skin.both(rings.ids[near])] = np.tile(lip_side(self.skin), 2 * np.count_nonzero(near))
        return np.clip(side, -1.0, 1.0)

    @cached_property
    def upper(self) -> np.ndarray:
        """(V,) share of the upper lip; `1 - upper` is that of the lower."""
        return 0.5 + 0.5 * np.sin(0.5 * np.pi * self.side)

    @cached_property
    def left(self) -> np.ndarray:
        """(V,) share of the left side, smooth over the middle of the lips; mirrored it is that of the right."""
        return half_weight(self.x, 1.2)

    @cached_property
    def depth_fade(self) -> np.ndarray:
        """(V,) how much of the lips' movement the mouth bag follows, 1 outside of it."""
        return np.interp(self.inside, [0, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 0.95, 0.8, 0.55, 0.25, 0.08, 0.0, 0.0])

    @cached_property
    def wall_fade(self) -> np.ndarray:
        """(V,) how much the inside of the cheeks follows the lips sideways: less, because of the teeth there."""
        upper = np.interp(self.inside, [0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 0.95, 0.88, 0.75, 0.50, 0.25, 0])
        lower = np.interp(self.inside, [0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 0.98, 0.95, 0.92, 0.65, 0.30, 0])
        return np.where(self.arc < 0, lower, upper)

    def near_mouth(self, radius: float) -> np.ndarray:
        """(V,) 1 on the mouth's slit, falling to 0 at `radius` from it."""
        beyond = np.maximum(np.abs(self.x) - (self.corner[0] - 0.6), 0.0)
        away = np.hypot(beyond, self.y - self.skin.field.proportions.mouth_height)
        return hill(away / radius) * self.depth_fade * (self.z > -1)

    def near_corner(self, radius: float, rise: float = 1.0) -> np.ndarray:
        """(V,) 1 at the left corner, falling to 0 at `radius` outwards, up and down, and along the lips to the middle.

        `rise` is the power with which it grows along the lips: 1 stretches them evenly, 2 bends them.
        """
        share = np.clip(self.x / self.corner[0], 0, 1)
        line = (
            self.skin.field.proportions.mouth_height
            + (self.corner[1] - self.skin.field.proportions.mouth_height) * share
        )
        away = np.hypot(np.maximum(self.x - self.corner[0], 0), self.y - line)
        return share**rise * hill(away / radius) * self.depth_fade * (self.z > -1)

    def pull_corner(self, push: tuple, radius: float) -> np.ndarray:
        """(V, 3) the left corner pulled, the lips stretched evenly and bent in a round bow."""
        return np.stack(
            [push[0] * self.near_corner(radius, 1.1)] + [p * self.near_corner(radius, 1.9) for p in push[1:]], axis=1
        )

    def bump(self, centre: tuple, radii: tuple, push: tuple, mask: np.ndarray | float = 1.0) -> np.ndarray:
        """(V, 3) a push with a bell-shaped falloff round a point."""
        away = np.linalg.norm((self.skin.vertices - np.array(centre)) / np.array(radii), axis=1)
        return (bell(1.25 * away) * mask)[:, None] * np.array(push)

    def fold(
        self, points: tuple, depth: float, width: float, swell: float, mask: np.ndarray | float = 1.0
    ) -> np.ndarray:
        """(V, 3) a crease along a polyline of X, Y (left side), swollen on its outer (left-hand) side."""
        line = np.array(points, dtype=float)
        first, second = line[:-1], line[1:]
        span = second - first
        flat = self.skin.vertices[:, None, :2]
        share = np.clip(np.sum((flat - first) * span, axis=2) / np.sum(span**2, axis=1), 0, 1)
        away = flat - (first + share[..., None] * span)
        gap = np.linalg.norm(away, axis=2)
        piece = gap.argmin(axis=1)
        row = np.arange(len(flat))
        gap, away = gap[row, piece], away[row, piece]
        length = np.linalg.norm(span, axis=1)
        total = length.sum()
        way = (np.concatenate([[0], np.cumsum(length)])[piece] + share[row, piece] * length[piece]) / total
        outward = np.sign(away[:, 0] * span[piece, 1] - away[:, 1] * span[piece, 0])
        ends = np.sin(np.pi * np.clip(way, 0.0, 1.0)) ** 0.6
        mask = mask * ends * (self.z > 3) * (self.x > 0) * ~self.lip
        crease = -depth * bell(gap / width) + swell * bell((gap * outward - 2.2 * width) / (1.8 * width))
        return (crease * mask)[:, None] * self.skin.normals

    def slide(self, deltas: np.ndarray, where: np.ndarray, amount: float = 0.8, highest: float = 0.3) -> np.ndarray:
        """Movements changed so that skin moved over the skull keeps its height above it; `highest` 0 lets it rise."""
        moved = where & (np.linalg.norm(deltas, axis=1) > 1e-3)
        rest = self.skin.vertices[moved]
        target = self.skin.field(rest)
        points = rest + deltas[moved]
        for _ in range(2):
            off = np.clip(self.skin.field(points) - target, -0.3, highest)
            points = points - amount * self.skin.field.gradient(points) * off[:, None]
        out = deltas.copy()
        out[moved] = points - rest
        return out

    def smooth(self, deltas: np.ndarray, times: int) -> np.ndarray:
        """Movements evened out everywhere but on the lids."""
        return self.skin.smooth(deltas, times, self.lid_out > 0.5)

    def seal(self, deltas: np.ndarray) -> np.ndarray:
        """Movements in which both sides of the lips' contact move alike, so that closed lips stay closed."""
        out = deltas.copy()
        lips = self.skin.lips
        inner = lips.rings.inside
        rows = lips.rings.ids[(lips.red >= 1) & (inner <= 1)]
        for row in rows:
            for ids in (row, self.skin.mirror[row]):
                mean = 0.5 * (deltas[ids] + deltas[ids[::-1]])
                out[ids] = mean
        return out

    def off_teeth(self, points: np.ndarray, opening: float = 0.0, margin: float = 0.11) -> np.ndarray:
        """Points (V, 3) of a posed skin whose lips and vestibule have been pushed out of the rows of teeth."""
        wall = np.flatnonzero(((self.red > 0.5) | (self.inside > 0)) & (self.inside <= 6))
        upper, lower = self._arches
        out = points.copy()
        near = upper.keep_out(points[wall], margin)
        turn = hinge(opening * OPENING)
        near = (lower.keep_out((near - HINGE) @ turn + HINGE, margin) - HINGE) @ turn.T + HINGE
        out[wall] = near
        return out

    @cached_property
    def _arches(self) -> tuple[Arch, Arch]:
        return arches(self.skin.field.proportions)

    def symmetric(self, deltas: np.ndarray) -> np.ndarray:
        """The part of movements that is the same on both sides."""
        return 0.5 * (deltas + self.skin.reflect(deltas))

    def opened(self, points: np.ndarray, opening: float) -> np.ndarray:
        """Points (V, 3) as the jaw carries them when it is open by a share of `OPENING`."""
        turned = (points - HINGE) @ hinge(opening * OPENING).T + HINGE
        return points + self.jaw[:, None] * (turned - points)

    def closed(self, points: np.ndarray, opening: float) -> np.ndarray:
        """The inverse of `opened`: where points must lie for the jaw to carry them to `points`."""
        blend = np.eye(3) + self.jaw[:, None, None] * (hinge(opening * OPENING) - np.eye(3))
        return np.linalg.solve(blend, (points - HINGE)[..., None])[..., 0] + HINGE

    @cached_property
    def eye(self) -> np.ndarray:
        """(3,) centre of the left eyeball."""
        return eye_centre(self.skin.field.proportions)


def hill(x: np.ndarray) -> np.ndarray:
    """A raised cosine: 1 at 0, 0 from 1 on."""
    return 0.5 + 0.5 * np.cos(np.pi * np.clip(x, 0.0, 1.0))


def prepare(skin: Skin) -> Canvas:
    """Tag every vertex of the skin."""
    lips, lids, count = skin.lips, skin.lids, skin.count
    tags = {
        name: np.full(count, start) for name, start in (("mouth_out", FAR), ("red", -1.0), ("inside", 0), ("arc", 0.0))
    }
    tags |= {name: np.full(count, -1) for name in ("contact", "border")}
    for ids, outside, red, inside in zip(lips.rings.ids, lips.rings.outside, lips.red, lips.rings.inside, strict=True):
        for flip in (False, True):
            at = skin.mirror[ids] if flip else ids
            tags["mouth_out"][at], tags["inside"][at], tags["arc"][at] = outside, inside, lips.arc
            tags["contact"][at] = skin.mirror[lips.contact] if flip else lips.contact
            tags["border"][at] = skin.mirror[lips.border] if flip else lips.border
            tags["red"][at] = red if red > 0 else -1.0
    tags["inside"][lips.end], tags["mouth_out"][lips.end], tags["red"][lips.end] = 9, 0.0, 1.0
    lid = {
        name: np.full(count, start)
        for name, start in (("lid_out", FAR), ("lid_along", 0.0), ("lid_upper", 0.0), ("lid_under", 0))
    }
    for ids, outside, under in zip(lids.rings.ids, lids.rings.outside, lids.rings.inside, strict=True):
        at = skin.both(ids)
        lid["lid_out"][at], lid["lid_under"][at] = outside, under
        lid["lid_along"][at], lid["lid_upper"][at] = np.tile(lids.along, 2), np.tile(lids.upper, 2)
    return Canvas(skin, jaw_weights(skin), **tags, **lid)
