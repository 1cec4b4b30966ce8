"""Put two or more saved animations side by side in one video.

Examples:
  speechface compare a.npz b.npz -o ab.mp4
  speechface compare old.npz new.npz -o both.mp4 --sound speech.wav --labels before,after --camera mouth
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from speechface.commands._picture import Picture
from speechface.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechface.animation import Animation


@dataclass(frozen=True)
class Arguments:
    """What to compare, and where the video goes."""

    animations: Annotated[
        tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="ANIMATION ...", help_behavior_hint="")
    ]
    """Animations (.npz) that speechface wrote."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="PATH")]
    """Video to write: .mp4 or .mov."""
    sound: Annotated[
        Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: what the animations belong to)")
    ] = None
    """Sound of the video."""
    labels: Annotated[
        str | None, tyro.conf.arg(metavar="NAMES", help_behavior_hint="(default: the names of the files)")
    ] = None
    """What stands above each animation, with commas between."""
    head: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: that of each rig)")] = None
    """Head to show them on; see 'speechface list'."""
    character: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: mira)")] = None
    """Who the open head is; see 'speechface list'."""
    picture: Annotated[Picture, tyro.conf.OmitArgPrefixes] = field(default_factory=Picture)
    """How videos look."""
    quiet: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(aliases=["-q"], help_behavior_hint="")] = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Write the video; the sound is the first one that an animation knows and that is there, if none is given."""
    from render import comparison
    from render.shot import Shot
    from render.sound import Sound
    from speechface import heads
    from speechface.animation import Animation
    from speechface.progress import bar

    files = arguments.animations
    if len(files) < 2:
        raise UserError("name at least two animations, for example: speechface compare a.npz b.npz -o ab.mp4")
    shot = Shot(**arguments.picture.options())
    labels = [file.stem for file in files] if arguments.labels is None else arguments.labels.split(",")
    if len(labels) != len(files):
        raise UserError(f"--labels has {len(labels)} names for {len(files)} animations")
    comparison.check(arguments.out, shot, len(files))
    clips = [Animation.load(file) for file in files]
    shown = [
        heads.load(heads.played_by(arguments.head or heads.default(clip.rig), arguments.character)) for clip in clips
    ]
    sound = arguments.sound or _sound_of(clips)
    track = None if sound is None else Sound.open(sound)
    with bar(f"writing {arguments.out}", arguments.quiet) as progress:
        comparison.write(
            arguments.out, clips, shown, [label.strip() for label in labels], shot, track,
            arguments.picture.phones(sound), progress,
        )  # fmt: skip
    if not arguments.quiet:
        print(arguments.out, flush=True)


def _sound_of(clips: Sequence[Animation]) -> Path | None:
    """The first sound that an animation remembers and that lies where it says."""
    return next((clip.audio for clip in clips if clip.audio is not None and clip.audio.is_file()), None)
