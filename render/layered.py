"""Files that hold the layers of a performance: a file a layer, or tracks of their own in the one file of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from render import motion
from render.export import _curves, _targets
from speechface import plugins
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.files import writing
from speechface.heads import Head
from speechface.layers import split

FOLDED = ("unreal", "rigmapper")
"""Exporters of the face board that fold what turns both eyes into each eye."""


def write(made: Mapping[str, Animation], path: Path, kind: str, head: Head | None, **options: Any) -> list[Path]:
    """Write what belongs to the file at `path`, which is there already; returns the files that came to be beside it.

    made: a performance as it is after each layer (`speechface.layers.stages`). An exporter says by `LAYERS` where its layers
    go: "beside", as files of their own (`talk.csv` has `talk.speech.csv`, `talk.emotion.csv`, ...), or "inside". Options are
    the exporter's; keys that are left out are left out so that the sum of the layers is as near as `reduce` says. `check`
    says beforehand what cannot be.
    """
    if kind == "glb":
        assert head is not None
        _add_to_glb(made, path, head)
        return []
    exporter = plugins.load("render.export", kind, "exporter")
    whole = list(made.values())[-1]
    parts = split({name: _settled(stage, exporter, kind) for name, stage in made.items()})
    if exporter.LAYERS == "inside":
        exporter.write(whole, path, head, layers=parts, **options)
        return []
    if "reduce" in options:
        options["reduce"] /= len(parts)
    written = []
    for name, layer in parts.items():
        beside = _named(path, exporter.SUFFIXES, name)
        layer.save(beside) if kind == "npz" else exporter.write(layer, beside, **options)
        written.append(beside)
    return written


def check(kinds: list[str], head: Head) -> None:
    """Raise `UserError` if none of some exporters writes files that can have layers, or the head takes none in a .glb."""
    if not any(has(kind) for kind in kinds):
        able = (plugins.load("render.export", kind, "exporter") for kind in plugins.names("render.export") if has(kind))
        endings = sorted({ending for exporter in able for ending in exporter.SUFFIXES})
        raise UserError(f"--layers go into {', '.join(endings)} files; add one of them with -o")
    if "glb" in kinds and (not hasattr(head, "muscles") or type(head).own_file is not Head.own_file):
        raise UserError(f"head '{head.name}' takes no layers in a .glb; write .csv or .npz instead")


def has(kind: str) -> bool:
    """Whether an exporter's files can have layers."""
    return hasattr(plugins.load("render.export", kind, "exporter"), "LAYERS")


def _settled(stage: Animation, exporter: Any, kind: str) -> Animation:
    """A performance as an exporter writes it: what is not linear about that is done before layers are told apart."""
    if not hasattr(exporter, "RIG"):
        return stage
    made = _curves.of(stage, exporter.RIG)
    return _curves.two_eyes(made) if kind in FOLDED else made


def _named(path: Path, endings: tuple[str, ...], name: str) -> Path:
    """The place of a layer: its name goes before the whole ending."""
    known = [ending for ending in sorted(endings, key=len, reverse=True) if path.name.lower().endswith(ending)]
    length = len(known[0] if known else path.suffix)
    return path.with_name(f"{path.name[:-length]}.{name}{path.name[-length:]}")


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
