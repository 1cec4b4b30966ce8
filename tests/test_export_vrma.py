"""VRM animation, read with pygltflib by the rules of VRMC_vrm_animation 1.0."""

import numpy as np
import pygltflib
import pytest
from made_line import line
from scipy.spatial.transform import Rotation, Slerp
from test_export_glb import values

from render.export import vrma
from speechface import rigs
from speechface.animation import Animation

ARKIT = rigs.load("arkit")
REQUIRED = {"hips", "spine", "head"} | {
    f"{side}{bone}" for side in ("left", "right")
    for bone in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot")
}  # fmt: skip


def read(path):
    document = pygltflib.GLTF2().load_binary(str(path))
    assert document.extensionsUsed == ["VRMC_vrm_animation"]
    (animation,) = document.animations
    tracks = {}
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        assert sampler.interpolation == "LINEAR"
        tracks[channel.target.node, channel.target.path] = (
            values(document, sampler.input)[:, 0], values(document, sampler.output)
        )  # fmt: skip
    return document, document.extensions["VRMC_vrm_animation"], tracks


@pytest.mark.parametrize("reduce", [0.0, 0.01])
def test_custom_expressions_are_the_curves(tmp_path, reduce):
    clip = line("arkit", frames=90)
    vrma.write(clip, tmp_path / "line.perfectsync.vrma", reduce=reduce)
    _, told, tracks = read(tmp_path / "line.perfectsync.vrma")
    assert told["specVersion"] == "1.0"
    custom = told["expressions"]["custom"]
    for name in ARKIT.names:
        if not name.startswith(("head", "eyeLook")):
            for spelled in (name, name[0].upper() + name[1:]):
                times, moved = tracks[custom[spelled]["node"], "translation"]
                assert np.abs(np.interp(clip.times, times, moved[:, 0]) - clip[name]).max() <= reduce + 1e-5, spelled
                assert not moved[:, 1:].any()
    assert not any(name.startswith(("eyeLook", "EyeLook")) for name in custom)


@pytest.mark.parametrize("reduce", [0.0, 0.01])
def test_head_and_gaze_turn(tmp_path, reduce):
    clip = line("arkit", frames=90)
    vrma.write(clip, tmp_path / "line.vrma", reduce=reduce)
    document, told, tracks = read(tmp_path / "line.vrma")
    bones = {name: entry["node"] for name, entry in told["humanoid"]["humanBones"].items()}
    assert set(bones) >= REQUIRED

    def turned(node):
        times, out = tracks[node, "rotation"]
        inside = np.minimum(clip.times, times[-1])
        return Slerp(times, Rotation.from_quat(out))(inside)

    want = Rotation.from_rotvec(clip.columns(["headPitch", "headYaw", "headRoll"]))
    assert (want.inv() * turned(bones["neck"]) * turned(bones["head"])).magnitude().max() <= reduce + 2e-3
    down = clip["eyeLookDownLeft"] - clip["eyeLookUpLeft"] + clip["eyeLookDownRight"] - clip["eyeLookUpRight"]
    pitch = turned(told["lookAt"]["node"]).as_rotvec()[:, 0]
    assert np.abs(pitch - 0.5 * vrma.GAZE[1] * down).max() <= reduce + 2e-3
    hips = document.nodes[bones["hips"]]
    assert hips.translation[1] > 0.5
    names = [document.nodes[child].name for child in hips.children]
    assert set(names) == {"spine", "leftUpperLeg", "rightUpperLeg"}


JAW = {"aa": 0.75, "ih": 0.15, "ou": 0.2, "ee": 0.4, "oh": 0.5, "surprised": 0.3}
"""How far a preset opens the jaw, as `speechface/heads/assets/expressions.json` has it."""


@pytest.mark.parametrize(
    ("curves", "preset"),
    [({"eyeBlinkLeft": 1.0}, "blinkLeft"), ({"jawOpen": 0.7}, None), ({"mouthPucker": 0.9, "jawOpen": 0.2}, "ou")],
)
def test_presets_look_like_the_shapes(tmp_path, curves, preset):
    still = Animation(np.zeros((3, len(ARKIT))), ARKIT.names, 30.0, "arkit")
    vrma.write(still.with_curves({name: np.full(3, value) for name, value in curves.items()}), tmp_path / "line.vrma")
    _, told, tracks = read(tmp_path / "line.vrma")
    presets = told["expressions"]["preset"]
    weights = {name: tracks[entry["node"], "translation"][1][0, 0] for name, entry in presets.items()}
    assert min(weights.values()) >= 0.0
    assert max(weights.values()) <= 1.0
    if preset:
        assert max(weights, key=weights.get) == preset
        assert weights[preset] > 0.6
    opening = sum(size * weights[name] for name, size in JAW.items())
    assert opening == pytest.approx(curves.get("jawOpen", 0.0), abs=0.12)
