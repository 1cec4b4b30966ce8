"""A character from a .glb, .gltf or .vrm file with ARKit shapes, Oculus visemes or VRM expressions, moved by ARKit's rig.

Its morph targets are found by name, its head, eye and jaw bones by name or by what VRM says of them. The motion goes back
into the very file it came from. See docs/heads.md.
"""

from __future__ import annotations

import numpy as np

from speechface import rigs
from speechface.errors import UserError
from speechface.heads import Head, _bones, _gltf_file, _pieces
from speechface.heads._expressions import Bind, Expression, chosen, preset, recognise
from speechface.heads._fit import Fit
from speechface.heads._mouth import find_mouth
from speechface.heads._surface import Materials
from speechface.look import Look
from speechface.skinning import joint_transforms, rotations, skin

SUFFIXES = (".glb", ".gltf", ".vrm")

OPENING = 0.3
"""Radians by which a jaw bone turns for `jawOpen`, where no morph target opens the mouth."""
OPENERS = ("jawOpen", "mouthOpen", "viseme aa", "aa", "viseme O", "oh", "viseme E", "ee", "jaw")
"""Expressions that open the mouth, the best first: one of them there must be."""
GAZE = (0.489, 0.419)
"""Radians to the side and up or down of a full look, as on the open head."""
PRESETS = (
    *((name, "vowel") for name in ("aa", "ih", "ou", "ee", "oh")),
    ("blinkLeft", "both"), ("blinkRight", "both"),
    *((name, "feeling") for name in ("happy", "angry", "sad", "surprised")),
)  # fmt: skip
"""Presets of VRM 1.0 that a line of speech uses, and their kinds."""
SIZES = (0.12, 0.9)
"""Metres a head with its neck may be tall; one outside is brought to `SIZE` for what needs metres."""
SIZE = 0.32


def load(argument: str) -> Character:
    """The character in a file; `UserError` where it is no glTF, or has nothing that could speak."""
    if not argument:
        raise UserError("head 'character' needs a file; give the path of a .glb, .gltf or .vrm")
    document = _gltf_file.read(argument)
    try:
        return Character(document)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        reason = f"{type(error).__name__} {error}".split("\n")[0]
        raise UserError(f"{argument} is damaged and cannot be read ({reason}); export it again") from None


def vrm_presets(controls: np.ndarray) -> dict[str, np.ndarray]:
    """Weights (T,) of the presets that every VRM 1.0 avatar knows, those that look most like ARKit controls (T, 55).

    Vowels, blinks of each eye and feelings. `relaxed` is left to the avatar's player; the gaze goes another way in VRM.
    """
    fit = Fit([Expression(name, kind) for name, kind in PRESETS])
    weights = np.clip(fit.weights(np.asarray(controls, dtype=np.float32)), 0.0, 1.0)
    return {name: weights[:, number] for number, (name, _) in enumerate(PRESETS)}


