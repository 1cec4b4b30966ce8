"""Characters of other people: shapes found by any name, motion that looks as asked for, and the file given back whole."""

import contextlib
import json
import struct

import numpy as np
import pygltflib
import pytest
import trimesh
from made_character import HALF_TURN, OPEN, character, model, moved
from scipy.spatial import cKDTree
from test_export_glb import values

from render.export import glb
from speechface import heads, rigs
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import _gltf_file
from speechface.heads._expressions import _table, recognise

ARKIT = rigs.load("arkit")
SHAPES = [name for name in ARKIT.names if not name.startswith("head")]
SPOKEN = ("jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight")
PP = {"jawOpen": 0.08, "mouthClose": 0.08, "mouthPress": 0.35}


def arkit_place(name):
    """(V, 3) places of the open head for one of ARKit's shapes."""
    from speechface import retarget

    head, _ = model()
    place = head.vertices(retarget.arkit_to_open()[ARKIT.index[name]])
    eyes = head.look.part == head.look.parts.index("eyes")
    place[eyes] = head.rest[eyes]  # bones turn them
    return place


def posed(head, pose):
    """Places of a head for an ARKit posture, and those of the open head's nearest vertices in the same posture."""
    other = heads.load("open:arkit,preview")
    controls = np.zeros((1, len(ARKIT)), np.float32)
    for name, amount in pose.items():
        controls[0, ARKIT.index[name]] = amount
    away, nearest = cKDTree(other.rest).query(head.rest)
    assert away.max() < 1e-5
    return head.vertices(controls)[0], other.vertices(controls)[0][nearest]


def apart(head, pose):
    """Millimetres between a head and the open head: mean, and that of the worst vertex but for lips that lie on each other."""
    one, other = posed(head, pose)
    away = 1e3 * np.linalg.norm(one - other, axis=1)
    return away.mean(), np.quantile(away, 0.995)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("eyeBlink_L", "eyeBlinkLeft"), ("EyeBlinkLeft", "eyeBlinkLeft"), ("EYEBLINKLEFT", "eyeBlinkLeft"),
     ("blendShape1.eyeBlink_L", "eyeBlinkLeft"), ("L_eyeBlink", "eyeBlinkLeft"), ("eyeBlink.R.001", "eyeBlinkRight"),
     ("head_jawOpen", "jawOpen"), ("Jaw Open", "jawOpen"), ("browInnerUp_L", "browInnerUp"), ("mouth_L", "mouthLeft"),
     ("Face.M_F00_000_00_Fcl_MTH_A", "aa"), ("mouth_A", "aa"), ("A", "aa"), ("あ", "aa"), ("まばたき", "blink"),
     ("viseme_PP", "viseme PP"), ("vrc.v_ou", "viseme U"), ("Fcl_EYE_Close_R", "blinkRight"),
     ("jawOpen*mouthPucker", None), ("ring_A", None), ("Key 1", None), ("smileyface", None), ("", None)],
)  # fmt: skip
def test_names_are_recognised(written, meant):
    found = recognise(written)
    assert (found and found[0]) == meant


def test_every_arkit_shape_is_known_in_every_spelling():
    for name in SHAPES:
        short = name.replace("Left", "_L").replace("Right", "_R")
        for written in (name, name.upper(), name.lower(), short, f"Mesh.{short}", f"mouth_{name}", f"{name}.002"):
            if not (name in ("mouthLeft", "mouthRight", "jawLeft", "jawRight") and written.isupper()):
                assert recognise(written) == (name, "arkit"), written


def test_table_of_expressions_names_muscles_only():
    for name, entry in _table().items():
        moved(entry["pose"])
        assert entry["kind"] in ("both", "gaze", "viseme", "vowel", "feeling", "jaw"), name


@pytest.fixture(scope="module")
def arkit_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("arkit") / "anna.glb"
    return character(path, {name: arkit_place(name) for name in SHAPES} | {"fangs": {"jawOpen": 0.1}}, sparse=True)


def test_arkit_shapes_go_one_to_one(arkit_file):
    head = heads.load(str(arkit_file))
    assert head.fit.complete
    assert head.unknown == ("fangs",)
    assert any("fangs" in line for line in head.report)
    assert apart(head, {"mouthSmileLeft": 1.0})[1] < 0.01
    assert apart(head, {"browInnerUp": 0.5, "mouthPucker": 0.5})[1] < 1.5  # products of shapes are the open head's own
    assert apart(head, {"headYaw": 0.3, "headPitch": -0.2})[1] < 0.01
    eyes = head.look.part == head.look.parts.index("eyes")
    one, other = posed(head, {"eyeLookOutLeft": 0.7, "eyeLookInRight": 0.7})
    assert 1e3 * np.linalg.norm(one - other, axis=1)[eyes].max() < 0.01
    assert 1e3 * np.linalg.norm(one - head.rest, axis=1)[eyes].max() > 2.0


