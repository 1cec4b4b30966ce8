"""`speechface prepare folder`: sound and motion in many forms become clips that say the same."""

import json

import made_up
import made_up_flame
import numpy as np
import pytest
import soundfile

from data_prep import corpora, vertex_motion
from data_prep.performed import Wanted, collect, motion
from data_prep.teacher.teach import teach
from render.export import csv as live_link
from speechface import heads
from speechface.animation import Animation
from speechface.clip_checks import Need, check
from speechface.clips import ClipFolder
from speechface.conversion import convert
from speechface.emotion import Emotion
from speechface.errors import UserError
from speechface.retarget import face_board_to_open

FPS = 30.0


@pytest.fixture(scope="module")
def take():
    """Sound (S,), and the same performance in rigs `flame` (muscles that one can see), `arkit` and `face_board`."""
    phones = made_up.segments(made_up.LINE)
    heard = made_up.sound(phones)
    seconds = len(heard) / 16000
    board = teach(heard, phones, Emotion.parse("happy"), 0).at(FPS, seconds)
    muscles = face_board_to_open(board)
    head = heads.load("flame:preview")
    return heard, {
        "flame": Animation(head.from_muscles(muscles), head.rig.names, FPS, "flame"),
        "arkit": convert(Animation(muscles, heads.load("open").rig.names, FPS, "open"), "arkit"),
    }


@pytest.fixture(scope="module")
def flame_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("flame") / "own.npz"
    np.savez(path, **made_up_flame.own())
    return path


def put(root, name, heard):
    root.mkdir(parents=True, exist_ok=True)
    soundfile.write(root / f"{name}.wav", heard, 16000)


def prepared(root, out, **wanted):
    clips, left = collect(out, list(corpora.recordings("folder", root)), root, Wanted(**wanted))
    return {clip.name: clip for clip in clips}, left


def face(controls, names):
    """(T, n, 3) places of the middle of the face for parameters of the open head's FLAME face."""
    head = heads.load("flame:preview")
    given = Animation(controls, names, 25.0, "flame").columns(head.rig.names).copy()
    given[:, [head.rig.index[f"neck_{axis}"] for axis in "xyz"]] = 0.0
    at = [
        head.landmarks[name] for name in ("inner_lip_upper", "inner_lip_lower", "mouth_corner_left", "chin", "lm68_24")
    ]
    return head.points(given, at)


def test_every_form_of_motion_says_the_same(take, flame_file, tmp_path):
    heard, made = take
    root, head, flame = tmp_path / "in", heads.load("flame:preview"), heads.load(f"flame:{flame_file}")
    for name in ("animation", "vertices", "list", "parameters", "livelink", "none"):
        put(root, name, heard)
    made["flame"].save(root / "animation.npz")
    turned = made["flame"].with_curves({"neck_y": np.full(len(made["flame"]), 0.2, np.float32)})
    vertices = head.vertices(turned.columns(head.rig.names))
    np.save(root / "list.npy", (100 * vertices).reshape(len(vertices), -1))  # centimetres, as FaceFormer's lists
    np.savez(root / "vertices.npz", vertices=vertices.astype(np.float16), fps=FPS)
    still = Animation(made["flame"].controls, made["flame"].names, FPS, "flame")
    own = flame.rig.clip(flame.from_muscles(_muscles(still)))
    count = len(flame.expression)
    at = flame.rig.index["jaw_x"]
    np.savez(root / "parameters.npz", expression=own[:, :count], jaw_pose=own[:, at : at + 3], fps=FPS)
    live_link.write(made["arkit"], root / "livelink.csv")
    clips, left = prepared(root, tmp_path / "out", source=f"flame:{flame_file}", told_fps=FPS)
    assert set(clips) == {"animation", "vertices", "list", "parameters", "livelink"}
    assert left == {"none": "there is no motion file of the name none"}
    read = {clip.name: clip.motion() for clip in ClipFolder.read(tmp_path / "out").clips}
    reference = face(read["animation"].controls, read["animation"].names)
    moving = np.linalg.norm(reference - reference.mean(axis=0), axis=-1).mean()
    for name, found in read.items():
        assert (found.fps, found.rig) == (25.0, "flame")
        assert abs(len(found.controls) - len(heard) / 16000 * 25) <= 1.5
        places = face(found.controls, found.names)
        count = min(len(places), len(reference))
        error = np.linalg.norm(places[:count] - reference[:count], axis=-1).mean()
        assert error < 0.35 * moving, (name, error, moving)
    for name in ("vertices", "list"):
        column = read[name].names.index("neck_y")
        assert read[name].controls[:, column] == pytest.approx(0.2, abs=2e-3)


def _muscles(animation):
    from speechface.conversion import muscles

    return muscles(animation)


