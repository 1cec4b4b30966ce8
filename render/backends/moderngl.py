"""Draws by OpenGL on a GPU (or Mesa's software driver), without a window: needs `pip install moderngl` and EGL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any

import numpy as np

from render.backends import _grain, _light, _shadow
from render.backends._locks import STRAND, directions
from render.backends._mesh import prepare
from render.backends._shade import GRAIN_DEPTH, STRAND_ROUND, STRAND_SHIFT, STRAND_STRETCH, STRAND_TONE
from render.normals import Normals
from render.scene import Scene
from render.tone import BRIGHTEST, table
from speechface.errors import UserError


def draw(vertices: Iterable[np.ndarray], scene: Scene) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) uint8, (H, W, 4) of a transparent scene, of vertices, (T, V, 3) or an iterable of (V, 3), metres.

    The light is that of the software renderer, but for occlusion and scattering that are worked out on the screen.
    Raises `UserError` where moderngl or a driver is missing.
    """
    context = _context()
    try:
        canvas = Canvas(context, scene)
        for frame in vertices:
            yield canvas.draw(np.ascontiguousarray(frame, dtype=np.float32))
    finally:
        context.release()


def _context() -> Any:
    """An OpenGL 3.3 context without a window."""
    try:
        import moderngl
    except ImportError:
        raise UserError(
            "renderer 'moderngl' needs a package: pip install moderngl, or use renderer 'software'"
        ) from None
    try:
        return moderngl.create_context(require=330, standalone=True, backend="egl")  # type: ignore[arg-type]
    except Exception as error:  # moderngl and glcontext raise bare Exceptions
        raise UserError(
            f"renderer 'moderngl' finds no OpenGL here ({error}); install EGL (Debian: apt install libegl1 libgl1 "
            "libgl1-mesa-dri), or use renderer 'software'"
        ) from None


