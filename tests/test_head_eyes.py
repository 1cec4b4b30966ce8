"""Lids that meet, do not cross, and never let the eyeball through."""

import itertools

import numpy as np
import pytest

from speechface import heads
from speechface.sculpt import measures
from speechface.sculpt.poses import spell

GAZES = (
    {}, {"eyeLookUp": 1}, {"eyeLookDown": 1}, {"eyeLookOut": 1}, {"eyeLookIn": 1}, {"eyeLookUp": 0.7, "eyeLookOut": 0.7},
    {"eyeLookDown": 0.7, "eyeLookIn": 0.7},
)  # fmt: skip
FACES = (
    {}, {"eyeSquint": 1}, {"eyeWide": 1}, {"cheekSquint": 1, "mouthSmile": 1, "eyeSquint": 0.5},
    {"browDown": 1, "noseSneer": 1}, {"browInnerUp": 1, "browOuterUp": 1},
)  # fmt: skip
BLINKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def _eye(head):
    eyes = np.flatnonzero(head.look.part == head.look.parts.index("eyes"))
    return slice(int(eyes[0]), int(eyes[0]) + len(eyes) // 2)


def _lids(head):
    """Triangles of the outside of the left lids and round them, chosen on the first character."""
    first = heads.load("open")
    faces = first.faces[first.look.part[first.faces[:, 0]] == 0]
    corners = first.rest[faces] - first.joints[3]
    away = corners.mean(axis=1)
    outward = np.einsum("ij,ij->i", np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), away) > 0
    far = np.linalg.norm(corners, axis=2)
    return faces[outward & (far.min(axis=1) > 0.0161) & (far.max(axis=1) < 0.023) & (away[:, 2] > 0.002)]


def _poses(head):
    for blink, gaze, face in itertools.product(BLINKS, GAZES, FACES):
        yield blink, spell(head.rig, {**gaze, **face, "eyeBlink": blink})


@pytest.mark.parametrize("name", ["mira", "otto", "amara", "jun"])
def test_lids_close_and_never_cross(name):
    head = heads.load("open" if name == "mira" else f"open:preview,character={name}")
    for blink, controls in _poses(head):
        vertices = head.vertices(controls)
        for edges in head.lid_edges:
            gap, crossing = measures.lid_gap(vertices, edges)
            assert crossing < (0.6 if name == "jun" else 0.15)  # the fold of his upper lid lies on its edge
            if blink == 1.0:
                assert gap < 0.15


@pytest.mark.parametrize("name", ["mira", "otto", "amara", "jun"])
def test_cornea_never_pokes_through(name):
    head = heads.load(f"open:character={name}")
    lids, eye = _lids(head), _eye(head)
    poses = list(_poses(head))[::3]
    for controls in (controls for _, controls in poses):
        assert measures.eye_clearance(head.vertices(controls), lids, eye) > 0.05


def test_blink_is_a_rotation_half_way_too():
    """Half shut, the lid's edge lies on its ball round the eyeball, not on the straight line through it."""
    head = heads.load("open")
    lid = head.landmarks["upper_lid_left"]
    radius = [
        np.linalg.norm(head.vertices(spell(head.rig, {"eyeBlinkLeft": blink}))[lid] - head.joints[3])
        for blink in np.linspace(0, 1, 9)
    ]
    assert max(radius) - min(radius) < 0.0006
    ends = [head.vertices(spell(head.rig, {"eyeBlinkLeft": blink}))[lid] for blink in (0, 1)]
    assert np.linalg.norm((ends[0] + ends[1]) / 2 - head.joints[3]) < min(radius) - 0.0004


def test_lids_follow_the_gaze():
    head = heads.load("open")
    upper, lower = head.landmarks["upper_lid_left"], head.landmarks["lower_lid_left"]
    up, down = (head.vertices(spell(head.rig, {f"eyeLook{way}": 1})) for way in ("Up", "Down"))
    assert up[upper, 1] > head.rest[upper, 1] + 0.001
    assert down[upper, 1] < head.rest[upper, 1] - 0.002
    assert down[lower, 1] < head.rest[lower, 1] < up[lower, 1]


def test_lashes_go_with_the_lids():
    head = heads.load("open")
    lashes = np.flatnonzero(head.look.part == head.look.parts.index("lashes"))
    shut = head.vertices(spell(head.rig, {"eyeBlink": 1}))
    upper = lashes[head.rest[lashes, 1] > 0.004]
    assert np.mean(shut[upper, 1] - head.rest[upper, 1]) < -0.007
    length = np.linalg.norm(np.diff(head.rest[lashes].reshape(-1, 5, 2, 3)[:, :, 0], axis=1), axis=2).sum(axis=1)
    after = np.linalg.norm(np.diff(shut[lashes].reshape(-1, 5, 2, 3)[:, :, 0], axis=1), axis=2).sum(axis=1)
    assert np.allclose(length, after, rtol=0.05)


def test_brows_lie_on_the_skin():
    head = heads.load("open")
    brows = np.flatnonzero(head.look.part == head.look.parts.index("brows"))
    skin = np.flatnonzero(head.look.part == 0)
    from scipy.spatial import cKDTree

    near = cKDTree(head.rest[skin]).query(head.rest[brows])[1]
    offset = np.linalg.norm(head.rest[brows] - head.rest[skin[near]], axis=1)
    for pose in ({"browInnerUp": 1, "browOuterUp": 1}, {"browDown": 1, "browLateral": 1}):
        posed = head.vertices(spell(head.rig, pose))
        assert np.linalg.norm(posed[brows] - head.rest[brows], axis=1).max() > 0.004
        assert np.abs(np.linalg.norm(posed[brows] - posed[skin[near]], axis=1) - offset).max() < 0.0012


def _first_hit(origin, vertices, faces):
    """The triangle a ray straight back (-Z) from a point hits first, and whether it faces the ray."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    u, v, w = b - a, c - a, origin - a
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
        t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
        depth = np.where((s >= 0) & (t >= 0) & (s + t <= 1), a[:, 2] + s * u[:, 2] + t * v[:, 2], -1.0)
    first = int(np.argmax(depth))
    return first, bool(area[first] > 0 and depth[first] > -1.0)


@pytest.mark.parametrize("name", ["mira", "otto", "amara", "jun"])
def test_nothing_is_seen_through_the_corners_of_the_eyes(name):
    """Between the lids' edges, from the inner to the outer corner, one looks at something, never into the head."""
    head = heads.load(f"open:character={name}")
    for pose in ({}, {"eyeWide": 1}, {"eyeBlink": 0.4}, {"eyeLookOut": 1}, {"eyeLookIn": 1}, {"eyeSquint": 0.7}):
        vertices = head.vertices(spell(head.rig, pose))
        lower, upper = vertices[head.lid_edges[0]]
        near = head.faces[np.linalg.norm(vertices[head.faces[:, 0]] - head.joints[3], axis=1) < 0.035]
        near = near[head.look.part[near[:, 0]] != head.look.parts.index("lashes")]
        for share in (0.02, 0.04, 0.07, 0.1, 0.2, 0.5, 0.8, 0.9, 0.94, 0.97):
            at = share * (len(lower) - 1)
            row = int(at)
            low, high = (edge[row] + (at - row) * (edge[row + 1] - edge[row]) for edge in (lower, upper))
            for height in (0.35, 0.5, 0.65):
                point = low + height * (high - low)
                assert _first_hit([point[0], point[1], 0.2], vertices, near)[1], (pose, share, height)
