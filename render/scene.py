"""`Scene`: how a head is shown. Camera, light, background, size and quality; the numbers of the look live here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from render.camera import Camera, frame
from speechface.errors import UserError, unknown
from speechface.heads import Head
from speechface.look import Look

FOLLOW = 0.6
"""Share of the camera's azimuth by which the lights go round with it: a profile is lit like a profile, not from behind."""


@dataclass(frozen=True)
class Light:
    """A lamp far away, placed by azimuth (to the character's left of the face's front) and elevation, in radians.

    colour: linear RGB strength. spread: half the angle under which the lamp is seen, in radians: it widens highlights and
    is the size of its reflection in an eye.
    """

    azimuth: float
    elevation: float
    colour: tuple[float, float, float]
    spread: float

    def direction(self, camera: Camera) -> np.ndarray:
        """(3,) unit vector towards the lamp for a camera."""
        azimuth = self.azimuth + FOLLOW * camera.azimuth
        return np.array(
            [
                math.sin(azimuth) * math.cos(self.elevation),
                math.sin(self.elevation),
                math.cos(azimuth) * math.cos(self.elevation),
            ]
        )


PORTRAIT = (
    Light(math.radians(-36.0), math.radians(33.0), (2.05, 1.93, 1.78), math.radians(13.0)),
    Light(math.radians(52.0), math.radians(8.0), (0.36, 0.40, 0.47), math.radians(20.0)),
    Light(math.radians(142.0), math.radians(24.0), (2.4, 2.5, 2.8), math.radians(14.0)),
    Light(math.radians(-140.0), math.radians(20.0), (1.4, 1.3, 1.25), math.radians(14.0)),
)
"""Key, fill and two rims: a large soft lamp above the face, a cool weak one on the other side, and one behind each ear."""

QUALITY: dict[str, dict[str, Any]] = {
    "draft": {"supersampling": 1, "shadow_size": 256, "coarse": 2},
    "review": {"supersampling": 2, "shadow_size": 320, "coarse": 2},
    "final": {"supersampling": 4, "shadow_size": 1024, "coarse": 1},
}
"""Settings of a scene by quality: `review` for everyday videos, `final` for pictures that are looked at closely."""


def check_size(size: tuple[int, int]) -> None:
    """Raise `UserError` for a (width, height) in pixels that cannot be drawn."""
    width, height = size
    if not (16 <= width <= 16384 and 16 <= height <= 16384):
        raise UserError(f"a picture of {width} x {height} pixels cannot be drawn; give sides of 16 to 16384")


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a picture of a head depends on, but for where its vertices are now.

    faces: (F, 3) int32. look: material of the V vertices. rest: (V, 3) metres, the head at rest: its size sets the reach
    of shadows, and the fine grain of the skin sticks to it. camera, size (width, height) in pixels.
    lights: the first one casts shadows. sky, ground: linear RGB light from above and below.
    exposure: factor on all light. background: sRGB of the top and the bottom row, 0..1; vignette: how much darker the
    corners are. transparent: pictures have no background but a fourth channel, how much of each pixel is covered (straight
    alpha: the other channels are not multiplied by it).
    supersampling: samples a pixel along each side. shadow_size: texels of the shadow map along each side.
    coarse: pixels along each side of one sample of soft effects (occlusion, scattering).
    occlusion_radius, scatter_radius, shadow_blur: metres, for a head of ordinary size.
    """

    faces: np.ndarray
    look: Look
    rest: np.ndarray
    camera: Camera
    size: tuple[int, int] = (512, 512)
    lights: tuple[Light, ...] = PORTRAIT
    sky: tuple[float, float, float] = (0.300, 0.310, 0.340)
    ground: tuple[float, float, float] = (0.135, 0.118, 0.115)
    exposure: float = 0.62
    background: tuple[tuple[float, float, float], tuple[float, float, float]] = ((0.25, 0.28, 0.32), (0.10, 0.11, 0.14))
    vignette: float = 0.30
    transparent: bool = False
    supersampling: int = 2
    shadow_size: int = 320
    coarse: int = 2
    occlusion_radius: float = 0.011
    scatter_radius: float = 0.0042
    shadow_blur: float = 0.0065

    def __post_init__(self) -> None:
        check_size(self.size)
        if self.faces.size and int(self.faces.max()) >= len(self.rest):
            raise ValueError(f"faces name vertex {int(self.faces.max())}, but there are {len(self.rest)}")
        if len(self.look.colour) != len(self.rest):
            raise ValueError(f"the look has {len(self.look.colour)} vertices, the head {len(self.rest)}")

    @staticmethod
    def of(
        head: Head, view: str = "front", size: tuple[int, int] = (512, 512), quality: str = "review", **changes: Any
    ) -> Scene:
        """The usual scene of a head: a named view (see `render.camera.VIEWS`), a size, a quality (see `QUALITY`).

        Any field may be given by name as well. Raises `UserError` for an unknown view or quality.
        """
        if quality not in QUALITY:
            raise unknown("quality", quality, QUALITY)
        rest = head.vertices(np.zeros(len(head.rig), dtype=np.float32))
        camera = frame(view, rest, head.landmarks, size)
        settings = {"camera": camera, "size": size, **QUALITY[quality], **changes}
        return Scene(np.ascontiguousarray(head.faces, dtype=np.int32), head.look, rest, **settings)

    def seen_from(self, camera: Camera) -> Scene:
        """The same scene through another camera."""
        return replace(self, camera=camera)

    @cached_property
    def centre(self) -> np.ndarray:
        """(3,) middle of the head at rest."""
        return (self.rest.min(axis=0) + self.rest.max(axis=0)).astype(np.float64) / 2.0

    @cached_property
    def radius(self) -> float:
        """Metres from the centre within which the head stays when it talks and turns."""
        return 1.12 * float(np.linalg.norm(self.rest - self.centre, axis=1).max())

    @cached_property
    def scale(self) -> float:
        """Size of the head against a grown-up's of 0.24 m from crown to chin; fine effects grow with it."""
        return float(np.ptp(self.rest[:, 1])) / 0.35

    @cached_property
    def solid(self) -> np.ndarray:
        """(F', 3) the faces that hide what is behind them and cast shadows: all but `strands`."""
        return np.ascontiguousarray(self.faces[~self._thin])

    @cached_property
    def strands(self) -> np.ndarray:
        """(F'', 3) the faces of lashes and brows, thinner than pixels; their shadows would only smudge the skin."""
        return np.ascontiguousarray(self.faces[self._thin])

    @cached_property
    def _thin(self) -> np.ndarray:
        thin = [index for index, part in enumerate(self.look.parts) if "lash" in part or "brow" in part]
        return np.isin(self.look.part[self.faces[:, 0]], thin)

    def backdrop(self) -> np.ndarray:
        """(H, W, 3) float32 sRGB 0..1: a gradient from the top to the bottom, darker towards the corners."""
        width, height = self.size
        x = np.linspace(-1.0, 1.0, width)[None, :, None]
        y = np.linspace(-1.0, 1.0, height)[:, None, None]
        top, bottom = (np.asarray(colour) for colour in self.background)
        gradient = top + (bottom - top) * (0.5 + 0.5 * y)
        return (gradient * (1.0 + self.vignette * (0.4 - 0.5 * (x * x + y * y)))).astype(np.float32)
