"""Lids made from a mesh alone: on smooth, coarse and noisy meshes no ray gets out of a shut eye."""

from functools import cache

import numpy as np
import pytest
from made_mesh import stranger
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from speechface.heads import _laid_lids
from speechface.heads._correspondence import Surface
from speechface.heads._laid_parts import Part
from speechface.heads._laid_source import open_head
from speechface.heads._lids import CLEAR, lids, sphere


def patches(points, faces, count):
    """The mesh of the nearest of `count` vertices chosen by chance, along the surface: irregular triangles, lips apart."""
    chosen = np.random.default_rng(1).choice(np.unique(faces), count, replace=False)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1) + 1e-7
    graph = coo_matrix((length, ends.T), shape=(len(points),) * 2).tocsr()
    owner = dijkstra(graph.maximum(graph.T), False, chosen, min_only=True, return_predecessors=True)[2]
    number = np.full(len(points), -1)
    number[chosen] = np.arange(count)
    found = number[owner][faces]
    found = found[(found != np.roll(found, 1, axis=1)).all(axis=1)]
    return points[chosen], found[np.unique(np.sort(found, axis=1), axis=0, return_index=True)[1]]


@cache
def face(kind):
    """A face without shapes, and its two eyeballs."""
    person, at, faces = stranger()
    points, draw = person.rest[at].astype(np.float64), np.random.default_rng(0)
    if kind == "coarse":
        points, faces = patches(points, faces, 3500)
    if kind == "noisy":
        points = points + 0.0002 * draw.standard_normal(points.shape)
    eyes = person.look.part == person.look.parts.index("eyes")
    balls = [person.rest[eyes & (person.weights[:, joint] > 0.5)].astype(np.float64) for joint in (3, 4)]
    return Surface(points, faces, np.zeros(len(points))), balls


def upper_edge():
    """Vertices of the person's left upper lid along its edge."""
    person, _, _ = stranger()
    return max(person.lid_edges[0], key=lambda edge: person.rest[edge, 1].mean())


def gets_out(starts, directions, points, faces):
    """(n,) whether a ray meets no triangle: Moeller and Trumbore's test of every ray against every one."""
    first, second, third = np.moveaxis(points[faces], 1, 0)
    one, two = second - first, third - first
    across = np.cross(directions[:, None], two)
    size = np.einsum("fc,nfc->nf", one, across)
    with np.errstate(divide="ignore", invalid="ignore"):  # rays along a triangle
        from_first = starts[:, None] - first
        u = np.einsum("nfc,nfc->nf", from_first, across) / size
        turned = np.cross(from_first, one)
        v = np.einsum("nc,nfc->nf", directions, turned) / size
        along = np.einsum("fc,nfc->nf", two, turned) / size
        return ~((u >= 0) & (v >= 0) & (u + v <= 1) & (along > 0)).any(axis=1)


@pytest.mark.parametrize("kind", ["smooth", "coarse", "noisy"])
@pytest.mark.parametrize("eye", [0, 1])
def test_no_ray_gets_out_of_a_shut_eye(kind, eye):
    """Straight ahead, from below and from either side."""
    surface, balls = face(kind)
    ball = balls[eye]
    centre, radius = sphere(ball)
    found = lids(surface, ball)
    front = ball[ball[:, 2] > centre[2] + 0.3 * radius][::2]
    near = (np.linalg.norm(surface.points - centre, axis=1) < 2.5 * radius)[surface.faces].any(axis=1)
    faces = surface.faces[near]
    for ahead in ([0.0, 0.0, 1.0], [0.0, -0.25, 1.0], [0.4, 0.0, 1.0], [-0.4, 0.0, 1.0]):
        rays = np.tile(np.array(ahead), (len(front), 1))
        free = gets_out(front, rays, surface.points, faces)
        assert free.sum() > 20
        half, whole = (
            gets_out(
                front[free], rays[free], surface.points + amount * found.shapes[0] + amount**2 * found.shapes[1], faces
            )
            for amount in (0.5, 1.0)
        )
        assert 0.25 < half.mean() < 0.75
        assert whole.mean() <= (0.01 if kind == "coarse" or ahead[0] else 0.0), ahead


@pytest.mark.parametrize("kind", ["smooth", "coarse", "noisy"])
def test_lids_stay_off_the_eyeball_and_let_go_of_the_face(kind):
    surface, balls = face(kind)
    found = lids(surface, balls[0])
    centre, radius = sphere(balls[0])
    moved = np.linalg.norm(found.shapes.sum(axis=0), axis=1)
    far = np.linalg.norm(surface.points - centre, axis=1) > 2.5 * radius
    assert not moved[far].any()
    assert not found.hold[far].any()
    assert found.hold.min() >= 0.0
    assert found.hold.max() == pytest.approx(1.0, abs=1e-3)
    away = np.linalg.norm(surface.points - centre, axis=1)
    now = np.linalg.norm(surface.points + found.shapes.sum(axis=0) - centre, axis=1)
    lid = moved > 0.002
    size = np.linalg.norm(balls[0] - centre, axis=1).min()
    assert (now[lid] > np.minimum(away[lid], size) - CLEAR).all()