def test_colours_come_from_textures(arkit_file):
    head = heads.load(str(arkit_file))
    linear = ((np.array([200, 120, 90]) / 255.0 + 0.055) / 1.055) ** 2.4
    assert np.allclose(head.look.colour[head.look.part == head.look.parts.index("skin")], linear, atol=2e-3)
    assert np.allclose(head.look.colour[head.look.part == head.look.parts.index("scalp")], [0.5, 0.2, 0.15], atol=1e-5)


def test_the_mouth_is_found(arkit_file):
    head, other = heads.load(str(arkit_file)), heads.load("open:arkit,preview")
    for name, least in (("chin", 0.01), ("inner_lip_upper", 0.004), ("inner_lip_lower", 0.004),
                        ("mouth_corner_left", 0.012), ("mouth_corner_right", 0.012)):  # fmt: skip
        assert np.linalg.norm(head.rest[head.landmarks[name]] - other.rest[other.landmarks[name]]) < least, name


def test_the_file_is_given_back_with_an_animation_more(arkit_file, tmp_path):
    head = heads.load(str(arkit_file))
    controls = np.zeros((4, len(ARKIT)), np.float32)
    controls[1, ARKIT.index["jawOpen"]] = 0.6
    controls[2, [ARKIT.index["headYaw"], ARKIT.index["eyeLookOutLeft"]]] = 0.4
    glb.write(Animation(controls, ARKIT.names, 25.0, "arkit"), tmp_path / "out.glb", head)
    before, after = (pygltflib.GLTF2().load(str(path)) for path in (arkit_file, tmp_path / "out.glb"))
    texts = [json.loads(document.to_json()) for document in (before, after)]
    for name in ("meshes", "materials", "textures", "images", "skins", "nodes", "scenes"):
        assert texts[0][name] == texts[1][name], name
    assert after.binary_blob()[: len(before.binary_blob())] == before.binary_blob()
    assert after.accessors[: len(before.accessors)] == before.accessors
    assert [one.name for one in after.animations] == ["nod", "speech"]
    ways = {(channel.target.node, channel.target.path): channel.sampler for channel in after.animations[1].channels}
    assert set(ways) == {(1, "weights"), (2, "weights"), (4, "rotation"), (5, "rotation")}
    sampler = after.animations[1].samplers[ways[1, "weights"]]
    weights = values(after, sampler.output).reshape(4, len(SHAPES) + 1)
    assert np.allclose(weights[:, :-1], controls[:, [ARKIT.index[name] for name in SHAPES]])
    assert not weights[:, -1].any()
    assert np.allclose(values(after, sampler.input)[:, 0], np.arange(4) / 25.0)
    turned = values(after, after.animations[1].samplers[ways[4, "rotation"]].output)
    assert np.allclose(turned[2], [0, np.sin(0.2), 0, np.cos(0.2)], atol=1e-6)
    assert np.allclose(np.linalg.norm(turned, axis=1), 1.0)
    assert len(trimesh.load(tmp_path / "out.glb", process=False).geometry) == 3
    again = heads.load(str(tmp_path / "out.glb"))
    assert np.array_equal(again.vertices(controls), head.vertices(controls))


@pytest.mark.parametrize("name", ["plain.gltf", "uri.gltf", "wide.glb", "narrow.glb"])
def test_every_container_reads_the_same(name, tmp_path):
    targets = {shape: arkit_place(shape) for shape in SPOKEN}
    whole = heads.load(str(character(tmp_path / "whole.glb", targets)))
    index = "<u4" if name == "wide.glb" else "<u2"
    other = heads.load(str(character(tmp_path / name, targets, index=index, sparse=name == "narrow.glb")))
    controls = np.zeros((2, len(ARKIT)), np.float32)
    controls[1, ARKIT.index["jawOpen"]] = 0.5
    assert np.array_equal(whole.faces, other.faces)
    assert np.allclose(whole.vertices(controls), other.vertices(controls), atol=1e-6)
    (tmp_path / "back.glb").write_bytes(other.own_file(controls, np.arange(2) / 25.0))
    (tmp_path / "plain.bin").unlink(missing_ok=True)
    assert np.allclose(heads.load(str(tmp_path / "back.glb")).rest, whole.rest)


def vowels(weight=1.0):
    """VRM's presets by index of the morph target: name in 1.0, name in 0.x, and the posture."""
    table = _table()
    names = (("aa", "a"), ("ih", "i"), ("ou", "u"), ("ee", "e"), ("oh", "o"), ("blink", "blink"), ("happy", "joy"),
             ("sad", "sorrow"), ("angry", "angry"))  # fmt: skip
    return [(new, old, table[new]["pose"]) for new, old in names]