class Canvas:
    """Programs, buffers and textures in which the frames of a scene are drawn, one at a time."""

    def __init__(self, context: Any, scene: Scene) -> None:
        self.context, self.scene = context, scene
        width, height = scene.size
        side = scene.supersampling
        self.normals = Normals(scene.faces, len(scene.rest))
        self.mesh, hair = prepare(scene)
        part = scene.look.part[scene.faces[:, 0]]
        self.locks = np.ascontiguousarray(scene.faces[part == hair])
        self.tangents = np.zeros((len(scene.rest), 3), dtype=np.float32)
        self.head, self.shadow = (
            _program(context, "head.vert", "head.frag"),
            _program(context, "shadow.vert", "shadow.frag"),
        )
        self.blur, self.resolve = (_program(context, "screen.vert", f"{name}.frag") for name in ("blur", "resolve"))
        self._buffers()
        self.light = context.texture((width * side, height * side), 4, dtype="f4")
        self.light_target = context.framebuffer([self.light], context.depth_renderbuffer(self.light.size))
        texels = (scene.shadow_size, scene.shadow_size)
        self.moments = [context.texture(texels, 4, dtype="f4") for _ in range(2)]
        for texture in self.moments:
            texture.repeat_x = texture.repeat_y = False
        depth = context.depth_renderbuffer(texels)
        self.shadow_targets = [context.framebuffer([self.moments[0]], depth), context.framebuffer([self.moments[1]])]
        tones = table(scene.exposure)
        self.tones = context.texture((len(tones), 1), 1, tones.tobytes(), dtype="f4")
        self.backdrop = context.texture(scene.size, 3, scene.backdrop().tobytes(), dtype="f4")
        self.picture = context.framebuffer([context.renderbuffer(scene.size, 4)])
        self._uniforms()

    def draw(self, vertices: np.ndarray) -> np.ndarray:
        """(H, W, 3 or 4) uint8 picture of vertices (V, 3)."""
        context = self.context
        self.mesh[:, :3] = vertices
        self.normals.fill(vertices, self.mesh, 3)
        directions(self.mesh, self.locks, self.tangents)
        self.vertex_buffer.write(self.mesh.tobytes())
        self.tangent_buffer.write(self.tangents.tobytes())
        context.enable_only(context.DEPTH_TEST)
        self.shadow_targets[0].use()
        far = float(np.exp(0.5 * _shadow.TOWARDS))
        self.shadow_targets[0].clear(far**-2, far**-4, far, far**2, depth=1.0)
        self.shadow_mesh.render()
        context.enable_only(context.NOTHING)
        for source, axis in ((0, (1, 0)), (1, (0, 1))):
            self.shadow_targets[1 - source].use()
            self.moments[source].use(0)
            self.blur["axis"].value = axis
            self.blur_screen.render(context.TRIANGLES, vertices=3)
        context.enable_only(context.DEPTH_TEST)
        self.light_target.use()
        self.light_target.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        self.moments[0].use(0)
        self.head_mesh.render()
        context.enable_only(context.NOTHING)
        self.picture.use()
        for unit, texture in enumerate((self.light, self.backdrop, self.tones)):
            texture.use(unit)
        self.resolve_screen.render(context.TRIANGLES, vertices=3)
        width, height = self.scene.size
        channels = 4 if self.scene.transparent else 3
        data = self.picture.read(components=channels, alignment=1)
        return np.frombuffer(data, dtype=np.uint8).reshape(height, width, channels).copy()

    def _buffers(self) -> None:
        """Vertices and triangles, and how the programs read them."""
        context, look, scene = self.context, self.scene.look, self.scene
        kind = np.zeros(len(scene.rest), dtype=np.float32)
        for number, part in enumerate(("skin", "hair"), start=1):
            kind[look.part == (look.parts.index(part) if part in look.parts else 255)] = number
        self.vertex_buffer = context.buffer(reserve=self.mesh.nbytes, dynamic=True)
        self.tangent_buffer = context.buffer(reserve=self.tangents.nbytes, dynamic=True)
        index = context.buffer(np.ascontiguousarray(scene.faces, dtype=np.int32).tobytes())
        fields = ("place", "normal", "colour", "surface", "rest")
        self.head_mesh = context.vertex_array(
            self.head,
            [
                (self.vertex_buffer, "3f 3f 3f 4f 3f", *fields),
                (self.tangent_buffer, "3f", "tangent"),
                (context.buffer(kind.tobytes()), "1f", "kind"),
            ],
            index,
        )
        casters = context.buffer(scene.solid.astype(np.int32).tobytes())
        self.shadow_mesh = context.vertex_array(self.shadow, [(self.vertex_buffer, "3f 52x", "place")], casters)
        self.blur_screen = context.vertex_array(self.blur, [])
        self.resolve_screen = context.vertex_array(self.resolve, [])

    def _uniforms(self) -> None:
        """What the programs need to know and does not change from frame to frame."""
        scene, camera = self.scene, self.scene.camera
        pixel = 2.0 * camera.distance * np.tan(camera.field_of_view / 2.0) / scene.size[1]
        lamps = np.zeros((8, 15), dtype=np.float32)
        rows = _light.lamps(scene)
        lamps[: len(rows)] = rows
        to_light = np.eye(4)
        to_light[:3] = _shadow.light_matrix(scene)
        to_light[:2] /= scene.shadow_size
        values = {
            "to_screen": camera.projection(scene.size) @ camera.view(), "eye": camera.position, "lamps": len(rows),
            "towards": lamps[:, 0:3], "strength": lamps[:, 3:6], "across": lamps[:, 6:9], "along": lamps[:, 9:12],
            "shape": lamps[:, 12:15], "sky": scene.sky, "ground": scene.ground, "to_light": to_light,
            "push": 0.4 * scene.shadow_blur * scene.scale, "shadow_warp": _shadow.TOWARDS, "leak": _shadow.LEAK,
            "grain": _grain.visible(pixel / scene.scale),
            "grain_scale": 1.0 / (_grain.PORE * scene.scale), "grain_depth": GRAIN_DEPTH,
            "strand_scale": 1.0 / max(STRAND * scene.scale, 1.6 * pixel),
            "strand": (STRAND_ROUND, STRAND_SHIFT, STRAND_TONE, STRAND_STRETCH), "wrap": _light.WRAP,
            "moments": 0, "reach": _shadow.blur_reach(scene), "source": 0,
            "light": 0, "backdrop": 1, "tones": 2, "side": scene.supersampling, "brightest": BRIGHTEST,
            "clear": int(scene.transparent),
        }  # fmt: skip
        for program in (self.head, self.shadow, self.blur, self.resolve):
            for name in program:
                if name in values:
                    _set(program[name], values[name])


def _program(context: Any, vertex: str, fragment: str) -> Any:
    folder = resources.files(__package__) / "shaders"
    sources = (folder / name for name in (vertex, fragment))
    vertex_source, fragment_source = (source.read_text(encoding="utf-8") for source in sources)
    return context.program(vertex_shader=vertex_source, fragment_shader=fragment_source)


def _set(uniform: Any, value: Any) -> None:
    """Give a uniform a number, a vector, a list of vectors or a matrix (which OpenGL wants column by column)."""
    if isinstance(value, int | float):
        uniform.value = value
        return
    array = np.asarray(value, dtype=np.float32)
    uniform.write((array.T if array.shape == (4, 4) else array).tobytes())
