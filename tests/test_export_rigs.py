"""Curves for other programs, read back as those programs read them."""

import csv
import json
import re

import numpy as np
import pytest
from command_line import SHARED
from made_line import line

from render.export import _board, a2f, board, flame, livelink, rigmapper
from speechface import conversion, heads, plugins, rigs
from speechface.animation import Animation
from speechface.api import export, exporter_for, load
from speechface.errors import UserError
from speechface.rates import RATES

ARKIT, BOARD = rigs.load("arkit"), rigs.load("face_board")
SHAPES = [name for name in ARKIT.names if not name.startswith("head")]


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")
def test_a_take_of_live_link_comes_back(tmp_path, rate):
    clip = line("arkit", fps=float(rate), frames=90)
    livelink.write(clip, tmp_path / "line.livelink.csv", timecode="10:59:59:20")
    again = load(tmp_path / "line.livelink.csv")
    assert again.fps == float(rate)
    assert len(again) == 90
    assert np.abs(again.columns(ARKIT.names) - clip.columns(ARKIT.names)).max() < 1e-6
    first = rows(tmp_path / "line.livelink.csv")[1][0]
    assert re.fullmatch(r"10:59:59:\d\d\.\d{3}", first)
    assert float(first.rpartition(":")[2]) == pytest.approx(20 / round(rate) * 60, abs=1e-3)


def test_a_take_is_written_as_the_app_writes_it(tmp_path):
    clip = line("arkit")
    livelink.write(clip, tmp_path / "line.livelink.csv")
    raw = (tmp_path / "line.livelink.csv").read_bytes()
    table = rows(tmp_path / "line.livelink.csv")
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert {len(row) for row in table} == {63}
    assert {row[1] for row in table[1:]} == {"61"}
    assert table[1][0] == "00:00:00:00.000"
    assert table[2][0] == "00:00:00:02.000"  # 30 a second, in 60ths
    assert all(re.fullmatch(r"-?\d+\.\d{10}", cell) for row in table[1:] for cell in row[2:])
    if (SHARED / "livelink").is_dir():
        assert table[0] == rows(sorted((SHARED / "livelink").glob("*.csv"))[0])[0]
    eye = {name: np.array([float(row[at]) for row in table[1:]]) for at, name in enumerate(table[0]) if at > 1}
    out, across = clip["eyeLookOutLeft"] - clip["eyeLookInLeft"], clip["eyeLookOutRight"] - clip["eyeLookInRight"]
    assert np.corrcoef(eye["LeftEyeYaw"], out)[0, 1] < -0.99
    assert np.corrcoef(eye["RightEyeYaw"], across)[0, 1] > 0.99
    assert np.allclose(eye["HeadYaw"], -clip["headYaw"], atol=1e-6)


def test_board_with_names_and_without(tmp_path):
    clip = line()
    for name in ("line.board.csv", "line.bareboard.csv"):
        export(clip, tmp_path / name)
    table = rows(tmp_path / "line.board.csv")
    assert table[0] == list(BOARD.names)
    bare = np.loadtxt(tmp_path / "line.bareboard.csv", delimiter=",")
    assert bare.shape == (40, 174)
    assert np.allclose(bare, clip.controls, atol=1e-5)
    assert np.array_equal(bare, np.array(table[1:], float))
    board.write(clip, tmp_path / "plain.csv", header=False)
    assert (tmp_path / "plain.csv").read_bytes() == (tmp_path / "line.bareboard.csv").read_bytes()


def test_audio2face(tmp_path):
    clip = line("arkit", audio=tmp_path / "line.wav")
    a2f.write(clip, tmp_path / "line.a2f.json")
    data = json.loads((tmp_path / "line.a2f.json").read_text())
    assert set(data) == {"exportFps", "trackPath", "numPoses", "numFrames", "facsNames", "weightMat"}
    assert data["facsNames"] == SHAPES
    assert (data["exportFps"], data["numPoses"], data["numFrames"], data["trackPath"]) == (30, 52, 40, "line.wav")
    assert np.allclose(data["weightMat"], clip.columns(SHAPES), atol=1e-6)


@pytest.mark.parametrize("reduce", [0.0, 0.03])
def test_rig_mapper(tmp_path, reduce):
    clip = line()
    rigmapper.write(clip, tmp_path / "line.rigmapper.csv", reduce=reduce, timecode="00:00:02:00")
    table = rows(tmp_path / "line.rigmapper.csv")
    assert table[0] == ["curve_name", "frame_number", "value"]
    curves: dict[str, list] = {}
    for name, frame, value in table[1:]:
        curves.setdefault(name, []).append((int(frame), float(value)))
    assert len(curves) == 174 - 3 - 2
    frames = 60 + np.arange(40)
    for name, own in (("CTRL_C_jaw.ty", "CTRL_C_jaw-translateY"), ("CTRL_L_brow_down.ty", "CTRL_L_brow_down-translateY"),
                      ("CTRL_C_tongue_bendTwist.tx", "CTRL_C_tongue_roll-translateX")):  # fmt: skip
        at, values = np.array(curves[name]).T
        assert np.abs(np.interp(frames, at, values) - clip[own]).max() <= reduce + 1e-5
    assert (len(table) < 0.8 * (1 + 40 * 169)) == (reduce > 0)
    assert sorted(channel_of(name) for name in curves) == sorted(
        unreal if sum(unreal == other for _, other, _ in _board.named()) == 1 else f"{unreal}.{axis}"
        for name, unreal, axis in _board.named()
        if unreal != "CTRL_C_eye" and "neckCorr" not in name
    )