def vrm(version, nodes):
    if version == 0:
        groups = [
            {"name": old.upper(), "presetName": old, "binds": [{"mesh": 0, "index": number, "weight": 100}]}
            for number, (_, old, _) in enumerate(vowels())
        ]
        bones = [{"bone": bone, "node": node} for bone, node in nodes.items()]
        return {"VRM": {"blendShapeMaster": {"blendShapeGroups": groups}, "humanoid": {"humanBones": bones}}}
    preset = {
        new: {"morphTargetBinds": [{"node": 1, "index": number, "weight": 1.0}]}
        for number, (new, _, _) in enumerate(vowels())
    }
    bones = {bone: {"node": node} for bone, node in nodes.items()}
    return {"VRMC_vrm": {"expressions": {"preset": preset}, "humanoid": {"humanBones": bones}}}


@pytest.mark.parametrize("version", [0, 1])
def test_vrm_speaks_by_its_vowels(version, tmp_path):
    targets = {f"Fcl_{number}": pose for number, (_, _, pose) in enumerate(vowels())}
    extensions = vrm(version, {"head": 4, "leftEye": 5, "rightEye": 6})
    path = tmp_path / "girl.vrm"
    head = heads.load(str(character(path, targets, extensions, turn=HALF_TURN if version == 0 else None)))
    assert {one.name for one in head.expressions} == {new for new, _, _ in vowels()}
    assert head.unknown == ()
    nose = head.rest[np.argmax(head.rest[:, 2])]
    assert abs(nose[0]) < 0.005  # looks along Z, whichever way the file does
    for pose, least in (({"jawOpen": 0.6}, 0.4), ({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}, 0.9)):
        one, other = posed(head, pose)
        moved_so, asked = one - head.rest, other - head.rest
        assert (moved_so * asked).sum() / np.square(asked).sum() > least
    still = weights(head, {})
    assert still.max() < 1e-4
    assert lips_apart(head, {"jawOpen": 0.1, "mouthClose": 0.1}) < 0.4
    assert lips_apart(head, {"jawOpen": 0.5}) > 4.0


def weights(head, pose):
    controls = np.zeros((1, len(ARKIT)), np.float32)
    for name, amount in pose.items():
        controls[0, ARKIT.index[name]] = amount
    return head.fit.weights(controls)[0]


def lips_apart(head, pose):
    """Millimetres between the middles of the lips, by the open head's own vertices there."""
    other = heads.load("open:arkit,preview")
    lips = other.rest[[other.landmarks["inner_lip_upper"], other.landmarks["inner_lip_lower"]]]
    controls = np.zeros((1, len(ARKIT)), np.float32)
    for name, amount in pose.items():
        controls[0, ARKIT.index[name]] = amount
    near = np.flatnonzero(np.linalg.norm(head.rest - lips[0], axis=1) < 1e-4)
    places = head.vertices(controls)[0][near]
    return 1e3 * float(np.ptp(places[:, 1]))


def test_visemes_close_the_lips_for_p_b_m_and_round_them(tmp_path):
    visemes = {name: entry for name, entry in _table().items() if entry["kind"] == "viseme"}
    targets = {name.replace(" ", "_"): entry["pose"] for name, entry in visemes.items()}
    head = heads.load(str(character(tmp_path / "oculus.glb", targets)))
    assert len(head.expressions) == 15
    names = [one.name for one in head.expressions]
    for pose in ({"jawOpen": 0.12, "mouthClose": 0.12, "mouthPressLeft": 0.3, "mouthPressRight": 0.3},
                 {"jawOpen": 0.06, "mouthClose": 0.06, "mouthPressLeft": 0.5, "mouthPressRight": 0.5}):  # fmt: skip
        found = weights(head, pose)
        assert names[int(np.argmax(found))] == "viseme PP"
        assert lips_apart(head, pose) < 0.8
    found = weights(head, {"jawOpen": 0.15, "mouthPucker": 0.9})
    assert names[int(np.argmax(found))] == "viseme U"
    assert lips_apart(head, {"jawOpen": 0.7, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2}) > 8.0


def test_without_mouth_close_the_jaw_stays_up(tmp_path):
    targets = {name: arkit_place(name) for name in SPOKEN if name != "mouthClose"}
    head = heads.load(str(character(tmp_path / "poor.glb", targets)))
    assert not head.fit.complete
    assert any("approximated" in line for line in head.report)
    assert lips_apart(head, {"jawOpen": 0.2, "mouthClose": 0.2}) < 0.5 < lips_apart(head, {"jawOpen": 0.2})


