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
            assert crossing < (0.15 if name == "mira" else 0.6)
            if blink == 1.0:
                assert gap < (0.15 if name == "mira" else 0.5)


@pytest.mark.parametrize(("name", "least"), [("mira", 0.05), ("otto", -0.7), ("amara", 0.05), ("jun", 0.05)])
def test_cornea_never_pokes_through(name, least):
    head = heads.load(f"open:character={name}")
    lids, eye = _lids(head), _eye(head)
    poses = list(_poses(head))[::3]
    for controls in (controls for _, controls in poses):
        assert measures.eye_clearance(head.vertices(controls), lids, eye) > least


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
