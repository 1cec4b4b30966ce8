"""Draws with compiled loops and a gradient written out by hand: what `soft` draws, on a processor, ten times as quick."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from render.compiling import compiled, inlined
from render.painting import LOST, STEEP, WALK


def check() -> None:
    """Works wherever numba does."""


def draw(places: Tensor, colours: Tensor, faces: Tensor, neighbours: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, H, W, K) pictures, differentiable in places and colours; see the package for the arguments."""
    return _Drawing.apply(places, colours, faces, neighbours, size)


def normals(vertices: Tensor, faces: Tensor) -> Tensor:
    """(N, V, 3) unit normals of vertices (N, V, 3), differentiable: the mean of those of the faces, weighted by area."""
    return _Normals.apply(vertices, faces)


class _Normals(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, vertices: Tensor, faces: Tensor) -> Tensor:
        points = np.ascontiguousarray(vertices.detach().cpu().numpy(), dtype=np.float32)
        total, length = np.zeros_like(points), np.empty(points.shape[:2], dtype=np.float32)
        numbers = faces.cpu().numpy()
        _across(points, numbers, total, length)
        ctx.kept = (points, numbers, total, length)
        return torch.from_numpy(total).to(vertices)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        given = np.array(gradient.detach().cpu().numpy(), dtype=np.float32, order="C")
        out = np.zeros_like(ctx.kept[0])
        _across_back(*ctx.kept, given, out)
        return torch.from_numpy(out).to(gradient), None


class _Drawing(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, places: Tensor, colours: Tensor, faces: Tensor, neighbours: Tensor, size: tuple[int, int]
    ) -> Tensor:
        arrays = [one.detach().cpu().numpy() for one in (places, colours, faces, neighbours)]
        arrays[:2] = [np.ascontiguousarray(one, dtype=np.float32) for one in arrays[:2]]
        shape = (len(places), *size)
        triangles, plain = np.empty(shape, dtype=np.int64), np.zeros((*shape, colours.shape[-1]), dtype=np.float32)
        depth, out = np.empty(shape, dtype=np.float32), np.empty_like(plain)
        visible(arrays[0], arrays[2], depth, triangles)
        _paint(*arrays, triangles, plain)
        out[:] = plain
        _blend(*arrays, triangles, depth, plain, out)
        ctx.kept = (arrays, triangles, depth, plain)
        return torch.from_numpy(out).to(places)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        arrays, triangles, depth, plain = ctx.kept
        given = np.ascontiguousarray(gradient.detach().cpu().numpy(), dtype=np.float32)
        to_places, to_colours, to_plain = np.zeros_like(arrays[0]), np.zeros_like(arrays[1]), given.copy()
        _blend_back(*arrays, triangles, depth, plain, given, to_plain, to_places)
        _paint_back(*arrays, triangles, to_plain, to_places, to_colours)
        return torch.from_numpy(to_places).to(gradient), torch.from_numpy(to_colours).to(gradient), None, None, None


@compiled
def _across(points, faces, total, length):
    """Fill total (N, V, 3), zeros before, with unit normals, and length (N, V) with what they were divided by."""
    for picture in range(len(points)):
        place, sum_ = points[picture], total[picture]
        for face in range(len(faces)):
            i, j, k = faces[face, 0], faces[face, 1], faces[face, 2]
            ux, uy, uz = place[j, 0] - place[i, 0], place[j, 1] - place[i, 1], place[j, 2] - place[i, 2]
            vx, vy, vz = place[k, 0] - place[i, 0], place[k, 1] - place[i, 1], place[k, 2] - place[i, 2]
            x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
            for corner in (i, j, k):
                sum_[corner, 0] += x
                sum_[corner, 1] += y
                sum_[corner, 2] += z
        for vertex in range(len(sum_)):
            x, y, z = sum_[vertex, 0], sum_[vertex, 1], sum_[vertex, 2]
            long = max(np.sqrt(x * x + y * y + z * z), 1e-12)
            length[picture, vertex] = long
            sum_[vertex, 0], sum_[vertex, 1], sum_[vertex, 2] = x / long, y / long, z / long


@compiled
def _across_back(points, faces, unit, length, gradient, out):
    """Add to out (N, V, 3) what the gradient (N, V, 3) of unit normals is for the places they came from."""
    for picture in range(len(points)):
        place, given, goal = points[picture], gradient[picture], out[picture]
        for vertex in range(len(given)):  # through the division by the length, in place
            n, long = unit[picture, vertex], length[picture, vertex]
            along = given[vertex, 0] * n[0] + given[vertex, 1] * n[1] + given[vertex, 2] * n[2]
            for axis in range(3):
                given[vertex, axis] = (given[vertex, axis] - along * n[axis]) / long
        for face in range(len(faces)):
            i, j, k = faces[face, 0], faces[face, 1], faces[face, 2]
            ux, uy, uz = place[j, 0] - place[i, 0], place[j, 1] - place[i, 1], place[j, 2] - place[i, 2]
            vx, vy, vz = place[k, 0] - place[i, 0], place[k, 1] - place[i, 1], place[k, 2] - place[i, 2]
            x = given[i, 0] + given[j, 0] + given[k, 0]
            y = given[i, 1] + given[j, 1] + given[k, 1]
            z = given[i, 2] + given[j, 2] + given[k, 2]
            ax, ay, az = vy * z - vz * y, vz * x - vx * z, vx * y - vy * x  # of the first side: v x g
            bx, by, bz = y * uz - z * uy, z * ux - x * uz, x * uy - y * ux  # of the second one: g x u
            goal[j, 0] += ax
            goal[j, 1] += ay
            goal[j, 2] += az
            goal[k, 0] += bx
            goal[k, 1] += by
            goal[k, 2] += bz
            goal[i, 0] -= ax + bx
            goal[i, 1] -= ay + by
            goal[i, 2] -= az + bz


