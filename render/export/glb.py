"""glTF 2.0: one file with the head, its morph targets (with names), joints and the animation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from render import motion
from render.export import _targets
from render.export._gltf import ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER, Builder
from render.export._targets import Targets
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.look import Look
from speechface.progress import unwatched

SUFFIXES = (".glb",)

LEAST = 2e-6
"""Metres below which a movement of a vertex is left out."""


def write(animation: Animation, path: str | Path, head: Head, progress: Callable[[float], None] = unwatched) -> None:
    """Write a .glb for Blender, Unity, Unreal, Godot and three.js: metres, Y up, one primitive a part of the head.

    The names of the morph targets, in ARKit's order for the rig `arkit`, are in `extras.targetNames`; products of two
    shapes follow them as `a*b`. Jaw, eyes and neck are joints, so the jaw turns as it should between key frames. Vertex
    colours are linear, with some of the baked occlusion. `extras.landmarks` gives the part and the vertex of each landmark.
    A head that came from a glTF file goes back into that file: nothing in it changes, an animation is added.
    """
    from render.normals import Normals

    controls = motion.controls(animation, head)
    own = head.own_file(controls, animation.times)
    if own is not None:
        with writing(path) as part:
            part.write_bytes(own)
        progress(1.0)
        return
    rest = head.vertices(np.zeros(len(head.rig), dtype=np.float32))
    targets = _targets.of(head, controls)
    normals = np.empty_like(rest)
    Normals(head.faces, len(rest)).fill(rest, normals)
    builder = Builder()
    pieces = _pieces(head)
    mesh = builder.lib.Mesh(name=head.name, primitives=[], weights=[0.0] * len(targets.names))
    for name, vertices, faces in pieces:
        mesh.primitives.append(_primitive(builder, head.look, rest, normals, targets, name, vertices, faces))
    mesh.extras = {"targetNames": list(targets.names), "landmarks": _landmarks(head, pieces)}
    document = builder.document
    document.meshes.append(mesh)
    document.nodes.append(builder.lib.Node(name=head.name, mesh=0))
    roots = [0]
    if targets.joints is not None:
        roots.append(_add_joints(builder, targets))
        document.nodes[0].skin = 0
    document.scenes.append(builder.lib.Scene(name=head.name, nodes=roots))
    document.scene = 0
    _animate(builder, targets, animation)
    for number in range(len(targets.names)):
        movement = targets.delta(number).astype(np.float32)
        movement[np.abs(movement).max(axis=1) < LEAST] = 0.0
        for primitive, (_, vertices, _) in zip(mesh.primitives, pieces, strict=True):
            primitive.targets.append({"POSITION": builder.add_sparse(movement[vertices])})
        progress((number + 1) / len(targets.names))
    with writing(path) as part:
        part.write_bytes(builder.finish())


def _pieces(head: Head) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name, vertices (N,) and faces (M, 3) into those, of every part of a head that has faces."""
    part = head.look.part[head.faces[:, 0]]
    pieces = []
    for index, name in enumerate(head.look.parts):
        faces = head.faces[part == index]
        if len(faces):
            vertices, corners = np.unique(faces, return_inverse=True)
            pieces.append((name, vertices, corners.reshape(-1, 3)))
    return pieces


def _primitive(
    builder: Builder,
    look: Look,
    rest: np.ndarray,
    normals: np.ndarray,
    targets: Targets,
    name: str,
    vertices: np.ndarray,
    faces: np.ndarray,
) -> Any:
    """One part of the head: its vertices at rest, its material, no targets yet."""
    attributes = builder.lib.Attributes(
        POSITION=builder.add(rest[vertices], ARRAY_BUFFER, bounds=True),
        NORMAL=builder.add(_unit(normals[vertices]), ARRAY_BUFFER),
        COLOR_0=builder.add(_colours(look)[vertices], ARRAY_BUFFER, normalized=True),
    )
    if targets.carried is not None:
        joints, shares = _strongest(targets.carried[vertices])
        attributes.JOINTS_0 = builder.add(joints, ARRAY_BUFFER)
        attributes.WEIGHTS_0 = builder.add(shares, ARRAY_BUFFER)
    small = len(vertices) <= 65535
    index = faces.reshape(-1).astype(np.uint16 if small else np.uint32)
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


def _unit(normals: np.ndarray) -> np.ndarray:
    """Normals (N, 3) in which those of no length point up: glTF allows none of length zero."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 0.5, normals / np.maximum(length, 1e-9), [0.0, 1.0, 0.0]).astype(np.float32)


def _colours(look: Look) -> np.ndarray:
    """(V, 4) uint16 linear colours, darker in hollows: viewers know nothing of baked occlusion."""
    shaded = look.colour * (0.35 + 0.65 * look.occlusion[:, None])
    return np.rint(65535.0 * np.clip(np.pad(shaded, ((0, 0), (0, 1)), constant_values=1.0), 0.0, 1.0)).astype(np.uint16)


def _strongest(carried: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The four joints (N, 4) uint8 that carry each vertex most, and their shares (N, 4) float32, which sum to 1."""
    count = min(4, carried.shape[1])
    order = np.argsort(-carried, axis=1, kind="stable")[:, :count]
    shares = np.take_along_axis(carried, order, axis=1).astype(np.float32)
    shares /= shares.sum(axis=1, keepdims=True)
    order[shares == 0.0] = 0
    spare = ((0, 0), (0, 4 - count))
    return np.pad(order, spare).astype(np.uint8), np.pad(shares, spare)


def _landmarks(head: Head, pieces: list[tuple[str, np.ndarray, np.ndarray]]) -> dict[str, list]:
    """Name of the part and number of the vertex in it, of every landmark."""
    places = {
        int(vertex): [name, number] for name, vertices, _ in pieces for number, vertex in enumerate(vertices.tolist())
    }
    return {name: places[int(vertex)] for name, vertex in head.landmarks.items() if int(vertex) in places}


def _add_joints(builder: Builder, targets: Targets) -> int:
    """Nodes for the joints, and the skin that binds the mesh to them; returns the node of the first joint."""
    lib, document = builder.lib, builder.document
    joints = np.asarray(targets.joints, dtype=np.float64)
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


def _animate(builder: Builder, targets: Targets, animation: Animation) -> None:
    """One animation: weights of all targets, and a rotation of each joint that turns."""
    lib = builder.lib
    times = builder.add(animation.times.astype(np.float32), bounds=True)
    tracks = [(0, "weights", targets.weights.reshape(-1))]
    if targets.turns is not None:
        first = 1
        for joint in range(targets.turns.shape[1]):
            if np.any(targets.turns[:, joint]):
                tracks.append((first + joint, "rotation", _quaternions(targets.turns[:, joint])))
    animated = lib.Animation(name="speech", samplers=[], channels=[])
    for node, what, values in tracks:
        animated.channels.append(
            lib.AnimationChannel(
                sampler=len(animated.samplers), target=lib.AnimationChannelTarget(node=node, path=what)
            )
        )
        animated.samplers.append(lib.AnimationSampler(input=times, output=builder.add(values), interpolation="LINEAR"))
    builder.document.animations.append(animated)


def _quaternions(turns: np.ndarray) -> np.ndarray:
    """(T, 4) float32 x, y, z, w for axis-angle (T, 3)."""
    angle = np.linalg.norm(turns, axis=1, keepdims=True).astype(np.float64)
    axis = turns * (0.5 * np.sinc(angle / (2.0 * np.pi)))
    return np.concatenate([axis, np.cos(angle / 2.0)], axis=1).astype(np.float32)
