"""Animate a face from speech and an emotion: video, meshes or curves.

Examples:
  animate speech.wav --emotion sad                      speech-sad.mp4 in this folder
  animate talk.mp3 --emotion angry:0.6 -o out/talk.mp4 -o out/talk.npz
  animate speech.wav --emotion "happy:0.6,surprised:0.4"
  animate speech.wav --emotion "0 neutral; 1.5 sad:0.8; 3.2 angry"
  animate speech.wav --emotion sad --character otto     another person
  animate speech.wav --emotion sad --mesh obj -o meshes/
  animate a.wav b.wav --mesh npz -o out/
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from speechface.errors import UserError

if TYPE_CHECKING:
    from speechface.commands._targets import Target
    from speechface.emotion import Emotion


@dataclass(frozen=True)
class Arguments:
    """What to animate, how it feels, and where it goes."""

    sounds: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="SOUND ...", help_behavior_hint="")]
    """Recordings of speech: wav, flac, mp3, ogg, opus, m4a, ..., or videos with sound."""
    emotion: Annotated[str, tyro.conf.arg(aliases=["-e"], metavar="TEXT")] = "neutral"
    """neutral, happy, sad, surprised, fear, disgusted, angry or contempt; with a strength (sad:0.8), mixed
    (happy:0.6,surprised:0.4) or over time in seconds ("0 neutral; 1.5 sad:0.8; 3.2 angry")."""
    emotion_track: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None
    """A JSON file that says how the emotion changes over time, instead of --emotion; see docs/emotion.md."""
    out: Annotated[
        tuple[str, ...],
        tyro.conf.UseAppendAction,
        tyro.conf.arg(aliases=["-o"], metavar="PATH", help_behavior_hint="(may be given several times)"),
    ] = ()
    """File or folder to write. The ending of a file says what it is: a video (.mp4), meshes (.npz, .obj, .ply, .glb) or
    curves (.csv). Without this option, a video named after sound and emotion, in the current folder."""
    mesh: Annotated[
        Literal["npz", "obj", "ply"] | None, tyro.conf.arg(metavar="{npz,obj,ply}", help_behavior_hint="")
    ] = None
    """Write meshes instead of a video: all frames in one .npz file, or a folder with one .obj or .ply file a frame."""
    style: Annotated[int, tyro.conf.arg(metavar="NUMBER")] = 0
    """Speaking style, 0 to 31; 0 is the average speaker."""
    seed: Annotated[int, tyro.conf.arg(metavar="NUMBER")] = 0
    """Another number gives other blinks, glances and head movements."""
    fps: Annotated[
        float | None, tyro.conf.arg(metavar="NUMBER", help_behavior_hint="(default: 25, the model's own)")
    ] = None
    """Frames a second, 1 to 240."""
    size: Annotated[int, tyro.conf.arg(metavar="PIXELS")] = 512
    """Width and height of the video."""
    head: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the model's own)")] = None
    """Head to animate; see 'speechface list'."""
    character: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: mira)")] = None
    """Who the open head is: mira (30, Mediterranean), otto (65, northern European), amara (25, West African), jun (30,
    East Asian)."""
    model: Annotated[str, tyro.conf.arg(metavar="NAME")] = "emote"
    """Name of an engine, or folder of a trained model."""
    renderer: Annotated[str, tyro.conf.arg(metavar="NAME")] = "software"
    """What draws the video; see 'speechface list'."""
    device: Annotated[str, tyro.conf.arg(metavar="NAME")] = "cpu"
    """Where the nets run: cpu, cuda or mps."""
    still: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Leave out blinks, glances and head movements."""
    quiet: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(aliases=["-q"], help_behavior_hint="")] = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> int:
    """Animate every sound; one that cannot be used is named and the others go on. Returns the exit code."""
    from speechface import heads, plugins
    from speechface.api import engine
    from speechface.audio import load
    from speechface.commands._targets import targets
    from speechface.progress import bar

    if not arguments.sounds:
        raise UserError("name a sound file, for example: animate speech.wav --emotion sad")
    feeling = _feeling(arguments)
    places = targets(arguments.sounds, arguments.out, arguments.mesh, feeling.name)
    plugins.check("render.backends", arguments.renderer, "renderer")
    good = [_attempt(arguments, load.check, sound) for sound in arguments.sounds]
    if (arguments.head or arguments.character) and any(good):
        heads.load(heads.played_by(arguments.head or heads.default("flame"), arguments.character))
    if sum(good) > 1:  # what is wrong with the model is wrong for all, and said once
        with bar("loading", arguments.quiet):
            engine(arguments.model, arguments.device)
    for number, sound in enumerate(arguments.sounds):
        if good[number]:
            good[number] = _attempt(arguments, _animate, sound, places[number], arguments, feeling)
    return 0 if all(good) else 2


def _feeling(arguments: Arguments) -> Emotion:
    from speechface.emotion import Emotion

    if arguments.emotion_track is None:
        return Emotion.parse(arguments.emotion)
    if arguments.emotion != Arguments.emotion:
        raise UserError("give either --emotion or --emotion-track, not both")
    return Emotion.read(arguments.emotion_track)


def _attempt(arguments: Arguments, work: Callable[..., object], *given: object) -> bool:
    """Whether some work on one sound went well; if not, and there are other sounds to go on with, say why."""
    try:
        work(*given)
    except UserError as error:
        if len(arguments.sounds) == 1:
            raise
        print(f"animate: {error}", file=sys.stderr)
        return False
    return True


def _animate(sound: Path, places: list[Target], arguments: Arguments, feeling: Emotion) -> None:
    """Everything that is made of one sound."""
    from speechface.api import animate, export
    from speechface.commands._targets import place
    from speechface.progress import bar

    with bar(f"{sound.name}: listening", arguments.quiet) as progress:
        clip = animate(
            sound, feeling, arguments.model, arguments.style, arguments.seed, arguments.fps, arguments.device,
            alive=not arguments.still, progress=progress,
        )  # fmt: skip
    for path, kind in places:
        options = {"size": arguments.size, "renderer": arguments.renderer} if kind == "mp4" else {}
        with bar(f"{sound.name}: writing {place((path, kind))}", arguments.quiet) as progress:
            export(clip, path, arguments.head, kind, arguments.character, progress=progress, **options)
        if not arguments.quiet:
            print(place((path, kind)), flush=True)