@compiled
def visible(places, faces, depth, out):
    """Fill out (N, H, W) with the nearest front at every pixel's centre, -1 for none, and depth (N, H, W) with how far it is."""
    height, width = depth.shape[1:]
    for picture in range(len(places)):
        depth[picture] = np.inf
        out[picture] = -1
        points, seen, nearest = places[picture], out[picture], depth[picture]
        for face in range(len(faces)):
            a, b, c = points[faces[face, 0]], points[faces[face, 1]], points[faces[face, 2]]
            area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
            if not area < 0.0:  # the back, an edge, or a place that is not a number
                continue
            left = max(0, int(np.ceil(min(a[0], b[0], c[0]) - 0.5)))
            right = min(width - 1, int(np.floor(max(a[0], b[0], c[0]) - 0.5)))
            top = max(0, int(np.ceil(min(a[1], b[1], c[1]) - 0.5)))
            bottom = min(height - 1, int(np.floor(max(a[1], b[1], c[1]) - 0.5)))
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    first, second, third = _shares(a, b, c, column + 0.5, row + 0.5)
                    if first < 0.0 or second < 0.0 or third < 0.0:
                        continue
                    near = first * a[2] + second * b[2] + third * c[2]
                    if near < nearest[row, column]:
                        nearest[row, column] = near
                        seen[row, column] = face


@inlined
def _shares(a, b, c, x, y):
    """Shares of three corners at a place."""
    area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    first = ((b[0] - x) * (c[1] - y) - (c[0] - x) * (b[1] - y)) / area
    second = ((c[0] - x) * (a[1] - y) - (a[0] - x) * (c[1] - y)) / area
    return first, second, 1.0 - first - second


@compiled
def _paint(places, colours, faces, neighbours, triangles, plain):
    """Fill plain (N, H, W, K), zeros before, with the colours of what is seen."""
    count, height, width = triangles.shape
    for picture in range(count):
        points, paint = places[picture], colours[picture]
        for row in range(height):
            for column in range(width):
                face = triangles[picture, row, column]
                if face < 0:
                    continue
                i, j, k = faces[face, 0], faces[face, 1], faces[face, 2]
                first, second, third = _shares(points[i], points[j], points[k], column + 0.5, row + 0.5)
                for channel in range(paint.shape[1]):
                    plain[picture, row, column, channel] = (
                        first * paint[i, channel] + second * paint[j, channel] + third * paint[k, channel]
                    )


@compiled
def _paint_back(places, colours, faces, neighbours, triangles, gradient, to_places, to_colours):
    """Add the gradient (N, H, W, K) of the plain pictures to those of places and colours.

    A corner that moves by d takes its share of the surface along: the colour at a pixel changes by -share (slope . d).
    """
    count, height, width = triangles.shape
    for picture in range(count):
        points, paint = places[picture], colours[picture]
        for row in range(height):
            for column in range(width):
                face = triangles[picture, row, column]
                if face < 0:
                    continue
                i, j, k = faces[face, 0], faces[face, 1], faces[face, 2]
                a, b, c = points[i], points[j], points[k]
                first, second, third = _shares(a, b, c, column + 0.5, row + 0.5)
                area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
                across, down = 0.0, 0.0
                for channel in range(paint.shape[1]):
                    pull = gradient[picture, row, column, channel]
                    p, q, r = paint[i, channel], paint[j, channel], paint[k, channel]
                    across += pull * (p * (b[1] - c[1]) + q * (c[1] - a[1]) + r * (a[1] - b[1])) / area
                    down += pull * (p * (c[0] - b[0]) + q * (a[0] - c[0]) + r * (b[0] - a[0])) / area
                    to_colours[picture, i, channel] += pull * first
                    to_colours[picture, j, channel] += pull * second
                    to_colours[picture, k, channel] += pull * third
                for corner, share in ((i, first), (j, second), (k, third)):
                    to_places[picture, corner, 0] -= share * across
                    to_places[picture, corner, 1] -= share * down


@inlined
def _pair(depth, row, column, axis):
    """Whether depth (H, W) jumps between a pixel and the next one in its row (axis 0) or column, and if so the nearer one's
    row and column, and 1 where the nearer one is the first, -1 where not."""
    next_row, next_column = row + axis, column + 1 - axis
    before, after = depth[row, column], depth[next_row, next_column]
    if before == after or not abs(before - after) > STEEP:  # two that show nothing are equal
        return False, row, column, 0
    if before < after:
        return True, row, column, 1
    return True, next_row, next_column, -1


