"""From rig to rig: what is one control on both sides goes over alone, bounds hold, and the solver finds the minimum."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from speechface import rigs
from speechface.retarget import arkit_to_open, face_board_to_open, open_to_arkit

BOARD, OPEN, ARKIT = (rigs.load(name) for name in ("face_board", "open", "arkit"))
HEAD = ("headYaw", "headPitch", "headRoll")


def board(**controls):
    out = np.zeros((1, len(BOARD)), np.float32)
    for name, value in controls.items():
        out[0, BOARD.index["CTRL_" + name.replace("__", "-translate")]] = value
    return out


def muscles(**amounts):
    out = np.zeros((1, len(OPEN)), np.float32)
    for name, value in amounts.items():
        out[0, OPEN.index[name]] = value
    return out


def moved(values, rig):
    return {
        rig.names[column]: round(float(values[0, column]), 3) for column in np.flatnonzero(np.abs(values[0]) > 5e-3)
    }


@pytest.mark.parametrize(
    ("control", "value", "muscle"),
    [("C_jaw__Y", 0.6, "jawOpen"), ("C_jaw__X", 0.5, "jawRight"), ("C_jaw__X", -0.5, "jawLeft"),
     ("L_brow_down__Y", 0.4, "browDownLeft"), ("R_brow_down__Y", 0.4, "browDownRight"),
     ("C_mouth__X", 0.3, "mouthLeft"), ("L_eye_blink__Y", 0.7, "eyeBlinkLeft"),
     ("L_eye__Y", -0.5, "eyeLookDownLeft"), ("C_tongue_inOut__Y", -0.5, "tongueOut")],
)  # fmt: skip
def test_board_controls_with_a_muscle_of_their_own(control, value, muscle):
    assert moved(face_board_to_open(board(**{control: value})), OPEN) == {muscle: abs(value)}


def test_lips_together_close_against_any_jaw():
    names = [f"{side}_mouth_lipsTogether{lip}__Y" for side in "LR" for lip in "UD"]
    for jaw in (0.0, 0.3, 0.9):
        made = moved(face_board_to_open(board(C_jaw__Y=jaw, **dict.fromkeys(names, 1.0))), OPEN)
        assert made.get("jawOpen", 0.0) == pytest.approx(jaw, abs=1e-3)
        for side in ("Left", "Right"):
            for lip in ("Upper", "Lower"):
                assert made.get(f"mouthClose{lip}{side}", 0.0) == pytest.approx(jaw, abs=1e-3)


def test_any_board_stays_in_the_ranges_and_mirrors():
    draw = np.random.default_rng(0)
    wild = draw.uniform(BOARD.low, BOARD.high, (2, 3, len(BOARD))).astype(np.float32)
    made = face_board_to_open(wild)
    assert made.shape == (2, 3, len(OPEN))
    assert (made >= OPEN.low).all()
    assert (made <= OPEN.high).all()
    assert np.allclose(face_board_to_open(BOARD.mirror(wild).astype(np.float32)), OPEN.mirror(made), atol=1e-5)
    assert (face_board_to_open(np.zeros((1, len(BOARD)), np.float32)) == 0).all()


@pytest.mark.parametrize(
    "shape", ["jawOpen", "browDownLeft", "eyeBlinkRight", "mouthSmileLeft", "mouthPucker", "mouthClose"]
)
def test_an_arkit_shape_comes_back_from_its_muscles(shape):
    weights = np.zeros((1, len(ARKIT)), np.float32)
    weights[0, ARKIT.index[shape]] = 0.7
    back = open_to_arkit(weights @ arkit_to_open(), np.eye(len(OPEN)))
    assert moved(back, ARKIT) == {shape: pytest.approx(0.7, abs=0.01)}


def test_the_head_goes_over_as_it_is():
    turned = muscles(headYaw=0.2, headPitch=-0.1, headRoll=0.3)
    assert moved(open_to_arkit(turned, np.eye(len(OPEN))), ARKIT) == {
        "headYaw": 0.2,
        "headPitch": -0.1,
        "headRoll": 0.3,
    }


def test_the_solver_equals_its_slow_twin():
    """Bounded least squares by scipy's trust region, a frame at a time, in a metric in which muscles go together."""
    draw = np.random.default_rng(0)
    root = np.eye(len(OPEN)) + 0.3 * draw.normal(size=(len(OPEN), len(OPEN))) / np.sqrt(len(OPEN))
    metric = root @ root.T
    wanted = draw.uniform(0, 1.2, (6, len(OPEN))) * (draw.random((6, len(OPEN))) < 0.3)
    table = arkit_to_open()
    copied = [column for column, name in enumerate(ARKIT.names) if name in HEAD or name.startswith("eyeLook")]
    free = [column for column in range(len(ARKIT)) if column not in copied]
    basis = table[free]
    given = wanted
    made = open_to_arkit(given, metric, iterations=400)
    assert made.shape == (6, len(ARKIT))
    assert made.min() >= -np.pi
    assert made[:, free].min() >= 0
    assert made[:, free].max() <= 1
    ridge = np.diag(np.sqrt(1e-4 * np.diag(basis @ metric @ basis.T)))
    wanted = wanted - made[:, copied] @ table[copied]
    touched = 0
    for frame in range(6):
        system = np.concatenate([root.T @ basis.T, ridge])
        best = lsq_linear(system, np.concatenate([root.T @ wanted[frame], np.zeros(len(free))]), (0, 1), tol=1e-12).x
        assert np.abs(made[frame, free] - best).max() < 2e-3
        touched += ((best < 1e-6) | (best > 1 - 1e-6)).sum()
    assert touched > 20  # the bounds were felt
    quick = open_to_arkit(given, metric)
    assert np.abs(quick - made).max() < 0.02
