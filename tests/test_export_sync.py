"""Sound and curves together to the sample: a click, and a curve that peaks with it, in every file that has a time."""

import json
import sys

import av
import numpy as np
import pygltflib
import pytest
from made_line import click
from made_maya import Cmds, modules
from made_unreal import module, sequence
from test_export_glb import values
from test_export_scripts import ALL, ATTRIBUTES, run
from test_render_head import Egg

from render.export import (
    a2f,
    blender,
    board,
    csv,
    flame,
    glb,
    livelink,
    maya,
    mov,
    mp4,
    npz,
    obj,
    ply,
    png,
    rigmapper,
    unreal,
    usd,
    vrma,
)
from speechface import plugins, rigs
from speechface.animation import Animation
from speechface.rates import RATES

RATE = 48000
SAMPLE = 1.0 / RATE
FRAME = 23
"""Frame with the click: its time is no whole number of samples at most rates, so that half a sample is what can be had."""


@pytest.fixture(params=RATES, ids=lambda rate: f"{float(rate):.3f}")
def clip(request, tmp_path):
    """A line in a rig, whose every curve is 1 at the frame of the click and 0 elsewhere."""
    fps = float(request.param)
    sound = click(tmp_path / "line.wav", FRAME / fps, seconds=40 / fps, rate=RATE)

    def make(rig="face_board"):
        names = Egg().rig.names if rig == "egg" else rigs.load(rig).names
        curves = np.zeros((40, len(names)))
        curves[FRAME] = 0.8
        return Animation(curves, names, fps, rig, sound)

    make.at = FRAME / fps
    return make