class Character(Head):
    """Controls: ARKit's 52 shapes and the head's rotation. report: lines on what was found and what was not."""

    name = "character"

    def __init__(self, document: _gltf_file.Document) -> None:
        self.rig = rigs.load("arkit")
        self.document, self.nodes = document, _bones.read(document)
        found, self.unknown = _find(document, self.nodes)
        self.expressions = chosen(found)
        opens = set(OPENERS) & {one.name for one in self.expressions}
        if "jaw" in self.nodes.bones and not opens:
            self.expressions.append(Expression("jaw", "jaw"))
        elif not opens:
            raise UserError(_speechless(document, self.unknown))
        self.fit = Fit(self.expressions)
        materials = Materials(document)
        mesh = _pieces.gather(document, self.nodes, self.expressions, materials)
        self.jaw = self._jaw_bone(mesh)
        if self.jaw is not None:  # so that the face is found as it is where a morph target opens the mouth
            place = self.nodes.world[self.nodes.bones["jaw"], :3, 3]
            still = mesh.moves[self.jaw].copy()
            mesh.moves[self.jaw] += mesh.carried[:, 2:3] * np.cross([OPENING, 0.0, 0.0], mesh.rest - place)
        self.facing, self.size, kept = _bust(document, mesh)
        if self.jaw is not None:
            mesh.moves[self.jaw] = still
        mesh = mesh.only(kept)
        self.eyes = [_turns(mesh, self.expressions, column) for column in (3, 4)]
        self.rest = self.placed(mesh.rest).astype(np.float32)
        self.faces = mesh.faces.astype(np.int32)
        self.moved = np.flatnonzero(np.abs(mesh.moves).max(axis=(0, 2)) > 0.0)
        self.moves = (self.size * mesh.moves[:, self.moved] @ self.facing.T).astype(np.float32)
        self.weights = mesh.carried
        bones = [self.nodes.bones.get(name) for name in _bones.BONES]
        self.joints = np.array(
            [np.zeros(3)]
            + [np.zeros(3) if bone is None else self.placed(self.nodes.world[bone, :3, 3]) for bone in bones]
        )
        full = np.ones(len(self.rest), dtype=np.float32)
        self.look = Look(
            np.clip(mesh.colour, 0.0, 1.0), np.clip(mesh.roughness, 0.35, 1.0), 0.03 * full, 0.3 * full, full,
            mesh.part, mesh.parts,
        )  # fmt: skip
        self.landmarks = self._landmarks()
        self.report = self._told(materials)

    def placed(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the file's world in metres, Y up, Z out of the face."""
        return self.size * points @ self.facing.T

    def vertices(self, controls: np.ndarray) -> np.ndarray:
        """(..., V, 3) float32 metres of the head and shoulders for controls (..., 55)."""
        controls = np.asarray(controls, dtype=np.float32)
        flat = controls.reshape(-1, controls.shape[-1])
        out = np.tile(self.rest, (len(flat), 1, 1))
        amounts = self.fit.weights(flat)
        out[:, self.moved] += np.tensordot(amounts, self.moves, axes=(1, 0))
        turns = self.turns(flat, amounts)
        for frame in np.flatnonzero(turns.any(axis=(1, 2))):
            matrices, shifts = joint_transforms(rotations(turns[frame]), self.joints.astype(np.float32))
            out[frame] = skin(out[frame], self.weights, matrices, shifts)
        return out.reshape(*controls.shape[:-1], *self.rest.shape)

    def turns(self, controls: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """(T, 5, 3) axis-angle of nothing, head, jaw, left and right eye, in speechface's axes."""
        at, out = self.rig.index, np.zeros((len(controls), 5, 3), dtype=np.float32)
        if "head" in self.nodes.bones:
            out[:, 1] = controls[:, [at["headPitch"], at["headYaw"], at["headRoll"]]]
        if self.jaw is not None:
            out[:, 2, 0] = OPENING * amounts[:, self.jaw]
        for joint, side, sign, by_bone in zip((3, 4), ("Left", "Right"), (1.0, -1.0), self.eyes, strict=True):
            if by_bone:
                look = {way: controls[:, at[f"eyeLook{way}{side}"]] for way in ("Up", "Down", "In", "Out")}
                gain = _gaze_gain(self.document)
                out[:, joint, 0] = gain * GAZE[1] * (look["Down"] - look["Up"])
                out[:, joint, 1] = gain * sign * GAZE[0] * (look["Out"] - look["In"])
        return out

    def own_file(self, controls: np.ndarray, times: np.ndarray) -> bytes:
        """The character's own file as a .glb with one more animation, "speech": weights, head, eyes and jaw."""
        from scipy.spatial.transform import Rotation

        amounts, nodes = self.fit.weights(controls), self.document.list("nodes")
        tracks: list[tuple[int, str, np.ndarray]] = []
        for node in sorted({bind[0] for one in self.expressions for bind in one.binds}):
            mesh = self.document.list("meshes")[nodes[node]["mesh"]]
            count = len(mesh["primitives"][0].get("targets") or [])
            still = nodes[node].get("weights") or mesh.get("weights") or [0.0] * count
            weights = np.tile(np.array(still, dtype=np.float64), (len(controls), 1))
            mine = [
                (number, bind) for number, one in enumerate(self.expressions) for bind in one.binds if bind[0] == node
            ]
            weights[:, [target for _, (_, target, _) in mine]] = 0.0
            for number, (_, target, share) in mine:
                weights[:, target] += share * amounts[:, number]
            tracks.append((node, "weights", np.clip(weights, 0.0, 1.0)))
        turns = self.turns(controls, amounts)
        for joint, name in enumerate(_bones.BONES, start=1):
            if name in self.nodes.bones and turns[:, joint].any():
                node = self.nodes.bones[name]
                parent = self.nodes.parents[node]
                above = Rotation.from_matrix(_rotation(self.nodes.world[parent] if parent >= 0 else np.eye(4)))
                own = Rotation.from_matrix(_rotation(_bones.local(nodes[node])))
                turned = Rotation.from_rotvec(turns[:, joint] @ self.facing)
                tracks.append((node, "rotation", (above.inv() * turned * above * own).as_quat()))
        return self.document.with_animation("speech", times, tracks)

    def _jaw_bone(self, mesh: _pieces.Mesh) -> int | None:
        """The expression whose weight turns the jaw bone: the one that opens the mouth, if it hardly moves what that carries."""
        carried = mesh.carried[:, 2] > 0.5
        opening = [n for n, one in enumerate(self.expressions) if one.name in ("jaw", "jawOpen", "mouthOpen")]
        if not opening or not carried.any():
            return None
        by_bone = np.linalg.norm(mesh.rest[carried] - self.nodes.world[self.nodes.bones["jaw"], :3, 3], axis=1)
        by_shape = np.linalg.norm(mesh.moves[opening[0]][carried], axis=1)
        return opening[0] if by_shape.mean() < 0.3 * OPENING * by_bone.mean() else None

    def _landmarks(self) -> dict[str, int]:
        """What opens the mouth most shows where it is."""
        names = [one.name for one in self.expressions]
        opening = next(names.index(name) for name in OPENERS if name in names)
        drop = np.zeros(self.rest.shape, dtype=np.float32)
        drop[self.moved] = self.moves[opening]
        if opening == self.jaw:
            drop += self.weights[:, 2:3] * np.cross([OPENING, 0.0, 0.0], self.rest - self.joints[2])
        return find_mouth(self.rest, drop)

    def _told(self, materials: Materials) -> tuple[str, ...]:
        kinds = {"arkit": "ARKit shapes", "viseme": "visemes", "vowel": "vowels", "feeling": "feelings", "gaze": "looks",
                 "both": "shapes of both sides"}  # fmt: skip
        have = [f"{count} {text}" for kind, text in kinds.items()
                if (count := sum(one.kind == kind for one in self.expressions))]  # fmt: skip
        lines = ["moves by " + (", ".join(have) or "its jaw bone")]
        if not self.fit.complete:
            own = {one.name for one in self.expressions}
            lacking = [name for name in self.rig.names if name not in own and not name.startswith("head")]
            few = len(lacking) <= len(self.rig) // 2
            lines.append(f"approximated: {', '.join(lacking) if few else f'{len(lacking)} of the 52 ARKit shapes'}")
        lines.append("bones: " + (", ".join(self.nodes.bones) or "none, so the head does not turn"))
        if self.unknown:
            lines.append(f"left alone, {len(self.unknown)} morph targets of no known name: {', '.join(self.unknown)}")
        if materials.unread:
            lines.append(f"not decoded for pictures: {', '.join(sorted(materials.unread))}")
        return tuple(lines)


def _find(
    document: _gltf_file.Document, nodes: _bones.Nodes
) -> tuple[dict[tuple[str, str], list[Bind]], tuple[str, ...]]:
    """Every expression the file has, by name and kind, with its binds; and the morph targets nobody knows."""
    showing: dict[int, list[int]] = {}
    for node in nodes.shown:
        if "mesh" in document.list("nodes")[node]:
            showing.setdefault(document.list("nodes")[node]["mesh"], []).append(node)
    found: dict[tuple[str, str], list[Bind]] = {}
    for group in document.extension("VRM").get("blendShapeMaster", {}).get("blendShapeGroups") or []:
        told = group.get("presetName") or "unknown"
        known = preset(group.get("name", "") if told.lower() == "unknown" else told)
        if known:
            for bind in group.get("binds") or []:
                for node in showing.get(bind["mesh"], ()):
                    found.setdefault(known, []).append((node, bind["index"], bind["weight"] / 100.0))
    expressions = document.extension("VRMC_vrm").get("expressions", {})
    for name, entry in [*(expressions.get("preset") or {}).items(), *(expressions.get("custom") or {}).items()]:
        known = preset(name)
        if known:
            for bind in entry.get("morphTargetBinds") or []:
                found.setdefault(known, []).append((bind["node"], bind["index"], bind.get("weight", 1.0)))
    told_of = set(found)
    bound = {bind[:2] for binds in found.values() for bind in binds}
    names: dict[str, bool] = {}
    for number, mesh in enumerate(document.list("meshes")):
        for target, name in enumerate(_target_names(mesh)):
            known, showers = recognise(str(name)), showing.get(number, [])
            if known and known not in told_of:
                found.setdefault(known, []).extend((node, target, 1.0) for node in showers)
            used = bool(known) or any((node, target) in bound for node in showers)
            names[str(name)] = names.get(str(name), False) or used
    return {known: binds for known, binds in found.items() if binds}, tuple(n for n, used in names.items() if not used)


def _target_names(mesh: dict) -> list[str]:
    """Names of a mesh's morph targets, from wherever exporters put them; numbers where there are none."""
    first = mesh["primitives"][0]
    count = len(first.get("targets") or [])
    for holder in (mesh, first):
        names = (holder.get("extras") or {}).get("targetNames")
        if isinstance(names, list) and len(names) >= count:
            return names[:count]
    return [f"#{number}" for number in range(count)]


def _speechless(document: _gltf_file.Document, unknown: tuple[str, ...]) -> str:
    if not any(primitive.get("targets") for mesh in document.list("meshes") for primitive in mesh["primitives"]):
        return (
            f"{document.path} has no morph targets and no jaw bone, so it cannot speak; export it with its shape keys, or "
            "give a neutral face as .obj"
        )
    names = f" (found: {', '.join(unknown[:12])}{', ...' if len(unknown) > 12 else ''})" if unknown else ""
    return f"{document.path} has no morph target that opens the mouth{names}; name them as ARKit, Oculus or VRM do"


def _bust(document: _gltf_file.Document, mesh: _pieces.Mesh) -> tuple[np.ndarray, float, np.ndarray]:
    """Rotation (3, 3) to where the face looks along Z, scale to metres, and the vertices (V,) down to the shoulders.

    A face looks where the skin looks that its expressions move most: VRM 0.x looks back, and some files look sideways.
    """
    strength = np.abs(mesh.moves).max(axis=(0, 2))
    if not strength.any():
        raise UserError(f"{document.path}: its morph targets move nothing; export it again with its shape keys")
    face = strength > 0.1 * strength.max()
    corners = mesh.rest[mesh.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outward = (across * face[mesh.faces].all(axis=1)[:, None]).sum(axis=0)
    turn = int(np.rint(np.arctan2(outward[0], outward[2]) / (np.pi / 2.0)))
    cosine, sine = round(np.cos(turn * np.pi / 2.0)), round(np.sin(turn * np.pi / 2.0))
    facing = np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]], dtype=np.float64)
    low, high = mesh.rest[face, 1].min(), mesh.rest[face, 1].max()
    kept = mesh.rest[:, 1] > low - 0.9 * (high - low)
    tall = float(np.ptp(mesh.rest[kept, 1]))
    return facing, 1.0 if SIZES[0] <= tall <= SIZES[1] else SIZE / tall, kept


