"""The open head in FLAME's arrays, posed by FLAME's own formula, against the head itself."""

import numpy as np
import pytest

from speechface import heads
from speechface.heads.open import read_asset
from speechface.sculpt.flame_layout import flame_arrays
from speechface.skinning import joint_transforms, rotations, skin

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def arrays():
    return read_asset("preview")[0]


@pytest.fixture(scope="module")
def mixing(arrays):
    return np.where(
        RNG.random((12, len(arrays["controls"]))) < 0.2, RNG.normal(0, 0.2, (12, len(arrays["controls"]))), 0
    )


@pytest.fixture(scope="module")
def flame(arrays, mixing):
    return flame_arrays(arrays, mixing, identity=40)


def _pose(flame, shape, expression, pose):
    """FLAME's formula: shape (S,), expression (E,), pose (5, 3) axis-angle -> (V, 3)."""
    identity = flame["shapedirs"].shape[2] - len(expression)
    betas = np.concatenate([shape, np.zeros(identity - len(shape)), expression])
    shaped = flame["v_template"] + flame["shapedirs"] @ betas
    turns = rotations(pose)
    posed = shaped + flame["posedirs"] @ (turns[1:] - np.eye(3)).ravel()
    return skin(posed, flame["weights"], *joint_transforms(turns, flame["J_regressor"] @ shaped))


def test_shapes_and_types(flame, arrays):
    count = len(arrays["vertices"])
    assert flame["v_template"].shape == (count, 3)
    assert flame["shapedirs"].shape == (count, 3, 40 + 12)
    assert flame["posedirs"].shape == (count, 3, 36)
    assert flame["J_regressor"].shape == (5, count)
    assert flame["weights"].shape == (count, 5)
    assert np.allclose(flame["weights"].sum(axis=1), 1, atol=1e-6)
    assert flame["kintree_table"].tolist() == [[-1, 0, 1, 1, 1], [0, 1, 2, 3, 4]]
    assert flame["f"].max() == count - 1
    assert all(np.isfinite(array).all() for array in flame.values())


def test_joints_come_from_the_regressor(flame, arrays):
    assert np.allclose(flame["J_regressor"].sum(axis=1), 1, atol=1e-5)
    assert np.abs(flame["J_regressor"] @ flame["v_template"] - arrays["joints"]).max() < 1e-5


def test_rest_is_rest(flame, arrays):
    assert np.abs(_pose(flame, np.zeros(5), np.zeros(12), np.zeros((5, 3))) - arrays["vertices"]).max() < 1e-6


def test_expression_is_the_mixture_of_controls(flame, arrays, mixing):
    head = heads.load("open:preview")
    coefficients = RNG.normal(size=12)
    posed = _pose(flame, np.zeros(5), coefficients, np.zeros((5, 3)))
    amounts = coefficients @ mixing
    expected = head.rest.astype(np.float64)
    for column, name in enumerate(head.controls):
        if name != "jawOpen" and not name.startswith("eyeLook"):
            expected = expected + amounts[column] * head.shapes.dense(column, len(expected))
    assert np.abs(posed - expected).max() < 1e-5


def test_jaw_and_eyes_turn_as_the_head_does(flame):
    head = heads.load("open:preview")
    controls = np.zeros(len(head.rig), dtype=np.float32)
    for name, amount in (("jawOpen", 1.0), ("eyeLookDownLeft", 0.5), ("eyeLookOutRight", 1.0), ("headYaw", 0.2)):
        controls[head.rig.index[name]] = amount
    pose = head.turns(controls[None])[0].astype(np.float64)
    posed = _pose(flame, np.zeros(5), np.zeros(12), pose)
    gap = np.linalg.norm(posed - head.vertices(controls), axis=1)
    assert 1000 * gap.max() < 1.5  # lids, which the layout has as one straight line up and down
    assert 1000 * np.percentile(gap, 95) < 0.05  # everything else


def test_identity_columns_make_people(flame, arrays):
    person = arrays["characters"].tolist().index("amara")
    posed = _pose(flame, arrays["character_weights"][person], np.zeros(12), np.zeros((5, 3)))
    head = heads.load("open:preview,character=amara")
    size = arrays["character_sizes"][person]
    assert np.abs(size * posed - head.rest).max() < 1e-5


def test_room_and_widths_are_checked(arrays, mixing):
    with pytest.raises(ValueError, match="room for 3"):
        flame_arrays(arrays, mixing, identity=3)
    with pytest.raises(ValueError, match="columns"):
        flame_arrays(arrays, mixing[:, :-1], identity=40)
