"""ICT-FaceKit as a head: a made-up folder in its layout, and the sample of the real one where it lies beside the project."""

import shutil

import numpy as np
import pytest
from command_line import SHARED, animate  # noqa: F401  # a fixture
from made_up_ict import SHAPES, folder

from render.export import _targets
from speechface import heads, retarget, rigs
from speechface.errors import UserError
from speechface.heads.open import skin_metric
from speechface.skinning import joint_transforms, rotations, skin

OPEN = rigs.load("open")
REAL = SHARED / "ict"


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("ict") / "FaceXModel")


@pytest.fixture(scope="module")
def head(kit):
    return heads.load(f"ict:{kit}")


def only(head, **amounts):
    controls = np.zeros((1, len(head.rig)), np.float32)
    for name, value in amounts.items():
        controls[0, head.rig.index[name]] = value
    return controls


def muscles(**amounts):
    out = np.zeros((1, len(OPEN)), np.float32)
    for asked, value in amounts.items():
        out[0, [OPEN.index[name] for name in OPEN.names if name.startswith(asked)]] = value
    return out


def test_metres_and_no_films(head):
    face = heads.load("open:preview,arkit")
    assert head.faces.max() == len(head.rest) - 1
    assert set(np.unique(head.look.part)) == {0, 1, 2, 3}  # skin, mouth, teeth, eyes; no lashes
    assert np.ptp(head.rest[:, 1]) == pytest.approx(np.ptp(face.rest[face.look.part == 0][:, 1]), abs=1e-3)
    for name in ("lm68_00", "lm68_30", "inner_lip_upper", "mouth_corner_left", "chin"):
        assert np.abs(head.rest[head.landmarks[name]] - face.rest[face.landmarks[name]]).max() < 1e-4
    for name in ("upper_incisor_edge", "lower_incisor_edge"):
        assert np.linalg.norm(head.rest[head.landmarks[name]] - face.rest[face.landmarks[name]]) < 4e-3


def test_shapes_are_the_files(head):
    face = heads.load("open:preview,arkit")
    for name in ("jawOpen", "mouthSmileLeft", "browInnerUp", "mouthLeft", "eyeBlinkRight"):
        moved = (head.vertices(only(head, **{name: 1.0}))[0] - head.rest)[head.landmarks["chin"]]
        wanted = (face.vertices(only(face, **{name: 1.0}))[0] - face.rest)[face.landmarks["chin"]]
        assert np.abs(moved - wanted).max() < 2e-5, name
    assert np.allclose(head.vertices(only(head, jawOpen=0.5))[0] - head.rest,
                       0.5 * (head.vertices(only(head, jawOpen=1.0))[0] - head.rest), atol=1e-6)  # fmt: skip


def test_head_turns_and_its_foot_stays(head):
    turned = head.vertices(only(head, headYaw=0.4))[0]
    assert turned[head.landmarks["nose_tip"], 0] > head.rest[head.landmarks["nose_tip"], 0] + 0.02
    lowest = head.rest[:, 1].argmin()
    assert np.abs(turned[lowest] - head.rest[lowest]).max() < 1e-6
    assert np.abs(head.points(only(head, headYaw=0.4, jawOpen=0.5), [5, 900])
                  - head.vertices(only(head, headYaw=0.4, jawOpen=0.5))[:, [5, 900]]).max() < 1e-6  # fmt: skip


def test_exporters_get_shapes_and_a_neck(head):
    controls = only(head, jawOpen=0.6, mouthLeft=0.3, headYaw=0.4, headPitch=0.2)
    targets = _targets.of(head, controls)
    assert targets.names == head.rig.names[:-3]
    deltas = np.stack([targets.delta(number) for number in range(len(targets.names))])
    shaped = head.rest + np.einsum("tm,mvc->tvc", targets.weights, deltas)
    posed = skin(shaped, targets.carried, *joint_transforms(rotations(targets.turns), targets.joints))
    assert np.abs(posed - head.vertices(controls)).max() < 1e-6


