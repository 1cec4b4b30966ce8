"""Every exporter's file, read back with the library its readers use."""

import csv as table
import json
import tracemalloc
import zipfile

import av
import numpy as np
import pytest
import soundfile
import trimesh
from test_render_head import Egg

from render.export import csv, mp4, npz, obj, ply
from render.tone import to_srgb
from speechface import plugins
from speechface.animation import Animation
from speechface.errors import UserError

NAMES = ("open", "turn", "wide")


@pytest.fixture(scope="module")
def head():
    return Egg()


@pytest.fixture(scope="module")
def animation():
    curves = np.stack([np.linspace(0, 1, 7), np.linspace(-0.3, 0.3, 7), np.zeros(7)], axis=1)
    return Animation(curves, NAMES, 30.0, "egg")


@pytest.mark.parametrize("name", plugins.names("render.export"))
def test_every_exporter_keeps_the_contract(name):
    exporter = plugins.load("render.export", name, "exporter")
    assert plugins.summary("render.export", name).endswith(".")
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in exporter.SUFFIXES)
    assert callable(exporter.write)


def test_no_two_exporters_claim_one_suffix():
    claimed = [
        suffix
        for name in plugins.names("render.export")
        for suffix in plugins.load("render.export", name, "exporter").SUFFIXES
    ]
    assert len(claimed) == len(set(claimed))


def test_npz(tmp_path, head, animation):
    npz.write(animation, tmp_path / "talk.npz", head)
    with np.load(tmp_path / "talk.npz", allow_pickle=False) as data:
        assert data["vertices"].dtype == np.float32
        assert np.array_equal(data["vertices"], head.vertices(animation.controls))
        assert np.array_equal(data["faces"], head.faces)
        assert float(data["fps"]) == 30.0
        assert (
            dict(zip(data["landmark_names"].tolist(), data["landmark_vertices"].tolist(), strict=True))
            == head.landmarks
        )
    assert zipfile.ZipFile(tmp_path / "talk.npz").testzip() is None


def test_npz_needs_no_memory_for_length(tmp_path, head):
    long = Animation(np.zeros((3000, 3), np.float32), NAMES, 30.0, "egg")
    tracemalloc.start()
    npz.write(long, tmp_path / "long.npz", head)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = (tmp_path / "long.npz").stat().st_size
    assert size > 3000 * len(head.rest) * 12
    assert peak < size / 15


def test_obj(tmp_path, head, animation):
    obj.write(animation, tmp_path / "talk.obj", head)
    files = sorted((tmp_path / "talk").glob("*.obj"))
    assert [file.name for file in files] == [f"talk_{number:05d}.obj" for number in range(7)]
    text = files[3].read_text()
    assert [line[2:] for line in text.splitlines() if line.startswith("g ")] == ["skin", "eyes", "lashes"]
    mesh = trimesh.load(files[3], process=False, maintain_order=True, group_material=False, skip_materials=True)
    meshes = list(mesh.geometry.values()) if isinstance(mesh, trimesh.Scene) else [mesh]
    assert sum(len(part.faces) for part in meshes) == len(head.faces)
    rows = np.array([line.split()[1:] for line in text.splitlines() if line.startswith("v ")], float)
    assert np.abs(rows[:, :3] - head.vertices(animation.controls[3])).max() < 1e-6
    assert np.abs(rows[:, 3:] - to_srgb(head.look.colour)).max() < 1e-4
    normals = np.array([line.split()[1:] for line in text.splitlines() if line.startswith("vn ")], float)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-3)
    first = next(line for line in text.splitlines() if line.startswith("f "))
    assert first == "f " + " ".join(f"{corner}//{corner}" for corner in head.faces[0] + 1)
    assert json.loads((tmp_path / "talk" / "landmarks.json").read_text())["vertices"] == head.landmarks


def test_ply(tmp_path, head, animation):
    ply.write(animation, tmp_path / "talk.ply", head)
    files = sorted((tmp_path / "talk").glob("*.ply"))
    assert len(files) == 7
    mesh = trimesh.load(files[6], process=False)
    assert np.abs(mesh.vertices - head.vertices(animation.controls[6])).max() < 1e-6
    assert np.array_equal(mesh.faces, head.faces)
    assert np.abs(mesh.visual.vertex_colors[:, :3] / 255.0 - to_srgb(head.look.colour)).max() < 0.003
    assert (tmp_path / "talk" / "landmarks.json").is_file()


def test_folders_are_replaced_file_by_file(tmp_path, head, animation):
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "mine.txt").write_text("keep")
    ply.write(animation, tmp_path / "talk.ply", head)
    assert (tmp_path / "talk" / "mine.txt").read_text() == "keep"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_csv(tmp_path, head, animation):
    csv.write(animation, tmp_path / "curves.csv", head)
    rows = list(table.reader((tmp_path / "curves.csv").open()))
    assert rows[0] == ["time", *NAMES]
    assert len(rows) == 8
    assert np.allclose(np.array(rows[1:], float)[:, 0], animation.times, atol=1e-6)
    assert np.allclose(np.array(rows[1:], float)[:, 1:], animation.controls, atol=1e-5)
    csv.write(animation, tmp_path / "bare.csv", time=False, header=False)
    assert np.loadtxt(tmp_path / "bare.csv", delimiter=",").shape == (7, 3)


def test_mp4_has_every_frame_and_the_sound(tmp_path, head):
    rate, at = 44100, 22050
    samples = np.zeros((rate, 2), np.float32)
    samples[at : at + 3] = 0.8
    soundfile.write(tmp_path / "speech.wav", samples, rate)
    curves = np.zeros((25, 3), np.float32)
    talk = Animation(curves, NAMES, 25.0, "egg", tmp_path / "speech.wav", {"emotion": "sad"})
    mp4.write(talk, tmp_path / "talk.mp4", head, size=64)
    with av.open(str(tmp_path / "talk.mp4")) as container:
        assert container.streams.video[0].frames == 25
        assert container.streams.video[0].average_rate == 25
        assert container.streams.audio[0].rate == rate
    mp4.write(talk, tmp_path / "mute.mp4", head, size=(64, 48), sound=False, overlay=True, camera="three_quarter")
    with av.open(str(tmp_path / "mute.mp4")) as container:
        assert not container.streams.audio
        assert container.streams.video[0].width == 64


def test_what_the_user_can_get_wrong(tmp_path, head, animation):
    other = Animation(np.zeros((3, 1), np.float32), ("elsewhere",), 25.0, "other")
    with pytest.raises(UserError, match="moves only the head it was made for"):
        npz.write(other, tmp_path / "x.npz", head)
    with pytest.raises(UserError, match="no frames"):
        ply.write(animation.trim(5.0, 5.0), tmp_path / "x.ply", head)
    gone = Animation(animation.controls, NAMES, 25.0, "egg", tmp_path / "gone.wav")
    with pytest.raises(UserError, match=r"gone\.wav is not there"):
        mp4.write(gone, tmp_path / "x.mp4", head, size=64)
    with pytest.raises(UserError, match="unknown renderer"):
        mp4.write(animation, tmp_path / "x.mp4", head, size=64, renderer="paint")
    assert not list(tmp_path.iterdir())
