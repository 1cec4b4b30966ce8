"""The fast rasteriser against a plain one, and the normals."""

import numpy as np
import pytest
from test_render_head import Egg

from render.backends._raster import FACE, KIND, Buffers, project, sample_shifts
from render.camera import frame
from render.normals import Normals
from render.scene import Scene


def draw_slowly(points, faces, size, samples):
    """Nearness and triangle of every sample (H, W, n), by asking every triangle about every sample."""
    width, height = size
    x = np.arange(width)[None, :, None] + sample_shifts(samples)[None, None, :]
    y = np.arange(height)[:, None, None] + (np.arange(samples) + 0.5)[None, None, :] / samples
    nearness, triangle = np.zeros((height, width, samples)), np.full((height, width, samples), -1)
    for number, (a, b, c) in enumerate(points[faces].astype(np.float64)):
        if min(a[2], b[2], c[2]) <= 0.0:
            continue
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if area == 0.0:
            continue
        at_b = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
        at_c = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
        near = a[2] + at_b * (b[2] - a[2]) + at_c * (c[2] - a[2])
        seen = (at_b >= 0.0) & (at_c >= 0.0) & (at_b + at_c <= 1.0) & (near > nearness)
        nearness[seen], triangle[seen] = near[seen], number
    return nearness, triangle


def random_triangles(rng, count, size):
    """Triangles of all sizes and directions, some partly or wholly outside, some behind the eye, some without area."""
    corners = rng.uniform(-0.3, 1.3, (count, 1, 2)) * size + rng.normal(size=(count, 3, 2)) * rng.choice(
        [1.0, 6.0, 40.0], (count, 1, 1)
    )
    near = rng.uniform(0.1, 1.0, (count, 3, 1))
    near[:3] = 0.0
    corners[3] = corners[3, 0]
    return np.concatenate([corners, near], axis=2).reshape(-1, 3).astype(np.float32), np.arange(
        3 * count, dtype=np.int32
    ).reshape(-1, 3)


@pytest.mark.parametrize("samples", [1, 4, 16])
def test_every_sample_agrees_with_the_slow_rasteriser(samples):
    rng = np.random.default_rng(samples)
    size = (37, 29)
    points, faces = random_triangles(rng, 150, size)
    buffers = Buffers(size, samples, faces, (np.arange(len(faces)) % 100).astype(np.uint8))
    slow, triangle = draw_slowly(points, faces, size, samples)
    for _ in range(3):  # the guess of what is seen grows from frame to frame; the result must not
        buffers.fill(points)
        near, label = buffers.nearness[:, :37], buffers.label[:, :37]
        fast = np.where(near > 0.0, label & FACE, -1)
        # Samples within rounding of an edge may go either way.
        assert (fast != triangle).mean() < 2e-3
        same = fast == triangle
        assert np.allclose(near[same], slow[same], rtol=1e-4, atol=1e-5)
        assert (label[near > 0.0] >> KIND == (fast % 100)[near > 0.0]).all()
        buffers.remember()


def test_a_closed_mesh_has_no_cracks():
    head = Egg(60, 90)
    scene = Scene.of(head, size=(128, 128))
    camera = frame("front", head.rest)
    points = np.empty_like(head.rest)
    project(head.rest, camera.to_pixels((128, 128)), 0.01, points)
    buffers = Buffers((128, 128), 4, scene.solid, np.zeros(len(scene.solid), np.uint8))
    buffers.fill(points)
    inside = buffers.nearness[:, :128].min(axis=2) > 0.0
    rows = np.flatnonzero(inside.any(axis=1))
    for row in rows:
        columns = np.flatnonzero(inside[row])
        assert inside[row, columns[0] : columns[-1] + 1].all()
    assert inside.sum() > 2000


def test_samples_of_a_pixel_share_no_row_and_no_column():
    for samples in (1, 2, 4, 9, 16):
        shifts = sample_shifts(samples)
        assert np.allclose(np.sort(shifts), (np.arange(samples) + 0.5) / samples)


def test_normals_agree_with_plain_numpy():
    head = Egg()
    fast = np.empty_like(head.rest)
    Normals(head.faces, len(head.rest)).fill(head.rest, fast)
    slow = np.zeros((len(head.rest), 3))
    a, b, c = (head.rest[head.faces[:, corner]].astype(float) for corner in range(3))
    for corner in range(3):
        np.add.at(slow, head.faces[:, corner], np.cross(b - a, c - a))
    slow /= np.linalg.norm(slow, axis=1, keepdims=True)
    assert np.abs(fast - slow).max() < 1e-5


def test_what_is_not_a_number_or_behind_the_eye_is_not_drawn():
    head = Egg()
    broken = head.rest.copy()
    broken[5] = np.nan
    broken[6, 1] = np.inf
    broken[7] = [0.0, 0.0, 50.0]
    points = np.empty_like(broken)
    project(broken, frame("front", head.rest).to_pixels((64, 64)), 0.01, points)
    assert (points[5:8, 2] == 0.0).all()
    assert (points[20:, 2] > 0.0).all()