def test_missing_shapes_are_named_and_left_out(kit, tmp_path, capsys):
    shutil.copytree(kit, tmp_path / "kit")
    (tmp_path / "kit" / "mouthSmile_R.obj").unlink()
    (tmp_path / "kit" / "browInnerUp_L.obj").unlink()
    head = heads.load(f"ict:{tmp_path / 'kit'}")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "mouthSmileRight" in said
    assert "browInnerUp" in said
    assert "mouthSmileLeft" not in said
    assert "tongueOut" not in said  # the kit has none
    assert {"mouthSmileRight", "browInnerUp", "tongueOut"} <= set(head.missing)
    controls = head.from_muscles(muscles(mouthSmile=0.8, jawOpen=0.4))
    assert controls.shape == (1, len(head.rig))
    assert controls[0, head.rig.index["jawOpen"]] == pytest.approx(0.4, abs=0.1)
    assert controls[0, head.rig.index["mouthSmileLeft"]] > 0.5


def test_missing_shapes_leave_the_solution_of_all_alone():
    given = muscles(mouthSmile=0.6, jawOpen=0.3, eyeBlink=1.0)
    every = retarget.open_to_arkit(given, skin_metric())
    assert np.array_equal(every, retarget.open_to_arkit(given, skin_metric(), shapes=rigs.load("arkit").names))
    some = retarget.open_to_arkit(given, skin_metric(), shapes=("jawOpen", "headYaw"))
    assert np.flatnonzero(some[0]).tolist() == [rigs.load("arkit").index["jawOpen"]]


def test_identity_changes_the_person(kit, tmp_path, head):
    np.save(tmp_path / "who.npy", np.array([0.5]))
    wide = heads.load(f"ict:{kit},shape={tmp_path / 'who.npy'}")
    assert np.allclose(wide.rest, head.rest * [1.05, 1.0, 1.0], atol=1e-5)
    np.save(tmp_path / "other.npy", np.array([0.0, 1.0]))
    with pytest.raises(UserError, match=r"cannot read .*identity001\.obj"):
        heads.load(f"ict:{kit},shape={tmp_path / 'other.npy'}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("jawOpen.obj", "v 1 2 3\n", "1 vertices, the neutral face"), ("jawOpen.obj", "v 1 2 x\n", "not made of numbers"),
     ("jawOpen.obj", "", "no .obj file of a face"), ("generic_neutral_mesh.obj", "v 1 2 3\nf 1 2 3\n", "no triangles of its 1"),
     ("generic_neutral_mesh.obj", "v 1 2 3\nf 1 2 a\n", "a face is not made of numbers")],
)  # fmt: skip
def test_damaged_files_are_one_line(kit, tmp_path, name, text, message):
    shutil.copytree(kit, tmp_path / "kit")
    (tmp_path / "kit" / name).write_text(text)
    with pytest.raises(UserError, match=message):
        heads.load(f"ict:{tmp_path / 'kit'}")


def test_no_kit_is_a_user_error(tmp_path, kit):
    for spec, message in (("ict", "say where"), (f"ict:{tmp_path}", "no FaceXModel folder")):
        with pytest.raises(UserError, match=message):
            heads.load(spec)
    shutil.copy(kit / "generic_neutral_mesh.obj", tmp_path)
    with pytest.raises(UserError, match="none of ARKit's shapes"):
        heads.load(f"ict:{tmp_path}/")
    shutil.copy(kit / "jawOpen.obj", tmp_path)
    assert heads.load(f"ict:{tmp_path}/.").landmarks == {}


def test_animate_on_the_kit(animate, kit):  # noqa: F811
    ended = animate("speech.wav", "-o", "a.glb", "-o", "a.npz", "--head", f"ict:{kit}", "-q")
    assert ended.code == 0
    with np.load("a.npz") as file:
        assert np.ptp(file["vertices"], axis=0).max() > 1e-3


@pytest.mark.skipif(not REAL.is_dir(), reason="no sample of ICT-FaceKit beside the project (shared/data/ict)")
def test_the_real_kit(capsys):
    head = heads.load(f"ict:{REAL}")
    assert "mouthSmileRight" in capsys.readouterr().err
    assert {"jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "mouthClose", "mouthPucker"} <= set(head.rig.names)
    assert len(SHAPES) == 10
    at = {name: head.rest[vertex] for name, vertex in head.landmarks.items()}
    assert at["mouth_corner_left"][0] > 0.02
    assert at["upper_incisor_edge"][1] > at["lower_incisor_edge"][1] - 0.006
    controls = head.from_muscles(np.concatenate([muscles(jawOpen=0.5), muscles(jawOpen=0.25, mouthClose=0.25)]))
    upper, lower = head.landmark_points(controls, "inner_lip_upper", "inner_lip_lower").swapaxes(0, 1)
    opened, shut = 1e3 * np.linalg.norm(upper - lower, axis=1)
    assert opened > 8.0
    assert shut < 2.5
