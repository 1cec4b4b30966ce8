"""The options of all commands that draw pictures, and what they ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from speechface.errors import UserError

if TYPE_CHECKING:
    from speechface.visemes import Segment


@dataclass(frozen=True)
class Picture:
    """How pictures look."""

    size: Annotated[str, tyro.conf.arg(metavar="PIXELS")] = "512"
    """Width and height of the picture, such as 512 for both or 1920x1080."""
    camera: Annotated[str, tyro.conf.arg(metavar="VIEW")] = "front"
    """front, three_quarter, profile or mouth."""
    quality: Annotated[str, tyro.conf.arg(metavar="NAME")] = "review"
    """draft is quick, review for everyday, final for pictures that are looked at closely."""
    background: Annotated[
        str | None, tyro.conf.arg(metavar="COLOUR", help_behavior_hint="(default: a dark gradient)")
    ] = None
    """A colour such as #20242c or white, or transparent: then the video is a .mov, or the pictures are .png."""
    turntable: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Turn the head round once."""
    turn_seconds: Annotated[
        float | None, tyro.conf.arg(metavar="NUMBER", help_behavior_hint="(default: as long as the sound)")
    ] = None
    """Turn the head round once in so many seconds."""
    overlay: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Draw waveform, phones and emotion into the picture; phones are those of a label file beside the sound."""
    renderer: Annotated[str, tyro.conf.arg(metavar="NAME")] = "software"
    """What draws the pictures; see 'speechface list'."""

    def options(self) -> dict[str, Any]:
        """The fields of a `render.shot.Shot`; `UserError` for what cannot be read."""
        found = re.fullmatch(r"\s*(\d{1,6})(?:\s*[xX*,]\s*(\d{1,6}))?\s*", self.size)
        if not found:
            raise UserError(f"--size takes pixels, as 512 or 1920x1080, not '{self.size}'")
        if self.turn_seconds is not None and not 0.0 < self.turn_seconds < 1e6:
            raise UserError(f"--turn-seconds takes a number of seconds, not {self.turn_seconds:g}")
        return {
            "size": (int(found[1]), int(found[2] or found[1])),
            "camera": self.camera.replace("-", "_"),
            "quality": self.quality,
            "renderer": self.renderer,
            "overlay": self.overlay,
            "turntable": self.turn_seconds or self.turntable,
            "background": self.background,
        }

    @property
    def usual(self) -> str:
        """The exporter of a video whose name was not given."""
        return "mov" if self.background == "transparent" else "mp4"

    def phones(self, sound: Path | None) -> list[Segment]:
        """Phones for the overlay from a label file beside a sound; none if there is no such file."""
        from data_prep.labels import find_labels, read_labels

        labels = find_labels(sound) if self.overlay and sound is not None else None
        return [] if labels is None else read_labels(labels)

    def chosen(self) -> list[str]:
        """Options that were given and mean nothing where no picture is drawn."""
        plain = Picture()
        names = ("camera", "quality", "background", "turntable", "turn_seconds", "overlay")
        return [f"--{name.replace('_', '-')}" for name in names if getattr(self, name) != getattr(plain, name)]
