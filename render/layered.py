"""Files that hold the layers of a performance: curves in a file a layer, or animations beside the whole in one .glb."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from render import motion
from render.export import _targets, csv
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.files import writing
from speechface.heads import Head
from speechface.layers import split

KINDS = ("csv", "npz", "glb")
"""Exporters whose files can have layers."""


def write(made: Mapping[str, Animation], path: Path, kind: str, head: Head) -> list[Path]:
    """Write what belongs to the file at `path`, which is there already; returns the files that came to be beside it.

    made: a performance as it is after each layer (`speechface.layers.stages`). For `.csv` and `.npz` every layer becomes a
    file of curves, `talk.csv` has `talk.speech.csv`, `talk.emotion.csv`, ... beside it. A `.glb` gets an animation for each
    layer. `check` says beforehand what cannot be.
    """
    if kind == "glb":
        _add_to_glb(made, path, head)
        return []
    written = []
    for name, layer in split(made).items():
        beside = path.with_name(f"{path.stem}.{name}{path.suffix}")
        layer.save(beside) if kind == "npz" else csv.write(layer, beside)
        written.append(beside)
    return written


def check(kinds: list[str], head: Head) -> None:
    """Raise `UserError` if none of some exporters writes files that can have layers, or the head takes none in a .glb."""
    if not set(kinds) & set(KINDS):
        raise UserError("--layers go into .csv, .npz and .glb files; add one of them with -o")
    if "glb" in kinds and (not hasattr(head, "muscles") or type(head).own_file is not Head.own_file):
        raise UserError(f"head '{head.name}' takes no layers in a .glb; write .csv or .npz instead")


def _add_to_glb(made: Mapping[str, Animation], path: Path, head: Head) -> None:
    """Animations named like the layers, after the one that is there, which is the whole and called `all` from then on.

    Weights are differences. A rotation is what a layer adds after those before it: their product, in order, is the whole's.
    """
    import pygltflib

    document = pygltflib.GLTF2().load_binary(str(path))
    controls = [motion.controls(stage, head) for stage in made.values()]
    targets, count = _targets.of(head, np.concatenate(controls)), len(controls[0])
    assert targets.turns is not None
    mesh = next(number for number, node in enumerate(document.nodes) if node.mesh is not None)
    blob = bytearray(document.binary_blob())

    def add(values: np.ndarray, kind: str) -> int:
        rows = np.ascontiguousarray(values, dtype=np.float32)
        view = pygltflib.BufferView(buffer=0, byteOffset=len(blob), byteLength=rows.nbytes)
        document.bufferViews.append(view)
        blob.extend(rows.tobytes())
        accessor = pygltflib.Accessor(
            bufferView=len(document.bufferViews) - 1, componentType=pygltflib.FLOAT, count=len(rows), type=kind
        )
        if kind == pygltflib.SCALAR:
            accessor.min, accessor.max = [float(rows.min())], [float(rows.max())]
        document.accessors.append(accessor)
        return len(document.accessors) - 1

    document.animations[0].name = "all"
    times = add(next(iter(made.values())).times, pygltflib.SCALAR)
    weights, turns = np.zeros((count, len(targets.names)), np.float32), np.zeros((count, *targets.turns.shape[1:]))
    for number, name in enumerate(made):
        now = slice(number * count, (number + 1) * count)
        tracks = [(mesh, "weights", (targets.weights[now] - weights).reshape(-1), pygltflib.SCALAR)]
        for joint, node in enumerate(document.skins[0].joints):
            if np.any(targets.turns[now][:, joint] != turns[:, joint]):
                tracks.append(
                    (node, "rotation", _between(turns[:, joint], targets.turns[now][:, joint]), pygltflib.VEC4)
                )
        weights, turns = targets.weights[now], targets.turns[now]
        animation = pygltflib.Animation(name=name, samplers=[], channels=[])
        for node, what, values, kind in tracks:
            target = pygltflib.AnimationChannelTarget(node=node, path=what)
            animation.channels.append(pygltflib.AnimationChannel(sampler=len(animation.samplers), target=target))
            sampler = pygltflib.AnimationSampler(input=times, output=add(values, kind), interpolation="LINEAR")
            animation.samplers.append(sampler)
        document.animations.append(animation)
    document.buffers[0].byteLength = len(blob)
    document.set_binary_blob(bytes(blob))
    with writing(path) as part:
        part.write_bytes(b"".join(document.save_to_bytes()))


def _between(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(T, 4) unit quaternions x, y, z, w that turn what axis-angle (T, 3) has turned to where another one does."""
    from scipy.spatial.transform import Rotation

    turn = (Rotation.from_rotvec(before).inv() * Rotation.from_rotvec(after)).as_quat()
    return np.where(turn[:, 3:] < 0.0, -turn, turn)
