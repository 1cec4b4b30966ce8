"""`Shot`: how an animation is filmed. What a user chooses, checked before any work is done, becomes pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from render import backends, motion
from render.camera import VIEWS
from render.scene import QUALITY, Scene, check_size
from render.sound import Sound
from speechface.animation import Animation
from speechface.emotion import Emotion
from speechface.errors import UserError, unknown
from speechface.heads import Head
from speechface.plugins import check
from speechface.progress import unwatched
from speechface.visemes import Segment

TRANSPARENT = "transparent"


@dataclass(frozen=True)
class Shot:
    """How an animation is filmed. Raises `UserError` for what is unknown or does not go together.

    size: side in pixels, or (width, height). camera: a view of `render.camera`: front, three_quarter, profile or mouth.
    quality: draft, review or final. renderer: see `render.backends`. overlay: whether waveform, phones and emotion are drawn
    into the picture. turntable: True turns the head round once while the animation lasts, a number once in so many seconds.
    background: "transparent", a colour as "#20242c" or by its name in CSS, or None for the scene's own.
    """

    size: int | tuple[int, int] = 512
    camera: str = "front"
    quality: str = "review"
    renderer: str = "software"
    overlay: bool = False
    turntable: bool | float = False
    background: str | None = None

    def __post_init__(self) -> None:
        check_size(self.sides)
        if self.camera not in VIEWS:
            raise unknown("view", self.camera, VIEWS)
        if self.quality not in QUALITY:
            raise unknown("quality", self.quality, QUALITY)
        check(backends.__name__, self.renderer, "renderer")
        self.changes()
        if not 0.0 <= self.turntable < math.inf:
            raise UserError(f"a round of the turntable takes more than 0 seconds, not {self.turntable:g}")
        if self.turntable and self.camera == "mouth":
            raise UserError("a turntable shows the whole head, and camera 'mouth' only a part; choose another camera")
        if self.overlay and self.transparent:
            raise UserError("an overlay needs a background to lie on; leave out the overlay or the transparency")

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = (self.size, self.size) if isinstance(self.size, int) else self.size
        return int(width), int(height)

    @property
    def transparent(self) -> bool:
        """Whether pictures have a fourth channel that says how much of the background is covered."""
        return self.background == TRANSPARENT

    def changes(self) -> dict[str, Any]:
        """What the background changes in the usual scene."""
        if self.background is None:
            return {}
        if self.transparent:
            return {"transparent": True}
        from PIL import ImageColor

        try:
            colour = tuple(value / 255.0 for value in ImageColor.getrgb(self.background)[:3])
        except ValueError:
            raise UserError(
                f"'{self.background}' is not a background; give transparent or a colour such as #20242c or white"
            ) from None
        return {"background": (colour, colour), "vignette": 0.0}

    def film(
        self,
        animation: Animation,
        head: Head,
        progress: Callable[[float], None] = unwatched,
        sound: Sound | None = None,
        phones: Sequence[Segment] = (),
    ) -> Iterator[np.ndarray]:
        """Pictures (H, W, 3) uint8, or (H, W, 4) if transparent, one a frame; sound and phones are for the overlay.

        Raises `UserError` for what the head or the renderer cannot do.
        """
        scene = Scene.of(head, self.camera, self.sides, self.quality, **self.changes())
        frames = motion.vertices(animation, head, progress)
        if self.turntable:
            seconds = animation.duration if self.turntable is True else self.turntable
            frames = motion.turned(frames, scene.camera.target, 2.0 * math.pi / (seconds * animation.fps))
        pictures = backends.draw(frames, scene, self.renderer)
        if not self.overlay:
            return pictures
        from render.overlay import draw_over

        return draw_over(pictures, animation.fps, feeling(animation), sound, phones)


def feeling(animation: Animation) -> str | Callable[[float], str]:
    """What an animation says it feels, or a function from seconds to that where it changes over time."""
    text = str(animation.about.get("emotion", ""))
    if ";" not in text:
        return text
    try:
        emotion = Emotion.parse(text)
    except UserError:
        return text
    return lambda seconds: Emotion(np.zeros(1), np.round(emotion.at(np.array([seconds])), 1)).text


def track(animation: Animation, instead: str = "give sound=False") -> Sound | None:
    """The sound an animation belongs to, or None if it has none; `UserError` if the file is gone."""
    if animation.audio is None:
        return None
    if not animation.audio.is_file():
        raise UserError(f"the animation's sound {animation.audio} is not there; put it there, or {instead}")
    return Sound.open(animation.audio)
