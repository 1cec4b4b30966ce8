"""Muscles to the face board: every muscle by its own control, one side at a time, and the least squares of a slow twin."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from speechface import conversion, heads, retarget, rigs
from speechface.animation import Animation
from speechface.heads.open import skin_metric
from speechface.retarget import face_board_to_open, open_to_face_board, within

BOARD, OPEN = rigs.load("face_board"), rigs.load("open")
DRAW = np.random.default_rng(2)
TURNS = ("headYaw", "headPitch", "headRoll")


def muscles(**amounts):
    out = np.zeros((1, len(OPEN)), np.float32)
    for name, value in amounts.items():
        out[0, OPEN.index[name]] = value
    return out


def moved(board):
    return {
        name.removeprefix("CTRL_"): round(float(value), 2)
        for name, value in zip(BOARD.names, board[0], strict=True)
        if abs(value) > 0.006
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [({"jawOpen": 0.6}, {"C_jaw-translateY": 0.6}), ({"jawLeft": 0.5}, {"C_jaw-translateX": -0.5}),
     ({"eyeBlinkLeft": 0.7}, {"L_eye_blink-translateY": 0.7}), ({"eyeWideRight": 0.7}, {"R_eye_blink-translateY": -0.7}),
     ({"eyeLookOutLeft": 0.4}, {"L_eye-translateX": 0.4}), ({"tongueOut": 0.5}, {"C_tongue_inOut-translateY": -0.5}),
     ({"tongueRight": 0.8}, {"C_tongue-translateX": -0.8}), ({"cheekPuffLeft": 0.5}, {"L_mouth_suckBlow-translateY": 0.5}),
     ({"mouthRollLowerLeft": 0.5}, {"L_mouth_lipsRollD-translateY": 0.5}),
     ({"jawOpen": 0.5, "mouthCloseUpperLeft": 0.25}, {"C_jaw-translateY": 0.5, "L_mouth_lipsTogetherU-translateY": 0.5})],
)  # fmt: skip
def test_muscles_with_a_control_of_their_own(wanted, found):
    assert moved(open_to_face_board(muscles(**wanted), skin_metric())) == pytest.approx(found, abs=0.011)


def test_every_muscle_but_the_head_comes_back():
    """Alone and at 0.7; lips close only over an open jaw."""
    rows = 0.7 * np.eye(len(OPEN), dtype=np.float32)
    rows[[number for number, name in enumerate(OPEN.names) if name.startswith("mouthClose")], OPEN.index["jawOpen"]] = (
        0.7
    )
    made = face_board_to_open(open_to_face_board(rows, skin_metric()))
    turns = [OPEN.index[name] for name in TURNS]
    assert not made[:, turns].any()
    assert np.abs(np.delete(made - rows, turns, axis=1)[: turns[0]]).max() < 0.03


def test_ways_that_undo_each_other_leave_their_difference():
    made = moved(
        open_to_face_board(muscles(jawLeft=0.6, jawRight=0.4, eyeLookUpLeft=0.2, eyeLookDownLeft=0.7), skin_metric())
    )
    assert made == pytest.approx({"C_jaw-translateX": -0.2, "L_eye-translateY": -0.5}, abs=0.02)


@pytest.mark.parametrize("rig", ["face_board", "flame"])
def test_lids_of_one_control_open_as_far(rig):
    """Blinks of wide eyes: shut where the open head's are, and as open in between."""
    head, lids = heads.load("open"), ("upper_lid_left", "lower_lid_left")
    rows = np.zeros((25, len(OPEN)), np.float32)
    amounts = np.linspace(0, 1, 5)
    rows[:, OPEN.index["eyeBlinkLeft"]], rows[:, OPEN.index["eyeWideLeft"]] = np.tile(amounts, 5), np.repeat(amounts, 5)
    back = conversion.muscles(conversion.convert(Animation(rows, OPEN.names, 25.0, "open"), rig))
    apart = [np.diff(head.landmark_points(some, *lids), axis=1)[:, 0] for some in (rows, back)]
    wanted, found = 1e3 * np.linalg.norm(apart, axis=2)
    assert np.abs(found - wanted).max() < 0.6
    shut = rows[:, OPEN.index["eyeBlinkLeft"]] == 1
    assert np.abs(found - wanted)[shut].max() < 0.3


