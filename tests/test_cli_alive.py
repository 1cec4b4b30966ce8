"""`animate --life, --blinks, --gaze, --head-motion, --look-at`: what they do, and what they say if they cannot."""

import numpy as np
import pytest
from command_line import animate  # noqa: F401

CURVES = ("-q", "-o", "out.csv")


def curves(tmp_path):
    table = np.genfromtxt(tmp_path / "out.csv", delimiter=",", names=True)
    return {name: table[name] for name in table.dtype.names}


def test_no_life_is_still(animate, tmp_path):  # noqa: F811
    assert animate("speech.wav", "--life", 0, *CURVES).code == 0
    none = (tmp_path / "out.csv").read_text()
    assert animate("speech.wav", "--still", *CURVES).code == 0
    assert (tmp_path / "out.csv").read_text() == none
    assert "neck_x" not in none


def test_the_head_can_be_held_while_eyes_live(animate, tmp_path):  # noqa: F811
    assert animate("speech.wav", "--head-motion", 0, *CURVES).code == 0
    made = curves(tmp_path)
    assert not made["neck_y"].any()
    assert np.ptp(made["left_eye_y"]) > 0


@pytest.mark.parametrize(
    ("place", "sign"), [("0.4,0,0.8", 1), ("-0.4,0,0.8", -1), ("camera", 1), (" 0.4, 0.0, 0.8 ", 1)]
)
def test_eyes_and_head_turn_to_what_is_looked_at(animate, tmp_path, place, sign):  # noqa: F811
    camera = ("--camera", "three_quarter", "-o", "out.png", "--size", 16, "--head", "flame:preview")
    words = camera if place == "camera" else ()
    assert animate("speech.wav", "--gaze", 0, "--look-at", place, *words, *CURVES).code == 0
    made = curves(tmp_path)
    turned = sign * np.degrees(made["neck_y"] + made["left_eye_y"]).mean()
    assert 18 < turned < 40
    assert sign * np.degrees(made["neck_y"]).mean() > 5


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--look-at", "left"), "--look-at takes three numbers"), (("--look-at", "1,2"), "--look-at takes three numbers"),
     (("--look-at", "0,0,-1"), "behind"), (("--life", "9"), "life 9"), (("--blinks", "-1"), "blinks -1"),
     (("--gaze", "nan"), "gaze nan")],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(animate, tmp_path, words, message):  # noqa: F811
    said = animate("speech.wav", *words, *CURVES)
    assert said.code == 2
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()
