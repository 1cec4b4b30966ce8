"""Write a saved or edited animation as any file, on any head: the way from an edit to every engine.

Examples:
  speechface export edited.csv line.glb
  speechface export take.npz out/line.unreal.py out/line.usda --reduce 0.005 --timecode 01:00:00:00
  speechface export edited.csv line.mp4 --sound line.wav --character otto --camera three_quarter
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import tyro

from speechface.commands._keys import Keys
from speechface.commands._picture import Picture


@dataclass(frozen=True)
class Arguments:
    """What to write, and as what."""

    animation: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="ANIMATION", help_behavior_hint="")]
    """Animation: an .npz of speechface, or curves in a file that `speechface.load` reads (.csv, .json, ...)."""
    out: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE ...", help_behavior_hint="")]
    """Files to write; their endings say what they are: .mp4, .glb, .usda, .unreal.py, .livelink.csv, ..."""
    format: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: by the ending)")] = None
    """Exporter of a file whose ending several have; see 'speechface list'."""
    head: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the rig's own)")] = None
    """Head to put it on; see 'speechface list'."""
    character: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: mira)")] = None
    """Who the open head is."""
    fps: Annotated[float | None, tyro.conf.arg(metavar="NUMBER", help_behavior_hint="(default: as it is)")] = None
    """Frames a second, 1 to 240."""
    sound: Annotated[
        Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: what the animation belongs to)")
    ] = None
    """Sound that goes along."""
    keys: Annotated[Keys, tyro.conf.OmitArgPrefixes] = field(default_factory=Keys)
    """How curves are keyed."""
    picture: Annotated[Picture, tyro.conf.OmitArgPrefixes] = field(default_factory=Picture)
    """How videos and pictures look."""
    quiet: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(aliases=["-q"], help_behavior_hint="")] = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Check everything first, then write file by file."""
    import speechface as sf
    from speechface import plugins
    from speechface.api import exporter_for
    from speechface.errors import UserError
    from speechface.progress import bar

    if not arguments.out:
        raise UserError("name a file to write, for example: speechface export edited.csv line.glb")
    if arguments.fps is not None and not 1 <= arguments.fps <= 240:
        raise UserError(f"--fps {arguments.fps:g} is not between 1 and 240")
    if arguments.sound is not None and not arguments.sound.is_file():
        raise UserError(f"no such sound file: {arguments.sound}")
    kinds = [exporter_for(path, arguments.format) for path in arguments.out]
    exporters = [plugins.load("render.export", kind, "exporter") for kind in kinds]
    arguments.keys.check(exporters, arguments.fps)
    if not any(hasattr(one, "shot") for one in exporters) and arguments.picture.chosen():
        raise UserError(f"{arguments.picture.chosen()[0]} is for pictures, and none of these files is one")
    if any(path.resolve() == arguments.animation.resolve() for path in arguments.out):
        raise UserError(f"{arguments.animation} is the input and would be overwritten; choose another name")
    clip = sf.load(arguments.animation)
    clip = clip if arguments.fps is None else clip.resample(arguments.fps)
    clip = clip if arguments.sound is None else replace(clip, audio=arguments.sound)
    for path, kind, exporter in zip(arguments.out, kinds, exporters, strict=True):
        options = arguments.keys.options(exporter)
        if hasattr(exporter, "shot"):
            options |= {**arguments.picture.options(), "phones": arguments.picture.phones(clip.audio)}
        with bar(f"writing {path}", arguments.quiet) as progress:
            sf.export(clip, path, arguments.head, kind, arguments.character, progress=progress, **options)
        if not arguments.quiet:
            print(path, flush=True)
