"""A stranger's head for the tests: another person of the open head, as an .obj with other vertices, unit and axes."""

from functools import cache

import numpy as np

from speechface import heads

Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@cache
def stranger():
    """The person and its skin's vertices in the order of the file, and the faces."""
    head = heads.load("open:preview,character=otto")
    faces = head.faces[head.look.part[head.faces[:, 0]] == head.look.parts.index("skin")]
    at = np.random.default_rng(0).permutation(np.unique(faces))
    place = np.full(len(head.rest), -1)
    place[at] = np.arange(len(at))
    return head, at, place[faces]


def write_obj(path, points, faces):
    """Plain Wavefront: v and f lines."""
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points] + [f"f {a} {b} {c}\n" for a, b, c in faces + 1]
    path.write_text("".join(lines))
    return path


def stranger_obj(path, scale=100.0, axes=Z_UP):
    """Write the stranger, in centimetres and with Z up."""
    head, at, faces = stranger()
    return write_obj(path, scale * head.rest[at] @ axes.T, faces)


def told(path, scale=100.0, axes=Z_UP):
    """Say beside the file where six points are, three as vertices and three as places."""
    import json

    head, at, _ = stranger()
    number = {int(vertex): row for row, vertex in enumerate(at)}
    names = ("nose_tip", "chin", "mouth_corner_left", "mouth_corner_right", "lm68_36", "lm68_45")
    marks = {name: number[head.landmarks[name]] for name in names[:3]}
    marks |= {name: (scale * head.rest[head.landmarks[name]] @ axes.T).tolist() for name in names[3:]}
    path.with_name(f"{path.stem}.landmarks.json").write_text(json.dumps(marks))
    return path
