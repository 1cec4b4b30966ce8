"""Layers in the files of engines: read back as the engine reads them, they sum to the file of the whole."""

import csv
import json

import numpy as np
import pytest
from made_line import line
from made_unreal import module, sequence
from test_export_scripts import ALL, played, run

from render import layered
from render.export import a2f, board, livelink, rigmapper, unreal
from speechface import plugins
from speechface.errors import UserError
from speechface.layers import NAMES, split


def stages(rig):
    """Four whole performances as different as can be: nothing about their differences is small, or of one sign."""
    return {name: line(rig, seed=seed, size=1.0) for seed, name in enumerate(NAMES)}


def table(path):
    """Numbers of a table by (row, column), whatever else is in it."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return np.array([[float(cell) for cell in row[2:]] for row in rows[1:]])


def mapped(path):
    """Curves of a table for the Rig Mapper, a value a frame: straight lines between keys, as it fills them in."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    keys: dict[str, list] = {}
    for name, frame, value in rows:
        keys.setdefault(name, []).append((int(frame), float(value)))
    return np.stack([np.interp(np.arange(40), *np.array(keys[name]).T) for name in sorted(keys)])


def weights(path):
    return np.array(json.loads(path.read_text())["weightMat"])


KINDS = {
    "livelink": (livelink, "talk.livelink.csv", "arkit", table),
    "a2f": (a2f, "talk.a2f.json", "arkit", weights),
    "board": (board, "talk.board.csv", "face_board", lambda path: np.loadtxt(path, delimiter=",", skiprows=1)),
    "bare": (board, "talk.bareboard.csv", "face_board", lambda path: np.loadtxt(path, delimiter=",")),
    "rigmapper": (rigmapper, "talk.rigmapper.csv", "face_board", mapped),
}


@pytest.mark.parametrize("name", KINDS)
def test_files_a_layer_sum_to_the_whole(tmp_path, name):
    exporter, file, rig, read = KINDS[name]
    made = stages(rig)
    exporter.write(made["head"], tmp_path / file)
    stem, _, ending = file.partition(".")
    beside = layered.write(made, tmp_path / file, exporter.__name__.rpartition(".")[2], None)
    assert [path.name for path in beside] == [f"{stem}.{layer}.{ending}" for layer in NAMES]
    whole, parts = read(tmp_path / file), [read(path) for path in beside]
    assert np.abs(sum(parts) - whole).max() < 1e-5
    assert all(np.abs(part).max() > 0.5 for part in parts)
    assert min(part.min() for part in parts[1:]) < -0.5  # what is negative is not cut off


def test_fewer_keys_of_layers_are_as_near_together_as_of_the_whole(tmp_path):
    made = stages("face_board")
    rigmapper.write(made["head"], tmp_path / "talk.rigmapper.csv")
    beside = layered.write(made, tmp_path / "talk.rigmapper.csv", "rigmapper", None, reduce=0.04)
    whole = mapped(tmp_path / "talk.rigmapper.csv")
    assert 1e-3 < np.abs(sum(mapped(path) for path in beside) - whole).max() <= 0.04 + 1e-5


def test_a_name_of_ones_own_keeps_its_ending(tmp_path):
    made = stages("arkit")
    (first, *_) = layered.write(made, tmp_path / "slate_1_Mira.csv", "livelink", None, timecode="00:00:01:00")
    assert first.name == "slate_1_Mira.speech.csv"
    assert first.read_text().splitlines()[1].startswith("00:00:01:00.000,")


@pytest.mark.parametrize("rate", [(30, 1), (24000, 1001)])
def test_unreal_has_an_additive_section_a_layer(tmp_path, monkeypatch, rate):
    made, scene = stages("face_board"), sequence(ALL, rate)
    unreal.write(made["head"], tmp_path / "whole.unreal.py")
    layered.write(made, tmp_path / "talk.unreal.py", "unreal", None)
    for _ in range(2):  # a second run takes the place of the first
        editor = module(scene)
        run(tmp_path / "talk.unreal.py", monkeypatch, {"unreal": editor})
        track = scene.proxies[0].track
        assert [section.blend for section in track.sections] == ["ABSOLUTE"] + 3 * ["ADDITIVE"]
        assert all(section.bounds == [False, False] for section in track.sections[1:])
        assert len({(s.tint.r, s.tint.g, s.tint.b) for s in track.sections}) == 4
        assert track.keyed is track.sections[0]  # what an animator keys next does not go into a layer
        parts = [curves(section, rate) for section in track.sections]
        other = sequence(ALL, rate)
        run(tmp_path / "whole.unreal.py", monkeypatch, {"unreal": module(other)})
        whole = curves(other.proxies[0].track.sections[0], rate)
        for name, curve in whole.items():
            total = sum(part.get(name, np.zeros(40)) for part in parts)
            assert np.abs(total - curve).max() < 1e-5 + (rate[0] != 30), name
        assert {key.mode for section in track.sections for c in section.channels.values() for key in c.keys} == {
            "RCIM_LINEAR"
        }
        assert not track.sections[1].channels["Weight"].keys
    run(tmp_path / "whole.unreal.py", monkeypatch, {"unreal": module(scene)})  # the whole again: no layer is left on it
    assert not any(curves(section, rate) for section in scene.proxies[0].track.sections[1:])
    assert set(curves(scene.proxies[0].track.sections[0], rate)) == set(whole)


def curves(section, rate):
    """Values of a section's channels that have keys, at the line's 40 frames of 30 a second."""
    at = np.arange(40) / 30 * rate[0] / rate[1]
    return {
        name: played([(key.frame, key.value) for key in channel.keys], at)
        for name, channel in section.channels.items()
        if channel.keys
    }


def test_unreal_json_has_layers_beside_the_whole(tmp_path):
    made = stages("face_board")
    layered.write(made, tmp_path / "talk.unreal.json", "unreal", None, timecode="00:00:02:00")
    data = json.loads((tmp_path / "talk.unreal.json").read_text())
    assert list(data["layers"]) == list(NAMES)
    for name, key in data["keys"].items():
        parts = [layer[name] for layer in data["layers"].values() if name in layer]
        assert all(part["frames"] == key["frames"] == list(range(60, 100)) for part in parts)
        assert np.abs(sum(np.array(part["values"]) for part in parts) - np.array(key["values"])).max() < 1e-5, name


def test_a_layer_is_not_taken_for_a_whole(tmp_path):
    layer = split(stages("arkit"))["eyes"]
    with pytest.raises(UserError, match=r"a layer \(eyes\) in rig 'arkit' cannot be converted to 'face_board'"):
        board.write(layer, tmp_path / "a.board.csv")
    assert not list(tmp_path.iterdir())


def test_exporters_say_where_layers_go():
    found = {kind: getattr(plugins.load("render.export", kind, "exporter"), "LAYERS", None)
             for kind in plugins.names("render.export")}  # fmt: skip
    assert set(found.values()) == {None, "beside", "inside"}
    assert {kind for kind, where in found.items() if where == "beside"} == {"csv", "npz", *KINDS} - {"bare"}
    with pytest.raises(UserError, match=r"--layers go into \.a2f\.json.*add one of them"):
        layered.check(["mp4"], None)
