"""A user's FLAME file as a head: read, posed by FLAME's formula, and made to follow the open head."""

import pickle

import numpy as np
import pytest
import scipy.sparse
from command_line import animate  # noqa: F401  # a fixture
from made_up_flame import other, own, warped

import speechface
from render.export import _targets
from speechface import conversion, heads, rigs
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads._flame_head import open_face
from speechface.skinning import joint_transforms, rotations, skin

OPEN = rigs.load("open")
DRAW = np.random.default_rng(4)


def write(path, arrays, **changes):
    given = arrays | {"J_regressor": scipy.sparse.csc_matrix(arrays["J_regressor"]), "bs_type": "lrotmin"} | changes
    path.write_bytes(pickle.dumps({name: value for name, value in given.items() if value is not None}, protocol=2))
    return path


def small(count=120, expressions=4):
    """Arrays of the right shapes and random numbers."""
    weights = DRAW.random((count, 5))
    return {
        "v_template": DRAW.normal(size=(count, 3)), "shapedirs": DRAW.normal(size=(count, 3, 300 + expressions)),
        "posedirs": DRAW.normal(size=(count, 3, 36)), "J_regressor": DRAW.random((5, count)) / count,
        "weights": weights / weights.sum(axis=1, keepdims=True), "f": DRAW.integers(0, count, (50, 3)).astype(np.uint32),
    }  # fmt: skip


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    return heads.load(str(write(tmp_path_factory.mktemp("own") / "FLAME2023.pkl", own())))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return heads.load(f"flame:{write(tmp_path_factory.mktemp('other') / 'generic_model.pkl', other())}")


def made(**amounts):
    """(1, 92) muscles; a name without its side or lip means all of them."""
    muscles = np.zeros((1, len(OPEN)), np.float32)
    for asked, value in amounts.items():
        for name in OPEN.names:
            if name.startswith(asked):
                muscles[0, OPEN.index[name]] = value
    return muscles


SPEECH = np.concatenate(
    [made(jawOpen=0.5), made(jawOpen=0.25, mouthClose=0.25), made(mouthSmile=0.8, jawOpen=0.1), made(mouthPucker=0.8),
     made(mouthFunnel=0.6, jawOpen=0.2), made(mouthRollLower=0.8, jawOpen=0.1), made(mouthFrown=0.7, browInnerUp=0.8)]
)  # fmt: skip


def gap(head, controls):
    upper, lower = head.landmark_points(controls, "inner_lip_upper", "inner_lip_lower").swapaxes(0, 1)
    return 1e3 * np.linalg.norm(upper - lower, axis=1)


# Posing


def test_posed_by_flames_formula(tmp_path):
    given = small()
    np.save(tmp_path / "betas.npy", DRAW.normal(size=(1, 7)))
    head = heads.load(f"flame:{write(tmp_path / 'a,b.pkl', given)},shape={tmp_path / 'betas.npy'}")
    betas = np.load(tmp_path / "betas.npy")[0]
    controls = DRAW.normal(scale=0.4, size=(6, len(head.rig))).astype(np.float32)
    controls[:, -2:] = 0.0  # the eyelids are none of FLAME's
    shown = head.vertices(controls)
    assert shown.dtype == np.float32
    for row, vertices in zip(controls.astype(np.float64), shown, strict=True):
        shaped = given["v_template"] + given["shapedirs"] @ np.concatenate([betas, np.zeros(293), row[:4]])
        turns = rotations(row[4:19].reshape(5, 3))
        posed = shaped + given["posedirs"] @ (turns[1:] - np.eye(3)).ravel()
        wanted = skin(posed, given["weights"], *joint_transforms(turns, given["J_regressor"] @ shaped))
        assert np.abs(vertices - wanted).max() < 1e-4
    assert np.abs(head.points(controls, [3, 77]) - shown[:, [3, 77]]).max() < 1e-5
    assert np.abs(head.vertices(controls.reshape(2, 3, -1)).reshape(shown.shape) - shown).max() < 1e-6
    assert head.rig.names[:5] == ("expression_000", "expression_001", "expression_002", "expression_003", "global_x")


