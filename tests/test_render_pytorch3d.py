"""The PyTorch3D renderer on a stand-in of PyTorch3D's rasteriser, by its documented contract; the real one need not be here.

The contract (facebookresearch/pytorch3d, renderer/mesh/rasterize_meshes.py and docs/notes/renderer_getting_started.md): X to
the left, Y up, the shorter side of the picture from -1 to 1; out come pix_to_face (N, H, W, K), -1 where nothing is, zbuf,
bary_coords (N, H, W, K, 3) and dists.
"""

import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
import test_render_backends
import torch
from test_render_backends import head, scene  # noqa: F401
from test_render_shot import test_a_transparent_picture_over_a_background_is_the_picture_with_it as check_transparent

from render import backends
from speechface.errors import UserError


class Meshes:
    def __init__(self, verts, faces):
        assert verts[0].dtype == torch.float32
        assert faces[0].dtype == torch.int64
        self.verts, self.faces = verts[0].numpy().astype(float), faces[0].numpy()


def rasterize_meshes(meshes, image_size, blur_radius, faces_per_pixel, perspective_correct):
    """Triangle by triangle, without any trick."""
    assert (blur_radius, faces_per_pixel, perspective_correct) == (0.0, 1, True)
    height, width = image_size
    short = min(image_size)
    found = np.full((height, width), -1)
    depth = np.full((height, width), np.inf)
    weights = np.full((height, width, 3), -1.0)
    x_of = (width - 1 - 2 * np.arange(width)) / short  # the first column is the farthest to the left: +X
    y_of = (height - 1 - 2 * np.arange(height)) / short
    for number, corners in enumerate(meshes.verts[meshes.faces]):
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        columns = np.flatnonzero((x_of >= corners[:, 0].min()) & (x_of <= corners[:, 0].max()))
        rows = np.flatnonzero((y_of >= corners[:, 1].min()) & (y_of <= corners[:, 1].max()))
        if area == 0 or not len(rows) or not len(columns):
            continue
        x, y = x_of[columns][None], y_of[rows][:, None]
        a = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
        b = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
        share = np.stack([a, b, 1.0 - a - b], axis=2)
        inside = (share > 0).all(axis=2)
        share = share / [az, bz, cz]
        share /= share.sum(axis=2, keepdims=True)
        near = share @ [az, bz, cz]
        place = np.ix_(rows, columns)
        seen = inside & (near < depth[place])
        for buffer, value in ((found, number), (depth, near), (weights, share)):
            piece = buffer[place]
            piece[seen] = value[seen] if isinstance(value, np.ndarray) else value
            buffer[place] = piece
    depth[found < 0] = -1.0
    out = (found, depth, weights, depth)
    return tuple(torch.as_tensor(array)[None, :, :, None] for array in out)


@pytest.fixture
def stand_in(monkeypatch):
    for name, contents in {
        "pytorch3d": {}, "pytorch3d.structures": {"Meshes": Meshes}, "pytorch3d.renderer": {},
        "pytorch3d.renderer.mesh": {"rasterize_meshes": rasterize_meshes},
    }.items():  # fmt: skip
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("stand_in")
def test_the_contract_of_renderers_holds(head, scene):  # noqa: F811
    test_render_backends.test_contract("pytorch3d", head, scene)
    tall = replace(scene, size=(96, 128), supersampling=1)
    (picture,), (other,) = (list(backends.draw([head.rest], tall, name)) for name in ("pytorch3d", "software"))
    both = test_render_backends.covered(picture) & test_render_backends.covered(other)
    either = test_render_backends.covered(picture) | test_render_backends.covered(other)
    assert both.sum() / either.sum() > 0.97


@pytest.mark.usefixtures("stand_in")
def test_directions_and_transparency(head, scene):  # noqa: F811
    test_render_backends.test_up_is_up_and_left_is_left("pytorch3d", head, scene)
    check_transparent("pytorch3d", head)


def test_without_pytorch3d_one_line_says_so(head, scene, monkeypatch):  # noqa: F811
    monkeypatch.setitem(sys.modules, "pytorch3d", None)
    with pytest.raises(UserError, match=r"'pytorch3d' does not work here .*software"):
        next(backends.draw([head.rest], scene, "pytorch3d"))
