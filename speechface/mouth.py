"""A mouth: how the controls of a head bring its lips to a distance asked for, and move the rest of the face little.

Two kinds of controls, two ways. Signed coefficients (FLAME) have no names to go by: the least movement of the face's
surface, in the least-squares sense, that moves the lips' points where they have to be (a linearised projection on a
constraint, repeated: Gauss-Newton). Muscles and ARKit's shapes have, and bounds: a path is walked on which what parts the
lips lets go, the jaw shuts and what closes the lips takes over.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from speechface import rigs
from speechface.heads import Head

UPPER = ("inner_lip_upper", "lm68_61", "lm68_63")
LOWER = ("inner_lip_lower", "lm68_67", "lm68_65")
LANDMARKS = UPPER + LOWER
TEETH = "upper_incisor_edge"
BITE = 0.12
"""Opening of the jaw, as a share of its widest, with which an f is said."""
ROLL = {"mouthRollLowerLeft": 1.0, "mouthRollLowerRight": 1.0, "mouthUpperUpLeft": 0.16, "mouthUpperUpRight": 0.16}
"""Muscles of an f."""


UNSEEN = 0.6e-3
"""Metres by which lids and brows may follow a lip that is lifted to the teeth."""
SHUT = 0.66
"""Share of its opening that the jaw gives up for a p, b or m."""


Walk = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Controls (n, C) and shares (n,) of a way to go -> controls (n, C)."""