def test_for_a_flame_file_its_own_parameters_stay(take, flame_file, tmp_path):
    heard, made = take
    flame, root = heads.load(f"flame:{flame_file}"), tmp_path / "in"
    own = flame.from_muscles(_muscles(made["flame"]))
    put(root, "vertices", heard)
    put(root, "parameters", heard)
    np.savez(root / "vertices.npz", vertices=flame.vertices(own), fps=FPS)
    count, at = len(flame.expression), flame.rig.index["jaw_x"]
    np.savez(
        root / "parameters.npz", expression=own[:, :count], jaw_pose=own[:, at : at + 3], fps=25.0 * len(own) / len(own)
    )
    clips, left = prepared(root, tmp_path / "out", head=f"flame:{flame_file}", fps=FPS)
    assert set(clips) == {"vertices"}
    assert "its motion lasts" in left["parameters"]
    found = ClipFolder.read(tmp_path / "out").clips[0].motion()
    assert found.rig == "flame_file"
    still = own.copy()
    still[:, [flame.rig.index[name] for name in flame.rig.names if "eye" in name]] = 0.0
    count = min(len(found.controls), len(own))
    error = np.linalg.norm(flame.vertices(found.controls[:count:9]) - flame.vertices(still[:count:9]), axis=-1)
    assert error.mean() < 1e-4


def test_long_recordings_are_cut_and_held_out_by_clip_where_speakers_are_few(take, tmp_path):
    heard, made = take
    root = tmp_path / "in"
    times = int(np.ceil(24 / (len(heard) / 16000)))
    put(root, "long take", np.tile(heard, times))
    controls = np.tile(made["flame"].controls, (times, 1))
    Animation(controls, made["flame"].names, len(controls) / (times * len(heard) / 16000), "flame").save(
        root / "long take.npz"
    )
    (root / "metadata.csv").write_text("file,speaker,emotion,intensity,licence\nlong take.wav,ann,sad,0.5,CC0\n")
    clips, _ = prepared(root, tmp_path / "out", longest=3.0)
    assert all(clip.seconds <= 3.05 for clip in clips.values())
    assert sum(clip.seconds for clip in clips.values()) == pytest.approx(times * len(heard) / 16000, abs=0.2)
    splits = json.loads((tmp_path / "out" / "splits.json").read_text())
    assert splits["by"] == "clip"
    assert splits["validation"]
    assert splits["test"]
    read = ClipFolder.read(tmp_path / "out")
    assert {(clip.speaker, clip.about["emotion"], clip.about["licence"]) for clip in read.clips} == {
        ("ann", "sad:0.5", "CC0")
    }
    names = tuple(name for name in heads.load("flame").rig.names if name.startswith(("expression_", "jaw_")))
    need = Need(names, frames=24, styles=1, emotion=True, sound=True)
    assert not check([read], need, "refuse", quiet=True).broken
    assert "CC0" in (tmp_path / "out" / "CARD.md").read_text()


def test_speakers_are_held_out_where_there_are_enough(take, tmp_path):
    heard, made = take
    root = tmp_path / "in"
    for who in "abcdef":
        put(root / f"speaker_{who}", f"take_{who}", heard)
        made["flame"].save(root / f"speaker_{who}" / f"take_{who}.npz")
    prepared(root, tmp_path / "out")
    read = ClipFolder.read(tmp_path / "out")
    assert read.by == "speaker"
    assert all(read.splits.values())
    styles = [clip.about["style"] for clip in read.split("train")]
    assert sorted(styles) == list(range(len(styles)))


def test_what_cannot_be_used_is_said(take, tmp_path):
    heard, made = take
    root = tmp_path / "in"
    put(root, "short", heard)
    half = Animation(made["flame"].controls[:20], made["flame"].names, FPS, "flame")
    half.save(root / "short.npz")
    with pytest.raises(UserError, match=r"short: its motion lasts 0\.67 s, its sound"):
        prepared(root, tmp_path / "out")
    (root / "short.npz").unlink()
    np.save(root / "short.npy", np.zeros((20, 7, 3)))
    with pytest.raises(UserError, match="its 7 vertices are those of no head"):
        prepared(root, tmp_path / "out", told_fps=FPS)
    with pytest.raises(UserError, match="frames a second; give --motion-fps"):
        prepared(root, tmp_path / "out")
    with pytest.raises(UserError, match="does not move by FLAME's parameters"):
        prepared(root, tmp_path / "out", head="open")
    assert not (tmp_path / "out" / "clips.jsonl").exists()


def test_a_metahumans_own_curves_are_refused_with_the_reason(tmp_path):
    path = tmp_path / "take.csv"
    path.write_text("time,CTRL_expressions_jawOpen\n0.0,0.5\n")
    with pytest.raises(UserError, match="made with MetaHuman: its licence forbids training"):
        motion(path, heads.load("flame:preview"), Wanted())


def test_vertices_tell_their_unit_and_the_turn_of_the_head():
    head = heads.load("flame:preview")
    controls = np.zeros((3, len(head.rig)), np.float32)
    controls[:, head.rig.index["jaw_x"]] = (0.0, 0.1, 0.2)
    controls[:, head.rig.index["neck_x"]] = (0.0, 0.1, -0.3)
    vertices = head.vertices(controls)
    for unit in (1.0, 100.0, 1000.0):
        found = vertex_motion.parameters(unit * vertices, head)
        for name in ("jaw_x", "neck_x"):
            assert found[:, head.rig.index[name]] == pytest.approx(controls[:, head.rig.index[name]], abs=2e-3)
    with pytest.raises(UserError, match="another size"):
        vertex_motion.parameters(10.0 * vertices, head)
    with pytest.raises(UserError, match="not those of head"):
        vertex_motion.parameters(vertices[:, 1:], head)