def _turns(mesh: _pieces.Mesh, expressions: list[Expression], column: int) -> bool:
    """Whether an eye's bone turns it: it carries something, and no look that is a morph target moves that already."""
    eye = mesh.carried[:, column] > 0.5
    looks = [number for number, one in enumerate(expressions) if one.kind == "gaze" or one.name.startswith("eyeLook")]
    if not eye.any() or not looks:
        return bool(eye.any())
    moved = np.abs(mesh.moves[looks][:, eye]).max()
    return bool(moved < 0.02 * np.ptp(mesh.rest[eye], axis=0).max())


def _gaze_gain(document: _gltf_file.Document) -> float:
    """How much less than the gaze the eyes of a VRM character turn, by its own map of ranges; 1 for any other."""
    old = document.extension("VRM").get("firstPerson", {}).get("lookAtHorizontalOuter") or {}
    new = document.extension("VRMC_vrm").get("lookAt", {}).get("rangeMapHorizontalOuter") or {}
    given, turned = old.get("xRange") or new.get("inputMaxValue"), old.get("yRange") or new.get("outputScale")
    return float(np.clip(turned / given, 0.1, 1.0)) if given and turned else 1.0


def _rotation(matrix: np.ndarray) -> np.ndarray:
    """The rotation (3, 3) in a matrix (4, 4) that may scale as well."""
    return matrix[:3, :3] / np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-12)
