"""The open head's controls: all there, mirrored exactly, fast and equal to the plain formula, ARKit as a table."""

import json
from importlib import resources

import numpy as np
import pytest

from speechface import heads, rigs
from speechface.errors import UserError
from speechface.sculpt.asset import Sparse
from speechface.skinning import joint_transforms, rotations, skin

RNG = np.random.default_rng(0)


def _slowly(head, controls):
    """One frame the obvious way: all shapes in full, then linear blend skinning of every vertex by every joint."""
    controls = np.asarray(controls, dtype=np.float64)[None]
    vertices = head.rest.astype(np.float64)
    for number, amount in enumerate(head.shape_amounts(controls)[0]):
        vertices = vertices + amount * head.shapes.dense(number, len(vertices))
    transforms = joint_transforms(rotations(head.turns(controls)[0].astype(np.float64)), head.joints.astype(np.float64))
    return skin(vertices, head.weights.astype(np.float64), *transforms)


@pytest.mark.parametrize("spec", ["open", "open:preview", "open:arkit,preview", "open:preview,character=otto"])
def test_fast_equals_plain(spec):
    head = heads.load(spec)
    controls = (RNG.random((3, len(head.rig))) * RNG.integers(0, 2, (3, len(head.rig)))).astype(np.float32)
    posed = head.vertices(controls)
    for row, vertices in zip(controls, posed, strict=True):
        assert np.abs(vertices - _slowly(head, row)).max() < 1e-6


def test_batches_and_rest():
    head = heads.load("open:preview")
    controls = RNG.random((2, 3, len(head.rig))).astype(np.float32)
    posed = head.vertices(controls)
    assert posed.shape == (2, 3, *head.rest.shape)
    assert posed.dtype == np.float32
    assert np.abs(posed[1, 2] - head.vertices(controls[1, 2])).max() < 1e-6
    many = np.repeat(controls[0, :1], 40, axis=0)
    assert np.abs(head.vertices(many) - posed[0, 0]).max() < 1e-6
    assert np.array_equal(head.vertices(np.zeros(len(head.rig))), head.rest)


def test_every_control_moves_the_face():
    head = heads.load("open")
    assert head.rig is rigs.load("open")
    assert head.controls == head.rig.names[:-3]
    posed = head.vertices(np.eye(len(head.rig), dtype=np.float32))
    furthest = 1000 * np.linalg.norm(posed - head.rest, axis=2).max(axis=1)
    for name, reach in zip(head.rig.names, furthest, strict=True):
        low, high = (20, 300) if name.startswith("head") else (0.3, 48)
        assert low < reach < high, name


def test_left_and_right_mirror_exactly():
    head = heads.load("open")
    known = np.flatnonzero(head.mirror >= 0)
    eye = np.eye(len(head.rig), dtype=np.float32)
    for number, name in enumerate(head.rig.names):
        other = head.rig.index[head.rig.mirrors[number]]
        if other < number:
            continue
        sign = -1 if name in rigs.SIDEWAYS["open"] else 1
        one, two = head.vertices(np.stack([eye[number], sign * eye[other]]))
        assert np.abs(two[head.mirror[known]] * [-1, 1, 1] - one[known]).max() < 2e-6, name


def test_mirrored_mixtures_mirror_too():
    """Pairs are mirrored as well: a whole random pose and its mirror image."""
    head = heads.load("open:preview")
    known = np.flatnonzero(head.mirror >= 0)
    controls = RNG.random((4, len(head.rig))).astype(np.float32)
    one, two = head.vertices(controls), head.vertices(head.rig.mirror(controls).astype(np.float32))
    assert np.abs(two[:, head.mirror[known]] * [-1, 1, 1] - one[:, known]).max() < 1e-5


def test_left_controls_move_the_left():
    head = heads.load("open:preview")
    for name in head.rig.names:
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft", "tongueLeft"):
            controls = np.zeros(len(head.rig), dtype=np.float32)
            controls[head.rig.index[name]] = 1.0
            if name.startswith("mouthSticky"):
                controls[head.rig.index["jawOpen"]] = 0.5
            moved = head.vertices(controls) - head.vertices(
                controls * (np.arange(len(controls)) != head.rig.index[name])
            )
            amount = np.linalg.norm(moved, axis=1)
            assert np.average(head.rest[:, 0], weights=amount) > 0.004, name
    for name, way in (("jawLeft", 1), ("mouthLeft", 1), ("mouthRight", -1), ("tongueLeft", 1)):
        controls = np.zeros(len(head.rig), dtype=np.float32)
        controls[head.rig.index[name]] = 1.0
        assert way * (head.vertices(controls) - head.rest)[:, 0].sum() > 0


