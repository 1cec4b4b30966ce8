"""The open head's mesh: one watertight skin, exact symmetry, measures of a human face, landmarks where they belong."""

import numpy as np
import pytest

from speechface import heads
from speechface.sculpt.proportions import Proportions
from speechface.sculpt.skin import normals_of

PARTS = (
    "skin", "eyes", "caruncles", "upper_teeth", "lower_teeth", "upper_gum", "lower_gum", "tongue", "lashes", "brows",
    "hair", "collar",
)  # fmt: skip


@pytest.fixture(params=["open", "open:preview"], scope="module")
def head(request):
    return heads.load(request.param)


def _skin(head):
    return head.faces[np.all(head.look.part[head.faces] == head.look.parts.index("skin"), axis=1)]


def test_parts_and_sizes():
    full, light = heads.load("open"), heads.load("open:preview")
    for head, low, high in ((full, 28000, 31000), (light, 7000, 8500)):
        assert head.look.parts == PARTS
        counts = np.bincount(head.look.part)
        assert low < counts[0] < high
        assert counts[PARTS.index("hair")] < 8000
        assert head.faces.max() == len(head.rest) - 1 < 2**16
        assert np.isfinite(head.rest).all()


def test_no_face_is_degenerate_or_joins_two_parts(head):
    a, b, c = head.rest[head.faces].transpose(1, 0, 2)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    assert np.mean(area < 1e-10) < 1e-3
    assert np.all(np.ptp(head.look.part[head.faces].astype(int), axis=1) == 0)


def test_skin_is_a_manifold_open_only_at_the_neck_and_behind_the_lids(head):
    faces = _skin(head)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    found, count = np.unique(edges, axis=0, return_counts=True)
    assert count.max() == 2
    rim = head.rest[np.unique(found[count == 1])]
    neck = rim[:, 1] < -0.19
    eyes = np.min([np.linalg.norm(rim - joint, axis=1) for joint in head.joints[3:]], axis=0) < 0.02
    assert np.all(neck | eyes)


def test_skin_looks_outwards(head):
    """The volume under the skin, closed roughly at the neck, is that of a human head: 4 to 6 litres."""
    a, b, c = (head.rest[_skin(head)] + [0, 0.05, 0.02]).transpose(1, 0, 2)
    volume = np.einsum("ij,ij->i", np.cross(a, b), c).sum() / 6
    assert 0.003 < volume < 0.007
    normals = normals_of(head.rest, head.faces)
    tip, chin = head.landmarks["nose_tip"], head.landmarks["chin"]
    assert normals[tip, 2] > 0.8
    assert normals[chin, 2] > 0.3


def test_symmetry_is_exact(head):
    mirror = head.mirror
    known = np.flatnonzero(mirror >= 0)
    assert set(np.unique(head.look.part[mirror < 0])) == {PARTS.index("hair")}
    assert np.array_equal(mirror[mirror[known]], known)
    assert np.abs(head.rest[mirror[known]] * [-1, 1, 1] - head.rest[known]).max() < 1e-6
    assert np.array_equal(head.look.part[mirror[known]], head.look.part[known])
    assert np.abs(head.look.colour[mirror[known]] - head.look.colour[known]).max() < 0.02


def test_measures_of_the_face_are_those_of_its_proportions(head):
    m, at = Proportions(), {name: 100 * head.rest[vertex] for name, vertex in head.landmarks.items()}

    def span(first, second):
        return np.linalg.norm(at[first] - at[second])

    assert span("lm68_39", "lm68_42") == pytest.approx(m.inner_canthi, abs=0.02)
    assert at["lm68_45"][0] - at["lm68_42"][0] == pytest.approx(m.fissure_length, abs=0.02)
    assert span("lm68_48", "lm68_54") == pytest.approx(m.mouth_breadth, abs=0.1)
    assert span("pupil_left", "pupil_right") == pytest.approx(m.pupil_distance, abs=1e-4)
    assert at["chin"][1] == pytest.approx(m.chin_height, abs=0.45)
    assert at["nose_tip"][2] == pytest.approx(m.nose_tip_depth, abs=0.15)
    # within the range of published adults (Farkas et al. 2005): breadth of the face, nasion to chin, mouth
    skin = 100 * head.rest[head.look.part == 0]
    cheek = skin[(np.abs(skin[:, 1] + 2) < 0.4) & (skin[:, 2] > 2.5)]
    assert 12.0 < np.ptp(cheek[:, 0]) < 14.5
    assert 10.0 < span("lm68_27", "chin") < 12.5


