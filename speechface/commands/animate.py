"""Animate a face from speech and an emotion: video, meshes or curves.

Examples:
  animate speech.wav --emotion sad                      speech-sad.mp4 in this folder
  animate talk.mp3 --emotion angry:0.6 -o out/talk.mp4 -o out/talk.npz
  animate speech.wav --emotion "happy:0.6,surprised:0.4"
  animate speech.wav --emotion "0 neutral; 1.5 sad:0.8; 3.2 angry"
  animate speech.wav --emotion sad --character otto     another person
  animate speech.wav --emotion sad --mesh obj -o meshes/
  animate speech.wav --format unreal --fps 30           keys for a MetaHuman
  animate a.wav b.wav --mesh npz -o out/
  animate speech.wav --camera three_quarter --size 1920x1080 --quality final
  animate speech.wav --background transparent           speech-neutral.mov with alpha
  animate speech.wav --frames -o pictures/              a folder of .png
  animate speech.wav --compare neutral,happy,sad        side by side in one video
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from speechface.commands import _asked, _line
from speechface.commands._alive import Alive
from speechface.commands._keys import Keys
from speechface.commands._picture import Picture
from speechface.errors import UserError

if TYPE_CHECKING:
    from speechface.commands._batch import Line
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
    compare: Annotated[str | None, tyro.conf.arg(metavar="EMOTIONS", help_behavior_hint="(instead of --emotion)")] = (
        None
    )
    """Several emotions of each sound side by side in one video, with commas: neutral,happy,sad:0.5."""
    out: Annotated[
        tuple[str, ...],
        tyro.conf.UseAppendAction,
        tyro.conf.arg(aliases=["-o"], metavar="PATH", help_behavior_hint="(may be given several times)"),
    ] = ()
    """File or folder to write. The ending of a file says what it is: a video (.mp4, .mov), pictures (.png), meshes (.npz,
    .obj, .ply), a head that moves (.glb, .usda, .usdc, .usdz, .vrma), curves (.csv, .livelink.csv, .board.csv,
    .rigmapper.csv, .a2f.json, .flame.npz) or a script that keys them (.unreal.py, .maya.py, .blender.py); see
    docs/engines. Without this option, a video named after sound and emotion, in the current folder."""
    format: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: by the ending)")] = None
    """What to write where no ending says it, or an ending such as .csv could be several: npz, obj, ply, glb, usd, vrma, csv,
    livelink, board, rigmapper, unreal, maya, blender, a2f, flame, mov, ...; see 'speechface list'."""
    mesh: Annotated[
        Literal["npz", "obj", "ply", "glb", "csv"] | None,
        tyro.conf.arg(metavar="{npz,obj,ply,glb,csv}", help_behavior_hint=""),
    ] = None
    """The same as --format, for meshes: all frames in one .npz or .glb file, or a folder with one .obj or .ply file a frame."""
    keys: Annotated[Keys, tyro.conf.OmitArgPrefixes] = field(default_factory=Keys)
    """How curves are keyed."""
    frames: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Write a folder of .png pictures, one a frame, instead of a video."""
    style: Annotated[int, tyro.conf.arg(metavar="NUMBER")] = 0
    """Speaking style, 0 to 31; 0 is the average speaker."""
    seed: Annotated[int, tyro.conf.arg(metavar="NUMBER")] = 0
    """Another number gives other blinks, glances and head movements."""
    fps: Annotated[
        float | None,
        tyro.conf.arg(metavar="NUMBER", help_behavior_hint="(default: the model's own: emote 25, emoface 60)"),
    ] = None
    """Frames a second, 1 to 240; 23.976, 29.97 and 59.94 mean 24000/1001, 30000/1001 and 60000/1001."""
    picture: Annotated[Picture, tyro.conf.OmitArgPrefixes] = field(default_factory=Picture)
    """How videos and pictures look."""
    head: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the model's own)")] = None
    """Head to animate; see 'speechface list'."""
    character: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: mira)")] = None
    """Who the open head is: mira (30, Mediterranean), otto (65, northern European), amara (25, West African), jun (30,
    East Asian); with changes after commas if you like: otto,hair=jun,jawWidth=-0.5 (docs/head.md)."""
    model: Annotated[str, tyro.conf.arg(metavar="NAME")] = "emote"
    """Name of an engine, or folder of a trained model: emote moves FLAME's parameters, emoface the 174 controls of a MetaHuman
    face board."""
    device: Annotated[str, tyro.conf.arg(metavar="NAME")] = "cpu"
    """Where the nets run: cpu, cuda or mps."""
    alive: Annotated[Alive, tyro.conf.OmitArgPrefixes] = field(default_factory=Alive)
    """What the face does by itself."""
    layers: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Write speech, emotion, eyes and head as tracks of their own as well: in .glb and .unreal.* files, and beside .csv, .json
    and .npz files; see docs/layers.md."""
    text: Annotated[str | None, tyro.conf.arg(metavar="TEXT", help_behavior_hint="")] = None
    """What is said, in English, so that no p, b or m is missed: the words, or a .txt, .TextGrid, .phn or .lab file, or a
    folder of such files named like the sounds."""
    free_lips: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Leave the lips where the model puts them: p, b, m may stay open; see docs/lips.md."""
    edited: Annotated[
        Path | None, tyro.conf.arg(name="from", metavar="FILE", help_behavior_hint="(goes with --lock)")
    ] = None
    """Curves of an earlier run that somebody has edited (.npz, .csv, ...), or a folder of them named like the sounds; what
    --lock names stays as it is there, everything else is made anew. See docs/roundtrip.md."""
    lock: Annotated[str, tyro.conf.arg(metavar="GROUPS", help_behavior_hint="")] = ""
    """What is kept of --from, with commas: brows, lids, gaze, eyes, cheeks, nose, jaw, mouth, tongue, head, upper, lower, or
    names of controls (browInner*)."""
    live: Annotated[
        str | None, tyro.conf.arg(metavar="WIRE", help_behavior_hint="(then only files of -o are written)")
    ] = None
    """Send the motion in real time, with the sound: unreal (Live Link) or vmc (VRM avatars), also vmc@192.168.1.5:39540."""
    report: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None
    """Say in a .html or .json file what may be wrong with each clip, the worst first; see docs/reports.md."""
    jobs: Annotated[int, tyro.conf.arg(metavar="NUMBER")] = 1
    """Sounds worked on side by side, in processes of their own."""
    resume: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Leave out sounds whose files are there and newer than the sound: go on with a batch that was stopped."""
    quiet: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(aliases=["-q"], help_behavior_hint="")] = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> int:
    """Animate every sound; one that cannot be used is named and the others go on. Returns the exit code."""
    from speechface import heads, plugins
    from speechface.api import engine
    from speechface.audio import load
    from speechface.commands import _batch
    from speechface.commands._targets import targets
    from speechface.evaluation import report_page
    from speechface.progress import bar

    if not arguments.sounds:
        raise UserError("name a sound file, for example: animate speech.wav --emotion sad")
    _asked.check_text(arguments)
    _asked.liveliness(arguments)
    if arguments.report is not None:
        report_page.check(arguments.report)
    if arguments.jobs < 1:
        raise UserError(f"--jobs {arguments.jobs} is no number of processes; give 1 or more")
    feelings = _asked.feelings(arguments)
    name = "-".join(feeling.name for feeling in feelings.values())
    folder = _asked.folder_of(arguments)
    _asked.check_live(arguments)
    _asked.edits(arguments)
    places = (
        targets(arguments.sounds, arguments.out, folder, name, arguments.picture.usual)
        if arguments.out or folder or arguments.live is None
        else [[] for _ in arguments.sounds]
    )
    _asked.check_pictures(arguments, places[0], len(feelings))
    _asked.check_layers(arguments, places[0])
    exporters = [plugins.load("render.export", kind, "exporter") for _, kind in places[0]]
    arguments.keys.check(exporters, arguments.fps)
    good = [_attempt(arguments, load.check, sound) for sound in arguments.sounds]
    if (arguments.head or arguments.character) and any(good):
        heads.load(heads.played_by(arguments.head or heads.default("flame"), arguments.character))
    lines = [(sound, files) for sound, files, fine in zip(arguments.sounds, places, good, strict=True) if fine]
    reports: dict[str, Any] = {}
    if arguments.resume:
        said = None if arguments.report is None else report_page.read(arguments.report)
        lines, reports = [line for line in lines if not _batch.done(line, said, _line.made_with(arguments))], said or {}
    if len(lines) > 1 and arguments.jobs == 1:  # what is wrong with the model is wrong for all, and said once
        with bar("loading", arguments.quiet):
            engine(arguments.model, arguments.device)
    fine = (
        [_one(line, arguments, feelings, reports) for line in lines]
        if arguments.jobs == 1 or len(lines) < 2
        else (_side_by_side(lines, arguments, feelings, reports))
    )
    if arguments.report is not None and reports:
        report_page.write(arguments.report, reports)
        if not arguments.quiet:
            print(arguments.report, flush=True)
    return 0 if all(good) and all(fine) else 2


def _one(line: Line, arguments: Arguments, feelings: dict[str, Emotion], reports: dict[str, Any]) -> bool:
    """Work on one sound here; whether it went well."""
    return _attempt(arguments, lambda: reports.update(_line.noted(_line.make(*line, arguments, feelings), arguments)))


def _side_by_side(
    lines: list[Line], arguments: Arguments, feelings: dict[str, Emotion], reports: dict[str, Any]
) -> list[bool]:
    """Work on many sounds in processes, and print what they would have printed here."""
    from speechface.commands import _batch
    from speechface.commands._targets import place
    from speechface.progress import bar

    fine = []
    work = functools.partial(_apart, arguments=replace(arguments, quiet=True), feelings=feelings)
    with bar(f"{len(lines)} sounds", arguments.quiet) as progress:
        for (_, targets), (message, found) in _batch.spread(work, lines, arguments.jobs):
            reports |= _line.noted(found, arguments)
            fine.append(message is None)
            progress(len(fine) / len(lines))
            if message is not None:
                print(f"animate: {message}", file=sys.stderr)
            elif not arguments.quiet:
                print(*(place(target) for target in targets), sep="\n", flush=True)
    return fine


def _apart(line: Line, arguments: Arguments, feelings: dict[str, Emotion]) -> tuple[str | None, dict[str, Any]]:
    """Work on one sound in a process of its own: what went wrong, if something did, and the reports."""
    try:
        return None, _line.make(*line, arguments, feelings)
    except UserError as error:
        return str(error), {}


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