def test_npz_and_pickle_are_the_same_head(tmp_path):
    given = small()
    np.savez(tmp_path / "flame.npz", **given)
    one, two = heads.load(str(tmp_path / "flame.npz")), heads.load(str(write(tmp_path / "flame.pkl", given)))
    controls = DRAW.normal(size=(2, len(one.rig))).astype(np.float32)
    controls[:, -2:] = 0.0
    assert np.array_equal(one.vertices(controls), two.vertices(controls))
    assert np.array_equal(one.faces, two.faces)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"v_template": None}, "has no array 'v_template'"), ({"weights": np.ones((120, 24))}, r"'weights' has shape \(120, 24\)"),
     ({"shapedirs": np.ones((120, 3, 10))}, "FLAME's are"), ({"f": np.full((9, 3), 120)}, "no triangles"),
     ({"posedirs": np.full((120, 3, 36), np.nan)}, "not finite"), ({"J_regressor": "no"}, "no array 'J_regressor'")],
)  # fmt: skip
def test_what_is_no_flame_is_refused(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        heads.load(str(write(tmp_path / "flame.pkl", small(), **changes)))


def test_files_that_cannot_be_read_are_one_line(tmp_path):
    (tmp_path / "list.pkl").write_bytes(pickle.dumps([1]))
    (tmp_path / "text.npz").write_text("no zip")
    np.savez(tmp_path / "objects.npz", v_template=np.array([{}], dtype=object))
    for name, message in (("gone.pkl", "no such file"), ("list.pkl", "no dictionary"), ("text.npz", "plain arrays"),
                          ("objects.npz", "plain arrays"), ("gone.npz", "no such file")):  # fmt: skip
        with pytest.raises(UserError, match=message):
            heads.load(f"flame:{tmp_path / name}")
    good = write(tmp_path / "good.pkl", small())
    np.save(tmp_path / "long.npy", np.zeros(301))
    np.save(tmp_path / "words.npy", np.array(["a"]))
    for name, message in (("long.npy", "1 to 300"), ("words.npy", "finite numbers"), ("gone.npy", "no such file"),
                          ("text.npz", "no .npy file")):  # fmt: skip
        with pytest.raises(UserError, match=message):
            heads.load(f"flame:{good},shape={tmp_path / name}")


# Following the open head


def test_the_same_face_moves_the_same(twin):
    face = heads.load("open:preview")
    _, at = open_face()
    controls = twin.from_muscles(SPEECH)
    assert np.abs(gap(twin, controls) - gap(face, SPEECH)).max() < 0.35
    moved = np.einsum("nk,tnkc->tnc", twin.match.shares, twin.vertices(controls)[:, twin.match.vertices])
    wanted = face.points(SPEECH, at)
    trusted = twin.match.distance < 1e-4
    assert trusted.mean() > 0.95
    off = 1e3 * np.linalg.norm(moved - wanted, axis=-1)[:, trusted]
    assert off.mean() < 0.1
    assert np.percentile(off, 99) < 0.8


def test_landmarks_are_found_on_the_same_face(twin):
    face = heads.load("open:preview")
    assert set(face.landmarks) - set(twin.landmarks) == {
        "pupil_left", "pupil_right", "upper_incisor_edge", "lower_incisor_edge",
    }  # fmt: skip
    off = [
        np.linalg.norm(twin.rest[vertex] - face.rest[face.landmarks[name]]) for name, vertex in twin.landmarks.items()
    ]
    assert np.mean(off) < 2e-4
    assert max(off) < 2.5e-3  # beside the ear


def test_another_face_is_registered(stranger):
    face = heads.load("open:preview")
    off = {name: 1e3 * np.linalg.norm(stranger.rest[vertex] - warped(face.rest[[face.landmarks[name]]])[0])
           for name, vertex in stranger.landmarks.items()}  # fmt: skip
    inner = [off[f"lm68_{number}"] for number in range(31, 68)]  # base of the nose, eyes, mouth
    assert np.mean(inner) < 1.5
    assert max(inner) < 3.0
    assert 1.05 < stranger.match.scale < 1.15


def test_another_face_opens_and_closes_its_mouth_alike(stranger):
    face = heads.load("open:preview")
    wanted, found = gap(face, SPEECH), gap(stranger, stranger.from_muscles(SPEECH))
    rest = gap(stranger, np.zeros((1, len(stranger.rig)), np.float32))
    assert rest < 1.0
    assert np.abs(found - stranger.match.scale * wanted).max() < 1.2
    assert found[1] < 1.2  # lips together


def test_frames_are_solved_on_their_own(stranger):
    together = stranger.from_muscles(SPEECH)
    apart = np.concatenate([stranger.from_muscles(row[None]) for row in SPEECH])
    assert np.abs(together - apart).max() < 1e-3


def test_head_and_eyes_turn_and_rest_is_rest(stranger):
    controls = stranger.from_muscles(np.concatenate([made(), made(headYaw=0.3), made(eyeLookOutLeft=1.0)]))
    index = stranger.rig.index
    assert np.abs(controls[0]).max() < 1e-3
    assert controls[1, index["neck_y"]] == pytest.approx(0.3)
    assert controls[2, index["left_eye_y"]] > 0.2
    assert controls[2, index["right_eye_y"]] == 0.0


def test_motion_of_the_open_face_is_converted_and_its_own_is_copied(twin):
    names = heads.load("flame").rig.names
    theirs = Animation(DRAW.normal(scale=0.3, size=(4, len(names))).astype(np.float32), names, 25.0, "flame")
    assert not np.allclose(conversion.controls(theirs, twin)[:, :35], theirs.controls[:, :35], atol=0.05)
    ours = Animation(DRAW.normal(size=(4, 5)).astype(np.float32), twin.rig.names[:5], 25.0, twin.rig.name)
    assert np.array_equal(conversion.controls(ours, twin)[:, :5], ours.controls)
    with pytest.raises(UserError, match="moves only the head it was made for"):
        conversion.controls(ours, heads.load("open"))


def test_exporters_get_shapes_and_joints(stranger):
    controls = stranger.from_muscles(np.concatenate([SPEECH, made(headYaw=0.3, jawOpen=0.5)]))
    targets = _targets.of(stranger, controls)
    deltas = np.stack([targets.delta(number) for number in range(len(targets.names))])
    shaped = stranger.rest + np.einsum("tm,mvc->tvc", targets.weights, deltas)
    posed = skin(shaped, targets.carried, *joint_transforms(rotations(targets.turns), targets.joints))
    assert np.abs(posed - stranger.vertices(controls)).max() < 3e-4  # joints that follow the expression are left out


def test_a_mesh_without_lips_is_a_user_error(tmp_path):
    arrays = own() | {"weights": np.tile(np.float32([0, 1, 0, 0, 0]), (len(own()["weights"]), 1))}
    with pytest.raises(UserError, match="lips were not found"):
        heads.load(str(write(tmp_path / "stiff.pkl", arrays))).from_muscles(SPEECH)


def test_animate_on_a_users_flame(animate, twin, tmp_path):  # noqa: F811
    write(tmp_path / "FLAME2023.pkl", own())
    ended = animate("speech.wav", "-o", "a.npz", "-o", "a.glb", "-o", "a.csv", "-o", "a.mp4", "--size", "64", "--head",
                    "FLAME2023.pkl", "-q")  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    with np.load("a.npz") as file:
        assert file["vertices"].shape[1:] == twin.rest.shape
        assert "lm68_57" in file["landmark_names"]
    assert speechface.load("a.npz").rig == "flame"
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("a.glb", "a.csv", "a.mp4"))


def test_animate_refuses_a_harmful_file(animate, tmp_path):  # noqa: F811
    (tmp_path / "evil.pkl").write_bytes(b"cos\nsystem\n(S'touch was-run'\ntR.")
    ended = animate("speech.wav", "-o", "a.csv", "--head", "flame:evil.pkl")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "evil.pkl is refused: it names 'os.system'" in ended.err
    assert not (tmp_path / "was-run").exists()
    assert not (tmp_path / "a.csv").exists()