def test_landmarks_stand_in_order(head):
    at = np.array([head.rest[head.landmarks[f"lm68_{number:02d}"]] for number in range(68)])
    assert np.all(np.diff(at[:17, 0]) > 0)  # jaw from the right ear to the left
    assert np.all(np.diff(at[17:27, 0]) > 0)
    assert np.all(np.diff(at[27:31, 1]) < 0)
    assert np.all(np.diff(at[31:36, 0]) > 0)
    for upper, lower, first, last in (((37, 38), (41, 40), 36, 39), ((43, 44), (47, 46), 42, 45)):
        assert np.all(at[list(upper), 1] > at[list(lower), 1])
        assert at[first, 0] < at[upper[0], 0] < at[upper[1], 0] < at[last, 0]
    assert np.all(np.diff(at[48:55, 0]) > 0)
    assert np.all(np.diff(at[54:60, 0]) < 0)
    assert np.all(np.diff(at[60:65, 0]) > 0)
    assert np.all(np.diff(at[64:68, 0]) < 0)
    mirrored = [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1), 45, 44, 43, 42, 47, 46]
    mirrored += [39, 38, 37, 36, 41, 40, *range(54, 47, -1), 59, 58, 57, 56, 55, *range(64, 59, -1), 67, 66, 65]
    assert np.abs(at[mirrored] * [-1, 1, 1] - at).max() < 1e-6


def test_named_landmarks(head):
    at = {name: 1000 * head.rest[vertex] for name, vertex in head.landmarks.items()}
    assert np.linalg.norm(at["inner_lip_upper"] - at["inner_lip_lower"]) < 0.01
    assert at["mouth_corner_left"][0] > 20 > -20 > at["mouth_corner_right"][0]
    for name in ("pupil", "inner_brow", "outer_brow", "upper_lid", "lower_lid"):
        assert at[f"{name}_left"][0] > 0 > at[f"{name}_right"][0]
    assert at["upper_lid_left"][1] - at["lower_lid_left"][1] > 8
    for name, part in (("upper_incisor_edge", "upper_teeth"), ("lower_incisor_edge", "lower_teeth")):
        assert PARTS[head.look.part[head.landmarks[name]]] == part
        assert abs(at[name][0]) < 3
    assert at["inner_lip_upper"][2] - at["upper_incisor_edge"][2] < 12


@pytest.mark.parametrize("row", ["upper_teeth", "lower_teeth"])
def test_back_teeth_lie_in_the_dark(head, row):
    """Seen along the row they would be a bright lump in the mouth."""
    teeth = head.look.part == PARTS.index(row)
    behind = head.rest[teeth, 2].max() - head.rest[teeth, 2]
    light = (head.look.occlusion[:, None] * head.look.colour)[teeth].mean(axis=1)
    assert light[behind > 0.026].max() < 0.2 * light[behind < 0.006].max()
    assert not head.look.specular[teeth][behind > 0.030].any()


def test_look_is_physical(head):
    look = head.look
    for values in (look.colour, look.roughness, look.specular, look.subsurface, look.occlusion):
        assert values.dtype == np.float32
        assert len(values) == len(head.rest)
        assert values.min() >= 0
        assert values.max() <= 1
    middle = [look.colour[look.part == PARTS.index(name)].mean(axis=0) for name in ("skin", "upper_teeth", "hair")]
    assert middle[1].sum() > middle[0].sum() > middle[2].sum()
    assert middle[0][0] > middle[0][1] > middle[0][2]
