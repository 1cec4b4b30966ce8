"""An animator's edit comes back: locked curves stay, the rest is new."""

import numpy as np
import pytest
from command_line import animate  # noqa: F401

import speechface as sf
from speechface import rigs
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.locking import chosen, lock

ARKIT = rigs.load("arkit")


def random(rig, frames=50, fps=25.0, seed=0, **about):
    values = np.random.default_rng(seed).uniform(0, 0.5, (frames, len(rigs.load(rig)))).astype(np.float32)
    return Animation(values, rigs.load(rig).names, fps, rig, about=about)


def test_locked_groups_are_the_edit_and_the_rest_is_new():
    made, edited = random("arkit"), random("arkit", seed=1)
    out = lock(made, edited, ["brows", "eyes", "headYaw"])
    for name, group in zip(ARKIT.names, ARKIT.groups, strict=True):
        kept = group in ("brow", "lid", "gaze") or name == "headYaw"
        assert np.allclose(out[name], (edited if kept else made)[name], atol=1e-6), name


def test_an_edit_at_another_rate_that_ends_early_gives_way():
    made = random("arkit", 100)
    edited = Animation(np.full((60, len(ARKIT)), 0.9, np.float32), ARKIT.names, 30.0, "arkit")  # two of four seconds
    curve = lock(made, edited, ["brows"])["browInnerUp"]
    assert curve[:44] == pytest.approx(0.9, abs=1e-5)
    assert curve[52:] == pytest.approx(made["browInnerUp"][52:], abs=1e-6)
    between = np.abs(
        np.diff(lock(made.with_curves({"browInnerUp": np.zeros(100, np.float32)}), edited, ["brows"])["browInnerUp"])
    )
    assert between.max() < 0.3


def test_a_locked_mouth_is_left_as_it_is_and_a_free_one_keeps_what_is_heard():
    made = random("arkit", demands={"touch": [[0.5, 0.6]]})
    assert "demands" in lock(made, random("arkit", seed=1), ["brows"]).about
    assert "demands" not in lock(made, random("arkit", seed=1), ["mouth"]).about


def test_flame_is_edited_as_muscles_and_the_face_board_has_a_head():
    made = sf.animate((0.05 * np.random.default_rng(0).standard_normal(16000).astype(np.float32), 16000), seed=1)
    calm = sf.animate((0.05 * np.random.default_rng(0).standard_normal(16000).astype(np.float32), 16000), alive=False)
    out = lock(made, calm, ["lids", "gaze", "head"])
    assert out.rig == "open"
    assert np.abs(out["headYaw"]).max() < 1e-3
    assert np.abs(lock(made, calm, ["brows"])["headYaw"]).max() > 1e-3
    assert "headYaw" in chosen("face_board", ["head"])


def test_names_that_are_not_there_are_said():
    with pytest.raises(UserError, match="did you mean brows"):
        lock(random("arkit"), random("arkit"), ["brow5"])
    with pytest.raises(UserError, match="unknown group of rig arkit 'ears'"):
        chosen("arkit", ["ears"])
    assert chosen("arkit", ["browOuter*"]) == ["browOuterUpLeft", "browOuterUpRight"]


def test_from_the_command_line(animate, tmp_path):  # noqa: F811
    assert animate("speech.wav", "-o", "first.npz", "--fps", "30").code == 0
    edited = sf.load(tmp_path / "first.npz")
    edited = Animation(np.full((len(edited), len(ARKIT)), 0.25, np.float32), ARKIT.names, 30.0, "arkit")
    edited.export(tmp_path / "edited.csv")
    done = animate("speech.wav", "--from", "edited.csv", "--lock", "brows,eyes", "--emotion", "sad", "-o", "again.npz")
    assert done.code == 0, done.err
    again = sf.load(tmp_path / "again.npz")
    assert again.rig == "arkit"
    assert again["browInnerUp"] == pytest.approx(0.25, abs=1e-4)
    assert np.abs(again["mouthFrownLeft"] - 0.25).max() > 0.05
    assert animate("speech.wav", "--lock", "brows").code == 2
    assert "--lock" in animate("speech.wav", "--from", "edited.csv").err
    assert "no such" in animate("speech.wav", "--from", "gone.csv", "--lock", "brows").err
