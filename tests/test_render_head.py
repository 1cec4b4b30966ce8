"""A made-up head for the tests of `render`: an egg with eyes, a lid and lashes; few vertices, no file, no licence."""

import numpy as np

from speechface.heads import Head
from speechface.look import Look
from speechface.rigs import Rig


def ball(rows: int, columns: int, radius: tuple[float, float, float], centre: tuple[float, float, float]):
    """Vertices and outward triangles of an ellipsoid, poles on the Y axis."""
    angle = np.linspace(0.0, np.pi, rows + 2)[1:-1, None]
    turn = np.linspace(0.0, 2.0 * np.pi, columns, endpoint=False)[None, :]
    ring = np.stack(np.broadcast_arrays(np.sin(angle) * np.sin(turn), np.cos(angle), np.sin(angle) * np.cos(turn)), -1)
    points = np.concatenate([[[0.0, 1.0, 0.0]], ring.reshape(-1, 3), [[0.0, -1.0, 0.0]]])
    faces = []
    for row in range(rows - 1):
        for column in range(columns):
            a, b = 1 + row * columns + column, 1 + row * columns + (column + 1) % columns
            faces += [[a, a + columns, b + columns], [a, b + columns, b]]
    last = len(points) - 1
    for column in range(columns):
        following = (column + 1) % columns
        faces.append([0, 1 + column, 1 + following])
        faces.append([last, last - columns + following, last - columns + column])
    return points * radius + centre, np.array(faces)


class Egg(Head):
    """Controls: `open` moves the lower half down, `turn` turns everything about Y (radians), `wide` widens it."""

    name = "egg"

    def __init__(self, rows: int = 24, columns: int = 36) -> None:
        names = ("open", "turn", "wide")
        self.rig = Rig("egg", "", names, np.array([0.0, -1.0, 0.0]), np.ones(3), ("jaw", "head", "mouth"), names)
        pieces = [ball(rows, columns, (0.08, 0.12, 0.09), (0.0, 0.0, 0.0))]
        pieces += [ball(10, 16, (0.016, 0.016, 0.016), (side * 0.03, 0.03, 0.076)) for side in (1.0, -1.0)]
        roots = np.stack([np.linspace(-0.05, 0.05, 24), np.full(24, 0.055), np.full(24, 0.083)], axis=1)
        lashes = np.stack([roots - [3e-4, 0, 0], roots + [3e-4, 0, 0], roots + [0.0, 0.004, 0.006]], axis=1)
        pieces.append((lashes.reshape(-1, 3), np.arange(72).reshape(-1, 3)))
        starts = np.cumsum([0] + [len(vertices) for vertices, _ in pieces])
        self.rest = np.concatenate([vertices for vertices, _ in pieces]).astype(np.float32)
        self.faces = np.concatenate([faces + start for (_, faces), start in zip(pieces, starts, strict=False)]).astype(
            np.int32
        )
        part = np.repeat([0, 1, 1, 2], np.diff(starts)).astype(np.uint8)
        self.look = Look(
            colour=np.array([[0.55, 0.34, 0.25], [0.7, 0.7, 0.68], [0.02, 0.01, 0.01]], np.float32)[part],
            roughness=np.array([0.45, 0.07, 0.6], np.float32)[part],
            specular=np.array([0.03, 0.045, 0.03], np.float32)[part],
            subsurface=np.array([0.9, 0.0, 0.0], np.float32)[part],
            occlusion=np.ones(len(part), np.float32),
            part=part,
            parts=("skin", "eyes", "lashes"),
        )
        self.landmarks = {"crown": 0, "chin": rows * columns + 1}

    def vertices(self, controls: np.ndarray) -> np.ndarray:
        controls = np.asarray(controls, dtype=np.float32)
        opened, turned, wide = controls[..., 0:1], controls[..., 1:2], controls[..., 2:3]
        x, y, z = np.broadcast_arrays(*self.rest.T)
        x = x * (1.0 + 0.2 * wide)
        y = np.where(y < 0.0, y - 0.03 * opened, y)
        cosine, sine = np.cos(turned), np.sin(turned)
        z = np.broadcast_to(z, x.shape)
        return np.stack([cosine * x + sine * z, np.broadcast_to(y, x.shape), cosine * z - sine * x], -1).astype(
            np.float32
        )


def test_made_up_head_is_closed_and_faces_outwards():
    head = Egg()
    a, b, c = (head.rest[head.faces[:, corner]].astype(float) for corner in range(3))
    skin = head.look.part[head.faces[:, 0]] == 0
    outward = np.einsum("fk,fk->f", np.cross(b - a, c - a), a + b + c)
    assert (outward[skin] > 0).all()
    assert head.vertices(np.zeros((2, 5, 3))).shape == (2, 5, len(head.rest), 3)
    assert np.allclose(head.vertices(np.zeros(3)), head.rest)