def channel_of(curve):
    """The channel of a Control Rig section that Rig Mapper gives a curve to: `.tx` is `.X` of a control of two axes, and a
    control of one axis is found by its name alone."""
    control, _, axis = curve.partition(".")
    assert axis in ("tx", "ty")
    two = sum(unreal == control for _, unreal, _ in _board.named()) == 2
    return f"{control}.{axis[1].upper()}" if two else control


def test_flame_comes_back(tmp_path):
    clip = line("flame", size=0.2)
    flame.write(clip, tmp_path / "line.flame.npz")
    again = load(tmp_path / "line.flame.npz")
    assert (again.rig, again.fps) == ("flame", 30.0)
    assert set(clip.names) - set(again.names) == {"tongueTipUp", "tongueOut", "tongueBackUp", "tongueWide"}
    names = [name for name in again.names if name in heads.load("flame:preview").rig.names]  # others move nothing
    assert np.abs(again.columns(names) - clip.columns(names)).max() < 1e-6


def test_flame_moves_the_head_as_the_line_does(tmp_path):
    clip, head = line("flame", size=0.2), heads.load("flame:preview")
    clip = Animation(clip.controls * 0.1, clip.names, clip.fps, clip.rig)
    flame.write(clip, tmp_path / "line.flame.npz")
    with np.load(tmp_path / "line.flame.npz", allow_pickle=False) as data:
        assert {"expression", "jaw_pose", "neck_pose", "leye_pose", "reye_pose", "eye_pose", "global_orient", "shape",
                "betas", "transl", "fps", "eyelids", "basis"} <= set(data)  # fmt: skip
        assert float(data["fps"]) == 30.0
        assert str(data["basis"]) == "speechface open head"
        turned = np.concatenate(
            [data[name] for name in ("global_orient", "neck_pose", "jaw_pose", "leye_pose", "reye_pose")], 1
        )
        rebuilt = np.concatenate([data["expression"], turned, data["eyelids"]], axis=1)
    names = [name for name in rigs.load("flame").names if "ongue" not in name]
    posed = head.vertices(Animation(rebuilt, names, 30.0, "flame").columns(head.rig.names))
    still = clip.with_curves({name: np.zeros(40) for name in head.rig.names if name not in names})
    want = head.vertices(still.columns(head.rig.names))
    assert np.abs(posed - want).max() < 1e-6


@pytest.mark.parametrize(
    ("kind", "ending"), [("livelink", ".livelink.csv"), ("board", ".board.csv"), ("unreal", ".unreal.json")]
)
def test_a_line_of_another_rig_is_converted(tmp_path, kind, ending):
    clip = line("open", frames=6, size=0.5)
    export(clip, tmp_path / f"line{ending}")
    rig = plugins.load("render.export", kind, "exporter").RIG
    made = conversion.convert(clip, rig)
    if kind == "livelink":
        assert np.abs(load(tmp_path / "line.livelink.csv").columns(made.names) - made.controls).max() < 1e-6
    elif kind == "board":
        assert np.allclose(
            np.loadtxt(tmp_path / "line.board.csv", delimiter=",", skiprows=1), made.columns(BOARD.names), atol=1e-5
        )
    else:
        keys = json.loads((tmp_path / "line.unreal.json").read_text())["keys"]
        assert np.allclose(keys["CTRL_L_brow_down"]["values"], made["CTRL_L_brow_down-translateY"], atol=1e-6)


def test_endings_that_clash():
    for name, kind in (("a.csv", "csv"), ("a.livelink.csv", "livelink"), ("A.LiveLink.CSV", "livelink"), ("a.npz", "npz"),
                       ("a.flame.npz", "flame"), ("a.unreal.json", "unreal"), ("a.bareboard.csv", "board"), ("b.usdz", "usd"),
                       ("a.perfectsync.vrma", "vrma"), ("line.v2.glb", "glb")):  # fmt: skip
        assert exporter_for(name) == kind, name
    assert exporter_for("line_1_Mira.csv", "livelink") == "livelink"
    assert exporter_for("a.board.csv", "livelink") == "board"
    assert exporter_for("a.py", "maya") == "maya"
    assert exporter_for("a.mp4", "maya") == "mp4"
    with pytest.raises(UserError, match=r"call it a\.blender\.py or a\.maya\.py or a\.unreal\.py, or give --format"):
        exporter_for("a.py")
    with pytest.raises(UserError, match="do not know how to write"):
        exporter_for("a.xyz")


WRONG = {
    "nan": "curve '.*' is not a number at 0.03 s",
    "empty": "no frames",
    "rig": "moves only the head it was made for",
}


@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.parametrize("kind", plugins.names("render.export"))
def test_what_cannot_be_exported_leaves_nothing(tmp_path, kind, fault):
    exporter = plugins.load("render.export", kind, "exporter")
    clip = line("arkit", frames=3)
    if fault == "nan":
        clip.controls[1, 5] = np.nan
    elif fault == "empty":
        clip = clip.trim(5.0)
    else:
        clip = Animation(clip.controls, clip.names, clip.fps, "egg")
        if kind == "csv":
            pytest.skip("curves of any rig")
    with pytest.raises(UserError, match=WRONG[fault]) as caught:
        export(clip, tmp_path / f"line{exporter.SUFFIXES[0]}", "open:arkit,preview")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
