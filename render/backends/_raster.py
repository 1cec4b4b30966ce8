"""Which triangle is seen where: projection, and a z-buffer that knows the triangle at every sample.

The n samples of a pixel are a Hammersley set: sample j lies at height (j + 0.5) / n and at the bit-reversed j along x, so
that no two share a height or a place along x: edges near either axis come out smooth. All samples of one row of pixels that
have the same j lie on a line, so triangles are filled by spans along such lines, without a test at every sample.
"""

from __future__ import annotations

import numpy as np

from render.compiling import compiled, inlined

KIND = 24
FACE = (1 << KIND) - 1
"""A label holds the number of a triangle in the bits of FACE and its kind from bit KIND on."""
TILE = 8
"""Pixels along each side of a tile of the coarse depth test."""
SMALL = 256
"""Pixels in the rectangle round a triangle up to which it is tested against each of them."""


def sample_shifts(samples: int) -> np.ndarray:
    """(samples,) float64 place along x of each sample of a pixel, 0..1: van der Corput's sequence in base 2."""
    bits = max(1, (samples - 1).bit_length())
    reversed_bits = [int(format(row, f"0{bits}b")[::-1], 2) / 2**bits for row in range(samples)]
    order = np.argsort(np.argsort(reversed_bits))
    return (order + 0.5) / samples


@compiled
def project(vertices, matrix, nearest, out):
    """Fill out (V, 3) with pixel x, y and nearness of vertices (V, 3) under a (3, 4) matrix.

    nearest > 0: a camera's matrix gives (x w, y w, w); nearness is 1 / w, and 0 for what is nearer than `nearest` or not a
    number. Triangles with such a corner are not drawn. nearest 0: the matrix gives x, y and nearness (parallel light).
    """
    for vertex in range(len(vertices)):
        x, y, z = vertices[vertex, 0], vertices[vertex, 1], vertices[vertex, 2]
        right = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]
        down = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]
        depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]
        if not nearest <= depth < 1e6:
            right, down, depth = 0.0, 0.0, 0.0
        elif nearest > 0.0:
            depth = 1.0 / depth
            right, down = right * depth, down * depth
        out[vertex, 0], out[vertex, 1], out[vertex, 2] = right, down, depth


@inlined
def _behind(nearest, first_row, last_row, first_column, last_column, least):
    """Whether everything in a rectangle of `least` (h, w) is nearer than `nearest`."""
    for row in range(first_row, last_row + 1):
        for column in range(first_column, last_column + 1):
            if nearest >= least[row, column]:
                return False
    return True


@inlined
def _up(value):
    """The smallest whole number not below a value >= 0. `math.ceil` would be a call of the C library."""
    whole = int(value)
    return whole + (1 if whole < value else 0)


