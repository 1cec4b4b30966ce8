"""Makes `data_prep/fitting/landmarks.npz`: where on the open head the landmarks of MediaPipe's Face Landmarker lie.

The head's people are drawn in several poses and with several expressions, the landmarker is run on the pictures, and every
landmark is followed back to the surface. Points of the lips' contact and of the lids' edges are placed along those curves;
the others on the observation nearest to the median of all, left and mirrored right together.

    python benchmarks/place_landmarks.py draw WORK            # with speechface's environment
    python benchmarks/place_landmarks.py track WORK MODEL     # with one that has mediapipe 1.2
    python benchmarks/place_landmarks.py place WORK data_prep/fitting/landmarks.npz
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

PEOPLE = ("mira", "otto", "amara", "jun")
POSES = ((0.0, 0.0, 0.0), (0.3, 0.0, 0.0), (-0.3, 0.0, 0.0), (0.0, 0.2, 0.0), (0.0, -0.2, 0.0), (0.5, 0.1, 0.1),
         (-0.5, -0.1, -0.1))  # fmt: skip
"""Yaw, pitch and roll in radians."""
EXPRESSIONS: tuple[dict[str, float], ...] = (
    {}, {"jawOpen": 0.35}, {"jawOpen": 0.7}, {"mouthSmile": 0.7}, {"browInnerUp": 0.7, "browOuterUp": 0.6, "jawOpen": 0.15},
    {"mouthPuckerUpper": 0.6, "mouthPuckerLower": 0.6},
)  # fmt: skip

LOWER_LIP = (291, 324, 318, 402, 317, 14, 87, 178, 88, 95, 61)
UPPER_LIP = (291, 415, 310, 311, 312, 13, 82, 81, 80, 191, 61)
"""The edges of the lips that touch, from the left corner to the right one; the corners are those of the outer line."""
LOWER_LID = ((362, 382, 381, 380, 374, 373, 390, 249, 263), (133, 155, 154, 153, 145, 144, 163, 7, 33))
UPPER_LID = ((362, 398, 384, 385, 386, 387, 388, 466, 263), (133, 173, 157, 158, 159, 160, 161, 246, 33))
"""Edges of the lids, left eye and right eye, from the inner corner to the outer one."""
BORDER = (0, 37, 39, 40, 185, 267, 269, 270, 409, 17, 84, 181, 91, 146, 314, 405, 321, 375)
BROWS = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285)
NOSE = (168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 97, 326, 129, 358, 49, 279, 193, 417, 122, 351)
CHEEKS = (50, 280, 101, 330, 36, 266, 205, 425, 187, 411, 118, 347, 117, 346, 203, 423, 206, 426, 216, 436)
CHIN = (152, 148, 377, 175, 199, 200, 18, 201, 421, 208, 428, 204, 424)
FOREHEAD = (9, 8, 151, 108, 337, 69, 299)
OUTLINE = ((389, 162), (356, 127), (454, 234), (323, 93), (361, 132), (288, 58), (397, 172), (365, 136), (379, 150), (378, 149),
           (400, 176))  # fmt: skip
"""The face's edge from the temples to the chin, left and right."""
PUPILS = {473: "pupil_left", 468: "pupil_right"}
REGIONS = {"border": BORDER, "brow": BROWS, "nose": NOSE, "cheek": CHEEKS, "chin": CHIN, "forehead": FOREHEAD}


def draw(work: Path) -> None:
    """Pictures of every person, with the places of all vertices in them."""
    from render.backends import software
    from render.scene import Scene
    from speechface import heads

    pictures, placed = [], []
    for who in PEOPLE:
        head = heads.load(f"open:character={who}")
        scene = Scene.of(head, "front", (448, 448), "draft")
        rows = [
            dict(zip(("headYaw", "headPitch", "headRoll"), pose, strict=True)) | expression
            for number, expression in enumerate(EXPRESSIONS)
            for pose in (POSES if number < 2 else POSES[:3])
        ]
        controls = np.zeros((len(rows), len(head.rig)), dtype=np.float32)
        for row, values in enumerate(rows):
            for name, value in values.items():
                for side in (name, f"{name}Left", f"{name}Right"):
                    if side in head.rig.index:
                        controls[row, head.rig.index[side]] = value
        vertices = head.vertices(controls)
        pictures += list(software.draw(vertices, scene))
        seen = (
            np.concatenate([vertices, np.ones_like(vertices[..., :1])], axis=-1) @ scene.camera.to_pixels(scene.size).T
        )
        placed.append(np.concatenate([seen[..., :2] / seen[..., 2:], seen[..., 2:]], axis=-1).astype(np.float32))
    np.savez(work / "pictures.npz", pictures=np.array(pictures), placed=np.concatenate(placed))


