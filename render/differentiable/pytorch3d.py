"""Draws what PyTorch3D's rasteriser finds, where that is installed; the edges and the gradients are those of `soft`."""

from __future__ import annotations

import torch
from torch import Tensor

from render.painting import normals, paint
from speechface.errors import UserError

__all__ = ["check", "draw", "normals"]


def check() -> None:
    """Raise `UserError` where PyTorch3D is missing or was built for another torch."""
    try:
        import pytorch3d.renderer.mesh
        import pytorch3d.structures  # noqa: F401
    except (ImportError, OSError) as error:
        raise UserError(
            f"rasteriser 'pytorch3d' does not work here ({error}): build PyTorch3D from source for your torch (see "
            "docs/rendering.md), or use 'soft'"
        ) from None


def draw(places: Tensor, colours: Tensor, faces: Tensor, neighbours: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, H, W, K) pictures, differentiable in places and colours; see the package for the arguments."""
    return paint(places, colours, faces, neighbours, visible(places, faces, size))


@torch.no_grad()
def visible(places: Tensor, faces: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, H, W) int64 the nearest face in front at every pixel's centre, -1 for none.

    PyTorch3D has X to the left and Y up, the shorter side from -1 to 1, and numbers the faces of a batch through.
    """
    from pytorch3d.renderer.mesh import rasterize_meshes
    from pytorch3d.structures import Meshes

    height, width = size
    short = min(size)
    middle = places.new_tensor([width, height])
    depth = places[..., 2:] - places[..., 2].min() + 1.0  # it draws only what is in front of the camera
    moved = torch.cat([(middle - 2.0 * places[..., :2]) / short, depth], dim=-1).float()
    found = [
        rasterize_meshes(
            Meshes(verts=[one], faces=[faces]), image_size=size, blur_radius=0.0, faces_per_pixel=1,
            perspective_correct=False, cull_backfaces=True,
        )[0][0, ..., 0]
        for one in moved
    ]  # fmt: skip
    return torch.stack(found).long()
