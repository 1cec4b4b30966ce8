"""From the triangle that every pixel shows to its colour, with gradients to the places and the colours of the vertices.

Inside a surface the gradient goes through the shares of a triangle's corners. Where one surface ends before another one, the
colour jumps, and what matters is where the edge is: the pixel on either side is blended by how far the nearer surface
reaches into it (Laine et al., Modular primitives for high-performance differentiable rendering, 2020, section 3.3). Triangles
of a head are smaller than pixels, so the edge is looked for over several of them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

STEEP = 1.0
"""Depth, in pixels a pixel, from which on two neighbouring pixels may show two surfaces and not a slope of one."""
LOST = 0.39
"""Share of its movement that an edge which is not found passes to either pixel: half, over the mean of |cos| + |sin|, because
both rows and columns see it."""
WALK = 6
"""Triangles between a pixel's centre and the edge of what it shows that are gone through."""


def beside(faces: np.ndarray) -> np.ndarray:
    """(F, 3) int64 the face on the other side of each edge of faces (F, 3), from a corner to the next; -1 where there is none."""
    ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2).astype(np.int64)
    base = int(faces.max(initial=0)) + 1
    own, back = ends[:, 0] * base + ends[:, 1], ends[:, 1] * base + ends[:, 0]
    order = np.argsort(own)
    at = np.minimum(np.searchsorted(own[order], back), len(own) - 1)
    return np.where(own[order][at] == back, order[at] // 3, -1).reshape(-1, 3)


def paint(places: Tensor, colours: Tensor, faces: Tensor, neighbours: Tensor, triangles: Tensor) -> Tensor:
    """(N, H, W, K) pictures of N meshes: places (N, V, 3) pixels and depth in pixels, colours (N, V, K), faces (F, 3).

    neighbours: (F, 3) as `beside` finds them. triangles: (N, H, W) what `visible` found. The background is black.
    Differentiable in places and colours.
    """
    count, height, width = triangles.shape
    covered = (triangles.reshape(-1) >= 0).nonzero()[:, 0]
    picture = torch.div(covered, height * width, rounding_mode="floor")
    corner = faces[triangles.reshape(-1)[covered]] + (picture * places.shape[1])[:, None]
    x, y = (covered % width).to(places.dtype) + 0.5, torch.div(covered, width, rounding_mode="floor") % height + 0.5
    points = places.reshape(-1, 3)
    at = points[corner]
    share = shares(at, x, y)
    painted = (colours.reshape(-1, colours.shape[-1])[corner] * share[..., None]).sum(dim=1)
    plain = painted.new_zeros(count * height * width, colours.shape[-1]).index_copy(0, covered, painted)
    flat = plain
    depth = at.new_full((count * height * width,), float("inf"))
    with torch.no_grad():
        depth[covered] = (at[..., 2] * share).sum(dim=1)
    for axis in (0, 1):
        near, far, sign = _jumps(depth.view(count, height, width), axis)
        ends, line = _edges(points.detach(), faces, neighbours, triangles, near, sign, axis, places.shape[1])
        centre = (near % width if axis == 0 else torch.div(near, width, rounding_mode="floor") % height) + 0.5
        lost = ends[:, 0] == -1
        edge = (points[ends[:, 1].clamp(min=0)] - points[ends[:, 0].clamp(min=0)]).detach().abs()
        # An edge is seen by rows or by columns, whichever it crosses more squarely, or it would count twice.
        found = (ends[:, 0] >= 0) & (
            (edge[:, 1 - axis] >= edge[:, axis]) if axis == 0 else (edge[:, 1 - axis] > edge[:, axis])
        )
        reach = _reach(points[ends[found]], line[found], centre[found], sign[found], axis) - 0.5
        step = plain[near] - plain[far]
        # Where no edge is found, a surface ends in the middle, and its end moves as what is seen of it beside.
        beside_it = torch.searchsorted(covered, near[lost])
        carried = (at[beside_it][..., axis] * share[beside_it].detach()).sum(dim=1)
        moved = LOST * (carried - carried.detach()) * sign[lost]
        into, out = (torch.zeros_like(step[:, 0]) for _ in range(2))
        into = into.index_put((found,), reach.clamp(min=0.0)).index_put((lost,), moved)
        out = out.index_put((found,), reach.clamp(max=0.0)).index_put((lost,), moved)
        flat = flat.index_add(0, far, into[:, None] * step).index_add(0, near, out[:, None] * step)
    return flat.reshape(count, height, width, -1)


def shares(corners: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(P, 3) shares of the corners (P, 3, 2 or 3) of triangles at the pixels' centres x, y (P,)."""
    (ax, ay), (bx, by), (cx, cy) = (corner[:, :2].unbind(dim=1) for corner in corners.unbind(dim=1))
    first = (bx - x) * (cy - y) - (cx - x) * (by - y)
    second = (cx - x) * (ay - y) - (ax - x) * (cy - y)
    third = (ax - x) * (by - y) - (bx - x) * (ay - y)
    parts = torch.stack([first, second, third], dim=1)
    return parts / parts.sum(dim=1, keepdim=True)


def normals(vertices: Tensor, faces: Tensor) -> Tensor:
    """(N, V, 3) unit normals of vertices (N, V, 3): the mean of those of the faces (F, 3) round each, weighted by area."""
    corners = vertices[:, faces]
    across = torch.linalg.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    total = torch.zeros_like(vertices).index_add(1, faces.reshape(-1), across.repeat_interleave(3, dim=1))
    return F.normalize(total, dim=-1, eps=1e-12)


def _jumps(depth: Tensor, axis: int) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs of neighbours in a row (axis 0) or a column (1) of depth (N, H, W) between which it jumps: numbers of the nearer
    and of the farther pixel (P,), and 1 where the farther one comes after the nearer one, -1 where before."""
    numbers = torch.arange(depth.numel(), device=depth.device).view_as(depth)
    along = 2 - axis
    before, after = depth.narrow(along, 0, depth.shape[along] - 1), depth.narrow(along, 1, depth.shape[along] - 1)
    jump = ((before - after).abs() > STEEP) & (before.isfinite() | after.isfinite())
    ahead = (before < after)[jump]
    first = numbers.narrow(along, 0, depth.shape[along] - 1)[jump]
    second = numbers.narrow(along, 1, depth.shape[along] - 1)[jump]
    return torch.where(ahead, first, second), torch.where(ahead, second, first), torch.where(ahead, 1.0, -1.0).to(depth)


@torch.no_grad()
def _edges(
    points: Tensor,
    faces: Tensor,
    neighbours: Tensor,
    triangles: Tensor,
    near: Tensor,
    sign: Tensor,
    axis: int,
    count: int,
) -> tuple[Tensor, Tensor]:
    """The edge (P, 2), numbers of points, at which what the pixels `near` show ends on the way to their neighbours, -1 where
    it is not found, -2 where it goes on, steep as it is; and the other coordinate (P,) of the line between the centres.

    From the triangle at the centre on, each time through the edge by which the line leaves it, until the next triangle
    turns its back or there is none.
    """
    height, width = triangles.shape[1:]
    row = torch.div(near, width, rounding_mode="floor")
    base = torch.div(row, height, rounding_mode="floor") * count
    line = (row % height if axis == 0 else near % width) + 0.5
    centre = (near % width if axis == 0 else row % height) + 0.5
    ends = near.new_full((len(near), 2), -1)
    live, face = torch.arange(len(near), device=near.device), triangles.reshape(-1)[near]
    for _ in range(WALK):
        corner = faces[face] + base[live, None]
        a, b = corner, corner.roll(-1, dims=1)
        start, stop = points[a], points[b]
        rise = stop[..., 1 - axis] - start[..., 1 - axis]
        part = (line[live, None] - start[..., 1 - axis]) / torch.where(rise == 0, torch.ones_like(rise), rise)
        crossing = start[..., axis] + part * (stop[..., axis] - start[..., axis])
        distance = (crossing - centre[live, None]) * sign[live, None]
        distance = distance.masked_fill((rise == 0) | (part < 0) | (part > 1), -float("inf"))
        far, edge = distance.max(dim=1)
        follower = neighbours[face].gather(1, edge[:, None])[:, 0]
        turned = points[faces[follower.clamp(min=0)] + base[live, None]]
        one, two, three = turned[:, 0], turned[:, 1], turned[:, 2]
        area = (two[:, 0] - one[:, 0]) * (three[:, 1] - one[:, 1]) - (three[:, 0] - one[:, 0]) * (two[:, 1] - one[:, 1])
        over, within = (follower < 0) | (area >= 0), (far >= 0) & (far <= 1)
        done = over & within
        at = live[done]
        ends[at, 0] = a.gather(1, edge[:, None])[done, 0]
        ends[at, 1] = b.gather(1, edge[:, None])[done, 0]
        ends[live[far > 1]] = -2
        on = ~over & within
        live, face = live[on], follower[on]
        if not len(live):
            break
    return ends, line.to(points.dtype)


def _reach(ends: Tensor, line: Tensor, centre: Tensor, sign: Tensor, axis: int) -> Tensor:
    """(P,) pixels from the centre of the nearer pixel to where an edge with ends (P, 2, 3) crosses the line."""
    start, stop = ends[:, 0], ends[:, 1]
    part = (line - start[:, 1 - axis]) / (stop[:, 1 - axis] - start[:, 1 - axis])
    return (start[:, axis] + part * (stop[:, axis] - start[:, axis]) - centre) * sign
