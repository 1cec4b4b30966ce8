"""Which nodes of a glTF scene are the bones of the head, the jaw and the eyes, and where every node is at rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from speechface.errors import UserError
from speechface.heads._gltf_file import Document

BONES = ("head", "jaw", "left_eye", "right_eye")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NOT_EYES = {"lid", "eyelid", "brow", "eyebrow", "lash", "eyelash", "target", "ik", "end", "aim", "upper", "lower"}
_HUMANOID = {"head": "head", "jaw": "jaw", "leftEye": "left_eye", "rightEye": "right_eye"}


@dataclass(frozen=True, eq=False)
class Nodes:
    """The scene's nodes. world: (N, 4, 4) at rest. parents: (N,) -1 for roots. shown: those the scene holds.

    bones: node of each of `BONES` that is there.
    """

    world: np.ndarray
    parents: np.ndarray
    shown: tuple[int, ...]
    bones: dict[str, int]

    def carrier(self, node: int) -> str:
        """The nearest of the bones that carries a node or is it; "" for none."""
        known = {number: name for name, number in self.bones.items()}
        while node >= 0:
            if node in known:
                return known[node]
            node = int(self.parents[node])
        return ""


def read(document: Document) -> Nodes:
    """Walk the file's scene; `UserError` where its nodes go round in circles."""
    nodes = document.list("nodes")
    scenes = document.list("scenes")
    parents = np.full(len(nodes), -1)
    for number, node in enumerate(nodes):
        parents[node.get("children") or []] = number
    roots = scenes[document.json.get("scene", 0)].get("nodes", []) if scenes else np.flatnonzero(parents < 0).tolist()
    world, shown, waiting = np.tile(np.eye(4), (len(nodes), 1, 1)), list[int](), list(roots)
    while waiting:
        number = waiting.pop()
        if len(shown) >= len(nodes):
            raise UserError(f"{document.path} is damaged: its nodes go round in circles; export it again")
        shown.append(number)
        above = world[parents[number]] if parents[number] >= 0 else np.eye(4)
        world[number] = above @ local(nodes[number])
        waiting += nodes[number].get("children") or []
    return Nodes(world, parents, tuple(sorted(shown)), _bones(document, shown))


def local(node: dict) -> np.ndarray:
    """(4, 4) a node's place in its parent."""
    if node.get("matrix"):
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    out = np.eye(4)
    out[:3, :3] = turned(np.array(node.get("rotation", (0.0, 0.0, 0.0, 1.0)))) * node.get("scale", (1.0, 1.0, 1.0))
    out[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return out


def turned(quaternion: np.ndarray) -> np.ndarray:
    """(3, 3) rotation of a unit quaternion x, y, z, w."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_quat(quaternion).as_matrix()


def _bones(document: Document, shown: list[int]) -> dict[str, int]:
    """By what VRM says, else by name among the joints of skins and the nodes above meshes."""
    told = document.extension("VRMC_vrm").get("humanoid", {}).get("humanBones", {})
    old = document.extension("VRM").get("humanoid", {}).get("humanBones", [])
    named = {bone: entry["node"] for bone, entry in told.items()} | {entry["bone"]: entry["node"] for entry in old}
    found = {ours: named[theirs] for theirs, ours in _HUMANOID.items() if named.get(theirs) in shown}
    if named:
        return found
    for number in sorted(shown):
        node = document.list("nodes")[number]
        words = [word.lower() for word in _WORD.findall(node.get("name", ""))]
        bone = _bone(words)
        if bone and "mesh" not in node:
            found.setdefault(bone, number)
    neck = found.pop("neck", None)
    return found if neck is None else {"head": neck} | found


def _bone(words: list[str]) -> str:
    """The bone that a node's name, in words, stands for: "mixamorig:Head", "CC_Base_L_Eye", "eye.R", "JawRoot"."""
    if "jaw" in words and not {"end", "target"} & set(words):
        return "jaw"
    if {"eye", "faceeye"} & set(words) and not _NOT_EYES & set(words):
        for side in ("left", "right"):
            if {side, side[0]} & set(words):
                return f"{side}_eye"
    if {"lefteye", "righteye"} & set(words):
        return "left_eye" if "lefteye" in words else "right_eye"
    return words[-1] if words[-1:] in (["head"], ["neck"]) else ""