def test_eyes_turn_by_the_gaze():
    head = heads.load("open:preview")
    for name, axis, sign in (("Up", 1, 1), ("Down", 1, -1), ("Out", 0, 1), ("In", 0, -1)):
        controls = np.zeros(len(head.rig), dtype=np.float32)
        controls[head.rig.index[f"eyeLook{name}Left"]] = 1.0
        pupil = head.vertices(controls)[head.landmarks["pupil_left"]] - head.joints[3]
        angle = np.degrees(np.arctan2(sign * pupil[axis], pupil[2]))
        assert angle == pytest.approx(24 if axis else 28, abs=0.1)
        other = head.vertices(controls)[head.landmarks["pupil_right"]]
        assert np.array_equal(other, head.rest[head.landmarks["pupil_right"]])


def test_head_turns_on_the_neck_and_the_collar_stays():
    head = heads.load("open:preview")
    for name, axis, sign in (("headYaw", 0, 1), ("headPitch", 1, -1), ("headRoll", 0, -1)):
        controls = np.zeros(len(head.rig), dtype=np.float32)
        controls[head.rig.index[name]] = 0.3
        moved = head.vertices(controls) - head.rest
        place = "lm68_27" if name == "headRoll" else "nose_tip"
        assert sign * moved[head.landmarks[place], axis] > 0.015
        collar = head.look.part == head.look.parts.index("collar")
        assert np.abs(moved[collar]).max() < 1e-7


def test_jaw_opens_like_a_jaw():
    head = heads.load("open")
    controls = np.zeros((2, len(head.rig)), dtype=np.float32)
    controls[1, head.rig.index["jawOpen"]] = 1.0
    shut, wide = head.vertices(controls)
    upper, lower = (head.landmarks[f"{row}_incisor_edge"] for row in ("upper", "lower"))
    assert np.array_equal(shut[upper], wide[upper])
    assert 0.020 < shut[lower, 1] - wide[lower, 1] < 0.045
    assert wide[lower, 2] < shut[lower, 2]
    chin = head.landmarks["chin"]
    assert shut[chin, 1] - wide[chin, 1] > 0.018


def test_arkit_is_a_table_of_muscles():
    table = json.loads((resources.files(rigs) / "arkit_to_open.json").read_text())["shapes"]
    arkit, own = heads.load("open:arkit,preview"), heads.load("open:preview")
    assert set(table) == set(arkit.rig.names)
    for name, parts in table.items():
        assert set(parts) <= set(own.rig.names)
        mirrored = {own.rig.mirrors[own.rig.index[part]]: amount for part, amount in parts.items()}
        assert table[arkit.rig.mirrors[arkit.rig.index[name]]] == mirrored, name
    controls = RNG.random((2, len(arkit.rig))).astype(np.float32) * 0.5
    muscles = np.zeros((2, len(own.rig)), dtype=np.float32)
    for name, parts in table.items():
        for part, amount in parts.items():
            muscles[:, own.rig.index[part]] += amount * controls[:, arkit.rig.index[name]]
    assert np.abs(arkit.vertices(controls) - own.vertices(muscles)).max() < 1e-6


def test_bad_arguments_are_told():
    for spec, word in (("open:arkti", "arkit"), ("open:character=mara", "mira"), ("open:preview,x", "preview")):
        with pytest.raises(UserError, match=word):
            heads.load(spec)


def test_sparse_shapes_come_back():
    dense = np.where(RNG.random((3, 50, 1)) < 0.3, RNG.normal(size=(3, 50, 3)), 0.0)
    packed = Sparse.pack(list(dense))
    assert len(packed) == 3
    for number in range(3):
        assert np.abs(packed.dense(number, 50) * 1000 - dense[number]).max() < 2e-3
    again = Sparse.of(packed.arrays("x"), "x")
    assert np.array_equal(again.dense(1, 50), packed.dense(1, 50))
