"""VRM animation (.vrma): expressions, head and gaze for any VRM 1.0 avatar, by its presets or by ARKit's 52 names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from render.export import _curves, _keys, _pieces
from render.export._gltf import Builder
from speechface import rigs
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".vrma", ".perfectsync.vrma")
RIG = "arkit"

GAZE = (0.489, 0.419)
"""Radians to the side and up or down of a full look, as on the open head."""
BONES = {
    "hips": (None, (0.0, 0.95, 0.0)), "spine": ("hips", (0.0, 1.05, 0.0)), "neck": ("spine", (0.0, 1.42, 0.0)),
    "head": ("neck", (0.0, 1.5, 0.02)),
    "leftUpperArm": ("spine", (0.16, 1.38, 0.0)), "leftLowerArm": ("leftUpperArm", (0.42, 1.38, 0.0)),
    "leftHand": ("leftLowerArm", (0.66, 1.38, 0.0)),
    "leftUpperLeg": ("hips", (0.09, 0.9, 0.0)), "leftLowerLeg": ("leftUpperLeg", (0.09, 0.49, 0.0)),
    "leftFoot": ("leftLowerLeg", (0.09, 0.08, 0.0)),
}  # fmt: skip
"""The bones that a humanoid must have, with their parents and places in metres in VRM's T-pose; the right side mirrors."""
HEAD = ("neck", "head")
"""Bones that turn the head, half the way each."""


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
) -> None:
    """Write glTF with VRMC_vrm_animation 1.0: the weight of an expression is the X of a node's translation.

    A file that ends in `.perfectsync.vrma` has ARKit's 52 shapes as custom expressions, spelled as avatars made for "perfect
    sync" have them (JawOpen) and as Apple has them (jawOpen). Any other has the presets that every VRM knows: vowels, both
    blinks and feelings, those that look most like the line. Head and gaze are in both. reduce: see
    `render.export._keys`, every expression for itself. Raises `UserError`.
    """
    tolerance, made = _keys.checked(reduce), _curves.of(animation, RIG)
    kind, weights = _expressions(made, Path(path))
    builder = Builder()
    lib, document = builder.lib, builder.document
    bones = _skeleton(document, lib)
    tracks: list[tuple[int, str, np.ndarray, float]] = []
    turns = np.stack([made[name] for name in ("headPitch", "headYaw", "headRoll")], axis=1)
    tracks += [(bones[name], "rotation", turns / len(HEAD), 0.5 * tolerance / len(HEAD)) for name in HEAD]
    looked, named = _node(document, lib, "lookAt", (0.0, 1.56, 0.05)), {}
    tracks.append((looked, "rotation", _gaze(made), 0.5 * tolerance))
    for name, curve in weights.items():
        named[name] = {"node": _node(document, lib, name)}
        tracks.append((named[name]["node"], "translation", np.pad(curve[:, None], ((0, 0), (0, 2))), tolerance))
    document.scenes.append(lib.Scene(nodes=[bones["hips"], looked, *(entry["node"] for entry in named.values())]))
    document.scene = 0
    document.animations.append(_animation(builder, tracks, made.times, progress))
    document.extensionsUsed = ["VRMC_vrm_animation"]
    document.extensions = {
        "VRMC_vrm_animation": {
            "specVersion": "1.0",
            "humanoid": {"humanBones": {name: {"node": node} for name, node in bones.items()}},
            "expressions": {kind: named},
            "lookAt": {"node": looked, "offsetFromHeadBone": [0.0, 0.06, 0.03]},
        }
    }
    with writing(path) as part:
        part.write_bytes(builder.finish())


def _expressions(made: Animation, path: Path) -> tuple[str, dict[str, np.ndarray]]:
    """Whether the expressions are presets or custom, and the weight (T,) of each."""
    if not path.name.lower().endswith(SUFFIXES[1]):
        from speechface.heads.character import vrm_presets

        return "preset", vrm_presets(made.columns(rigs.load(RIG).names))
    shapes = [name for name in rigs.load(RIG).names if not name.startswith(("head", "eyeLook"))]
    return "custom", {spelled: made[name] for name in shapes for spelled in (name[0].upper() + name[1:], name)}


def _gaze(made: Animation) -> np.ndarray:
    """(T, 3) axis-angle of where both eyes look, on the average."""
    side = made["eyeLookOutLeft"] - made["eyeLookInLeft"] - made["eyeLookOutRight"] + made["eyeLookInRight"]
    down = sum(made[f"eyeLookDown{eye}"] - made[f"eyeLookUp{eye}"] for eye in ("Left", "Right"))
    return np.stack([0.5 * GAZE[1] * down, 0.5 * GAZE[0] * side, np.zeros(len(made))], axis=1)


def _skeleton(document: Any, lib: Any) -> dict[str, int]:
    """The node of every bone."""
    places = dict(BONES)
    for name, (parent, (x, y, z)) in BONES.items():
        if name.startswith("left"):
            above = parent.replace("left", "right") if parent else None
            places[name.replace("left", "right")] = (above, (-x, y, z))
    nodes: dict[str, int] = {}
    for name, (parent, place) in places.items():
        start = np.subtract(place, places[parent][1]) if parent else np.array(place)
        nodes[name] = _node(document, lib, name, tuple(np.round(start, 4).tolist()))
        if parent:
            document.nodes[nodes[parent]].children.append(nodes[name])
    return nodes


def _node(document: Any, lib: Any, name: str, place: tuple[float, ...] = (0.0, 0.0, 0.0)) -> int:
    document.nodes.append(lib.Node(name=name, translation=list(place), children=[]))
    return len(document.nodes) - 1


def _animation(
    builder: Builder,
    tracks: list[tuple[int, str, np.ndarray, float]],
    times: np.ndarray,
    progress: Callable[[float], None],
) -> Any:
    """One animation of tracks: node, what of it, values (T, 3), and the tolerance of their keys."""
    lib, inputs = builder.lib, {}
    animated = lib.Animation(name="speech", samplers=[], channels=[])
    for node, what, values, tolerance in tracks:
        shown = _keys.kept(values, tolerance)
        when = shown.tobytes()
        if when not in inputs:
            inputs[when] = builder.add(times[shown].astype(np.float32), bounds=True)
        out = _pieces.quaternions(values[shown]) if what == "rotation" else values[shown].astype(np.float32)
        target = lib.AnimationChannelTarget(node=node, path=what)
        animated.channels.append(lib.AnimationChannel(sampler=len(animated.samplers), target=target))
        sampler = lib.AnimationSampler(input=inputs[when], output=builder.add(out), interpolation="LINEAR")
        animated.samplers.append(sampler)
        progress(len(animated.samplers) / len(tracks))
    return animated
