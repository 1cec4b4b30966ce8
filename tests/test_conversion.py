"""From rig to head: a face made for one rig looks the same on a head of another."""

import numpy as np
import pytest

from speechface import conversion, heads, rigs
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads.flame import require

OPEN = rigs.load("open")
DRAW = np.random.default_rng(3)
CALM = ("mouth", "brow", "jaw", "eye", "cheek", "nose")


def open_motion(**amounts):
    controls = np.zeros((3, len(OPEN)), np.float32)
    for name, value in amounts.items():
        controls[1:, OPEN.index[name]] = value
    return Animation(controls, OPEN.names, 25.0, "open")


def skin(animation):
    head = heads.load(heads.default(animation.rig))
    moved = head.vertices(animation.columns(head.rig.names))
    return moved[:, head.look.part == head.look.parts.index("skin")]


def apart(one, other):
    return 1e3 * np.linalg.norm(skin(one) - skin(other), axis=-1)


@pytest.mark.parametrize("rig", ["arkit", "flame"])
@pytest.mark.parametrize(
    "amounts",
    [{"jawOpen": 0.6}, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}, {"headYaw": 0.2, "headPitch": -0.1},
     {"jawOpen": 0.3, "mouthSmileLeft": 0.7, "mouthSmileRight": 0.7}],
)  # fmt: skip
def test_what_both_rigs_can_do_looks_the_same(rig, amounts):
    made = open_motion(**amounts)
    found = apart(made, conversion.convert(made, rig))
    size = apart(made, open_motion())
    assert size.max() > 3.0
    assert found.mean() < 0.12 * size.mean() + 0.01


def test_there_and_back_again():
    made = open_motion(jawOpen=0.4, browInnerUpLeft=0.5, browInnerUpRight=0.5, mouthFrownLeft=0.4, mouthFrownRight=0.4)
    for rig in ("arkit", "flame"):
        back = conversion.convert(conversion.convert(made, rig), "open")
        assert apart(made, back).mean() < 0.15, rig


def test_the_same_rig_is_copied():
    made = open_motion(jawOpen=0.4)
    assert np.array_equal(conversion.controls(made, heads.load("open")), made.controls)


def test_curves_a_rig_lacks_go_along():
    flame = heads.load("flame").rig
    still = Animation(np.zeros((2, len(flame)), np.float32), flame.names, 25.0, "flame")
    tongue = still.with_curves({"tongueTipUp": np.array([0.0, 0.8], np.float32)})
    assert conversion.muscles(tongue)[:, OPEN.index["tongueTipUp"]] == pytest.approx([0.0, 0.8])
    assert not conversion.muscles(still).any()


def test_a_rig_nobody_knows_is_refused():
    other = Animation(np.zeros((2, 1), np.float32), ("a",), 25.0, "mine")
    with pytest.raises(UserError, match="moves only the head it was made for"):
        conversion.controls(other, heads.load("open"))
    nothing = Animation(np.zeros((2, 1), np.float32), ("a",), 25.0, "arkit")
    with pytest.raises(UserError, match="names no control"):
        conversion.muscles(nothing)


def test_a_blink_of_flames_face_leaves_no_eye_wide_on_shapes_that_only_add():
    """A wide eye that blinks: heads without correctives would be left a good way open by eyeWide."""
    face = require("flame")
    wide = np.zeros((3, len(rigs.load("open"))), np.float32)
    wide[:, [rigs.load("open").index[f"eyeWide{side}"] for side in ("Left", "Right")]] = 0.7
    clip = Animation(face.from_muscles(wide, lids=False), face.rig.names, 25.0, "flame")
    blinking = clip.with_curves({f"{side}_eyelid": np.array([0.0, 0.5, 1.0]) for side in ("left", "right")})
    made = conversion.convert(blinking, "arkit")
    for side in ("Left", "Right"):
        assert made[f"eyeWide{side}"] == pytest.approx([0.7, 0.35, 0.0], abs=0.05)
        assert made[f"eyeBlink{side}"][2] > 0.97
