"""The options for what a face does by itself: blinks, glances, head motion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import tyro

from speechface.errors import UserError
from speechface.liveliness import Liveliness

if TYPE_CHECKING:
    from speechface.commands._picture import Picture


@dataclass(frozen=True)
class Alive:
    """What the face does by itself; 0 is none of it, 1 as people do, 2 twice as much."""

    life: Annotated[float, tyro.conf.arg(metavar="FACTOR")] = 1.0
    """How much of all of it: blinks, glances, head motion, brows, breath."""
    blinks: Annotated[float, tyro.conf.arg(metavar="FACTOR")] = 1.0
    """How often the lids blink."""
    gaze: Annotated[float, tyro.conf.arg(metavar="FACTOR")] = 1.0
    """How often the eyes look away; 0 keeps them where they look."""
    head_motion: Annotated[float, tyro.conf.arg(metavar="FACTOR")] = 1.0
    """How far the head moves."""
    look_at: Annotated[str | None, tyro.conf.arg(metavar="X,Y,Z", help_behavior_hint="(default: straight ahead)")] = (
        None
    )
    """What the face looks at: metres from between the eyes to its left, up and forwards, as 0.3,0,0.8; or camera."""
    still: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Leave out blinks, glances and head movements; the same as --life 0."""

    def liveliness(self, picture: Picture, head: str) -> Liveliness | bool:
        """What `animate(alive=...)` takes; a camera is that of the picture on a head. `UserError` for what cannot be read."""
        given = Liveliness(self.blinks, self.gaze, self.head_motion).times(self.life)
        if self.still or self.life == 0.0:
            return False
        if self.look_at is None:
            return given
        if self.look_at.strip() == "camera":
            return replace(given, look_at=_camera(picture, head))
        try:
            place = tuple(float(number) for number in self.look_at.split(","))
        except ValueError:
            place = ()
        if len(place) != 3:
            raise UserError(f"--look-at takes three numbers in metres, as 0.3,0,0.8, or camera, not '{self.look_at}'")
        return replace(given, look_at=place)


def _camera(picture: Picture, spec: str) -> tuple[float, float, float]:
    """Metres from between the eyes of a head to the camera of a picture."""
    import numpy as np

    from render import camera
    from speechface import heads

    options, head = picture.options(), heads.load(spec)
    rest = head.vertices(np.zeros(len(head.rig), dtype=np.float32))
    marks = [head.landmarks[f"lm68_{number}"] for number in range(36, 48) if f"lm68_{number}" in head.landmarks]
    seen = camera.frame(options["camera"], rest, head.landmarks, options["size"])
    eyes = rest[marks].mean(axis=0) if marks else np.asarray(seen.target)
    x, y, z = (float(value) for value in np.asarray(seen.position) - eyes)
    return x, y, z
