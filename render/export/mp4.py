"""Video (H.264) of the talking head, with its sound (AAC)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from render import motion, video
from render.sound import Sound
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".mp4",)


def write(
    animation: Animation,
    path: str | Path,
    head: Head,
    progress: Callable[[float], None] = unwatched,
    size: int | tuple[int, int] = 512,
    camera: str = "front",
    quality: str = "review",
    renderer: str = "software",
    sound: bool = True,
    overlay: bool = False,
) -> None:
    """Draw an animation on a head as an mp4, with the sound the animation belongs to.

    size: side in pixels, or (width, height). camera: front, three_quarter, profile or mouth. quality: draft, review or
    final. renderer: see `render.backends`. sound: whether to add the sound, if there is one. overlay: whether to draw the
    waveform and what is known about the animation into the picture. Raises `UserError`.
    """
    from render import backends
    from render.overlay import draw_over
    from render.scene import Scene

    width, height = (size, size) if isinstance(size, int) else size
    scene = Scene.of(head, camera, (int(width), int(height)), quality)
    pictures = backends.draw(motion.vertices(animation, head, progress), scene, renderer)
    track = None
    if animation.audio is not None and (sound or overlay):
        if not animation.audio.is_file():
            raise UserError(f"the animation's sound {animation.audio} is not there; put it there, or give sound=False")
        track = Sound.open(animation.audio)
    if overlay:
        pictures = draw_over(pictures, animation.fps, str(animation.about.get("emotion", "")), track)
    video.write(path, pictures, animation.fps, track if sound else None)
