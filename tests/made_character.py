"""Small characters in glTF for the tests, made from the open head with pygltflib, in the ways that others make them."""

from functools import cache
from io import BytesIO

import numpy as np
import pygltflib
from PIL import Image

from speechface import heads, rigs
from speechface.sculpt.poses import spell

OPEN = rigs.load("open")
HALF_TURN = np.diag([-1.0, 1.0, -1.0])


@cache
def model():
    """The open head, its skin's and its eyes' vertices, and the faces of both."""
    head = heads.load("open:preview")
    parts = []
    for name in ("skin", "eyes"):
        faces = head.faces[head.look.part[head.faces[:, 0]] == head.look.parts.index(name)]
        vertices, corners = np.unique(faces, return_inverse=True)
        parts.append((vertices, corners.reshape(-1, 3)))
    return head, parts


def moved(pose):
    """(V, 3) movement of the open head for a posture (names without side mean both)."""
    head, _ = model()
    return head.vertices(spell(OPEN, pose))


class Maker:
    """A document that is filled piece by piece; `data` is its one buffer."""

    def __init__(self):
        self.document, self.data = pygltflib.GLTF2(), bytearray()

    def view(self, values):
        self.data += bytes(-len(self.data) % 4)
        start, data = len(self.data), np.ascontiguousarray(values).tobytes()
        self.data += data
        self.document.bufferViews.append(pygltflib.BufferView(buffer=0, byteOffset=start, byteLength=len(data)))
        return len(self.document.bufferViews) - 1

    def accessor(self, values, sparse=False):
        kinds = {"u1": 5121, "u2": 5123, "u4": 5125, "f4": 5126}
        rows = values.reshape(len(values), -1)
        one = pygltflib.Accessor(
            count=len(rows), type={1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}[rows.shape[1]],
            componentType=kinds[values.dtype.str[1:]], min=rows.min(axis=0).tolist(), max=rows.max(axis=0).tolist(),
        )  # fmt: skip
        if sparse:
            used = np.flatnonzero(np.abs(rows).max(axis=1) > 0) if np.any(rows) else np.arange(1)
            one.sparse = pygltflib.Sparse(
                count=len(used),
                indices=pygltflib.AccessorSparseIndices(bufferView=self.view(used.astype("<u2")), componentType=5123),
                values=pygltflib.AccessorSparseValues(bufferView=self.view(rows[used])),
            )
        else:
            one.bufferView = self.view(values)
        self.document.accessors.append(one)
        return len(self.document.accessors) - 1


