"""The open head written in FLAME's own layout, so that code for FLAME runs on it and a FLAME file can take its place.

FLAME (Li et al., SIGGRAPH Asia 2017): vertices = skinning(template + shapedirs . [identity | expression] + posedirs .
(rotations - identity)). What the open head has and the layout lacks is left out: products of controls and lids that are
not linear.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from speechface.sculpt.asset import Sparse

IDENTITY = 300
"""Columns of `shapedirs` that FLAME keeps for identity; expression follows."""


def flame_arrays(
    arrays: Mapping[str, np.ndarray], mixing: np.ndarray, identity: int = IDENTITY
) -> dict[str, np.ndarray]:
    """FLAME's arrays from the head's file and a mixing matrix.

    mixing: (E, K) amount of each of the head's K controls for one unit of each expression coefficient; what it gives to
    jawOpen and to the gaze is left out, those are joints. identity: columns kept for identity, unused ones are 0.
    Returns v_template (V, 3), shapedirs (V, 3, identity + E), posedirs (V, 3, 36), J_regressor (5, V), weights (V, 5),
    kintree_table (2, 5) and f (F, 3), in metres.
    """
    template = arrays["vertices"]
    count, controls = len(template), arrays["controls"].tolist()
    changes, shapes = Sparse.of(arrays, "identity"), Sparse.of(arrays, "shape")
    if len(changes) > identity:
        raise ValueError(f"the head has {len(changes)} identity shapes, but there is room for {identity}")
    if mixing.shape[1] != len(controls):
        raise ValueError(f"mixing has {mixing.shape[1]} columns, but the head has {len(controls)} controls")
    shapedirs = np.zeros((count, 3, identity + len(mixing)), dtype=np.float32)
    for number in range(len(changes)):
        index, delta = changes.shape(number)
        shapedirs[index, :, number] = delta
    for column, name in enumerate(controls):
        amounts = mixing[:, column].astype(np.float32)
        if name != "jawOpen" and not name.startswith("eyeLook") and amounts.any():
            index, delta = shapes.shape(column)
            shapedirs[index, :, identity:] += delta[:, :, None] * amounts
    return {
        "v_template": template,
        "shapedirs": shapedirs,
        "posedirs": _posedirs(arrays, shapes, controls),
        "J_regressor": joint_regressor(arrays),
        "weights": _normalised(arrays["weights"].astype(np.float32)),
        "kintree_table": np.stack([np.maximum(arrays["parents"], -1), np.arange(5)]).astype(np.int64),
        "f": arrays["faces"].astype(np.uint32),
    }


def joint_regressor(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """(5, V) shares whose weighted sums of the rest vertices are the joints."""
    out = np.zeros((5, len(arrays["vertices"])), dtype=np.float32)
    start = 0
    for joint, end in enumerate(arrays["regressor_ends"]):
        out[joint, arrays["regressor_index"][start:end]] = arrays["regressor_share"][start:end]
        start = end
    return out


def _posedirs(arrays: Mapping[str, np.ndarray], shapes: Sparse, controls: list[str]) -> np.ndarray:
    """(V, 3, 36): the jaw's own shape and the lids that follow the eyes, by the sines in the joints' rotations.

    A rotation by t about X has sin t in row 2, column 1 and -sin t in row 1, column 2 of its matrix.
    """
    out = np.zeros((len(arrays["vertices"]), 3, 36), dtype=np.float32)

    def bind(joint: int, name: str, amount: float) -> None:
        index, delta = shapes.shape(controls.index(name))
        first = 9 * (joint - 1)
        out[index, :, first + 7] += 0.5 * amount * delta
        out[index, :, first + 5] -= 0.5 * amount * delta

    bind(2, "jawOpen", 1.0 / np.sin(float(arrays["jaw_opening"])))
    pitch = float(np.sin(arrays["gaze"][1]))
    for joint, side in ((3, "Left"), (4, "Right")):
        bind(joint, f"eyeLookDown{side}", 0.5 / pitch)
        bind(joint, f"eyeLookUp{side}", -0.5 / pitch)
    return out


def _normalised(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(axis=1, keepdims=True)
