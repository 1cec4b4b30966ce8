"""glTF files, read back with pygltflib and played by the rules of the format."""

import numpy as np
import pygltflib
import pytest
import trimesh
from test_render_head import Egg

from render.export import glb
from speechface import heads
from speechface.animation import Animation

TYPES = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def values(document, number):
    """An accessor's values (N, K), sparse ones filled in."""
    accessor = document.accessors[number]
    width = WIDTHS[accessor.type]
    out = np.zeros((accessor.count, width), TYPES[accessor.componentType])
    if accessor.bufferView is not None:
        out[:] = stretch(document, accessor.bufferView, out.dtype).reshape(-1, width)
    if accessor.sparse:
        sparse = accessor.sparse
        index = stretch(document, sparse.indices.bufferView, TYPES[sparse.indices.componentType])
        assert len(index) == sparse.count
        assert (np.diff(index.astype(int)) > 0).all()
        out[index] = stretch(document, sparse.values.bufferView, out.dtype).reshape(-1, width)
    if accessor.min:
        assert np.allclose(out.min(axis=0), accessor.min)
        assert np.allclose(out.max(axis=0), accessor.max)
    return out


def stretch(document, view, dtype):
    view = document.bufferViews[view]
    return np.frombuffer(document.binary_blob(), np.uint8)[view.byteOffset :][: view.byteLength].copy().view(dtype)


def quaternion_matrix(q):
    x, y, z, w = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def play(document, key):
    """Vertices of every primitive at a key frame: morph targets, then linear blend skinning."""
    mesh, animation = document.meshes[0], document.animations[0]
    weights, turned = np.zeros(len(mesh.weights)), {}
    for channel in animation.channels:
        out = values(document, animation.samplers[channel.sampler].output)
        if channel.target.path == "weights":
            weights = out.reshape(-1, len(weights))[key]
        else:
            turned[channel.target.node] = out[key]
    world = {}

    def place(node, parent):
        matrix = np.eye(4)
        if document.nodes[node].translation:
            matrix[:3, 3] = document.nodes[node].translation
        if node in turned:
            matrix[:3, :3] = quaternion_matrix(turned[node])
        world[node] = parent @ matrix
        for child in document.nodes[node].children or []:
            place(child, world[node])

    for root in document.scenes[0].nodes:
        place(root, np.eye(4))
    for primitive in mesh.primitives:
        points = values(document, primitive.attributes.POSITION).astype(float)
        for weight, target in zip(weights, primitive.targets, strict=True):
            if weight:
                points = points + weight * values(document, target["POSITION"])
        if document.nodes[0].skin is not None:
            skin = document.skins[0]
            inverse = values(document, skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
            joints = np.stack([world[node] @ matrix for node, matrix in zip(skin.joints, inverse, strict=True)])
            carried = values(document, primitive.attributes.JOINTS_0).astype(int)
            shares = values(document, primitive.attributes.WEIGHTS_0)
            assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-5)
            blend = (joints[carried] * shares[..., None, None]).sum(axis=1)
            points = np.einsum("vij,vj->vi", blend[:, :3, :3], points) + blend[:, :3, 3]
        yield points


def parts(head):
    part = head.look.part[head.faces[:, 0]]
    return [np.unique(head.faces[part == index]) for index in range(len(head.look.parts)) if (part == index).any()]


def test_any_head_gives_a_target_a_control(tmp_path):
    head = Egg()
    curves = np.stack([np.linspace(0, 1, 5), np.zeros(5), np.linspace(1, 0, 5)], axis=1)
    glb.write(Animation(curves, head.rig.names, 30.0, "egg"), tmp_path / "egg.glb", head)
    document = pygltflib.GLTF2().load(str(tmp_path / "egg.glb"))
    mesh = document.meshes[0]
    assert mesh.extras["targetNames"] == list(head.rig.names)
    assert [material.name for material in document.materials] == ["skin", "eyes", "lashes"]
    for points, vertices in zip(play(document, 2), parts(head), strict=True):
        assert np.abs(points - head.vertices(curves[2].astype(np.float32))[vertices]).max() < 5e-6
    times = values(document, document.animations[0].samplers[0].input)
    assert np.allclose(times[:, 0], np.arange(5) / 30.0)
    part, vertex = mesh.extras["landmarks"]["chin"]
    assert (part, vertex) == ("skin", head.landmarks["chin"])
    loaded = trimesh.load(tmp_path / "egg.glb", process=False)
    assert sum(len(geometry.faces) for geometry in loaded.geometry.values()) == len(head.faces)
    colours = values(document, mesh.primitives[0].attributes.COLOR_0) / 65535.0
    assert np.allclose(colours[0, :3], head.look.colour[0], atol=1e-4)


@pytest.mark.parametrize("spec", ["open:arkit,preview", "flame:preview"])
def test_the_open_head_plays_as_it_is_posed(tmp_path, spec):
    head = heads.load(spec)
    rng = np.random.default_rng(1)
    curves = np.zeros((4, len(head.rig)), np.float32)
    if spec.startswith("open"):
        curves[:] = np.where(rng.random(curves.shape) < 0.3, rng.random(curves.shape) * 0.8, 0.0)
        curves[:, [head.rig.index[name] for name in ("headYaw", "headPitch", "headRoll")]] = rng.uniform(
            -0.4, 0.4, (4, 3)
        )
    else:
        curves[:, :30] = rng.normal(size=(4, 30)) * 0.4
        curves[:, [head.rig.index[name] for name in ("jaw_x", "neck_y", "left_eye_y")]] = [0.2, 0.3, -0.2]
    glb.write(Animation(curves, head.rig.names, 25.0, head.rig.name), tmp_path / "open.glb", head)
    document = pygltflib.GLTF2().load(str(tmp_path / "open.glb"))
    names = document.meshes[0].extras["targetNames"]
    if spec.startswith("open"):
        assert names[:52] == [name for name in head.rig.names if not name.startswith("head")]
    for points, vertices in zip(play(document, 3), parts(head), strict=True):
        assert np.abs(points - head.vertices(curves[3])[vertices]).max() < 5e-5
    assert (tmp_path / "open.glb").stat().st_size < 8e6
    assert [node.name for node in document.nodes[1:]] == ["root", "neck", "jaw", "left_eye", "right_eye"]