@inlined
def _edge(points, faces, neighbours, face, line, centre, sign, axis):
    """Corners of the edge at which what a pixel shows ends on the way to its neighbour, and how far that is; -1 where it is not
    found, -2 where it goes on, or is left to the other axis, which it crosses more squarely."""
    other = 1 - axis
    for _ in range(WALK):
        best, at = -np.inf, -1
        for edge in range(3):
            start, stop = points[faces[face, edge]], points[faces[face, (edge + 1) % 3]]
            rise = stop[other] - start[other]
            if rise == 0.0:
                continue
            part = (line - start[other]) / rise
            if part < 0.0 or part > 1.0:
                continue
            distance = (start[axis] + part * (stop[axis] - start[axis]) - centre) * sign
            if distance > best:
                best, at = distance, edge
        if best > 1.0:
            return -2, -2, 0.0
        if at < 0 or best < 0.0:
            return -1, -1, 0.0
        follower = neighbours[face, at]
        if follower >= 0:
            a, b, c = points[faces[follower, 0]], points[faces[follower, 1]], points[faces[follower, 2]]
            if (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]) < 0.0:
                face = follower
                continue
        start, stop = faces[face, at], faces[face, (at + 1) % 3]
        rise, run = abs(points[stop, other] - points[start, other]), abs(points[stop, axis] - points[start, axis])
        if rise < run or (rise == run and axis == 1):
            return -2, -2, 0.0
        return start, stop, best
    return -1, -1, 0.0


@compiled
def _blend(places, colours, faces, neighbours, triangles, depth, plain, out):
    """Blend the pixels of out (N, H, W, K) on either side of where a surface ends, by the colours of plain."""
    count, height, width = triangles.shape
    for picture in range(count):
        for axis in range(2):
            for row in range(height - axis):
                for column in range(width - 1 + axis):
                    jumps, y, x, sign = _pair(depth[picture], row, column, axis)
                    if not jumps:
                        continue
                    line, centre = (y + 0.5, x + 0.5) if axis == 0 else (x + 0.5, y + 0.5)
                    start, _, reach = _edge(
                        places[picture], faces, neighbours, triangles[picture, y, x], line, centre, sign, axis
                    )
                    if start < 0:
                        continue
                    far_y, far_x = y + sign * axis, x + sign * (1 - axis)
                    to_y, to_x = (far_y, far_x) if reach > 0.5 else (y, x)
                    for channel in range(plain.shape[3]):
                        step = plain[picture, y, x, channel] - plain[picture, far_y, far_x, channel]
                        out[picture, to_y, to_x, channel] += (reach - 0.5) * step


@compiled
def _blend_back(places, colours, faces, neighbours, triangles, depth, plain, gradient, to_plain, to_places):
    """Add the gradient (N, H, W, K) that blending passes on to those of the plain pictures and of the places."""
    count, height, width = triangles.shape
    for picture in range(count):
        points, goal = places[picture], to_places[picture]
        for axis in range(2):
            other = 1 - axis
            for row in range(height - axis):
                for column in range(width - 1 + axis):
                    jumps, y, x, sign = _pair(depth[picture], row, column, axis)
                    if not jumps:
                        continue
                    line, centre = (y + 0.5, x + 0.5) if axis == 0 else (x + 0.5, y + 0.5)
                    face = triangles[picture, y, x]
                    start, stop, reach = _edge(points, faces, neighbours, face, line, centre, sign, axis)
                    if start == -2:
                        continue
                    far_y, far_x = y + sign * axis, x + sign * (1 - axis)
                    to_y, to_x = (far_y, far_x) if reach > 0.5 else (y, x)
                    pull, carried = 0.0, 0.0
                    for channel in range(plain.shape[3]):
                        step = plain[picture, y, x, channel] - plain[picture, far_y, far_x, channel]
                        if start < 0:
                            both = gradient[picture, y, x, channel] + gradient[picture, far_y, far_x, channel]
                            carried += LOST * both * step
                            continue
                        given = gradient[picture, to_y, to_x, channel]
                        pull += given * step
                        to_plain[picture, y, x, channel] += (reach - 0.5) * given
                        to_plain[picture, far_y, far_x, channel] -= (reach - 0.5) * given
                    if start < 0:  # the end of a surface moves as what is seen of it beside
                        i, j, k = faces[face, 0], faces[face, 1], faces[face, 2]
                        first, second, third = _shares(points[i], points[j], points[k], x + 0.5, y + 0.5)
                        goal[i, axis] += sign * carried * first
                        goal[j, axis] += sign * carried * second
                        goal[k, axis] += sign * carried * third
                        continue
                    a, b = points[start], points[stop]
                    rise, run = b[other] - a[other], b[axis] - a[axis]
                    part = (line - a[other]) / rise
                    goal[start, axis] += sign * pull * (1.0 - part)
                    goal[stop, axis] += sign * pull * part
                    goal[start, other] += sign * pull * run * (part - 1.0) / rise
                    goal[stop, other] -= sign * pull * run * part / rise