def heard(path):
    """Second of the click in a sound file."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        blocks, first = [], None
        for frame in container.decode(stream):
            first = float(frame.pts * stream.time_base) if first is None else first
            blocks.append(np.atleast_2d(frame.to_ndarray()).astype(float)[0])
        return first + np.abs(np.concatenate(blocks)).argmax() / stream.rate


def test_scripts_and_tables(clip, tmp_path, monkeypatch):
    made = clip()
    assert heard(made.audio) == pytest.approx(clip.at, abs=SAMPLE / 2 + 1e-9)
    rate = (lambda exact: (exact.numerator, exact.denominator))(RATES[[float(one) for one in RATES].index(made.fps)])
    unreal.write(made, tmp_path / "line.unreal.py", timecode="00:00:02:00")
    scene = sequence(ALL, rate)
    run(tmp_path / "line.unreal.py", monkeypatch, {"unreal": module(scene)})
    keys = scene.proxies[0].track.sections[0].channels["CTRL_L_brow_down"].keys
    frame = max(keys, key=lambda key: key.value).frame - scene.tracks[0].sections[0].first
    assert frame * rate[1] / rate[0] == pytest.approx(clip.at, abs=1e-9)
    maya.write(made, tmp_path / "line.maya.py", timecode="00:00:02:00")
    names = {"24": "film", "25": "pal", "30": "ntsc", "48": "show", "50": "palf", "60": "ntscf"}
    cmds = Cmds(ATTRIBUTES, names.get(f"{made.fps:g}", f"{made.fps:.3f}".rstrip("0") + "fps"))
    run(tmp_path / "line.maya.py", monkeypatch, modules(cmds))
    curve = cmds.curves["CTRL_L_brow_down.translateY"]
    assert (max(curve, key=curve.get) - cmds.sounds[0][1]) / made.fps == pytest.approx(clip.at, abs=1e-9)
    assert not cmds.said
    rigmapper.write(made, tmp_path / "line.rigmapper.csv")
    rows = [row.split(",") for row in (tmp_path / "line.rigmapper.csv").read_text().splitlines()[1:]]
    assert {int(row[1]) for row in rows if float(row[2]) > 0.5} == {FRAME}
    livelink.write(clip("arkit"), tmp_path / "line.livelink.csv")
    row = (tmp_path / "line.livelink.csv").read_text().splitlines()[1 + FRAME].split(",")
    seconds, sixtieths = row[0].split(":")[2:]
    assert int(seconds) + float(sixtieths) / 60 == pytest.approx(clip.at, abs=SAMPLE)
    assert float(row[5]) > 0.5
    blender.write(clip("arkit"), tmp_path / "line.blender.py")
    monkeypatch.setitem(sys.modules, "bpy", None)
    text = (tmp_path / "line.blender.py").read_text().partition("json.loads(")[2].partition(")\n")[0]
    data = json.loads(eval(text, {}))
    at = data["keys"]["jawOpen"]["values"].index(0.8)
    exact = data["rate"][0] / data["rate"][1]
    assert (data["keys"]["jawOpen"]["frames"][at] - data["start"]) / exact == pytest.approx(clip.at, abs=1e-9)


def test_tables_and_arrays_of_numbers(clip, tmp_path):
    made, moved = clip("arkit"), clip("egg")
    csv.write(made, tmp_path / "line.csv")
    table = np.genfromtxt(tmp_path / "line.csv", delimiter=",", names=True)
    assert table["time"][table["jawOpen"].argmax()] == pytest.approx(clip.at, abs=1e-6)
    board.write(clip(), tmp_path / "line.bareboard.csv")  # says no rate: its line is the frame
    assert np.loadtxt(tmp_path / "line.bareboard.csv", delimiter=",").max(axis=1).argmax() == FRAME
    a2f.write(made, tmp_path / "line.a2f.json")
    data = json.loads((tmp_path / "line.a2f.json").read_text())
    assert np.max(data["weightMat"], axis=1).argmax() / data["exportFps"] == pytest.approx(clip.at, abs=1e-9)
    assert data["trackPath"] == "line.wav"
    npz.write(moved, tmp_path / "line.npz", Egg())
    flame.write(clip("flame"), tmp_path / "line.flame.npz")
    for name, array in (("line.npz", "vertices"), ("line.flame.npz", "expression")):
        with np.load(tmp_path / name, allow_pickle=False) as found:
            change = np.abs(found[array] - found[array][:1]).reshape(40, -1).max(axis=1)
            assert change.argmax() / float(found["fps"]) == pytest.approx(clip.at, abs=1e-9)


def test_folders_of_frames_are_numbered_from_the_first(clip, tmp_path):
    for exporter in (obj, ply, png):
        name = exporter.__name__.rpartition(".")[2]
        exporter.write(clip("egg"), tmp_path / f"line.{name}", Egg(), **({"size": 16} if name == "png" else {}))
        files = sorted((tmp_path / "line").glob(f"*.{name}"))
        sizes = [file.read_bytes() for file in files]
        assert len(files) == 40
        assert [number for number, found in enumerate(sizes) if found != sizes[0]] == [FRAME], name


def test_no_exporter_is_forgotten_here():
    here = {name for name, found in globals().items() if getattr(found, "__name__", "").startswith("render.export.")}
    assert here == set(plugins.names("render.export"))


def test_gltf(clip, tmp_path):
    head = Egg()
    glb.write(clip("egg"), tmp_path / "line.glb", head)
    vrma.write(clip("arkit"), tmp_path / "line.perfectsync.vrma")
    for name, width in (("line.glb", len(head.rig)), ("line.perfectsync.vrma", 3)):
        document = pygltflib.GLTF2().load_binary(str(tmp_path / name))
        sampler = document.animations[0].samplers[-1]
        times = values(document, sampler.input)[:, 0]
        moved = values(document, sampler.output).reshape(-1, width)[:, 0]
        assert times[moved.argmax()] == pytest.approx(clip.at, abs=SAMPLE / 2)


def test_usd(clip, tmp_path):
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd, UsdSkel

    usd.write(clip("egg"), tmp_path / "line.usdc", Egg(), timecode="00:00:02:00")
    stage = Usd.Stage.Open(str(tmp_path / "line.usdc"))
    weights = UsdSkel.Animation(stage.GetPrimAtPath("/Head/Speech")).GetBlendShapeWeightsAttr()
    peak = max(weights.GetTimeSamples(), key=lambda time: weights.Get(time)[0])
    begin = stage.GetPrimAtPath("/Head/Sound").GetAttribute("startTime").Get().GetValue()
    assert (peak - begin) / stage.GetTimeCodesPerSecond() == pytest.approx(clip.at, abs=1e-9)


@pytest.mark.parametrize(("exporter", "name"), [(mov, "line.mov"), (mp4, "line.mp4")])
def test_videos_say_their_timecode(clip, tmp_path, exporter, name):
    made = clip("egg")
    drop = made.fps in (30000 / 1001, 60000 / 1001)
    exporter.write(
        made, tmp_path / name, Egg(), size=32, quality="draft", timecode="01:00:00;10" if drop else "01:00:00:10"
    )
    with av.open(str(tmp_path / name)) as container:
        assert container.streams.video[0].metadata["timecode"] == ("01:00:00;10" if drop else "01:00:00:10")
        assert len(container.streams.audio) == 1


@pytest.mark.parametrize(("exporter", "name"), [(mov, "line.mov"), (mp4, "line.mp4")])
def test_video(clip, tmp_path, exporter, name):
    exporter.write(clip("egg"), tmp_path / name, Egg(), size=32, quality="draft")
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        frames = [(float(frame.pts * stream.time_base), frame.to_ndarray(format="gray").astype(float))
                  for frame in container.decode(stream)]  # fmt: skip
    change = [np.abs(picture - frames[0][1]).mean() for _, picture in frames]
    assert frames[int(np.argmax(change))][0] == pytest.approx(clip.at, abs=1e-3 if name.endswith("mp4") else 1e-4)
    assert heard(tmp_path / name) == pytest.approx(clip.at, abs=SAMPLE if name.endswith("mov") else 2 * SAMPLE)
