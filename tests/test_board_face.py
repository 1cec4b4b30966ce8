"""The face board as a torch module shows what table and head show, and its gradient reaches every control that is seen."""

import numpy as np
import pytest
import torch

from speechface import heads, rigs
from speechface.board_face import BoardFace
from speechface.heads import flame
from speechface.retarget import face_board_to_open

BOARD = rigs.load("face_board")


@pytest.fixture(scope="module")
def face():
    return BoardFace(flame.require("flame"), 60)


def drawn(count, size, seed=0):
    draw = np.random.default_rng(seed)
    some = draw.random((count, len(BOARD))) < 0.15
    return BOARD.clip(some * draw.uniform(-size, size, (count, len(BOARD)))).astype(np.float32)


def test_muscles_are_those_of_the_table(face):
    controls = drawn(20, 1.5)
    assert np.array_equal(face.muscles(torch.from_numpy(controls)[None])[0].numpy(), face_board_to_open(controls))


def test_vertices_are_those_of_the_head(face):
    controls = drawn(20, 0.8)
    controls[:, [BOARD.index[f"CTRL_{eye}_eye-translate{axis}"] for eye in "CLR" for axis in "XY"]] = 0.0
    seen = face(torch.from_numpy(controls)[None])[0].numpy()
    wanted = heads.load("open:board").points(controls, face.chosen)
    assert np.abs(wanted - wanted[:1]).max() > 5e-3
    assert np.abs(seen - wanted)[:, :3].max() < 2e-4  # lips and teeth
    assert np.abs(seen - wanted).max() < 1.5e-3  # the throat, which the jaw carries by another formula


def test_the_two_ways_to_the_open_head_are_one():
    controls = drawn(6, 1.0)
    board, open_ = heads.load("open:board"), heads.load("open")
    assert np.abs(board.vertices(controls) - open_.vertices(face_board_to_open(controls))).max() < 1e-6


def test_gradient_reaches_the_controls_that_are_seen(face):
    controls = torch.zeros(1, 1, len(BOARD), requires_grad=True)
    with torch.no_grad():
        controls[..., BOARD.index["CTRL_C_jaw-translateY"]] = 0.3
    face(controls).square().sum().backward()
    reached = {name for name, slope in zip(BOARD.names, controls.grad[0, 0].abs(), strict=True) if slope > 0}
    for name in ("mouth_lipsTogetherU", "mouth_purseD", "brow_down", "mouth_upperLipRaise"):
        assert {f"CTRL_{side}_{name}-translateY" for side in "LR"} <= reached, name
