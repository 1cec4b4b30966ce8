"""Lips that touch, close over any opening, stay together and reach the teeth; teeth that are never in the flesh."""

import numpy as np
import pytest

from speechface import heads, rigs
from speechface.sculpt import measures
from speechface.sculpt.poses import EMOTIONS, VISEMES, plausible, spell

MEETING = ("mouthPress", "mouthPucker", "mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "mouthTighten")


@pytest.fixture(scope="module")
def head():
    return heads.load("open")


@pytest.fixture(scope="module")
def light():
    return heads.load("open:preview")


def _pose(head, pose):
    return head.vertices(spell(head.rig, pose))


def _flesh(head):
    """Triangles of the skin round the mouth: all that a ray forward from a tooth can cross."""
    faces = head.faces[head.look.part[head.faces[:, 0]] == 0]
    middle = head.rest[faces].mean(axis=1)
    return faces[(middle[:, 2] > 0.01) & (middle[:, 1] < -0.03) & (middle[:, 1] > -0.14)]


def _teeth(head):
    wanted = [head.look.parts.index(name) for name in ("upper_teeth", "lower_teeth")]
    return np.flatnonzero(np.isin(head.look.part, wanted))


def _sunk(head, vertices):
    return int(measures.inside(vertices[_teeth(head)], vertices, _flesh(head)).sum())


def test_parity_test_knows_inside_from_outside(head):
    """The check of the check: points in the cheek are in the flesh, points in front of it or in the mouth are not."""
    corner = head.rest[head.landmarks["mouth_corner_left"]]
    points = np.array([corner + [0.012, 0, -0.012], corner + [0.02, 0, 0.03], [0, -0.0605, 0.07]])
    assert measures.inside(points, head.rest, _flesh(head)).tolist() == [True, False, False]


def test_lips_touch_along_their_whole_line_at_rest(head, light):
    for one in (head, light):
        lower, upper = one.rest[one.lip_contact]
        assert np.abs(lower - upper).max() < 1e-6
        assert measures.lip_gap(one.rest, one.landmarks) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("opening", np.linspace(0.1, 1.0, 10))
def test_close_cancels_any_opening_of_the_jaw(head, opening):
    closed = _pose(head, {"jawOpen": opening, "mouthClose": opening})
    assert abs(measures.lip_gap(closed, head.landmarks)) < 0.1
    lower, upper = closed[head.lip_contact]
    assert np.linalg.norm(lower - upper, axis=1).max() < 0.0005
    assert measures.lip_crossing(closed, head.lip_contact) < 0.1
    open_ = _pose(head, {"jawOpen": opening})
    assert measures.lip_gap(open_, head.landmarks) > 20 * opening


@pytest.mark.parametrize("name", MEETING)
def test_lips_stay_together(head, name):
    for amount in (0.3, 0.6, 1.0):
        vertices = _pose(head, {name: amount})
        assert abs(measures.lip_gap(vertices, head.landmarks)) < 0.05
        lower, upper = vertices[head.lip_contact]
        assert np.linalg.norm(lower - upper, axis=1).max() < 0.0007
        assert measures.lip_crossing(vertices, head.lip_contact) < 0.1


def test_closures_hold_in_speech_and_feeling(head):
    """A bilabial over a rounded, spread, smiling or frowning mouth with the jaw a little open."""
    for extra in ("mouthPucker", "mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "mouthFunnel"):
        amount = 0.15 if extra == "mouthFunnel" else 0.7
        pose = {"jawOpen": 0.25, "mouthClose": 0.25, extra: amount}
        assert abs(measures.lip_gap(_pose(head, pose), head.landmarks)) < (1.5 if extra == "mouthFunnel" else 0.5), (
            extra
        )


def test_funnel_opens_a_little_and_vowels_more(head):
    gaps = {name: measures.lip_gap(_pose(head, VISEMES[name]), head.landmarks) for name in VISEMES}
    assert 4 < measures.lip_gap(_pose(head, {"mouthFunnel": 1.0}), head.landmarks) < 12
    assert abs(gaps["sil"]) < 0.05
    assert abs(gaps["m"]) < 0.1
    assert 1 < gaps["oo"] < 5 < gaps["ee"] < 11 < gaps["oh"] < gaps["aa"]


def test_labiodental_reaches_the_incisors(head):
    vertices = _pose(head, VISEMES["f"])
    lip, edge = (vertices[head.landmarks[name]] for name in ("inner_lip_lower", "upper_incisor_edge"))
    assert np.linalg.norm(lip - edge) < 0.002
    rest = np.linalg.norm(
        head.rest[head.landmarks["inner_lip_lower"]] - head.rest[head.landmarks["upper_incisor_edge"]]
    )
    assert rest > 0.006


def test_oo_hides_the_teeth(head):
    """Seen from the front, less than 2.5 mm of the opening's height shows in "oo"."""
    assert measures.lip_gap(_pose(head, VISEMES["oo"]), head.landmarks) < 2.5
    width = np.ptp(_pose(head, VISEMES["oo"])[head.lip_contact[0], 0])
    assert width < 0.72 * np.ptp(head.rest[head.lip_contact[0], 0])


def test_no_tooth_in_the_flesh_by_any_control(head):
    for number, name in enumerate(head.controls):
        controls = np.zeros(len(head.rig), dtype=np.float32)
        controls[number] = 1.0
        assert _sunk(head, head.vertices(controls)) == 0, name


def test_no_tooth_in_the_flesh_by_arkit_or_in_speech_and_feeling(head):
    arkit = heads.load("open:arkit")
    for number, name in enumerate(arkit.rig.names[:52]):
        controls = np.zeros(len(arkit.rig), dtype=np.float32)
        controls[number] = 1.0
        assert _sunk(arkit, arkit.vertices(controls)) == 0, name
    for name, pose in {**VISEMES, **EMOTIONS}.items():
        assert _sunk(head, _pose(head, pose)) == 0, name
    for opening in np.linspace(0.2, 1, 5):
        assert _sunk(head, _pose(head, {"jawOpen": opening, "mouthClose": opening})) == 0


def test_no_tooth_in_the_flesh_in_random_mixtures(light):
    rng = np.random.default_rng(0)
    poses = np.array([spell(light.rig, plausible(rng)) for _ in range(500)])
    sunk = [
        _sunk(light, vertices) for start in range(0, 500, 50) for vertices in light.vertices(poses[start : start + 50])
    ]
    assert sum(sunk) == 0


def test_mouth_bag_stays_inside_the_face(head):
    faces = head.faces[head.look.part[head.faces[:, 0]] == 0]
    for name, pose in {**VISEMES, **EMOTIONS, "jaw": {"jawOpen": 1.0}}.items():
        outside = measures.bag_outside(_pose(head, pose), faces, head.mouth_bag)
        assert outside <= 0.006 * len(head.mouth_bag), name


def test_the_bag_is_wider_than_the_dental_arch(head):
    bag = head.rest[head.mouth_bag]
    teeth = head.rest[_teeth(head)]
    for depth in (0.05, 0.06, 0.07):
        near = np.abs(bag[:, 2] - depth) < 0.006
        row = np.abs(teeth[:, 2] - depth) < 0.004
        assert np.abs(bag[near, 0]).max() > np.abs(teeth[row, 0]).max() + 0.002


def test_tongue_shows_in_speech_and_keeps_off_the_teeth(head):
    tongue = np.flatnonzero(head.look.part == head.look.parts.index("tongue"))
    tip = tongue[-1]
    upper, lower = head.landmarks["upper_incisor_edge"], head.landmarks["lower_incisor_edge"]
    for name in ("th", "l", "k"):
        vertices = _pose(head, VISEMES[name])
        if name == "th":  # between the teeth
            assert vertices[lower, 1] < vertices[tip, 1] < vertices[upper, 1] + 0.001
            assert vertices[tip, 2] > vertices[lower, 2]
        if name == "l":  # up behind the upper incisors
            assert vertices[tip, 1] > vertices[upper, 1] + 0.002
            assert vertices[tip, 2] < vertices[upper, 2] - 0.003
        if name == "k":  # the back is raised, the tip is not
            assert vertices[tongue, 1].max() > vertices[upper, 1]
            assert vertices[tip, 1] < vertices[upper, 1] - 0.005
    for name in VISEMES:
        vertices = _pose(head, VISEMES[name])
        enamel = _teeth(head)
        body = head.faces[np.isin(head.faces[:, 0], tongue)]
        inside = measures.inside(vertices[enamel], vertices, body)
        assert inside.mean() < 0.01, name
    out = _pose(head, {"tongueOut": 1.0, "jawOpen": 0.5})
    assert out[tip, 2] > out[head.landmarks["lm68_57"], 2] + 0.005


def test_names_of_poses_are_controls():
    rig = rigs.load("open")
    for pose in (*VISEMES.values(), *EMOTIONS.values()):
        assert spell(rig, pose).max() <= 1
    with pytest.raises(KeyError):
        spell(rig, {"mouthSmirk": 1})


def _crossing(vertices, contact):
    """mm by which the lower lip has passed the upper, column by column, square to the line between them in front view."""
    lower, upper = vertices[contact[0]], vertices[contact[1]]
    along = np.gradient(0.5 * (lower + upper), axis=0)
    up = np.stack([-along[:, 1], along[:, 0], np.zeros(len(along))], axis=1)
    up *= np.sign(up[:, 1:2]) / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
    return 1000 * float(np.max(-np.einsum("ij,ij->i", upper - lower, up)[2:-2]))


def test_lips_do_not_cross_in_random_mixtures(head):
    """By a measure of this file, which does notice lips that are shut further than they were open."""
    assert _crossing(_pose(head, {"mouthClose": 0.2}), head.lip_contact) > 1
    rng = np.random.default_rng(1)
    for pose in (*VISEMES.values(), *EMOTIONS.values(), *(plausible(rng) for _ in range(100))):
        assert _crossing(_pose(head, pose), head.lip_contact) < 0.1
