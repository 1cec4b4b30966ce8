"""What the measure of retargeting says of faces of which the answer is known."""

import numpy as np
import pytest

import speechface
from speechface import cli
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.evaluation import retarget


def moving(**high):
    curves = np.outer(np.sin(np.linspace(0, 3, 15)) ** 2, list(high.values())).astype(np.float32)
    return Animation(curves, tuple(high), 25.0, "arkit")


@pytest.fixture(scope="module")
def lost():
    return retarget.lost()


def test_what_no_rig_can_is_named(lost):
    assert {"cheekPuff", "jawForward"} <= set(lost["arkit in flame"])
    assert "jawOpen" not in lost["arkit in flame"]
    assert "mouthSmileLeft" not in lost["arkit in flame"]
    assert {"nostrilFlareLeft", "tongueTipUp"} <= set(lost["open in arkit"])
    assert lost["arkit in open"] == {}
    assert set(lost["arkit in face_board"]) == {"mouthClose"}  # it closes nothing while the jaw is shut
    assert {"CTRL_L_ear_up-translateY", "CTRL_L_eye_pupil-translateY"} <= set(lost["unseen"])
    assert not {"CTRL_C_jaw-translateY", "CTRL_C_eye-translateX"} & set(lost["unseen"])
    assert all(share > retarget.LOST for name, row in lost.items() if name != "unseen" for share in row.values())


def test_what_goes_over_unchanged_costs_nothing():
    rows = retarget.trips([moving(jawOpen=0.7, headYaw=0.3)], 0.0, 0.0)
    assert len(rows) == 6
    for name, row in rows.items():
        assert row["moved"] > 1.0, name
        assert row["max"] < 0.05, name
        assert abs(row["jitter"]) < 1.0, name
        assert row["fps"] > 200.0, name
    assert rows["open > arkit > open"]["active"] < 2


def test_what_flame_lacks_shows_in_millimetres_and_by_its_curve():
    puff = moving(cheekPuff=1.0)
    rows = retarget.trips([puff], 0.0, 0.0)
    row = rows["open > flame > open"]
    assert row["mean"] > 0.8 * row["moved"]
    assert list(row["curves"])[:2] in (["cheekPuffLeft", "cheekPuffRight"], ["cheekPuffRight", "cheekPuffLeft"])
    assert rows["open > arkit > open"]["mean"] < 0.01 * row["mean"]


def test_smoothing_calms_and_costs():
    shaking = moving(jawOpen=0.5, mouthSmileLeft=0.5)
    shaking = shaking.with_curves({"jawOpen": shaking["jawOpen"] * np.resize([1.0, 0.6], len(shaking))})
    plain, calm = (retarget.trips([shaking], 0.0, smooth)["open > arkit > open"] for smooth in (0.0, 30.0))
    assert calm["jitter"] < -20 < plain["jitter"]
    assert calm["mean"] > 10 * plain["mean"]


def test_mistakes_are_one_line(tmp_path, capsys):
    with pytest.raises(UserError, match="most"):
        speechface.evaluate("retarget", most=0)
    (tmp_path / "take.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    words = [str(tmp_path / "take.csv")]
    assert cli._run("speechface evaluate retarget", "speechface.commands.evaluate.retarget", words) == 2
    assert capsys.readouterr().err.count("\n") == 1
