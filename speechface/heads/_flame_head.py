"""`FlameHead`: a user's own FLAME, moved by its expression coefficients and joints, that can follow the open head's muscles."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from speechface import heads, rigs
from speechface.heads import Head, _coefficients, _eyeballs, _flame_file
from speechface.heads._correspondence import Match, Surface, largest_piece, match, pieces
from speechface.heads._flame_marks import marks
from speechface.heads._following import Follower
from speechface.heads._lids import lid_shapes
from speechface.look import Look
from speechface.rigs import Rig
from speechface.skinning import joint_transforms, rotations, skin

JOINTS = ("global", "neck", "jaw", "left_eye", "right_eye")
LIDS, SIDES = ("left_eyelid", "right_eyelid"), ("Left", "Right")
LID_MOVERS = ("eyeWide", "eyeSquint", "eyeLookUp", "eyeLookDown")
"""Muscles besides the blink that move little but the lids."""
FRAMES = 256
"""Frames followed at once."""
LIMIT = 12.0
"""Standard deviations beyond which no coefficient goes: rolled-in lips take ten."""
IRIS = 29.0
"""Degrees from straight ahead to the edge of the iris."""


def load(path: str, shape: str = "") -> FlameHead:
    """The head in a FLAME file, of the person that a `.npy` file of identity coefficients describes, or of nobody.

    Raises `UserError` for a file that cannot be used.
    """
    file = _flame_file.read(path)
    return FlameHead(file, _coefficients.read(shape, file.identity.shape[2]) if shape else np.zeros(0, np.float32))


class FlameHead(Head):
    """Controls: E expression coefficients, axis-angle of global, neck, jaw and both eyes, two eyelids (rig `flame_file`).

    The numbers mean what they mean in the file: an animation made for it goes over as is, any other by way of the muscles.
    FLAME has no eyelids: theirs are two shapes of ours, made when a lid first moves (`_lids`).
    """

    name = "flame"

    def __init__(self, file: _flame_file.FlameFile, betas: np.ndarray) -> None:
        self.file, self.betas = file, betas
        self.rest, self.faces, self.weights = file.shaped(betas), file.faces, file.weights
        self.joints = file.regressor @ self.rest
        count = file.expression.shape[2]
        self.expression = np.ascontiguousarray(file.expression.transpose(2, 0, 1))
        self.pose = np.ascontiguousarray(file.pose.transpose(2, 0, 1))
        self.joint_shift = np.einsum("jv,evc->ejc", file.regressor, self.expression)
        self.rig = flame_rig(count)
        self.look = _look(self.rest, self.faces, self.weights, self.joints)

    def vertices(self, controls: np.ndarray) -> np.ndarray:
        """(..., V, 3) float32 metres for controls (..., C), by FLAME's formula (Li et al., 2017, eq. 1-5)."""
        controls = np.asarray(controls, dtype=np.float32)
        flat = controls.reshape(-1, controls.shape[-1])
        posed = self._posed(flat, self.rest, self.expression, self.pose, self.weights, slice(None))
        return posed.reshape(*controls.shape[:-1], *self.rest.shape)

    def points(self, controls: np.ndarray, vertices) -> np.ndarray:
        """(T, n, 3) places of some vertices for controls (T, C)."""
        at = np.asarray(vertices, dtype=np.int64)
        controls = np.asarray(controls, dtype=np.float32)
        return self._posed(controls, self.rest[at], self.expression[:, at], self.pose[:, at], self.weights[at], at)

    def _posed(self, controls, rest, expression, pose, weights, at) -> np.ndarray:
        count = len(self.expression)
        coefficients = controls[:, :count]
        matrices = rotations(controls[:, count : count + 15].reshape(-1, 5, 3))
        features = (matrices[:, 1:] - np.eye(3, dtype=np.float32)).reshape(-1, 36)
        shaped = coefficients @ expression.reshape(count, -1) + features @ pose.reshape(36, -1)
        joints = self.joints + np.einsum("te,ejc->tjc", coefficients, self.joint_shift)
        placed = rest + shaped.reshape(len(controls), *rest.shape)
        shut = controls[:, count + 15 :]
        if shut.any():
            placed += np.einsum("tes,esvc->tvc", np.stack([shut, shut**2], axis=2), self.lids[:, :, at])
        return skin(placed, weights, *joint_transforms(matrices, joints)).astype(np.float32)

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Names of the shapes that exporters write: the expression, what the jaw's and the eyes' rotations add, the lids."""
        correctives = tuple(f"pose_{number:02d}" for number in self._correctives)
        return self.rig.names[: len(self.expression)] + correctives + LIDS

    @property
    def pairs(self) -> np.ndarray:
        """(2, 2) each lid's shape with itself: lids go round the eyeball."""
        last = len(self.controls)
        return np.array([[last - 2, last - 2], [last - 1, last - 1]])

    @cached_property
    def lids(self) -> np.ndarray:
        """(2, 2, V, 3) metres: left and right, with the amount and with its square."""
        balls = [self.rest[self.weights[:, joint] > 0.5].astype(np.float64) for joint in (3, 4)]
        return lid_shapes(self._skin, balls)

    @cached_property
    def _correctives(self) -> np.ndarray:
        return np.flatnonzero(np.abs(self.pose).max(axis=(1, 2)) > 1e-6)

    def shapes_at(self, vertices: np.ndarray) -> np.ndarray:
        """(K + 2, n, 3) metres by which every shape in `controls`, then every pair, moves vertices (n,)."""
        straight, bent = self.lids[:, :, vertices].swapaxes(0, 1)
        return np.concatenate([self.expression[:, vertices], self.pose[self._correctives][:, vertices], straight, bent])

    def muscles(self, controls: np.ndarray) -> np.ndarray:
        """(T, K + 2) amounts of the shapes and pairs, the name exporters know, for controls (T, C)."""
        matrices = rotations(self.turns(controls)[:, 1:]) - np.eye(3, dtype=np.float32)
        features = matrices.reshape(-1, 36)[:, self._correctives]
        count = len(self.expression)
        shut = controls[:, count + 15 :]
        return np.concatenate([controls[:, :count], features, shut, shut**2], axis=1).astype(np.float32)

    def turns(self, controls: np.ndarray) -> np.ndarray:
        """(T, 5, 3) axis-angle of root, neck, jaw, left and right eye for controls (T, C)."""
        count = len(self.expression)
        return np.asarray(controls)[:, count : count + 15].reshape(-1, 5, 3)

    def from_muscles(self, muscles: np.ndarray) -> np.ndarray:
        """(T, C) controls with which the face moves most like the open head with muscles (T, 92).

        Movements are scaled with the size of the face. The gaze and the rotation of the head are copied to the joints, blinks
        to the lids: coefficients alone leave an eye half open.
        """
        out = np.zeros((len(muscles), len(self.rig)), dtype=np.float32)
        for start in range(0, len(muscles), FRAMES):
            part = slice(start, start + FRAMES)
            out[part] = self._follow(muscles[part].astype(np.float32))
        return out

    def _follow(self, muscles: np.ndarray) -> np.ndarray:
        twin, (chosen, follower) = _open_head(), self._follower
        index = twin.rig.index
        turns = twin.turns(muscles)
        still = muscles.copy()
        still[:, [index[name] for name in ("headPitch", "headYaw", "headRoll")]] = 0.0
        shut = np.clip(muscles[:, [index[f"eyeBlink{side}"] for side in SIDES]], 0.0, 1.0)
        for side, closed in zip(SIDES, shut.T, strict=True):  # a shut lid stays shut whatever else pulls at it
            still[:, index[f"eyeBlink{side}"]] = 0.0
            for mover in LID_MOVERS:
                still[:, index[f"{mover}{side}"]] *= 1.0 - closed
        moved = twin.points(still, chosen) - twin.rest[chosen]
        moved = self.match.scale * moved @ self.match.turn.astype(np.float32).T
        neck, turns[:, 1] = turns[:, 1].copy(), 0.0
        coefficients, jaw = follower.follow(moved, turns)
        turns[:, 1], turns[:, 2] = neck, jaw
        return self.rig.clip(np.concatenate([coefficients, turns.reshape(-1, 15), shut], axis=1))

    @cached_property
    def match(self) -> Match:
        """Where the points `open_face()` of the open head lie on this face."""
        source, _ = open_face()
        twin = _open_head()
        places = {name: twin.rest[twin.landmarks[mark]].astype(np.float64) for name, mark in _MARKS.items()}
        places |= {"eye_left": twin.joints[3].astype(np.float64), "eye_right": twin.joints[4].astype(np.float64)}
        return match(source, places, self._skin, marks(self._skin, self.joints[3:].astype(np.float64)))

    def places(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (..., 3) of this face and shares (..., 3) of them, between which vertices (...) of the light open head lie.

        Only the front of that head's skin has places here, see `open_face`.
        """
        _, at = open_face()
        row = np.minimum(np.searchsorted(at, vertices), len(at) - 1)
        if not np.array_equal(at[row], vertices):
            raise ValueError("only vertices of the front of the open head's skin have places on a FLAME file's face")
        return self.match.vertices[row], self.match.shares[row]

    @cached_property
    def landmarks(self) -> dict[str, int]:  # type: ignore[override]  # made when it is first asked for
        """The open head's landmarks on the face: the nearest vertices; there are no teeth, and none of theirs."""
        _, at = open_face()
        number = {int(vertex): row for row, vertex in enumerate(at)}
        places = np.einsum("nk,nkc->nc", self.match.shares, self.rest[self.match.vertices])
        out = {}
        for name, vertex in _open_head().landmarks.items():
            if vertex in number:
                row = number[vertex]
                corners = self.match.vertices[row]
                out[name] = int(corners[np.linalg.norm(self.rest[corners] - places[row], axis=1).argmin()])
        upper, lower = self._lips(out["inner_lip_upper"], out["inner_lip_lower"])
        return (
            out
            | dict.fromkeys(("inner_lip_upper", "lm68_62"), upper)
            | dict.fromkeys(("inner_lip_lower", "lm68_66"), lower)
        )

    def _lips(self, upper: int, lower: int) -> tuple[int, int]:
        """Of the vertices round the middles of the lips the two, one on either lip, that are next to each other."""
        skin, middle = self._skin, self.rest[[upper, lower]].mean(axis=0)
        used = np.unique(skin.faces)
        near = used[np.linalg.norm(self.rest[used] - middle, axis=1) < 0.004 * self.match.scale]
        above, below = near[skin.jaw[near] < 0.5], near[skin.jaw[near] >= 0.5]
        if not len(above) or not len(below):
            return upper, lower
        gap = np.linalg.norm(self.rest[above][:, None] - self.rest[below], axis=-1)
        away = [np.linalg.norm(self.rest[lip] - middle, axis=1) for lip in (above, below)]
        best = np.unravel_index((gap + 0.3 * (away[0][:, None] + away[1])).argmin(), gap.shape)
        return int(above[best[0]]), int(below[best[1]])

    @cached_property
    def _skin(self) -> Surface:
        """The piece of the mesh with the face; the other vertices have no faces in it."""
        face = largest_piece(len(self.rest), self.faces, self.rest)
        return Surface(
            self.rest.astype(np.float64), self.faces[face[self.faces[:, 0]]], self.weights[:, 2].astype(float)
        )

    @cached_property
    def _follower(self) -> tuple[np.ndarray, Follower]:
        """Vertices (n,) of the open head to look at, and what follows them."""
        twin, (source, at), found = _open_head(), open_face(), self.match
        mouth = twin.rest[[twin.landmarks["mouth_corner_left"], twin.landmarks["mouth_corner_right"]]].mean(axis=0)
        far = np.linalg.norm(source.points - mouth, axis=1)
        draw = np.random.default_rng(0)
        lips = twin.lip_contact if len(twin.lip_contact) else np.zeros(0, int)
        keep = (draw.random(len(at)) < np.where(far < 0.04, 0.5, 0.2)) | np.isin(at, lips)
        keep &= found.distance < 0.006
        importance = np.where(np.isin(at, lips), 30.0, np.where(far < 0.04, 2.0, 2.0))[keep]
        vertices, shares = found.vertices[keep], found.shares[keep]

        def between(values: np.ndarray) -> np.ndarray:
            return np.einsum("nk,...nkc->...nc", shares, values[..., vertices, :]).astype(np.float32)

        return at[keep], Follower(
            between(self.rest), between(self.expression), between(self.pose),
            between(self.weights[:, 2:3])[:, 0], self.joints[2], importance,
        )  # fmt: skip


_MARKS = {"corner_left": "mouth_corner_left", "corner_right": "mouth_corner_right", "mouth": "inner_lip_upper",
          "nose_tip": "nose_tip"}  # fmt: skip


def _open_head():
    return heads.load("open:preview")


def open_face() -> tuple[Surface, np.ndarray]:
    """The front of the open head's skin without the inside of the mouth, and the numbers (n,) of its vertices."""
    twin = _open_head()
    skin = twin.look.part == twin.look.parts.index("skin")
    skin[twin.mouth_bag] = False
    chin = twin.rest[twin.landmarks["chin"], 1]
    skin &= (twin.rest[:, 2] > -0.01) & (twin.rest[:, 1] > chin - 0.03)
    faces = twin.faces[skin[twin.faces].all(axis=1)]
    at = np.unique(faces)
    place = np.full(len(skin), -1)
    place[at] = np.arange(len(at))
    jaw = twin.weights[at, 2] / np.maximum(1.0 - twin.weights[at, 0], 1e-6)
    return Surface(twin.rest[at].astype(np.float64), place[faces], jaw.astype(np.float64)), at


def flame_rig(expressions: int) -> Rig:
    """The rig of a FLAME file with so many expression coefficients: names as in rig `flame`, lids from 0 to 1."""
    known = rigs.load("flame")
    joints = known.subset([f"{joint}_{axis}" for joint in JOINTS for axis in "xyz"] + list(LIDS))
    joints = replace(joints, low=np.where(np.isin(joints.names, LIDS), 0.0, joints.low).astype(np.float32))
    names = tuple(f"expression_{number:03d}" for number in range(expressions))
    return replace(
        joints,
        name="flame_file",
        about="Expression coefficients and joint rotations of a FLAME file (axis-angle, radians), and eyelids (1 is shut).",
        names=names + joints.names,
        low=np.concatenate([np.full(expressions, -LIMIT, np.float32), joints.low]),
        high=np.concatenate([np.full(expressions, LIMIT, np.float32), joints.high]),
        groups=("expression",) * expressions + joints.groups,
        mirrors=names + joints.mirrors,
    )


def _look(rest: np.ndarray, faces: np.ndarray, weights: np.ndarray, joints: np.ndarray) -> Look:
    """Clay; the pieces that turn with the eyes are eyeballs with an iris."""
    look, piece = Look.clay(len(rest)), pieces(len(rest), faces)
    share = np.bincount(piece, weights[:, 3:].sum(axis=1)) / np.bincount(piece)
    eyes = share[piece] > 0.5
    for joint in (3, 4):
        ball = np.flatnonzero(eyes & (weights[:, joint] > 0.5))
        look.colour[ball] = _eyeballs.colours(rest[ball], joints[joint], IRIS)
    look.roughness[eyes], look.subsurface[eyes] = 0.15, 0.1
    return replace(look, part=eyes.astype(np.uint8), parts=("skin", "eyes"))