def test_the_line_of_shut_lids_is_even():
    """The edge of the upper lid, from vertex to vertex, open and shut."""
    surface, balls = face("noisy")
    centre, radius = sphere(balls[0])
    found = lids(surface, balls[0])
    person, at, _ = stranger()
    number = np.full(len(person.rest), -1)
    number[at] = np.arange(len(at))
    edge = number[upper_edge()]
    edge = edge[np.abs(surface.points[edge, 0] - centre[0]) < 0.6 * radius]

    def ragged(points):
        _, y, z = (points[edge] - centre).T
        return np.std(np.diff(np.arctan2(y, z), 2))

    shut = surface.points + found.shapes.sum(axis=0)
    assert ragged(shut) < 0.85 * ragged(surface.points)


def test_no_eyeball_and_no_opening_have_no_lids():
    surface, balls = face("smooth")
    assert lids(surface, np.zeros((3, 3))) is None
    centre, radius = sphere(balls[0])
    wall = np.array([[-1, -1, 1.2], [1, -1, 1.2], [1, 1, 1.2], [-1, 1, 1.2]]) * [1.2, 1.2, 1.0] * radius + centre
    assert lids(Surface(wall, np.array([[0, 1, 2], [0, 2, 3]]), np.zeros(4)), balls[0]) is None


def part(name, points, faces, weights, moves):
    return Part(name, points, faces, weights, moves, np.zeros((len(points), 3)), 0.5, 0.5)


def test_a_head_blinks_with_its_lashes_and_whatever_pulls_at_a_shut_lid():
    surface, balls = face("smooth")
    head = open_head()
    wide, blink = (head.controls.index(f"{name}Left") for name in ("eyeWide", "eyeBlink"))
    pairs = {tuple(pair): len(head.controls) + row for row, pair in enumerate(head.pairs.tolist())}
    count, centre = len(surface.points), sphere(balls[0])[0]
    pull = np.zeros((count, 3))
    pull[np.linalg.norm(surface.points - centre, axis=1) < 0.03] = [0.0, 0.002, 0.0]
    still = np.tile(np.eye(5)[1], (count, 1))
    person, at, _ = stranger()
    edge = person.rest[upper_edge()].astype(np.float64)
    lash = np.concatenate([edge, edge + [0.0, 0.001, 0.009]])  # two rows along the upper lid
    rows = np.arange(len(edge) - 1)
    strip = np.stack([rows, rows + 1, rows + len(edge)], axis=1)
    eyes = np.concatenate(balls)
    turning = np.repeat(np.eye(5)[[3, 4]], [len(balls[0]), len(balls[1])], axis=0)
    parts = [
        part("skin", surface.points, surface.faces, still, {wide: pull, blink: pull}),
        part("others", lash, np.concatenate([strip, strip[:, ::-1] + [[0, len(edge), 0]]]), still[: len(lash)], {}),
        part("eyes", eyes, np.zeros((0, 3), int), turning, {}),
    ]
    out = _laid_lids.with_lids(parts, parts[2])
    assert np.array_equal(parts[0].moves[blink], pull)  # what is given is left alone
    made = lids(surface, _laid_lids._outside(balls[0]))
    both = out[0].moves[blink] + out[0].moves[pairs[blink, blink]]
    assert np.allclose(both, made.shapes.sum(axis=0), atol=1e-6)
    shut_wide = both + pull + out[0].moves[pairs[blink, wide]]
    lid = made.hold > 0.999
    assert lid.sum() > 20
    assert np.allclose(shut_wide[lid], both[lid], atol=1e-5)
    assert not out[2].moves.get(blink, np.zeros(1)).any()
    swung = out[1].moves[blink] + out[1].moves[pairs[blink, blink]]
    number = np.full(len(person.rest), -1)
    number[at] = np.arange(len(at))
    middle = len(edge) // 2
    assert np.allclose(swung[middle], both[number[upper_edge()][middle]], atol=1e-3)
    assert swung[len(edge) + middle, 1] < swung[middle, 1] < -0.005  # tips go further round than roots
    assert np.linalg.norm(lash[len(edge) :] - lash[: len(edge)], axis=1) == pytest.approx(
        np.linalg.norm((lash + swung)[len(edge) :] - (lash + swung)[: len(edge)], axis=1), abs=0.002
    )
