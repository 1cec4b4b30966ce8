"""glTF 2.0: one file with the head, its morph targets (with names), joints and the animation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from render import motion
from render.export import _keys, _pieces, _targets
from render.export._gltf import ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER, Builder
from render.export._pieces import Piece
from render.export._targets import Targets
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.look import Look
from speechface.progress import unwatched

SUFFIXES = (".glb",)
LAYERS = "inside"

LEAST = 2e-6
"""Metres below which a movement of a vertex is left out."""
ROUND = 0.5
"""Share of the tolerance that each axis of a rotation gets: the three together stay within all of it."""


def write(
    animation: Animation,
    path: str | Path,
    head: Head,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
) -> None:
    """Write a .glb for Blender, Unity, Unreal, Godot and three.js: metres, Y up, one primitive a part of the head.

    The names of the morph targets, in ARKit's order for the rig `arkit`, are in `extras.targetNames`; products of two
    shapes follow them as `a*b`. Jaw, eyes and neck are joints, so the jaw turns as it should between key frames. Vertex
    colours are linear, with some of the baked occlusion. `extras.landmarks` gives the part and the vertex of each landmark.
    A head that came from a glTF file goes back into that file: nothing in it changes, an animation is added.

    reduce: see `render.export._keys`; all morph targets have their keys in common, as glTF wants it, each joint has its own
    (within that many radians). In a file that a head came from, the keys are those of ARKit's curves.
    """
    tolerance, controls = _keys.checked(reduce), motion.controls(animation, head)
    shown = _keys.kept(controls, tolerance)
    own = head.own_file(controls[shown], animation.times[shown])
    if own is not None:
        with writing(path) as part:
            part.write_bytes(own)
        progress(1.0)
        return
    rest = head.vertices(np.zeros(len(head.rig), dtype=np.float32))
    targets = _targets.of(head, controls)
    normals = _pieces.unit_normals(head, rest)
    builder = Builder()
    parts = _pieces.pieces(head)
    mesh = builder.lib.Mesh(name=head.name, primitives=[], weights=[0.0] * len(targets.names))
    for piece in parts:
        mesh.primitives.append(_primitive(builder, head.look, rest, normals, targets, piece))
    mesh.extras = {"targetNames": list(targets.names), "landmarks": _landmarks(head, parts)}
    document = builder.document
    document.meshes.append(mesh)
    document.nodes.append(builder.lib.Node(name=head.name, mesh=0, skin=0))
    document.scenes.append(builder.lib.Scene(name=head.name, nodes=[0, _add_joints(builder, targets)]))
    document.scene = 0
    _animate(builder, targets, animation, tolerance)
    for number in range(len(targets.names)):
        movement = targets.delta(number).astype(np.float32)
        movement[np.abs(movement).max(axis=1) < LEAST] = 0.0
        for primitive, piece in zip(mesh.primitives, parts, strict=True):
            primitive.targets.append({"POSITION": builder.add_sparse(movement[piece.vertices])})
        progress((number + 1) / len(targets.names))
    with writing(path) as part:
        part.write_bytes(builder.finish())


def _primitive(
    builder: Builder, look: Look, rest: np.ndarray, normals: np.ndarray, targets: Targets, piece: Piece
) -> Any:
    """One part of the head: its vertices at rest, its material, no targets yet."""
    name, vertices = piece.name, piece.vertices
    colour = np.pad(_pieces.colours(look)[vertices], ((0, 0), (0, 1)), constant_values=1.0)
    joints, shares = _pieces.strongest(targets.carried[vertices])
    attributes = builder.lib.Attributes(
        POSITION=builder.add(rest[vertices], ARRAY_BUFFER, bounds=True),
        NORMAL=builder.add(normals[vertices], ARRAY_BUFFER),
        COLOR_0=builder.add(np.rint(65535.0 * colour).astype(np.uint16), ARRAY_BUFFER, normalized=True),
        JOINTS_0=builder.add(joints, ARRAY_BUFFER),
        WEIGHTS_0=builder.add(shares, ARRAY_BUFFER),
    )
    small = len(vertices) <= 65535
    index = piece.faces.reshape(-1).astype(np.uint16 if small else np.uint32)
    surface = builder.lib.PbrMetallicRoughness(
        baseColorFactor=[1.0, 1.0, 1.0, 1.0],
        metallicFactor=0.0,
        roughnessFactor=round(float(look.roughness[vertices].mean()), 3),
    )
    builder.document.materials.append(builder.lib.Material(name=name, pbrMetallicRoughness=surface, doubleSided=True))
    return builder.lib.Primitive(
        attributes=attributes,
        indices=builder.add(index, ELEMENT_ARRAY_BUFFER),
        material=len(builder.document.materials) - 1,
        targets=[],
    )


def _landmarks(head: Head, parts: list[Piece]) -> dict[str, list]:
    """Name of the part and number of the vertex in it, of every landmark."""
    places = {
        int(vertex): [piece.name, number] for piece in parts for number, vertex in enumerate(piece.vertices.tolist())
    }
    return {name: places[int(vertex)] for name, vertex in head.landmarks.items() if int(vertex) in places}


def _add_joints(builder: Builder, targets: Targets) -> int:
    """Nodes for the joints, and the skin that binds the mesh to them; returns the node of the first joint."""
    lib, document, joints = builder.lib, builder.document, targets.joints.astype(np.float64)
    first = len(document.nodes)
    for name, parent, place in zip(targets.joint_names, targets.parents, joints, strict=True):
        from_parent = place - (joints[parent] if parent >= 0 else 0.0)
        document.nodes.append(lib.Node(name=name, translation=from_parent.tolist(), children=[]))
        if parent >= 0:
            document.nodes[first + parent].children.append(len(document.nodes) - 1)
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
    inverse[:, 3, :3] = -joints  # column-major, as glTF wants it
    document.skins.append(
        lib.Skin(
            inverseBindMatrices=builder.add(inverse.reshape(-1, 16)),
            joints=list(range(first, first + len(joints))),
            skeleton=first,
        )
    )
    return first


def _animate(builder: Builder, targets: Targets, animation: Animation, tolerance: float) -> None:
    """One animation: weights of all targets, and a rotation of each joint that turns."""
    lib, inputs = builder.lib, {}
    shown = _keys.kept(targets.weights, tolerance)
    tracks = [(0, "weights", shown, targets.weights[shown].reshape(-1))]
    for joint in range(targets.turns.shape[1]):
        turns = targets.turns[:, joint]
        if np.any(turns):
            shown = _keys.kept(turns, ROUND * tolerance)
            tracks.append((1 + joint, "rotation", shown, _pieces.quaternions(turns[shown])))
    animated = lib.Animation(name="speech", samplers=[], channels=[])
    for node, what, shown, values in tracks:
        when = shown.tobytes()
        if when not in inputs:
            inputs[when] = builder.add(animation.times[shown].astype(np.float32), bounds=True)
        animated.channels.append(
            lib.AnimationChannel(
                sampler=len(animated.samplers), target=lib.AnimationChannelTarget(node=node, path=what)
            )
        )
        sampler = lib.AnimationSampler(input=inputs[when], output=builder.add(values), interpolation="LINEAR")
        animated.samplers.append(sampler)
    builder.document.animations.append(animated)
