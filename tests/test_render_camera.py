"""Cameras: what is up, what is left, and whether every view has the head in the picture."""

import math

import numpy as np
import pytest
from test_render_head import Egg

from render.camera import VIEWS, Camera, frame
from render.scene import Scene
from speechface.errors import UserError


def to_pixels(camera, size, points):
    rows = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ camera.to_pixels(size).T
    return rows[:, :2] / rows[:, 2:], rows[:, 2]


def test_up_is_up_and_the_characters_left_is_on_the_right_of_the_picture():
    camera = Camera((0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
    pixels, depth = to_pixels(camera, (200, 100), np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0, 0, 0.1]], float))
    assert np.allclose(pixels[0], [100, 50])
    assert pixels[1, 0] > 100
    assert pixels[2, 1] < 50
    assert np.allclose(depth, [1.0, 1.0, 1.0, 0.9])


def test_opengl_matrices_say_the_same_as_pixels():
    camera = Camera((0.3, 0.2, 0.9), (0.01, -0.02, 0.0), math.radians(30))
    size, points = (320, 200), np.random.default_rng(0).normal(size=(20, 3)) * 0.1
    clip = np.concatenate([points, np.ones((20, 1))], axis=1) @ (camera.projection(size) @ camera.view()).T
    screen = clip[:, :2] / clip[:, 3:]
    expected = np.stack([(screen[:, 0] + 1) / 2 * size[0], (1 - screen[:, 1]) / 2 * size[1]], axis=1)
    assert np.allclose(to_pixels(camera, size, points)[0], expected)


@pytest.mark.parametrize("view", ["front", "three_quarter", "profile"])
@pytest.mark.parametrize("size", [(64, 64), (128, 72), (72, 128)])
@pytest.mark.parametrize("scale", [0.3, 1.0, 20.0])
def test_views_frame_a_head_of_any_size(view, size, scale):
    rest = Egg().rest * scale + [0.5, 1.6, -2.0]
    pixels, _ = to_pixels(frame(view, rest, size=size), size, rest)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    assert (low > 0).all()
    assert (high < size).all()
    assert max((high - low) / size) > 0.75
    assert np.allclose((low + high) / 2, np.array(size) / 2, atol=0.06 * max(size))


def test_the_mouth_view_is_round_the_lips():
    rest = Egg().rest
    lips = np.argsort(np.linalg.norm(rest - [0, -0.05, 0.08], axis=1))[:12]
    camera = frame("mouth", rest, {f"lm68_{48 + number}": int(vertex) for number, vertex in enumerate(lips)})
    pixels, _ = to_pixels(camera, (100, 100), rest[lips])
    assert (np.abs(pixels - 50) < 40).all()
    assert camera.distance < frame("front", rest).distance
    assert frame("mouth", rest).distance > 0


def test_unknown_views_sizes_and_qualities_are_the_users_mistakes():
    head = Egg()
    with pytest.raises(UserError, match=r"unknown view 'fromt'.*front"):
        Scene.of(head, "fromt")
    with pytest.raises(UserError, match="unknown quality"):
        Scene.of(head, quality="best")
    with pytest.raises(UserError, match="16 to 16384"):
        Scene.of(head, size=(3, 64))
    assert set(VIEWS) == {"front", "three_quarter", "profile", "mouth"}
