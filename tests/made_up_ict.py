"""A folder laid out like ICT-FaceKit's FaceXModel, made from the open head."""

import json
from pathlib import Path

import numpy as np

from speechface import heads

SHAPES = ("jawOpen", "mouthClose", "mouthSmile_L", "mouthSmile_R", "mouthPucker", "browInnerUp_L", "browInnerUp_R",
          "eyeBlink_L", "eyeBlink_R", "mouthLeft")  # fmt: skip
MATERIALS = {"skin": "M_Face", "eyes": "M_ScleraLeft", "upper_teeth": "M_Teeth", "lower_teeth": "M_Teeth",
             "tongue": "M_GumsTongue", "lashes": "M_EyeLashes"}  # fmt: skip


def folder(path: Path, shapes=SHAPES) -> Path:
    """Write the neutral face, the shapes, one identity and the indices of the 68 landmarks, in centimetres."""
    head = heads.load("open:preview,arkit")
    names = list(head.look.parts)
    keep = np.isin(head.look.part, [names.index(name) for name in MATERIALS])
    at = np.cumsum(keep) - 1
    path.mkdir(parents=True, exist_ok=True)
    text = ["# made up\nmtllib some.mtl\n"]
    for name, material in MATERIALS.items():
        faces = head.faces[head.look.part[head.faces[:, 0]] == names.index(name)]
        text.append(f"usemtl {material}\n")
        text.append("".join("f {}/1 {}/2 {}/3\n".format(*row) for row in (at[faces] + 1).tolist()))
    _write(path / "generic_neutral_mesh.obj", head.rest[keep], "".join(text))
    _write(path / "identity000.obj", head.rest[keep] * [1.1, 1.0, 1.0])
    for name in shapes:
        controls = np.zeros(len(head.rig), np.float32)
        stem, _, side = name.partition("_")
        known = [f"{stem}{word}" for word in ("", "Left", "Right") if side in ("", word[:1]) and (word or not side)]
        controls[[head.rig.index[word] for word in known if word in head.rig.index]] = 1.0
        moved = head.vertices(controls) - head.rest
        if name.startswith("browInnerUp"):
            controls[head.rig.index["browInnerUp"]] = 1.0
            moved = (head.vertices(controls) - head.rest) * ((head.rest[:, :1] > 0) == (side == "L"))
        _write(path / f"{name}.obj", (head.rest + moved)[keep])
    marks = [int(at[head.landmarks[f"lm68_{number:02d}"]]) for number in range(68)]
    (path / "vertex_indices.json").write_text(json.dumps({"idx_to_landmark_verts": marks}))
    return path


def _write(path: Path, places: np.ndarray, rest: str = "") -> None:
    path.write_text("v %.5f %.5f %.5f\n" * len(places) % tuple((100.0 * places).ravel().tolist()) + rest)
