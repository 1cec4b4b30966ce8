"""Identity: at least ten changes of one mesh, four people who differ, whose mouths and eyes still close."""

import itertools

import numpy as np
import pytest

from speechface import heads
from speechface.heads.open import read_asset
from speechface.sculpt import measures
from speechface.sculpt.asset import Sparse
from speechface.sculpt.characters import CHARACTERS
from speechface.sculpt.palette import PIGMENTS
from speechface.sculpt.poses import EMOTIONS, VISEMES, spell
from speechface.sculpt.transfer import local_maps

OTHERS = ("otto", "amara", "jun")


@pytest.fixture(scope="module")
def arrays():
    return read_asset("")[0]


def test_shapes_of_identity(arrays):
    names, changes = arrays["identity_names"].tolist(), Sparse.of(arrays, "identity")
    faces = [name for name in names if not name.startswith("hair_")]
    assert len(faces) >= 20
    assert len(changes) == len(names)
    mirror = arrays["mirror"]
    known = np.flatnonzero(mirror >= 0)
    clothed = arrays["part"] == arrays["parts"].tolist().index("collar")  # cloth goes further out on the shoulders
    for number, name in enumerate(names):
        moved = 1000 * changes.dense(number, len(mirror))
        reach = np.linalg.norm(moved[~clothed], axis=1).max()
        assert (0.4 if name.startswith("lash") else 1.0) < reach < (150 if name.startswith("hair_") else 12), name
        assert np.abs(moved[mirror[known]] * [-1, 1, 1] - moved[known]).max() < 0.03, name


def test_changes_do_what_their_names_say(arrays):
    """Distances between landmarks before and after, in mm."""
    at = dict(zip(arrays["landmark_names"].tolist(), arrays["landmarks"].tolist(), strict=True))
    names, changes, rest = arrays["identity_names"].tolist(), Sparse.of(arrays, "identity"), arrays["vertices"]

    def change(name, first, second, axis):
        moved = 1000 * changes.dense(names.index(name), len(rest))
        return moved[at[first], axis] - moved[at[second], axis]

    assert change("faceWidth", "lm68_15", "lm68_01", 0) > 4
    assert change("jawWidth", "lm68_12", "lm68_04", 0) > 5
    assert change("jawLength", "chin", "lm68_33", 1) < -3
    assert change("noseWidth", "lm68_35", "lm68_31", 0) > 3
    assert change("noseLength", "nose_tip", "lm68_27", 1) < -1.5
    assert change("noseBridge", "lm68_28", "lm68_39", 2) > 1.5
    assert change("eyeSize", "lm68_45", "lm68_42", 0) > 2
    assert change("eyeSpacing", "lm68_42", "lm68_39", 0) > 2.5
    assert change("eyeTilt", "lm68_45", "lm68_42", 1) > 2
    assert change("mouthWidth", "lm68_54", "lm68_48", 0) > 3
    assert change("lipFullness", "lm68_51", "lm68_57", 1) > 2.5
    assert change("browHeight", "lm68_24", "lm68_44", 1) > 2


def test_contact_and_teeth_stay(arrays):
    changes, part, parts = Sparse.of(arrays, "identity"), arrays["part"], arrays["parts"].tolist()
    lower, upper = arrays["lip_contact"]
    for number in range(len(changes)):
        index, _ = changes.shape(number)
        assert not np.isin(part[index], [parts.index(name) for name in ("upper_teeth", "lower_teeth", "tongue")]).any()
        moved = changes.dense(number, len(part))
        assert np.abs(moved[lower] - moved[upper]).max() < 1e-5


def test_people_look_like_different_people(arrays):
    assert list(CHARACTERS) == arrays["characters"].tolist() == ["mira", *OTHERS]
    people = {name: heads.load(f"open:character={name}") for name in CHARACTERS}
    for one, two in itertools.combinations(people.values(), 2):
        size = np.ptp(one.rest[one.look.part == 0, 0]) / np.ptp(two.rest[two.look.part == 0, 0])
        face = [one.landmarks[f"lm68_{number:02d}"] for number in range(68)]
        a, b = one.rest[face], size * two.rest[face]
        gap = np.linalg.norm((a - a.mean(axis=0)) - (b - b.mean(axis=0)), axis=1)
        assert 1000 * gap.mean() > 0.9
        hair = one.look.part == one.look.parts.index("hair")
        assert 1000 * np.linalg.norm(one.rest[hair] - two.rest[hair], axis=1).mean() > 8
    skins = [head.look.colour[head.look.part == 0].mean(axis=0).sum() for head in people.values()]
    assert max(skins) > 2.5 * min(skins)
    assert arrays["character_palettes"].shape == (4, len(PIGMENTS), 3)


@pytest.mark.parametrize("name", OTHERS)
def test_their_mouths_close_and_their_teeth_stay_out(name):
    head = heads.load(f"open:character={name}")
    teeth = np.flatnonzero(
        np.isin(head.look.part, [head.look.parts.index(f"{row}_teeth") for row in ("upper", "lower")])
    )
    skin = head.faces[head.look.part[head.faces[:, 0]] == 0]
    for opening in (0.1, 0.4, 0.7, 1.0):
        closed = head.vertices(spell(head.rig, {"jawOpen": opening, "mouthClose": opening}))
        assert abs(measures.lip_gap(closed, head.landmarks)) < 0.2
    for pose in (*VISEMES.values(), *EMOTIONS.values()):
        vertices = head.vertices(spell(head.rig, pose))
        assert not measures.inside(vertices[teeth], vertices, skin).any()


@pytest.mark.parametrize("name", OTHERS)
def test_their_joints_follow(name):
    head = heads.load(f"open:preview,character={name}")
    eyes = np.flatnonzero(head.look.part == head.look.parts.index("eyes"))
    for joint, half in zip(head.joints[3:], np.split(eyes, 2), strict=True):
        ball = head.rest[half]
        assert np.ptp(np.linalg.norm(ball - joint, axis=1)) < 0.0012  # round, but for the cornea
    pupil = head.landmarks["pupil_left"]
    turned = head.vertices(spell(head.rig, {"eyeLookOut": 1.0}))
    assert np.linalg.norm(turned[pupil] - head.joints[3]) == pytest.approx(
        np.linalg.norm(head.rest[pupil] - head.joints[3])
    )


def test_rigs_are_carried_over_by_the_local_map(arrays):
    """A uniform scale and a rotation of everything are found, but for a few slivers that hold on to what they were."""
    rest, faces = arrays["vertices"].astype(np.float64), arrays["faces"].astype(np.int64)
    c, s = np.cos(0.3), np.sin(0.3)
    turn = 1.1 * np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    maps = local_maps(rest, rest @ turn.T, faces)
    skin = np.flatnonzero(arrays["part"] == 0)
    gap = np.abs(maps[skin] - turn).max(axis=(1, 2))
    assert np.percentile(gap, 50) < 1e-3
    assert np.percentile(gap, 99) < 0.01
    assert np.abs(local_maps(rest, rest, faces) - np.eye(3)).max() < 1e-6