def test_the_board_equals_its_slow_twin():
    """With the sides that were chosen, scipy finds the same muscles, a frame at a time."""
    wanted = (DRAW.uniform(0, 1, (5, len(OPEN))) * (DRAW.random((5, len(OPEN))) < 0.3)).astype(np.float32)
    wanted[:, [OPEN.index["eyeWideLeft"], OPEN.index["eyeWideRight"]]] = 0.0
    metric = skin_metric()
    made = open_to_face_board(wanted, metric, iterations=600)
    assert (made >= BOARD.low).all()
    assert (made <= BOARD.high).all()
    _, targets, factors = retarget._closing()
    columns, signs, rows = retarget._sides()
    full = retarget._with_unseen(metric)
    values, vectors = np.linalg.eigh(full)
    root = (np.sqrt(np.maximum(values, 0.0)) * vectors).T
    opening = np.maximum(face_board_to_open(made) @ factors, 0.0)
    for frame in range(5):
        free = [side for side in range(len(rows)) if made[frame, columns[side]] * signs[side] >= 0]
        basis = np.concatenate([rows[free], np.eye(len(OPEN))[targets]])
        size = np.sqrt(np.einsum("sm,mk,sk->s", basis, full, basis))
        system = np.concatenate([root @ (basis / size[:, None]).T, np.sqrt(retarget.RIDGE) * np.eye(len(size))])
        high = np.r_[np.ones(len(free)), np.maximum(np.minimum(opening[frame], 1.0), 1e-6)] * size
        best = lsq_linear(system, np.r_[root @ wanted[frame], np.zeros(len(size))], (0.0, high), tol=1e-12).x
        slow, fast = (root @ (amounts - wanted[frame]) for amounts in (
            (best / size) @ basis, face_board_to_open(made[frame : frame + 1])[0]
        ))  # fmt: skip
        assert np.linalg.norm(fast) == pytest.approx(np.linalg.norm(slow), rel=0.02)


def test_animations_go_to_the_board_and_back():
    arkit = rigs.load("arkit")
    curves = np.zeros((6, len(arkit)), np.float32)
    for name, high in (("jawOpen", 0.5), ("mouthSmileLeft", 0.8), ("mouthSmileRight", 0.7), ("headYaw", 0.3)):
        curves[:, arkit.index[name]] = np.linspace(0, high, 6)
    made = conversion.convert(Animation(curves, arkit.names, 25.0, "arkit"), "face_board")
    assert made.rig == "face_board"
    assert made.names == BOARD.names + TURNS
    back = conversion.convert(made, "arkit")
    assert np.abs(back.controls - curves).max() < 0.02
    still = Animation(0 * curves, arkit.names, 25.0, "arkit")
    assert conversion.convert(still, "face_board").names == BOARD.names
    assert conversion.convert(made, "face_board").names == BOARD.names


def test_signed_muscles_are_brought_into_range_by_what_moves_alike():
    metric = skin_metric()
    asked = muscles(mouthFrownLeft=-0.4, mouthFrownRight=-0.4, jawOpen=0.2)
    made = within(asked, metric)
    assert (made >= OPEN.low).all()
    assert (made <= OPEN.high).all()

    def off(given):
        return float((given - asked)[0] @ metric @ (given - asked)[0])

    assert off(made) < 0.6 * off(OPEN.clip(asked))
    assert not made[:, [number for number, name in enumerate(OPEN.names) if name.startswith("eyeLook")]].any()
    fine = muscles(jawOpen=0.3, mouthSmileLeft=1.0, headYaw=-0.4)
    assert np.array_equal(within(fine, metric), fine)


def test_few_and_calm_curves_on_request():
    noise = DRAW.normal(0, 0.1, (20, 1)) + DRAW.normal(0, 0.02, (20, len(OPEN)))
    wanted = OPEN.clip(0.3 + noise).astype(np.float32)
    metric = skin_metric()
    for solve in (retarget.open_to_arkit, open_to_face_board):
        plain, few, calm = (solve(wanted, metric, **extra) for extra in ({}, {"sparse": 0.05}, {"smooth": 3.0}))
        assert (np.abs(few) > 0.01).sum() < 0.9 * (np.abs(plain) > 0.01).sum()
        assert np.abs(np.diff(calm, axis=0)).sum() < 0.7 * np.abs(np.diff(plain, axis=0)).sum()
