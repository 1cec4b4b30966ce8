"""Scripts for Unreal and Maya, run against stand-ins of their modules that are as strict as the programs."""

import json
import sys

import numpy as np
import pytest
from made_line import click, line
from made_maya import Cmds, modules
from made_unreal import module, sequence

from render.export import _board, _curves, maya, unreal
from speechface import rigs
from speechface.errors import UserError

BOARD = rigs.load("face_board")
ALL = {unreal_name: 0 for _, unreal_name, _ in _board.named()}
for _, unreal_name, _ in _board.named():
    ALL[unreal_name] += 1


def run(path, monkeypatch, modules):
    """Run a script as the program does."""
    for name, found in modules.items():
        monkeypatch.setitem(sys.modules, name, found)
    space = {"__name__": "__main__", "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return space


def played(keys, frames):
    """Values at frames of keys (frame, value), straight lines between them."""
    return np.interp(frames, [frame for frame, _ in keys], [value for _, value in keys])


@pytest.mark.parametrize("reduce", [0.0, 0.03])
def test_unreal_keys_every_control_by_its_name_there(tmp_path, monkeypatch, reduce):
    clip, scene = line(), sequence(ALL)
    unreal.write(clip, tmp_path / "line.unreal.py", reduce=reduce)
    run(tmp_path / "line.unreal.py", monkeypatch, {"unreal": module(scene)})
    channels = scene.proxies[0].track.sections[0].channels
    keyed = {name: channel for name, channel in channels.items() if channel.keys}
    silent = {name for name in ALL if "neckCorr" in name}
    assert len(silent) == 3
    assert set(channels) - set(keyed) == silent | {"CTRL_C_eye.X", "CTRL_C_eye.Y", "Weight"}
    assert {key.mode for channel in keyed.values() for key in channel.keys} == {"RCIM_LINEAR"}
    assert (sum(len(channel.keys) for channel in keyed.values()) < 0.8 * 40 * len(keyed)) == (reduce > 0)
    folded, frames = _curves.two_eyes(clip), np.arange(len(clip))
    for name, unreal_name, axis in _board.named():
        channel = keyed.get(unreal_name if ALL[unreal_name] == 1 else f"{unreal_name}.{axis}")
        if channel is not None:
            keys = [(key.frame, key.value) for key in channel.keys]
            assert np.abs(played(keys, frames) - folded[name]).max() <= reduce + 1e-6, name
    assert "CTRL_C_tongue_tipMove.X" in keyed
    assert "CTRL_C_tongue_tip.X" not in keyed
    assert scene.end == 40


def test_both_eyes_are_folded_into_each_and_stay_in_range():
    clip = line()
    folded = _curves.two_eyes(clip)
    both, left = clip["CTRL_C_eye-translateX"], clip["CTRL_L_eye-translateX"]
    assert np.allclose(folded["CTRL_L_eye-translateX"], np.clip(left + both, -1, 1))
    assert not folded["CTRL_C_eye-translateX"].any()


def test_unreal_starts_at_the_timecode_and_so_does_the_sound(tmp_path, monkeypatch):
    clip, scene = line(fps=24000 / 1001, audio=click(tmp_path / "line.wav", 0.5)), sequence(ALL, (24000, 1001))
    unreal.write(clip, tmp_path / "line.unreal.py", timecode="00:01:00:12")
    editor = module(scene)
    run(tmp_path / "line.unreal.py", monkeypatch, {"unreal": editor})
    first = 60 * 24 + 12
    keys = scene.proxies[0].track.sections[0].channels["CTRL_C_jaw.Y"].keys
    assert [key.frame for key in keys] == list(range(first, first + 40))
    (sound,) = scene.tracks[0].sections
    assert (sound.first, sound.past) == (first, first + 40)
    assert editor.imported[0]["filename"] == str(tmp_path / "line.wav")


def test_unreal_at_another_rate_keys_at_the_same_time(tmp_path, monkeypatch):
    clip, scene = line(fps=30.0), sequence(ALL, (24, 1))
    unreal.write(clip, tmp_path / "line.unreal.py")
    editor = module(scene)
    run(tmp_path / "line.unreal.py", monkeypatch, {"unreal": editor})
    keys = scene.proxies[0].track.sections[0].channels["CTRL_L_brow_down"].keys
    assert np.allclose([key.frame / 24 for key in keys], clip.times, atol=1 / 24000)
    assert any("--fps 24" in text for text in editor.said)


def test_older_keys_of_the_stretch_are_replaced_and_others_stay(tmp_path, monkeypatch):
    clip, scene = line(), sequence(ALL)
    brow = scene.proxies[0].track.sections[0].channels["CTRL_L_brow_down"]
    for frame in (-5, 3, 200):
        brow.put(frame, 9.0)
    unreal.write(clip, tmp_path / "line.unreal.py", reduce=0.05)
    run(tmp_path / "line.unreal.py", monkeypatch, {"unreal": module(scene)})
    assert [key.frame for key in brow.keys if key.value == 9.0] == [-5, 200]


def test_unreal_says_what_is_missing(tmp_path, monkeypatch):
    unreal.write(line(frames=3), tmp_path / "line.unreal.py")
    some = sequence({name: axes for name, axes in ALL.items() if "tongue" not in name})
    editor = module(some)
    run(tmp_path / "line.unreal.py", monkeypatch, {"unreal": editor})
    assert any("CTRL_C_tongue_move" in text for text in editor.said)
    for scene, message in (
        (None, "open a Level Sequence"), (sequence(ALL, name="MetaHuman_ControlRig"), "no Face_ControlBoard_CtrlRig"),
        (sequence({"other": 1}), "none of the face board's controls"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=message):
            run(tmp_path / "line.unreal.py", monkeypatch, {"unreal": module(scene)})


def test_curves_alone_are_json(tmp_path):
    clip = line(audio=tmp_path / "sounds" / "line.wav")
    unreal.write(clip, tmp_path / "line.unreal.json", timecode="00:00:01:00")
    data = json.loads((tmp_path / "line.unreal.json").read_text())
    assert (data["rate"], data["start"], data["frames"], data["timecode"]) == ([30, 1], 30, 40, "00:00:01:00")
    assert data["sound"] == "sounds/line.wav"
    jaw = data["keys"]["CTRL_C_jaw"]
    assert jaw["frames"] == list(range(30, 70))
    assert np.allclose(jaw["values"], clip.columns(["CTRL_C_jaw-translateX", "CTRL_C_jaw-translateY"]), atol=1e-6)


ATTRIBUTES = {name.replace("-", ".") for name in BOARD.names}


@pytest.mark.parametrize("reduce", [0.0, 0.03])
def test_maya_keys_every_control(tmp_path, monkeypatch, reduce):
    clip, cmds = line(audio=click(tmp_path / "line.wav", 0.5)), Cmds(ATTRIBUTES)
    cmds.curves["CTRL_L_brow_down.translateY"] = {5.5: 9.0, 99.0: 9.0}
    maya.write(clip, tmp_path / "line.maya.py", reduce=reduce, timecode="00:00:00:10")
    run(tmp_path / "line.maya.py", monkeypatch, modules(cmds))
    assert cmds.tangents == {"linear"}
    assert {name for name in ATTRIBUTES if name not in cmds.curves} == {
        name for name in ATTRIBUTES if "neckCorr" in name
    }
    for name in BOARD.names:
        if "neckCorr" not in name:
            keys = sorted(cmds.curves[name.replace("-", ".")].items())
            values = played([key for key in keys if key[1] != 9.0], 10 + np.arange(40))
            assert np.abs(values - clip[name]).max() <= reduce + 1e-6, name
    assert cmds.curves["CTRL_L_brow_down.translateY"][99.0] == 9.0
    assert cmds.sounds == [(str(tmp_path / "line.wav"), 10.0)]
    assert not cmds.suspended
    assert cmds.chunks == 0
    assert cmds.end == 49.0


def test_maya_finds_the_one_who_speaks(tmp_path, monkeypatch):
    clip = line(frames=4)
    maya.write(clip, tmp_path / "line.maya.py")
    two = {f"{who}:{name}" for who in ("ada", "bob:rig") for name in ATTRIBUTES}
    with pytest.raises(RuntimeError, match="several faces here"):
        run(tmp_path / "line.maya.py", monkeypatch, modules(Cmds(two)))
    cmds = Cmds(two, unit="film", selected=["bob:rig:CTRL_C_jaw"], locked=["bob:rig:CTRL_C_jaw.translateX"])
    run(tmp_path / "line.maya.py", monkeypatch, modules(cmds))
    assert {name.rpartition(":")[0] for name in cmds.curves} == {"bob:rig"}
    assert "bob:rig:CTRL_C_jaw.translateX" not in cmds.curves
    assert np.allclose(sorted(cmds.curves["bob:rig:CTRL_C_jaw.translateY"]), clip.times * 24)
    assert any("between frames" in text for text in cmds.said)
    with pytest.raises(RuntimeError, match="no control of a MetaHuman"):
        run(tmp_path / "line.maya.py", monkeypatch, modules(Cmds({"pSphere1.translateX"})))


@pytest.mark.parametrize("reduce", [-0.1, np.nan, np.inf])
@pytest.mark.parametrize("exporter", [unreal, maya])
def test_tolerances_that_are_none(tmp_path, exporter, reduce):
    with pytest.raises(UserError, match="is no tolerance"):
        exporter.write(line(frames=3), tmp_path / "line.py", reduce=reduce)
    assert not list(tmp_path.iterdir())