def track(work: Path, model: Path) -> None:
    """Landmarks (N, 478, 2) in pixels of every picture."""
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    with np.load(work / "pictures.npz") as file:
        pictures = file["pictures"]
    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(model)), num_faces=1)
    found = np.full((len(pictures), 478, 2), np.nan, dtype=np.float32)
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for row, picture in enumerate(pictures):
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture))
            for face in landmarker.detect(image).face_landmarks[:1]:
                found[row] = [(point.x * picture.shape[1], point.y * picture.shape[0]) for point in face]
    np.savez(work / "found.npz", found=found)


def place(work: Path, out: Path) -> None:
    """Write the asset: numbers, regions, spread in mm, and for both meshes three vertices and their shares."""
    from speechface import heads

    head, light = heads.load("open"), heads.load("open:preview")
    with np.load(work / "pictures.npz") as file:
        placed = file["placed"]
    with np.load(work / "found.npz") as file:
        found = file["found"]
    seen = np.isfinite(found[:, 0, 0])
    placed, found = placed[seen], found[seen]
    rows: dict[int, tuple] = {}  # number -> region, spread, (vertices, shares) on the open head and on the light one
    lower, upper = 0, 1
    for name, row, numbers in (("inner", lower, LOWER_LIP), ("inner", upper, UPPER_LIP)):
        along = _along(placed[:, head.lip_contact[row]], found[:, numbers])
        share, spread = _symmetric(along)
        for number, at, wide in zip(numbers[1:-1], share[1:-1], spread[1:-1], strict=True):
            rows[number] = (name, wide, _on(head.lip_contact[row], at), _on(light.lip_contact[row], at))
    for corner, at in ((291, 0.0), (61, 1.0)):
        rows[corner] = ("corner", 1.5, _on(head.lip_contact[upper], at), _on(light.lip_contact[upper], at))
    for row, lids in ((lower, LOWER_LID), (upper, UPPER_LID)):
        both = [_along(placed[:, head.lid_edges[eye, row]], found[:, lids[eye]]) for eye in (0, 1)]
        share = np.median(np.concatenate(both), axis=0)
        spread = 30.0 * np.median(np.abs(np.concatenate(both) - share), axis=0)
        share[[0, -1]] = 0.0, 1.0
        for eye in (0, 1):
            for number, at, wide in zip(lids[eye], share, spread, strict=True):
                rows[number] = ("lid", wide, _on(head.lid_edges[eye, row], at), _on(light.lid_edges[eye, row], at))
    for number, name in PUPILS.items():
        rows[number] = ("pupil", 1.0, _one(head.landmarks[name]), _one(light.landmarks[name]))
    _surface(rows, head, light, placed, found)
    _outline(rows, head, light, placed, found)
    order = sorted(rows)
    np.savez_compressed(
        out,
        numbers=np.array(order, dtype=np.int16),
        regions=np.array([rows[number][0] for number in order]),
        spread=np.array([rows[number][1] for number in order], dtype=np.float32),
        **{f"open_{part}": np.array([rows[number][2][k] for number in order], kind)
           for k, (part, kind) in enumerate((("vertices", np.int32), ("shares", np.float32)))},
        **{f"preview_{part}": np.array([rows[number][3][k] for number in order], kind)
           for k, (part, kind) in enumerate((("vertices", np.int32), ("shares", np.float32)))},
    )  # fmt: skip
    for region in dict.fromkeys(row[0] for row in rows.values()):
        spread = [row[1] for row in rows.values() if row[0] == region]
        print(f"{region:9} {len(spread):3} points, spread {min(spread):.1f} to {max(spread):.1f} mm")


def _along(curve: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, k) share of the way along curves (N, M, 3) in pixels at which they are nearest to points (N, k, 2)."""
    start, step = curve[:, None, :-1, :2], np.diff(curve[:, None, :, :2], axis=2)
    offset = points[:, :, None] - start
    along = np.clip((offset * step).sum(-1) / np.maximum((step * step).sum(-1), 1e-9), 0.0, 1.0)
    far = np.linalg.norm(offset - along[..., None] * step, axis=-1)
    best = far.argmin(axis=-1)
    return (best + np.take_along_axis(along, best[..., None], axis=-1)[..., 0]) / (curve.shape[1] - 1)


def _symmetric(along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median share (k,) of a curve that runs from left to right, the same on both sides, and the spread in mm."""
    both = np.concatenate([along, 1.0 - along[:, ::-1]])
    share = np.median(both, axis=0)
    return share, 50.0 * np.median(np.abs(both - share), axis=0)


