"""Eyelids of a FLAME file, which has none: no way is left to see out of a shut eye, and no lid goes into an eyeball."""

import numpy as np
import pytest
from made_up_flame import other, own
from test_head_flame_file import made, write

from render.export import _targets
from speechface import heads
from speechface.heads import _eye_opening
from speechface.heads import _lids as lids
from speechface.heads._correspondence import Surface
from speechface.skinning import joint_transforms, rotations, skin


@pytest.fixture(scope="module", params=["own", "other"])
def face(request, tmp_path_factory):
    arrays = {"own": own, "other": other}[request.param]()
    return heads.load(f"flame:{write(tmp_path_factory.mktemp(request.param) / 'FLAME.pkl', arrays)}")


def eyeball(face, eye):
    return face.rest[face.weights[:, 3 + eye] > 0.5].astype(np.float64)


def open_share(face, vertices, eye):
    """Area of an eye's opening, in columns times radians, and in columns of which something can be seen."""
    low, high = _eye_opening.opening(vertices, face._skin.faces, *lids.sphere(eyeball(face, eye)))
    return (high - low).sum(), int((high > low).sum())


def room(points, ball, centre):
    """Metres from places (n, 3) down to an eyeball, towards its centre: less than 0 is inside."""
    out = (ball - centre) / np.linalg.norm(ball - centre, axis=1, keepdims=True)
    away = np.linalg.norm(points - centre, axis=1)
    nearest = ((points - centre) / away[:, None] @ out.T).argmax(axis=1)
    return away - np.linalg.norm(ball[nearest] - centre, axis=1)


@pytest.mark.parametrize("eye", [0, 1])
def test_lids_shut_evenly_and_fully(face, eye):
    areas = []
    for amount in (0.0, 0.25, 0.5, 0.75, 1.0):
        controls = np.zeros(len(face.rig), np.float32)
        controls[-2:] = amount
        area, columns = open_share(face, face.vertices(controls), eye)
        areas.append(area)
    assert columns == 0
    assert (np.diff(areas) < 0).sum() == 3  # ever less, then nothing
    assert 0.4 < areas[2] / areas[0] < 0.6


@pytest.mark.parametrize("amount", [0.3, 0.5, 0.8, 1.0])
def test_lids_stay_out_of_the_eyeball_and_move_nothing_else(face, amount):
    for eye in (0, 1):
        straight, bent = face.lids[eye]
        moved = amount * straight + amount**2 * bent
        mine = np.linalg.norm(moved, axis=1) > 1e-5
        ball = eyeball(face, eye)
        centre, radius = lids.sphere(ball)
        assert np.linalg.norm(face.rest[mine] - centre, axis=1).max() < 2.2 * radius
        before, now = (room(places[mine], ball, centre) for places in (face.rest, face.rest + moved))
        assert (now > np.minimum(before, 0.0) - 0.0006).all()
        assert not mine[face.weights[:, 3 + eye] > 0.5].any()


@pytest.mark.parametrize("state", [{}, {"eyeWide": 1.0}, {"eyeSquint": 0.8}, {"eyeLookDown": 0.7}, {"eyeLookUp": 0.7}])
def test_a_blink_shuts_the_eye_whatever_else_the_lids_do(face, state):
    """On our own head in FLAME's layout before: 8.5 mm open at rest, 4.7 mm in a blink."""
    vertices = face.vertices(face.from_muscles(made(eyeBlink=1.0, **state)))[0]
    for eye in (0, 1):
        assert open_share(face, vertices, eye)[1] == 0


def test_exporters_get_the_lids_as_shapes_that_bend(face):
    controls = face.from_muscles(np.concatenate([made(eyeBlink=amount, jawOpen=0.2) for amount in (0.3, 1.0)]))
    targets = _targets.of(face, controls)
    assert targets.names[-4:] == ("left_eyelid", "right_eyelid", "left_eyelid*left_eyelid", "right_eyelid*right_eyelid")
    deltas = np.stack([targets.delta(number) for number in range(len(targets.names))])
    shaped = face.rest + np.einsum("tm,mvc->tvc", targets.weights, deltas)
    posed = skin(shaped, targets.carried, *joint_transforms(rotations(targets.turns), targets.joints))
    assert np.abs(posed - face.vertices(controls)).max() < 3e-4


def test_no_eyeball_or_no_opening_has_no_lids(face):
    surface, ball = face._skin, eyeball(face, 0)
    nothing = lids.lid_shapes(surface, [np.zeros((0, 3)), np.zeros((3, 3))])
    assert not nothing.any()
    centre, radius = lids.sphere(ball)
    wall = np.array([[-1, -1, 1.2], [1, -1, 1.2], [1, 1, 1.2], [-1, 1, 1.2]]) * [1.2, 1.2, 1.0] * radius + centre
    blind = Surface(wall, np.array([[0, 1, 2], [0, 2, 3]]), np.zeros(4))
    assert not lids.lid_shapes(blind, [ball]).any()


def test_a_resting_face_needs_no_lids(tmp_path):
    """A file whose eyes or lips cannot be found poses all the same as long as no lid moves."""
    arrays = own() | {"weights": np.tile(np.float32([0, 1, 0, 0, 0]), (len(own()["weights"]), 1))}
    head = heads.load(str(write(tmp_path / "stiff.pkl", arrays)))
    controls = np.zeros(len(head.rig), np.float32)
    assert np.allclose(head.vertices(controls), head.rest, atol=1e-6)
    controls[-2:] = 1.0
    assert np.isfinite(head.vertices(controls)).all()