@compiled
def fill_chosen(points, faces, kind, likely, choice, samples, shifts, width, tiles, pixels, nearness, label):
    """Draw the triangles whose `likely` is `choice`; those behind all of the tiles or pixels they touch are passed over.

    kind: (F,) uint8 below 128, goes into the label. shifts: (n,) of `sample_shifts`. Of triangles equally near, the one with
    the lowest label is seen.
    """
    rows = nearness.shape[0]
    height = rows * samples
    limit_x, limit_y = float(width), height - 1.0
    for face in range(len(faces)):
        if likely[face] != choice:
            continue
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        if not (points[a, 2] > 0.0 and points[b, 2] > 0.0 and points[c, 2] > 0.0):
            continue
        highest = max(float(points[a, 2]), float(points[b, 2]), float(points[c, 2]))
        nearest = np.float32(highest)
        left = min(points[a, 0], points[b, 0], points[c, 0])
        right = max(points[a, 0], points[b, 0], points[c, 0])
        if right < 0.0 or left > limit_x:
            continue
        first_column, last_column = int(max(left, 0.0)), min(int(min(right, limit_x)), width - 1)
        if choice == 0:  # most triangles end here, so nothing else is worked out before
            above = min(points[a, 1], points[b, 1], points[c, 1])
            below = max(points[a, 1], points[b, 1], points[c, 1])
            if below < 0.0 or above >= rows:
                continue
            first_row, last_row = int(max(above, 0.0)), min(int(below), rows - 1)
            few = (last_row - first_row + 1) * (last_column - first_column + 1) <= SMALL
            low, high = first_row // TILE, last_row // TILE
            hidden = _behind(nearest, low, high, first_column // TILE, last_column // TILE, tiles)
            if hidden or (few and _behind(nearest, first_row, last_row, first_column, last_column, pixels)):
                continue
        # Heights are counted in lines of samples: line r is at height r.
        ay, by, cy = points[a, 1] * samples - 0.5, points[b, 1] * samples - 0.5, points[c, 1] * samples - 0.5
        if ay > by:
            a, b, ay, by = b, a, by, ay
        if by > cy:
            b, c, by, cy = c, b, cy, by
        if ay > by:
            a, b, ay, by = b, a, by, ay
        if cy <= 0.0 or ay > limit_y:
            continue
        top, end = _up(max(ay, 0.0)), min(_up(min(cy, limit_y + 1.0)), height)
        if top >= end:
            continue
        ax, bx, cx = float(points[a, 0]), float(points[b, 0]), float(points[c, 0])
        az, bz, cz = float(points[a, 2]), float(points[b, 2]), float(points[c, 2])

        name = np.int32(face | kind[face] << KIND)
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area == 0.0:
            continue
        inverse = 1.0 / area
        step_x = ((bz - az) * (cy - ay) - (cz - az) * (by - ay)) * inverse
        step_y = ((cz - az) * (bx - ax) - (bz - az) * (cx - ax)) * inverse
        whole = (cx - ax) / (cy - ay)
        middle = min(max(_up(max(min(by, limit_y + 1.0), 0.0)), top), end)
        # The longest side runs from a to c; the other side is a to b down to `middle`, then b to c.
        first_line, end_line, from_x, from_y = top, middle, ax, ay
        slope = (bx - ax) / (by - ay) if by > ay else 0.0
        edge = ax + (top - ay) * whole
        near_line = az + (top - ay) * step_y - ax * step_x
        row = top // samples
        sample = top - row * samples
        for _ in range(2):
            other = from_x + (first_line - from_y) * slope
            left, right, step_left, step_right = edge, other, whole, slope
            if area < 0.0:
                left, right, step_left, step_right = other, edge, slope, whole
            for _line in range(first_line, end_line):
                shift = shifts[sample]
                first, stop = _up(max(left - shift, 0.0)), _up(max(min(right - shift, limit_x), 0.0))
                near = near_line + (first + shift) * step_x
                for column in range(first, stop):
                    here = np.float32(min(near, highest))
                    old = nearness[row, column, sample]
                    if here > old or (here == old and name < label[row, column, sample]):
                        nearness[row, column, sample] = here
                        label[row, column, sample] = name
                    near += step_x
                left, right, near_line = left + step_left, right + step_right, near_line + step_y
                sample += 1
                if sample == samples:
                    row, sample = row + 1, 0
            edge += (end_line - first_line) * whole
            first_line, end_line, from_x, from_y = middle, end, bx, by
            slope = (cx - bx) / (cy - by) if cy > by else 0.0


@compiled
def farthest(nearness, width, pixels, tiles):
    """Fill pixels (H, W) with the least nearness of each pixel's samples, tiles with that of TILE x TILE pixels."""
    samples = nearness.shape[2]
    for row in range(nearness.shape[0]):
        if samples == 4:  # the usual number, without a loop, which becomes vector instructions
            for column in range(width):
                pixels[row, column] = min(
                    min(nearness[row, column, 0], nearness[row, column, 1]),
                    min(nearness[row, column, 2], nearness[row, column, 3]),
                )
        else:
            for column in range(width):
                least = nearness[row, column, 0]
                for sample in range(1, samples):
                    least = min(least, nearness[row, column, sample])
                pixels[row, column] = least
        for tile in range(tiles.shape[1]):
            lowest = np.float32(np.inf)
            for column in range(tile * TILE, min(tile * TILE + TILE, width)):
                lowest = min(lowest, pixels[row, column])
            if row % TILE == 0 or lowest < tiles[row // TILE, tile]:
                tiles[row // TILE, tile] = lowest


@compiled
def mark_seen(nearness, label, width, likely):
    """Set likely (F,) to 1 for the triangles that are in the first `width` columns of the buffers, 0 for the others.

    Of four samples or more every second one is looked at: it is a guess, and what it misses is small.
    """
    for face in range(len(likely)):
        likely[face] = 0
    step = 2 if nearness.shape[2] >= 4 else 1
    for row in range(nearness.shape[0]):
        for column in range(width):
            for sample in range(0, nearness.shape[2], step):
                if nearness[row, column, sample] > 0.0:
                    likely[label[row, column, sample] & FACE] = 1


def _front_facing(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F,) whether triangles turn their front to the eye."""
    a, b, c = (points[faces[:, corner], :2] for corner in range(3))
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) < (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])


class Buffers:
    """A z-buffer that is filled anew for every frame.

    nearness (H, W + pad, n) float32 is what is seen at each of n samples a pixel, 0 where nothing is; label, int32 of the
    same shape, is the triangle seen there in its lower bits and the kind of that above them; it means nothing where nearness
    is 0. likely (F,) uint8 is 1 for triangles
    that are probably seen, those of the last frame: they are drawn first, so that most others fall to the test against
    coarse tiles. The guess changes the time a frame takes, never what it shows.
    """

    def __init__(self, size: tuple[int, int], samples: int, faces: np.ndarray, kind: np.ndarray) -> None:
        if len(faces) > FACE:
            raise ValueError(f"{len(faces)} triangles are more than a z-buffer can tell apart")
        width, height = size
        self.width, self.faces, self.kind = width, faces, kind
        self.samples, self.shifts = samples, sample_shifts(samples)
        self.places = np.stack([self.shifts, (np.arange(samples) + 0.5) / samples], axis=1).astype(np.float32)
        # Rows a power of two apart would all fall into the same few lines of the processor's cache.
        shape = (height, width + 4, samples)
        self.nearness, self.label = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.int32)
        self.tiles = np.empty((-(-height // TILE), -(-width // TILE)), dtype=np.float32)
        self._pixels = np.empty((height, width), dtype=np.float32)
        self.likely = np.zeros(len(faces), dtype=np.uint8)
        self._guessed = False

    def fill(self, points: np.ndarray) -> None:
        """Draw the triangles.

        points: (V, 3) float32, pixel x, y and nearness: > 0, growing towards the eye, linear on the screen; a corner at 0
        hides its triangles.
        """
        if not self._guessed:
            self.likely[:] = _front_facing(points, self.faces)
            self._guessed = True
        fixed = (self.samples, self.shifts, self.width, self.tiles, self._pixels, self.nearness, self.label)
        self.nearness.fill(0.0)
        fill_chosen(points, self.faces, self.kind, self.likely, 1, *fixed)
        farthest(self.nearness, self.width, self._pixels, self.tiles)
        fill_chosen(points, self.faces, self.kind, self.likely, 0, *fixed)

    def remember(self) -> None:
        """Keep which triangles were seen as the guess for the next frame."""
        mark_seen(self.nearness, self.label, self.width, self.likely)