def _on(curve: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and shares of the place a share of the way along a curve of vertices."""
    at = share * (len(curve) - 1)
    first = min(int(at), len(curve) - 2)
    return curve[[first, first + 1, first]], np.array([1.0 - (at - first), at - first, 0.0])


def _one(vertex: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([vertex] * 3), np.array([1.0, 0.0, 0.0])


def _surface(rows: dict[int, tuple], head, light, placed: np.ndarray, found: np.ndarray) -> None:
    """Add the points of `REGIONS`: followed back through each picture, then the observation nearest to their median."""
    numbers = [number for region in REGIONS.values() for number in region]
    faces = _skin(head)
    triangles, shares = np.empty((len(found), len(numbers)), int), np.empty((len(found), len(numbers), 3))
    for row, (vertices, points) in enumerate(zip(placed, found, strict=True)):
        triangles[row], shares[row] = _under(vertices[faces], points[numbers])
    rest = head.rest[faces]
    where = np.einsum("ikc,ikcx->ikx", shares, rest[triangles])
    where[triangles < 0] = np.nan
    median = np.nanmedian(where, axis=0)
    twins = np.linalg.norm(median[:, None] * [-1, 1, 1] - median, axis=-1).argmin(axis=1)
    region = {number: name for name, group in REGIONS.items() for number in group}
    light_faces = _skin(light)
    for column, number in enumerate(numbers):
        twin = twins[column]
        both = np.concatenate([where[:, column], where[:, twin] * [-1, 1, 1]])
        middle = np.nanmedian(both, axis=0)
        far = np.linalg.norm(both - middle, axis=-1)
        best = int(np.nanargmin(far))
        row, source = best % len(where), column if best < len(where) else twin
        corners = faces[triangles[row, source]]
        corners = corners if best < len(where) else head.mirror[corners]
        place = (corners, shares[row, source])
        target = shares[row, source] @ head.rest[corners]
        rows[number] = (region[number], 1e3 * float(np.nanmedian(far)), place, _nearest(light, light_faces, target))


def _outline(rows: dict[int, tuple], head, light, placed: np.ndarray, found: np.ndarray) -> None:
    """Add the points of `OUTLINE`: the vertices that are nearest to them over all pictures, the same left and right."""
    skin, light_faces = np.unique(_skin(head)), _skin(light)
    skin = skin[(head.rest[skin, 0] > 0.02) & (head.rest[skin, 2] > -0.03)]
    eyes = [head.landmarks["lm68_36"], head.landmarks["lm68_45"]]
    apart = np.linalg.norm(placed[:, eyes[0], :2] - placed[:, eyes[1], :2], axis=1)
    scale = 1e3 * np.linalg.norm(head.rest[eyes[0]] - head.rest[eyes[1]]) / apart  # millimetres a pixel
    for left, right in OUTLINE:
        far = [
            scale[:, None] * np.linalg.norm(placed[:, vertices, :2] - found[:, None, number], axis=-1)
            for number, vertices in ((left, skin), (right, head.mirror[skin]))
        ]
        middle = np.median(np.concatenate(far), axis=0)
        best = int(middle.argmin())
        for number, vertex in ((left, skin[best]), (right, head.mirror[skin[best]])):
            rows[number] = (
                "outline",
                float(middle[best]),
                _one(vertex),
                _nearest(light, light_faces, head.rest[vertex]),
            )


def _skin(head) -> np.ndarray:
    skin = head.look.part == head.look.parts.index("skin")
    skin[head.mouth_bag] = False
    return head.faces[skin[head.faces].all(axis=1)]


def _under(corners: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For points (k, 2) of a picture the nearest triangle of corners (F, 3, 3) under each, -1 for none, and shares."""
    a, b, c = (corners[:, k, :2].astype(float) for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    low, high = corners[..., :2].min(axis=1), corners[..., :2].max(axis=1)
    triangles, out = np.full(len(points), -1), np.zeros((len(points), 3))
    for row, point in enumerate(points):
        near = np.flatnonzero((area < 0) & (low <= point).all(axis=1) & (high >= point).all(axis=1))
        two = ((point - a[near])[:, 0] * (c - a)[near, 1] - (point - a[near])[:, 1] * (c - a)[near, 0]) / area[near]
        three = ((b - a)[near, 0] * (point - a[near])[:, 1] - (b - a)[near, 1] * (point - a[near])[:, 0]) / area[near]
        shares = np.column_stack([1.0 - two - three, two, three])
        inside = (shares > -1e-4).all(axis=1)
        if inside.any():
            depth = np.where(inside, (shares * corners[near, :, 2]).sum(axis=1), np.inf)
            triangles[row], out[row] = near[depth.argmin()], shares[depth.argmin()]
    return triangles, out


def _nearest(head, faces: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and shares of the place on some faces of a head at rest that is nearest to a target (3,)."""
    from speechface.heads._correspondence import shares

    near = faces[np.argsort(np.linalg.norm(head.rest[faces].mean(axis=1) - target, axis=1))[:24]]
    corners = head.rest[near].astype(float)
    parts = shares(np.tile(target, (len(near), 1)), corners)
    best = np.linalg.norm((parts[..., None] * corners).sum(axis=1) - target, axis=1).argmin()
    return near[best], parts[best]


if __name__ == "__main__":
    step, *paths = sys.argv[1:]
    {"draw": draw, "track": track, "place": place}[step](*map(Path, paths))
