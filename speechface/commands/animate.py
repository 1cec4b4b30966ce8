"""Animate a face from speech and an emotion: video, meshes or curves.

Examples:
  animate speech.wav --emotion sad                      speech-sad.mp4 in this folder
  animate talk.mp3 --emotion angry:0.6 -o out/talk.mp4 -o out/talk.npz
  animate speech.wav --emotion "happy:0.6,surprised:0.4"
  animate speech.wav --emotion "0 neutral; 1.5 sad:0.8; 3.2 angry"
  animate speech.wav --emotion sad --mesh obj -o meshes/
  animate a.wav b.wav --mesh npz -o out/
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from speechface.errors import UserError

if TYPE_CHECKING:
    from speechface.emotion import Emotion


@dataclass(frozen=True)
class Arguments:
    """What to animate, how it feels, and where it goes."""

    sounds: tyro.conf.Positional[tuple[Path, ...]]
    """Sound or video files with speech."""
    emotion: Annotated[str, tyro.conf.arg(aliases=["-e"])] = "neutral"
    """neutral, happy, sad, surprised, fear, disgusted, angry or contempt; with a strength (sad:0.8), mixed
    (happy:0.6,surprised:0.4) or over time in seconds ("0 neutral; 1.5 sad:0.8; 3.2 angry")."""
    emotion_track: Path | None = None
    """A JSON file with the emotion over time instead; see docs/emotion.md."""
    out: Annotated[tuple[str, ...], tyro.conf.arg(aliases=["-o"]), tyro.conf.UseAppendAction] = ()
    """File or folder to write; may be given several times. The ending chooses the kind of file."""
    mesh: Literal["npz", "obj", "ply"] | None = None
    """Write meshes, one a frame, instead of a video."""
    style: int = 0
    """Speaking style, 0 to 31; 0 is the average speaker."""
    seed: int = 0
    """Seed of blinks, gaze and head motion."""
    fps: float | None = None
    """Frames a second; the model's own, 25, by default."""
    size: int = 512
    """Width and height of the video in pixels."""
    head: str | None = None
    """Head to animate, the open head by default; see 'speechface list'."""
    model: str = "emote"
    """Engine, or the folder of a trained model."""
    renderer: str = "software"
    """Renderer of the video; see 'speechface list'."""
    device: str = "cpu"
    """Device of the nets: cpu, cuda, mps."""
    still: bool = False
    """Leave out blinks, gaze and head motion."""
    quiet: Annotated[bool, tyro.conf.arg(aliases=["-q"])] = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> int:
    """Animate every sound; one that cannot be used is named and the others go on. Returns the exit code."""
    from speechface.emotion import Emotion

    feeling = Emotion.read(arguments.emotion_track) if arguments.emotion_track else Emotion.parse(arguments.emotion)
    if not arguments.sounds:
        raise UserError("name a sound file, for example: animate speech.wav --emotion sad")
    jobs = [(sound, _targets(sound, arguments, feeling)) for sound in arguments.sounds]
    failed = 0
    for sound, targets in jobs:
        try:
            _animate(sound, targets, arguments, feeling)
        except UserError as error:
            if len(jobs) == 1:
                raise
            failed += 1
            print(f"animate: {error}", file=sys.stderr)
    return 2 if failed else 0


def _animate(sound: Path, targets: list[tuple[Path, str | None]], arguments: Arguments, feeling: Emotion) -> None:
    from speechface.api import animate, export
    from speechface.progress import bar

    with bar(f"{sound.name}: listening", arguments.quiet) as advance:
        clip = animate(
            sound, feeling, arguments.model, arguments.style, arguments.seed, arguments.fps, arguments.device,
            alive=not arguments.still, progress=advance,
        )  # fmt: skip
    for path, kind in targets:
        with bar(f"{sound.name}: writing {path.name or path}", arguments.quiet) as advance:
            options = {"size": arguments.size, "renderer": arguments.renderer} if kind == "mp4" else {}
            export(clip, path, arguments.head, kind, **options)
        if not arguments.quiet:
            print(path)


def _targets(sound: Path, arguments: Arguments, feeling: Emotion) -> list[tuple[Path, str | None]]:
    """Files to write for one sound, each with the exporter that writes it; wrong endings are noticed before any work."""
    from speechface.api import exporter_for

    kinds = {"npz": "npz", "obj": "obj", "ply": "ply", None: "mp4"}
    kind = kinds[arguments.mesh]
    several = len(arguments.sounds) > 1
    if not arguments.out:
        name = f"{sound.stem}-{feeling.name}"
        return [(Path(name) if kind in ("obj", "ply") else Path(f"{name}.{kind}"), kind)]
    targets: list[tuple[Path, str | None]] = []
    for out in arguments.out:
        path = Path(out)
        folder = out.endswith(("/", "\\")) or path.is_dir() or not path.suffix
        if folder and kind in ("obj", "ply"):
            targets.append((path / sound.stem if several else path, kind))
        elif folder:
            targets.append((path / f"{sound.stem}.{kind}", kind))
        elif several:
            raise UserError(f"several sounds cannot all go to the file {out}; give a folder: -o {path.stem}/")
        else:
            targets.append((path, arguments.mesh or exporter_for(path)))
    return targets