class Mouth(ABC):
    """The lips of a head, by their landmarks."""

    def __init__(self, head: Head) -> None:
        self.head, self.teeth = head, TEETH in head.landmarks
        self.points: list[int] = [head.landmarks[name] for name in LANDMARKS]
        if self.teeth:
            self.points.append(head.landmarks[TEETH])
        self.jaw, self.roll = (pose(head, muscles) for muscles in ({"jawOpen": 1.0}, ROLL))

    @abstractmethod
    def open_to(self, controls: np.ndarray, gap: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Controls (T, C) with a gap of `wanted` (T,) metres in place of `gap` (T,), as nearly as the head can."""

    def differences(self, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(T, 3, 3) from lower to upper lip at its points, and (T, 3) from the lower lip to the teeth (0 without teeth)."""
        points, count = self.head.points(controls, self.points).astype(np.float64), len(UPPER)
        bite = points[:, -1] - points[:, count] if self.teeth else np.zeros((len(points), 3))
        return points[:, :count] - points[:, count : 2 * count], bite

    def gaps(self, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(T,) metres between the middles of the lips, and between the lower lip and the teeth."""
        lips, bite = self.differences(controls)
        return np.linalg.norm(lips[:, 0], axis=1), np.linalg.norm(bite, axis=1)

    def limits(self, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest values that controls (T, C) may be brought to: the rig's, and what they have already."""
        return np.minimum(self.head.rig.low, controls), np.maximum(self.head.rig.high, controls)

    def tuck_to(self, controls: np.ndarray, bite: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Controls (T, C) with the lower lip `wanted` (T,) metres from the teeth, as near as its roll and the jaw can bring it.

        The lip goes a long way round here, and a straight line does not: the pose of an f is added in steps.
        """
        rows = np.flatnonzero(wanted < bite - 2e-5)
        jaw = controls[rows] @ self.jaw[0] / (self.jaw[0] @ self.jaw[0])
        more = self.roll + (BITE - jaw)[:, None] * self.jaw

        def walk(share: np.ndarray) -> np.ndarray:
            made = controls[rows] + share[:, None] * more
            return np.clip(made, *self.limits(controls[rows])).astype(np.float32)

        out = controls.copy()
        if len(rows):
            steps = np.linspace(0.0, 1.25, 11)
            far = [self.gaps(walk(np.full(len(rows), step)))[1] for step in steps]
            out[rows] = walk(_first(steps, np.array(far), wanted[rows]))
        return out


class Coefficients(Mouth):
    """Lips moved by signed coefficients and a jaw, linearised about a mouth a little open."""

    ROUNDS = 5
    STILL = 12  # how much more a point of lids and brows counts than one of the skin: people see it at once
    WIDEST = 3.0  # how far beyond its limits a coefficient may go: clipped one by one, they make another face
    STIFF = 200.0  # how much more a millimetre of the lips counts than one of the face

    def __init__(self, head: Head) -> None:
        super().__init__(head)
        self.free = head.rig.group("expression", "jaw")
        near, count = _spread(head) + self.STILL * _eyes_and_brows(head), len(UPPER)
        base = pose(head, {"jawOpen": 0.25})
        here = head.points(base, self.points)[0].astype(np.float64)
        apart = here[:count] - here[count : 2 * count]
        self.profile = apart / np.linalg.norm(apart[0])
        lips, face = self._moves(base, near)
        self.operator = self._least(lips[:, :count] - lips[:, count:], (4.0, 1.0, 1.0), face)
        lips, face = self._moves(self.roll + BITE * self.jaw, near)
        self.lifting = self._least(lips[:, count:], (4.0, 1.0, 1.0), face)

    def limits(self, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wide = np.ones(len(self.head.rig), dtype=np.float32)
        wide[self.head.rig.group("expression")] = self.WIDEST
        return np.minimum(wide * self.head.rig.low, controls), np.maximum(wide * self.head.rig.high, controls)

    def _moves(self, base: np.ndarray, near: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """How one unit of every free control moves the lips' points (C, 6, 3), and the face (C, N, 3), about a pose (1, C)."""
        steps, size = np.repeat(base, len(self.free), axis=0), 0.05
        steps[np.arange(len(self.free)), self.free] += size
        both = self.points[: len(LANDMARKS)] + near
        moves = (self.head.points(steps, both) - self.head.points(base, both)).astype(np.float64) / size
        return moves[:, : len(LANDMARKS)], moves[:, len(LANDMARKS) :]

    def _least(self, lips: np.ndarray, weights: tuple[float, ...], face: np.ndarray) -> np.ndarray:
        """(3 n, C) controls that move n points of the lips (C, n, 3), weighted, with the least movement of the face (C, N, 3)."""
        flat, rest = lips.reshape(len(lips), -1), face.reshape(len(face), -1)
        weighted = flat * (self.STIFF * np.repeat(weights, 3))
        cost = rest @ rest.T / face.shape[1] + 1e-8 * np.eye(len(flat))
        return np.linalg.solve(weighted @ flat.T + cost, weighted).T

    def open_to(self, controls: np.ndarray, gap: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Closing shrinks the distances of all points of the lips alike, opening adds what the jaw would add.

        To close, the jaw goes most of the way first, as a person's does; lips alone would be pulled over an open jaw.
        """
        rows = np.flatnonzero(np.abs(wanted - gap) > 2e-5)
        start, _ = self.differences(controls[rows])
        ratio, more = wanted[rows] / np.maximum(gap[rows], 1e-6), np.maximum(wanted[rows] - gap[rows], 0.0)
        goal = np.minimum(ratio, 1.0)[:, None, None] * start + more[:, None, None] * self.profile
        out, moved = controls.copy(), controls[rows].copy()
        open_ = np.maximum(moved @ self.jaw[0] / (self.jaw[0] @ self.jaw[0]), 0.0)
        moved -= (SHUT * (1.0 - np.minimum(ratio, 1.0)) * open_)[:, None] * self.jaw
        low, high = self.limits(moved)
        for _ in range(self.ROUNDS if len(rows) else 0):
            missing = (goal - self.differences(moved)[0]).reshape(len(rows), -1)
            moved[:, self.free] += missing @ self.operator
            moved = np.clip(moved, low, high).astype(np.float32)
        out[rows] = moved
        return out

    def tuck_to(self, controls: np.ndarray, bite: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """The pose of an f, and where something else pulls at the lip, what lifts it the rest of the way."""
        out = super().tuck_to(controls, bite, wanted)
        rows = np.flatnonzero(wanted < bite - 2e-5)
        rows = rows[self.gaps(out[rows])[1] > wanted[rows] + 2e-4] if len(rows) else rows
        moved = out[rows]
        low, high = self.limits(moved)
        for _ in range(self.ROUNDS if len(rows) else 0):
            way = self.differences(moved)[1]
            far = np.linalg.norm(way, axis=1, keepdims=True)
            lift = way * np.maximum(1.0 - wanted[rows, None] / np.maximum(far, 1e-6), 0.0)
            moved[:, self.free] += np.tile(lift, 3) @ self.lifting
            moved = np.clip(moved, low, high).astype(np.float32)
        out[rows] = self._calm(out[rows], moved)
        return out

    def _calm(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """As much of the way from controls (n, C) to others as lids and brows stay within `UNSEEN` on."""
        watched = _eyes_and_brows(self.head)
        if not len(before) or not watched:
            return after
        moved = np.linalg.norm(self.head.points(after, watched) - self.head.points(before, watched), axis=-1).max(
            axis=1
        )
        share = np.minimum(1.0, UNSEEN / np.maximum(moved, 1e-9))[:, None]
        return (before + share * (after - before)).astype(np.float32)


class Muscles(Mouth):
    """Lips moved by muscles, or ARKit's shapes, known by their names."""

    def __init__(self, head: Head) -> None:
        super().__init__(head)
        self.opens, self.close = self._named("jawOpen"), self._named("mouthClose")
        self.parting = self._named("mouthLowerDown", "mouthUpperUp", "mouthShrugUpper")
        self.round = self._named("mouthFunnel", "mouthPucker")
        self.pressing = self._named("mouthPress", "mouthRoll", "mouthClose", "mouthShrugLower")
        self.sneer, self.shrug = self._named("noseSneer"), self._named("mouthShrugLower")

    def _named(self, *starts: str) -> np.ndarray:
        return np.array(
            [number for number, name in enumerate(self.head.rig.names) if name.startswith(starts)], dtype=int
        )

    def open_to(self, controls: np.ndarray, gap: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Walk on the path that closes, or on the one that opens, until the gap is right."""
        return walked(self, controls, gap, wanted, self._closing, self._opening)

    def _closing(self, controls: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Up to 1: what parts the lips lets go, the jaw shuts by two thirds, and the lips close over the rest of it; up
        to 2: the jaw shuts, and chin and nose help."""
        first, second = np.minimum(share, 1.0)[:, None], np.maximum(share - 1.0, 0.0)[:, None]
        out = controls.copy()
        out[:, self.parting] *= 1.0 - first
        out[:, self.round] *= 1.0 - 0.3 * first
        jaw = controls[:, self.opens] * (1.0 - SHUT * first) * (1.0 - second)
        out[:, self.opens] = jaw
        out[:, self.close] = (1.0 - first) * controls[:, self.close] + first * jaw
        out[:, self.sneer] *= 1.0 - 0.6 * second
        out[:, self.shrug] = np.maximum(out[:, self.shrug], 0.4 * second)
        return out

    def _opening(self, controls: np.ndarray, share: np.ndarray) -> np.ndarray:
        """The jaw opens a little, and what presses the lips together lets go."""
        out = controls.copy()
        out[:, self.pressing] *= 1.0 - share[:, None]
        out[:, self.opens] += 0.15 * share[:, None]
        return out


def walked(
    mouth: Mouth, controls: np.ndarray, gap: np.ndarray, wanted: np.ndarray, closing: Walk, opening: Walk
) -> np.ndarray:
    """Controls (T, C) as far on the way that closes (shares 0..2), or on the one that opens (0..1), as gives `wanted` (T,) metres
    between the lips for `gap` (T,)."""
    out = controls.copy()
    for rows, walk, last, sign in (
        (np.flatnonzero(wanted < gap - 2e-5), closing, 2.0, 1.0),
        (np.flatnonzero(wanted > gap + 2e-5), opening, 1.0, -1.0),
    ):
        if len(rows):
            steps = np.linspace(0.0, last, 17)
            paths = [mouth.gaps(walk(controls[rows], np.full(len(rows), step)))[0] for step in steps]
            out[rows] = walk(controls[rows], _first(steps, sign * np.array(paths), sign * wanted[rows]))
    return out


@lru_cache(maxsize=4)
def mouth_of(head: Head) -> Mouth:
    """The mouth of a head, in the way that suits its controls; kept for the next time."""
    if head.rig.name == "face_board":
        from speechface.board_mouth import BoardMouth

        return BoardMouth(head)
    return (Coefficients if "expression" in head.rig.groups else Muscles)(head)


def pose(head: Head, amounts: dict[str, float]) -> np.ndarray:
    """(1, C) controls of a head for some muscles of the open rig."""
    muscles = np.zeros((1, len(rigs.load("open"))), dtype=np.float32)
    for name, amount in amounts.items():
        muscles[0, rigs.load("open").index[name]] = amount
    return head.from_muscles(muscles)


def _first(steps: np.ndarray, paths: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(n,) where paths (S, n) over steps (S,) first come down to `wanted` (n,), linear in between; the lowest where never."""
    low = np.minimum.accumulate(paths, axis=0)
    return np.array([np.interp(-goal, -path, steps) for goal, path in zip(wanted, low.T, strict=True)])


def _eyes_and_brows(head: Head) -> list[int]:
    """Vertices of lids and brows: landmarks 17 to 26 and 36 to 47 of the 68."""
    names = (f"lm68_{number:02d}" for number in (*range(17, 27), *range(36, 48)))
    return [head.landmarks[name] for name in names if name in head.landmarks]


def _spread(head: Head, count: int = 500, seed: int = 0) -> list[int]:
    """Vertices spread over the skin, by which movement of the face is measured."""
    parts = head.look.parts
    skin = np.flatnonzero(head.look.part == parts.index("skin")) if "skin" in parts else np.arange(len(head.look.part))
    return np.sort(np.random.default_rng(seed).choice(skin, min(count, len(skin)), replace=False)).tolist()