def test_a_jaw_bone_opens_the_mouth(tmp_path):
    head = heads.load(str(character(tmp_path / "jaw.glb", {"smile": {"mouthSmile": 1.0}}, jaw=True)))
    assert apart(head, {"jawOpen": 0.0})[1] < 0.01
    assert lips_apart(head, {"jawOpen": 0.5}) > 4.0
    controls = np.zeros((2, len(ARKIT)), np.float32)
    controls[1, ARKIT.index["jawOpen"]] = 0.5
    (tmp_path / "back.glb").write_bytes(head.own_file(controls, np.arange(2) / 25.0))
    document = pygltflib.GLTF2().load(str(tmp_path / "back.glb"))
    assert (7, "rotation") in {(way.target.node, way.target.path) for way in document.animations[1].channels}


def test_any_unit_is_shown_in_metres(tmp_path):
    targets = {name: arkit_place(name) for name in SPOKEN}
    small = heads.load(str(character(tmp_path / "metres.glb", targets)))
    large = heads.load(str(character(tmp_path / "centimetres.glb", targets, scale=100.0)))
    assert np.ptp(small.rest[:, 1]) == pytest.approx(0.33, abs=0.04)
    assert 0.2 < np.ptp(large.rest[:, 1]) < 0.5
    ratio = np.ptp(large.rest, axis=0) / np.ptp(small.rest, axis=0)
    assert np.allclose(ratio, ratio[0], rtol=1e-4)


def test_motion_of_any_rig_moves_it(arkit_file):
    from speechface import conversion

    muscles = np.zeros((2, len(OPEN)), np.float32)
    muscles[1, OPEN.index["jawOpen"]] = 0.5
    head = heads.load(str(arkit_file))
    controls = conversion.controls(Animation(muscles, OPEN.names, 25.0, "open"), head)
    assert controls[1, ARKIT.index["jawOpen"]] == pytest.approx(0.5, abs=0.03)


def test_what_cannot_be_used_is_one_clear_line(tmp_path, arkit_file):
    whole = arkit_file.read_bytes()
    bad = tmp_path / "bad.glb"

    def refused(data, match):
        bad.write_bytes(data)
        with pytest.raises(UserError, match=match) as error:
            heads.load.__wrapped__(str(bad))
        assert "\n" not in str(error.value)

    refused(whole[: len(whole) // 2], "cut short")
    refused(whole[:10], "cut short")
    refused(b"hello", "not a glTF file")
    refused(b"", "not a glTF file")
    refused(b'{"asset": {"version": "1.0"}}', "only 2.0 is read")
    refused(b'{"asset": {"version": "2.0"}}', "no morph targets and no jaw bone")
    document = _gltf_file.read(arkit_file)
    for spoil, match in (
        ({"extensionsRequired": ["KHR_draco_mesh_compression"]}, "Draco"),
        ({"extensionsRequired": ["EXT_meshopt_compression"]}, "meshopt"),
        ({"accessors": document.json["accessors"][:3]}, "damaged"),
        ({"bufferViews": [{"buffer": 0, "byteOffset": 10**9, "byteLength": 12}] * 999}, "damaged"),
        ({"nodes": [{"children": [0]}, *document.json["nodes"][1:]]}, "circles"),
        ({"meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}] * 2}, "no morph targets"),
        ({"bufferViews": None, "buffers": [{"uri": "gone.bin", "byteLength": 3}]}, "gone.bin"),
    ):
        refused(_gltf_file.pack(document.json | spoil, document.blob) if "buffers" not in spoil
                else json.dumps(document.json | spoil).encode(), match)  # fmt: skip
    nameless = json.loads(json.dumps(document.json))
    for mesh in nameless["meshes"]:
        mesh["extras"] = {"targetNames": [f"Key {number}" for number in range(len(SHAPES) + 1)]}
    refused(_gltf_file.pack(nameless, document.blob), "no morph target that opens the mouth .found: Key 0")
    with pytest.raises(UserError, match="no such file"):
        heads.load(str(tmp_path / "nobody.glb"))


def test_garbage_never_raises_anything_but_a_user_error(arkit_file):
    whole = arkit_file.read_bytes()
    length = struct.unpack_from("<I", whole, 12)[0]
    draw = np.random.default_rng(0)
    path = arkit_file.with_name("garbage.glb")
    for _ in range(6):
        data = bytearray(whole)
        for place in draw.integers(20, 20 + length, 3):
            data[place] = draw.choice(list(b"0129[]{},:a"))
        path.write_bytes(data)
        with contextlib.suppress(UserError):
            heads.load.__wrapped__(str(path))
