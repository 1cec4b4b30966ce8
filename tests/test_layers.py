"""Layers sum to the performance they were taken from, in every rig and file, and each holds what it is named after."""

import numpy as np
import pygltflib
import pytest
from command_line import animate  # noqa: F401
from scipy.spatial.transform import Rotation
from test_export_glb import values
from test_life import talk
from test_render_head import Egg

import speechface as sf
from render import layered
from speechface import conversion, heads, rigs
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.layers import NAMES, layers, split, total

SOUND = (talk(5)[8000:36000], 16000)
FEELING = "0 neutral; 0.8 angry"


@pytest.fixture(scope="module")
def whole():
    return sf.animate(SOUND, FEELING, seed=2, fps=30)


@pytest.fixture(scope="module")
def parts():
    return layers(SOUND, FEELING, seed=2, fps=30)


@pytest.mark.parametrize("rig", ["flame", "arkit", "open", "face_board"])
def test_layers_sum_to_the_whole_in_every_rig(whole, rig):
    parts = layers(SOUND, FEELING, rig, seed=2, fps=30)
    assert tuple(parts) == NAMES
    wanted = conversion.convert(whole, rig)
    made = total(parts)
    assert (made.rig, made.fps, len(made)) == (rig, 30, len(wanted))
    assert set(made.names) == set(wanted.names)
    assert np.abs(made.columns(wanted.names) - wanted.controls).max() < 1e-5
    known = rigs.load(rig)
    for name, allowed in (
        ("eyes", {"lid", "gaze", "brow", "eye", "expression"}), ("head", {"head", "nose", "neck"})
    ):  # fmt: skip
        part = parts[name]
        moved = {c for c, curve in zip(part.names, part.controls.T, strict=True) if np.abs(curve).max() > 0.03}
        assert moved
        assert {known.groups[known.index[c]] for c in moved & set(known.names)} <= allowed


def test_each_layer_is_what_it_says(whole, parts):
    plain = sf.animate(SOUND, "neutral", seed=2, fps=30, alive=False)
    assert np.array_equal(parts["speech"].columns(plain.names), plain.controls)
    felt = sf.animate(SOUND, FEELING, seed=2, fps=30, alive=False)
    without = total(parts, {"eyes": 0, "head": 0})
    assert np.abs(without.columns(felt.names) - felt.controls).max() < 1e-5
    assert np.abs(parts["emotion"].controls).max() > 0.5
    assert {layer.about["layer"] for layer in parts.values()} == set(NAMES)
    assert not any("demands" in layer.about for layer in parts.values())  # no converter is to touch its lips
    indifferent = layers(SOUND, "neutral", alive=False)
    assert not any(np.abs(indifferent[name].controls).max() > 0 for name in ("emotion", "eyes", "head"))


def test_dials_scale_layers_and_the_sum_is_clamped_after(parts):
    half = total(parts, {"head": 0.5})
    assert np.allclose(half["neck_y"], 0.5 * parts["head"]["neck_y"], atol=1e-6)
    made = {
        "speech": Animation(np.array([[0.9, 0.2]]), ("jawOpen", "headYaw"), 30, "arkit"),
        "emotion": Animation(np.array([[0.4, 0.0]]), ("jawOpen", "headYaw"), 30, "arkit"),
        "eyes": Animation(np.array([[-0.5, 0.0]]), ("jawOpen", "headYaw"), 30, "arkit"),
    }
    assert total(made)["jawOpen"][0] == pytest.approx(0.8)  # a clamp on the way would have lost 0.3
    assert total(made, {"eyes": 0.0})["jawOpen"][0] == pytest.approx(1.3)
    assert total(made, {"eyes": 0.0}, clamp=True)["jawOpen"][0] == 1.0
    with pytest.raises(UserError, match="no layer 'ears'"):
        total(made, {"ears": 1.0})


def test_controls_that_come_later_are_zero_before():
    one = Animation(np.ones((2, 1)), ("jawOpen",), 30, "arkit")
    two = one.with_curves({"headYaw": np.array([0.1, 0.2])})
    made = split({"speech": one, "head": two})
    assert made["speech"]["headYaw"].tolist() == [0.0, 0.0]
    assert made["head"]["jawOpen"].tolist() == [0.0, 0.0]


def test_files_of_layers_sum_to_the_file_of_the_whole(animate, tmp_path):  # noqa: F811
    said = animate(
        "speech.wav", "-e", "sad", "--layers", "-o", "a.csv", "-o", "a.npz", "-o", "a.glb", "--head", "flame:preview"
    )
    places = [f"a.{kind}" for kind in ("csv", "npz", "glb")]
    more = {kind: [f"a.{name}.{kind}" for name in NAMES] for kind in ("csv", "npz")}
    listed = [places[0], *more["csv"], places[1], *more["npz"], places[2]]
    assert said == (0, "".join(f"{place}\n" for place in listed), "")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*listed, "speech.wav"])

    tables = [np.genfromtxt(tmp_path / name, delimiter=",", names=True) for name in (places[0], *more["csv"])]
    for name in tables[0].dtype.names[1:]:
        assert np.abs(tables[0][name] - sum(table[name] for table in tables[1:])).max() < 1e-5

    whole, *layered = (sf.load(tmp_path / name) for name in (places[1], *more["npz"]))
    assert np.abs(whole.columns(layered[0].names) - sum(layer.controls for layer in layered)).max() < 1e-5
    check_glb(pygltflib.GLTF2().load_binary(str(tmp_path / "a.glb")))


def check_glb(document):
    """Morph weights of the layers sum to those of the whole; rotations, one after the other, are the whole's."""
    assert [animation.name for animation in document.animations] == ["all", *NAMES]
    tracks = []
    for animation in document.animations:
        found = {}
        for channel in animation.channels:
            sampler = animation.samplers[channel.sampler]
            assert document.accessors[sampler.input].min == [0.0]
            found[channel.target.node, channel.target.path] = values(document, sampler.output)
        tracks.append(found)
    for (node, path), wanted in tracks[0].items():
        made = [track[node, path] for track in tracks[1:] if (node, path) in track]
        if path == "weights":
            assert np.abs(sum(made) - wanted).max() < 1e-5
            assert len(made) == 4
        else:
            turn = Rotation.identity(len(wanted))
            for part in made:
                turn = turn * Rotation.from_quat(part)
            assert (turn.inv() * Rotation.from_quat(wanted)).magnitude().max() < 1e-5
    joints = {node for node, path in tracks[4] if path == "rotation"}
    assert len(joints) == 1  # the neck
    assert {path for _, path in tracks[3]} == {"weights", "rotation"}  # lids and eyes


def test_layers_that_cannot_be_are_refused(animate, tmp_path):  # noqa: F811
    for words, message in (
        (("--layers",), "--layers go into"), (("--layers", "--compare", "sad,angry", "-o", "a.mp4"), "leave --compare out"),
    ):  # fmt: skip
        said = animate("speech.wav", *words)
        assert said.code == 2
        assert message in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["speech.wav"]


def test_a_head_that_is_not_taken_apart_has_no_layers_in_its_glb():
    layered.check(["mp4", "csv"], Egg())
    layered.check(["glb"], heads.load("flame:preview"))
    with pytest.raises(UserError, match="takes no layers"):
        layered.check(["csv", "glb"], Egg())
