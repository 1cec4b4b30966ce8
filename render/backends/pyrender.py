"""Draws with pyrender 0.1.45 (OpenGL by EGL or OSMesa): plain lights, no shadows; for those who have it already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from render.normals import Normals
from render.scene import Scene
from render.tone import filmic, to_srgb
from speechface.errors import UserError

RANGE = 4.0
"""Linear light that pyrender is to show as white; the scene's tone curve is laid over its pictures afterwards."""


def draw(vertices: Iterable[np.ndarray], scene: Scene) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) uint8, (H, W, 4) of a transparent scene, of vertices, (T, V, 3) or an iterable of (V, 3), metres.

    Raises `UserError` where pyrender or an OpenGL library is missing.
    """
    library, renderer = _open(scene)
    try:
        world, materials = _world(library, scene), _materials(library, scene)
        normals, direction = Normals(scene.faces, len(scene.rest)), np.empty_like(scene.rest)
        backdrop, tones = scene.backdrop(), _tones(scene)
        colours = np.clip(scene.look.colour * (0.3 + 0.7 * scene.look.occlusion[:, None]), 0.0, 1.0).astype(np.float32)
        flags = library.RenderFlags.RGBA | library.RenderFlags.SKIP_CULL_FACES
        for frame in vertices:
            frame = np.ascontiguousarray(frame, dtype=np.float32)
            normals.fill(frame, direction)
            pieces = [
                library.Primitive(frame, direction, color_0=colours, indices=faces, material=material)
                for faces, material in materials
            ]
            node = world.add(library.Mesh(pieces))
            picture, depth = renderer.render(world, flags=flags)
            world.remove_node(node)
            yield _blend(picture, depth, backdrop, tones, scene.transparent)
    finally:
        renderer.delete()


def _tones(scene: Scene) -> np.ndarray:
    """(256,) float32: what is to be shown, 0..255, for each value pyrender gives, which is linear light to 1 / 2.2."""
    light = RANGE * (np.arange(256) / 255.0) ** 2.2
    return (255.0 * to_srgb(filmic(scene.exposure * light))).astype(np.float32)


def _blend(
    picture: np.ndarray, depth: np.ndarray, backdrop: np.ndarray, tones: np.ndarray, transparent: bool = False
) -> np.ndarray:
    """A picture (n H, n W, 3 or 4) in tones (256,) over a backdrop (H, W, 3) in 0..1, n x n pixels averaged.

    If it is to be transparent, the backdrop is left out and the share of each pixel that is covered is a fourth channel.

    By OSMesa pyrender gives no transparency; there whatever has a depth covers the backdrop.
    """
    height, width = backdrop.shape[:2]
    cover = (
        picture[..., 3:] / np.float32(255.0) if picture.shape[2] == 4 else (depth > 0.0)[..., None].astype(np.float32)
    )
    both = np.concatenate([tones[picture[..., :3]] * cover, cover], axis=2)
    side = len(picture) // height
    both = both.reshape(height, side, width, side, 4).mean(axis=(1, 3))
    if transparent:
        straight = both[..., :3] / np.maximum(both[..., 3:], 1e-6)
        return np.rint(np.concatenate([straight, 255.0 * both[..., 3:]], axis=2)).astype(np.uint8)
    return np.rint(both[..., :3] + 255.0 * backdrop * (1.0 - both[..., 3:])).astype(np.uint8)


def _open(scene: Scene) -> tuple[Any, Any]:
    """pyrender and a renderer of the scene's size."""
    try:
        from render.backends import _pyrender_shim

        library = _pyrender_shim.load()
    except (ImportError, OSError, AttributeError) as error:
        raise UserError(
            f"renderer 'pyrender' does not work here ({error}): pip install pyrender==0.1.45, and a library of OpenGL "
            "(Debian: apt install libosmesa6), or use renderer 'software'"
        ) from None
    # EGL smooths edges by itself, OSMesa does not.
    side = 1 if os.environ["PYOPENGL_PLATFORM"] == "egl" else scene.supersampling
    try:
        return library, library.OffscreenRenderer(side * scene.size[0], side * scene.size[1])
    except Exception as error:  # PyOpenGL raises whatever the driver made it stumble over
        raise UserError(
            f"renderer 'pyrender' finds no OpenGL here ({error}): apt install libosmesa6 and set "
            "PYOPENGL_PLATFORM=osmesa, or use renderer 'software'"
        ) from None


def _world(library: Any, scene: Scene) -> Any:
    """Camera and lamps."""
    camera = scene.camera
    ambient = 0.5 * (np.asarray(scene.sky) + np.asarray(scene.ground)) / RANGE
    world = library.Scene(ambient_light=ambient, bg_color=(0.0, 0.0, 0.0, 0.0))
    lens = library.PerspectiveCamera(camera.field_of_view, 0.05 * camera.distance, 4.0 * camera.distance)
    world.add(lens, pose=np.linalg.inv(camera.view()))
    for light in scene.lights:
        strength = max(light.colour)
        lamp = library.DirectionalLight(np.asarray(light.colour) / strength, np.pi * strength / RANGE)
        pose = np.eye(4)
        pose[:3, 2] = light.direction(camera)
        pose[:3, 0] = np.cross([0.0, 1.0, 0.0], pose[:3, 2])
        pose[:3, 0] /= np.linalg.norm(pose[:3, 0])
        pose[:3, 1] = np.cross(pose[:3, 2], pose[:3, 0])
        world.add(lamp, pose=pose)
    return world


def _materials(library: Any, scene: Scene) -> list[tuple[np.ndarray, Any]]:
    """Faces and material of every part."""
    part = scene.look.part[scene.faces[:, 0]]
    out = []
    for index in np.unique(part):
        rough = float(scene.look.roughness[scene.look.part == index].mean())
        material = library.MetallicRoughnessMaterial(
            metallicFactor=0.0, roughnessFactor=rough, doubleSided=True, smooth=True
        )
        out.append((scene.faces[part == index], material))
    return out
