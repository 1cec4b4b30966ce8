"""One contract for every renderer that is found: the same silhouette, nearly the same picture, the same every time."""

import os

import numpy as np
import pytest
from test_render_head import Egg

from render import backends
from render.scene import Scene
from speechface import plugins
from speechface.errors import UserError

NEAR = {"software": 0.0, "moderngl": 2.0, "pytorch3d": 3.0, "pyrender": 16.0}
"""Mean difference from the software renderer, of 255, that is the renderer's style and not a fault."""


@pytest.fixture(scope="module")
def head():
    return Egg()


@pytest.fixture(scope="module")
def scene(head):
    return Scene.of(head, size=(128, 96), background=((0.1, 0.9, 0.1), (0.1, 0.9, 0.1)), vignette=0.0)


def draw(name, frames, scene):
    try:
        return list(backends.draw(frames, scene, name))
    except UserError as error:
        if os.environ.get("SPEECHFACE_NEEDS_RENDERERS"):
            raise
        pytest.skip(str(error))


def covered(picture):
    return np.abs(picture.astype(int) - picture[0, 0]).sum(axis=2) > 40


@pytest.mark.parametrize("name", backends.available())
def test_contract(name, head, scene):
    assert plugins.summary("render.backends", name)
    frames = head.vertices(np.array([[0.0, 0.0, 0.0], [1.0, 0.4, 0.0], [0.0, 0.0, 1.0]]))
    pictures = draw(name, iter(frames), scene)
    expected = list(backends.draw(frames, scene))
    assert len(pictures) == 3
    for picture, other in zip(pictures, expected, strict=True):
        assert picture.shape == (96, 128, 3)
        assert picture.dtype == np.uint8
        both = (covered(picture) & covered(other)).sum()
        assert both / (covered(picture) | covered(other)).sum() > 0.98
        assert np.abs(picture.astype(int) - other).mean() <= NEAR.get(name, 16.0)
    assert all(np.array_equal(a, b) for a, b in zip(pictures, draw(name, frames, scene), strict=True))


@pytest.mark.parametrize("name", backends.available())
def test_up_is_up_and_left_is_left(name, head, scene):
    marked = head.rest.copy()
    marked[head.rest[:, 1] > 0.08] += [0.0, 0.02, 0.0]  # a longer top
    marked[head.rest[:, 0] > 0.06] += [0.03, 0.0, 0.0]  # a wider left side, seen on the right
    plain, changed = draw(name, [head.rest, marked], scene)
    rows, columns = np.nonzero(covered(changed) & ~covered(plain))
    assert len(rows) > 20
    assert np.median(columns) > 64 or np.median(rows) < 30
    right = covered(changed)[40:70].any(axis=0)
    assert np.flatnonzero(right).max() > np.flatnonzero(covered(plain)[40:70].any(axis=0)).max() + 3
    assert np.flatnonzero(covered(changed).any(axis=1)).min() < np.flatnonzero(covered(plain).any(axis=1)).min()


def test_an_unknown_renderer_is_named(head, scene):
    with pytest.raises(UserError, match=r"unknown renderer 'softwear'.*software"):
        backends.draw([head.rest], scene, "softwear")
