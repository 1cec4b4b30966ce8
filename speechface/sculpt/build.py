"""Make the open head's file: sculpt, muscles, correctives, look and landmarks, in one call."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speechface import rigs
from speechface.sculpt import asset
from speechface.sculpt.body import Body, make_body
from speechface.sculpt.canvas import Canvas
from speechface.sculpt.characters import CHARACTERS
from speechface.sculpt.coat import coat_arrays
from speechface.sculpt.correctives import corrective_shapes
from speechface.sculpt.hair import Style
from speechface.sculpt.identity import identity_shapes
from speechface.sculpt.jaw import HINGE, JOINTS, NECK, OPENING, PARENTS
from speechface.sculpt.landmarks import skin_landmarks
from speechface.sculpt.muscles import skin_shapes
from speechface.sculpt.muscles_eyes import GAZE_PITCH, GAZE_YAW
from speechface.sculpt.proportions import Proportions
from speechface.sculpt.shapes import whole_shapes

CM = 0.01


def build_head(density: int = 2, proportions: Proportions | None = None) -> dict[str, np.ndarray]:
    """The arrays of the head's file; `density` 2 is the full head, 1 the preview."""
    body = make_body(density, proportions or Proportions(), Style())
    c = body.canvas
    straight, pairs = corrective_shapes(c, skin_shapes(c))
    names = [name for name in rigs.load("open").names if not name.startswith("head")]
    shapes = whole_shapes(body, straight, pairs, names)
    columns = {name: column for column, name in enumerate(names)}
    kept = sorted(
        (key for key in shapes if isinstance(key, tuple)), key=lambda pair: (columns[pair[0]], columns[pair[1]])
    )
    deltas = [shapes[name] for name in names] + [shapes[pair] for pair in kept]
    landmarks = _landmarks(body)
    return {
        "format": np.array(asset.FORMAT),
        "vertices": (body.vertices() * CM).astype(np.float32),
        "faces": body.faces().astype(np.uint16),
        "mirror": body.mirror().astype(np.int32),
        "weights": body.weights().astype(np.float16),
        "joints": (rest_joints(c) * CM).astype(np.float32),
        "joint_names": np.array(JOINTS),
        "parents": np.array(PARENTS, dtype=np.int32),
        "jaw_opening": np.array(OPENING, dtype=np.float32),
        "gaze": np.array([GAZE_YAW, GAZE_PITCH], dtype=np.float32),
        "controls": np.array(names),
        "pairs": np.array([[columns[a], columns[b]] for a, b in kept], dtype=np.int16),
        **asset.Sparse.pack([shape * 10.0 for shape in deltas]).arrays("shape"),
        "landmark_names": np.array(list(landmarks)),
        "landmarks": np.array(list(landmarks.values()), dtype=np.int32),
        **_edges(body),
        **_people(body),
        **coat_arrays(body),
    }


def write(path: str | Path, density: int = 2) -> None:
    """Build the head and write its file."""
    asset.write(path, build_head(density))


def _landmarks(body: Body) -> dict[str, int]:
    points = skin_landmarks(body.canvas)
    eyes = body.slice("eyes")
    points["pupil_left"] = eyes.start
    points["pupil_right"] = eyes.start + (eyes.stop - eyes.start) // 2
    for name, part in (("upper_incisor_edge", "upper_teeth"), ("lower_incisor_edge", "lower_teeth")):
        where = body.slice(part)
        piece = body.pieces[body.parts.index(part) - 1]
        v = piece.vertices
        down = -1 if part == "upper_teeth" else 1
        # the front of the edge of the left central incisor, next to the middle line
        edge = (v[:, 0] >= 0) & (down * v[:, 1] > (down * v[:, 1]).max() - 0.16) & (v[:, 0] < 0.5)
        score = np.where(edge, v[:, 2] - 1.5 * v[:, 0], -np.inf)
        points[name] = where.start + int(score.argmax())
    return points


def _people(body: Body) -> dict[str, np.ndarray]:
    """The changes that make other people, and the people that come with the head."""
    changes = identity_shapes(body)
    weights = np.array([[person.changes.get(name, 0.0) for name in changes] for person in CHARACTERS.values()])
    unknown = {name for person in CHARACTERS.values() for name in person.changes} - set(changes)
    if unknown:
        raise ValueError(f"characters ask for changes that do not exist: {', '.join(sorted(unknown))}")
    return {
        "identity_names": np.array(list(changes)),
        **asset.Sparse.pack([shape * 10.0 for shape in changes.values()], least=0.02).arrays("identity"),
        "characters": np.array(list(CHARACTERS)),
        "character_weights": weights.astype(np.float32),
        "character_sizes": np.array([person.size for person in CHARACTERS.values()], dtype=np.float32),
        "character_palettes": np.array([person.palette.colours() for person in CHARACTERS.values()], dtype=np.float32),
        **_regressor(body),
    }


def _regressor(body: Body) -> dict[str, np.ndarray]:
    """For every joint a few vertices and their shares (sum 1) whose mean is the joint, so that it follows a change."""
    vertices, joints = body.vertices(), rest_joints(body.canvas)
    skin, eyes = body.slice("skin"), body.slice("eyes")
    half = (eyes.stop - eyes.start) // 2
    near = [
        np.flatnonzero(np.linalg.norm(vertices[skin] - joint, axis=1) < reach)
        for joint, reach in zip(joints[:3], (9.0, 6.5, 7.5), strict=True)
    ]
    near += [np.arange(eyes.start, eyes.start + half), np.arange(eyes.start + half, eyes.stop)]
    shares = []
    for ids, joint in zip(near, joints, strict=True):
        known = np.column_stack([vertices[ids], np.ones(len(ids))]).T
        shares.append(np.linalg.lstsq(known, np.append(joint, 1.0), rcond=None)[0])  # the smallest shares that do it
    return {
        "regressor_ends": np.cumsum([len(ids) for ids in near]).astype(np.int32),
        "regressor_index": np.concatenate(near).astype(np.uint16),
        "regressor_share": np.concatenate(shares).astype(np.float32),
    }


def rest_joints(c: Canvas) -> np.ndarray:
    """(5, 3) places of the joints at rest, cm."""
    return np.array([(0, -20.0, -3.0), NECK, HINGE, c.eye, c.eye * (-1, 1, 1)])


def _edges(body: Body) -> dict[str, np.ndarray]:
    """What measures need: the lips' contact (2, M), lower and upper, the lids' edges (2 eyes, 2, M), the mouth bag's vertices."""
    skin = body.canvas.skin
    contact, half = skin.lips.contact, len(skin.lips.arc) // 2
    lower, upper = contact[: half + 1][::-1], contact[half:]  # from the left corner to the middle
    whole = [np.concatenate([row, skin.mirror[row[-2::-1]]]) for row in (lower, upper)]
    lids = np.array([skin.lids.lower_edge, skin.lids.upper_edge])
    bag = skin.lips.rings.ids[(skin.lips.rings.inside >= 2) & (skin.lips.rings.inside <= 7)]
    return {
        "mouth_bag": np.unique(skin.both(bag)).astype(np.int32),
        "lip_contact": np.array(whole, dtype=np.int32),
        "lid_edges": np.array([lids, skin.mirror[lids]], dtype=np.int32),
    }