def character(path, targets, extensions=None, bones=True, sparse=False, index="<u2", turn=None, scale=1.0, jaw=False):
    """Write a character: a skin of two primitives (one with a texture) and the eyes as a second mesh.

    targets: name -> posture, or -> (V, 3) places. bones: head and eyes as joints of a skin. turn: (3, 3) which way all
    of it looks. jaw: whether a jaw bone carries what the open head's does.
    """
    head, parts = model()
    maker, turn = Maker(), np.eye(3) if turn is None else turn
    lib, document = pygltflib, maker.document
    places = {name: moved(pose) if isinstance(pose, dict) else pose for name, pose in targets.items()}
    names = ["body", "head", "leftEye", "rightEye", *(["jaw"] if jaw else [])]
    joints = scale * np.stack([[0.0, -0.3, 0.0], *head.joints[[1, 3, 4]], *([head.joints[2]] if jaw else [])]) @ turn.T
    document.nodes = [lib.Node(name="root", children=[1, 2, 3])]
    for number, (vertices, faces) in enumerate(parts):
        halves = [faces] if number else [faces[: len(faces) // 2], faces[len(faces) // 2 :]]
        mesh = lib.Mesh(name=("Face", "Eyes")[number], primitives=[], extras={"targetNames": list(places)})
        rest = (scale * head.rest[vertices] @ turn.T).astype("<f4")
        position = maker.accessor(rest)
        shown = [
            {"POSITION": maker.accessor((scale * (place - head.rest)[vertices] @ turn.T).astype("<f4"), sparse)}
            for place in places.values()
        ]
        weights = head.weights[vertices].astype("<f4")
        order = [1, 3, 4, 2] if jaw else [1, 3, 4]
        shares = np.concatenate([weights[:, :1], weights[:, order]], axis=1)
        if not jaw:
            shares[:, 1] += weights[:, 2]
        strongest = np.argsort(-shares, axis=1, kind="stable")[:, :4]
        places_uv = np.stack([0.5 + 2 * head.rest[vertices, 0], 0.5 - 2 * head.rest[vertices, 1]], axis=1)
        for half, corners in enumerate(halves):
            attributes = lib.Attributes(POSITION=position, TEXCOORD_0=maker.accessor(places_uv.astype("<f4")))
            if bones:
                attributes.JOINTS_0 = maker.accessor(strongest.astype("u1"))
                attributes.WEIGHTS_0 = maker.accessor(np.take_along_axis(shares, strongest, axis=1))
            mesh.primitives.append(lib.Primitive(
                attributes=attributes, indices=maker.accessor(corners.reshape(-1).astype(index)),
                targets=shown, material=2 if number else half,
            ))  # fmt: skip
        document.meshes.append(mesh)
        document.nodes.append(lib.Node(name=mesh.name, mesh=number, skin=0 if bones else None))
    document.nodes.append(lib.Node(name=names[0], translation=joints[0].tolist(), children=[4]))
    for number, name in enumerate(names[1:], start=1):
        above = joints[0] if number == 1 else joints[1]
        children = [5, 6, *([7] if jaw else [])] if number == 1 else []
        node = lib.Node(name=name, translation=(joints[number] - above).tolist(), children=children)
        document.nodes.append(node)
    if bones:
        inverse = np.tile(np.eye(4, dtype="<f4"), (len(joints), 1, 1))
        inverse[:, 3, :3] = -joints
        matrices = maker.accessor(inverse.reshape(-1, 16))
        document.skins = [lib.Skin(joints=list(range(3, 3 + len(joints))), inverseBindMatrices=matrices)]
    picture = BytesIO()
    Image.new("RGB", (8, 8), (200, 120, 90)).save(picture, "PNG")
    document.images = [lib.Image(mimeType="image/png", bufferView=maker.view(np.frombuffer(picture.getvalue(), "u1")))]
    document.textures = [lib.Texture(source=0)]
    white = lib.PbrMetallicRoughness(baseColorTexture=lib.TextureInfo(index=0), roughnessFactor=0.6)
    plain = lib.PbrMetallicRoughness(baseColorFactor=[0.5, 0.2, 0.15, 1.0])
    eyes = lib.PbrMetallicRoughness(baseColorFactor=[0.8, 0.8, 0.8, 1.0], roughnessFactor=0.1)
    for name, surface in (("skin", white), ("scalp", plain), ("eyes", eyes)):
        document.materials.append(lib.Material(name=name, pbrMetallicRoughness=surface))
    still = maker.accessor(np.array([0.0, 1.0], "<f4"))
    turned = maker.accessor(np.array([[0, 0, 0, 1], [0, 0, 0, 1]], "<f4"))
    document.animations = [lib.Animation(
        name="nod", samplers=[lib.AnimationSampler(input=still, output=turned)],
        channels=[lib.AnimationChannel(sampler=0, target=lib.AnimationChannelTarget(node=3, path="rotation"))],
    )]  # fmt: skip
    document.scenes, document.scene = [lib.Scene(nodes=[0])], 0
    document.extensions = extensions or {}
    document.extensionsUsed = list(document.extensions)
    save(maker, path)
    return path


def save(maker, path):
    """As .glb with its data inside, or as .gltf with a .bin beside it or, where the name says "uri", inside as base64."""
    document = maker.document
    document.buffers = [pygltflib.Buffer(byteLength=len(maker.data))]
    document.set_binary_blob(bytes(maker.data))
    if path.suffix == ".gltf" and "uri" in path.stem:
        document.convert_buffers(pygltflib.BufferFormat.DATAURI)
    elif path.suffix == ".gltf":
        document.buffers[0].uri = f"{path.stem}.bin"
        path.with_suffix(".bin").write_bytes(maker.data)
        path.write_text(document.to_json())
        return
    (document.save_json if path.suffix == ".gltf" else document.save_binary)(str(path))
