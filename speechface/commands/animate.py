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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from speechface.commands._alive import Alive
from speechface.commands._keys import Keys
from speechface.commands._picture import Picture
from speechface.errors import UserError

if TYPE_CHECKING:
    from speechface.animation import Animation
    from speechface.commands._batch import Line
    from speechface.commands._targets import Target
    from speechface.emotion import Emotion
    from speechface.liveliness import Liveliness


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
    """Write speech, emotion, eyes and head as tracks of their own as well: in .glb files, and beside .csv and .npz files; see
    docs/layers.md."""
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
    _check_text(arguments)
    _liveliness(arguments)
    if arguments.report is not None:
        report_page.check(arguments.report)
    if arguments.jobs < 1:
        raise UserError(f"--jobs {arguments.jobs} is no number of processes; give 1 or more")
    feelings = _feelings(arguments)
    name = "-".join(feeling.name for feeling in feelings.values())
    folder = _folder_of(arguments)
    _check_live(arguments)
    _edits(arguments)
    places = (
        targets(arguments.sounds, arguments.out, folder, name, arguments.picture.usual)
        if arguments.out or folder or arguments.live is None
        else [[] for _ in arguments.sounds]
    )
    _check_pictures(arguments, places[0], len(feelings))
    _check_layers(arguments, places[0])
    exporters = [plugins.load("render.export", kind, "exporter") for _, kind in places[0]]
    arguments.keys.check(exporters, arguments.fps)
    good = [_attempt(arguments, load.check, sound) for sound in arguments.sounds]
    if (arguments.head or arguments.character) and any(good):
        heads.load(heads.played_by(arguments.head or heads.default("flame"), arguments.character))
    lines = [(sound, files) for sound, files, fine in zip(arguments.sounds, places, good, strict=True) if fine]
    reports: dict[str, Any] = {}
    if arguments.resume:
        said = None if arguments.report is None else report_page.read(arguments.report)
        lines, reports = [line for line in lines if not _batch.done(line, said, _made_with(arguments))], said or {}
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
    return _attempt(arguments, lambda: reports.update(_noted(_animate(*line, arguments, feelings), arguments)))


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
            reports |= _noted(found, arguments)
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
        return None, _animate(*line, arguments, feelings)
    except UserError as error:
        return str(error), {}


def _check_text(arguments: Arguments) -> None:
    """Raise `UserError` where a text cannot be meant for these sounds."""
    if arguments.text is None:
        return
    if arguments.free_lips:
        raise UserError("--text is for the lips, and --free-lips lets them go; leave one of them out")
    if len(arguments.sounds) > 1 and not Path(arguments.text).is_dir():
        raise UserError("for several sounds, give --text a folder with a text named like each of them")


def _feelings(arguments: Arguments) -> dict[str, Emotion]:
    """What is felt, by the name it has in a comparison; more than one only there."""
    from speechface.emotion import Emotion

    if arguments.compare is not None:
        if arguments.emotion != Arguments.emotion or arguments.emotion_track is not None:
            raise UserError("--compare takes the place of --emotion and --emotion-track; leave them out")
        found = {word.strip(): Emotion.parse(word) for word in arguments.compare.split(",")}
        if len(found) < 2:
            raise UserError("--compare takes at least two different emotions, as neutral,happy,sad")
        return found
    return {"": _feeling(arguments)}


def _feeling(arguments: Arguments) -> Emotion:
    from speechface.emotion import Emotion

    if arguments.emotion_track is None:
        return Emotion.parse(arguments.emotion)
    if arguments.emotion != Arguments.emotion:
        raise UserError("give either --emotion or --emotion-track, not both")
    return Emotion.read(arguments.emotion_track)


def _folder_of(arguments: Arguments) -> str | None:
    """The exporter that --format, --mesh or --frames asks for."""
    asked = [kind for kind in ("png" if arguments.frames else None, arguments.format, arguments.mesh) if kind]
    if len(asked) > 1:
        raise UserError("give one of --frames, --format and --mesh")
    return asked[0] if asked else None


def _check_pictures(arguments: Arguments, places: Sequence[Target], count: int) -> None:
    """Raise `UserError` for options of pictures that cannot be had, before any listening is done."""
    from render import comparison
    from render.shot import Shot
    from speechface import plugins

    shot = Shot(**arguments.picture.options())
    drawn = False
    for path, kind in places:
        exporter = plugins.load("render.export", kind, "exporter")
        if arguments.compare is not None:
            comparison.check(path, shot, count)
        elif hasattr(exporter, "shot"):
            exporter.shot(**arguments.picture.options())
        drawn = drawn or hasattr(exporter, "shot")
    if not drawn and arguments.picture.chosen():
        raise UserError(
            f"{arguments.picture.chosen()[0]} is for pictures, and "
            f"{places[0][0].name if places else '--live'} has none; add -o with a .mp4 file"
        )


def _liveliness(arguments: Arguments) -> Liveliness | bool:
    """How alive the face is, and what it looks at."""
    from speechface import heads

    return arguments.alive.liveliness(
        arguments.picture, heads.played_by(arguments.head or heads.default("flame"), arguments.character)
    )


def _edits(arguments: Arguments) -> dict[Path, Animation]:
    """The edited curves that belong to each sound; `UserError` where they are not there or nothing of them is to be kept."""
    import speechface as sf
    from speechface.locking import lock

    groups = _locked(arguments)
    if (arguments.edited is None) != (not groups):
        raise UserError("--from names edited curves and --lock what is kept of them (brows,eyes); give both")
    if arguments.edited is None:
        return {}
    if arguments.layers:
        raise UserError("--layers takes a made performance apart; leave --from out")
    found = {}
    for sound in arguments.sounds:
        path = arguments.edited
        if path.is_dir():
            mine = sorted(
                one for one in path.iterdir() if one.stem == sound.stem and one.suffix in (".npz", ".csv", ".json")
            )
            if not mine:
                raise UserError(f"{path} holds no curves for {sound.name}; give {sound.stem}.csv or .npz")
            path = mine[0]
        elif len(arguments.sounds) > 1:
            raise UserError("for several sounds, give --from a folder with curves named like each of them")
        found[sound] = sf.load(path)
        lock(found[sound], found[sound], groups)  # names that are not there are said before anything is made
    return found


def _locked(arguments: Arguments) -> list[str]:
    return [word.strip() for word in arguments.lock.split(",") if word.strip()]


def _check_live(arguments: Arguments) -> None:
    """Raise `UserError` for a wire that is not one, and for work in processes, which would all speak at once."""
    if arguments.live is None:
        return
    from render.live._stream import Wire

    Wire.of(arguments.live).address()
    if arguments.jobs > 1:
        raise UserError("--live plays one line after the other; leave --jobs out")


def _check_layers(arguments: Arguments, places: Sequence[Target]) -> None:
    """Raise `UserError` for layers where there can be none."""
    if not arguments.layers:
        return
    from render import layered
    from speechface import heads

    if arguments.compare is not None:
        raise UserError("--layers takes one emotion apart; leave --compare out")
    spec = heads.played_by(arguments.head or heads.default("flame"), arguments.character)
    layered.check([kind for _, kind in places], heads.load(spec))


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


def _animate(
    sound: Path, places: list[Target], arguments: Arguments, feelings: dict[str, Emotion]
) -> dict[str, dict[str, Any]]:
    """Make everything of one sound; what there is to say of it, by clip, if a report is wanted."""
    from speechface.api import animate
    from speechface.commands._targets import place
    from speechface.layers import stages
    from speechface.locking import lock
    from speechface.progress import bar

    how = _how(arguments)
    made: dict[str, Animation] = {}
    with bar(f"{sound.name}: listening", arguments.quiet) as progress:
        if arguments.layers:
            made = stages(sound, next(iter(feelings.values())), progress=progress, **how)
            clips = {name: list(made.values())[-1] for name in feelings}
        else:
            clips = {name: animate(sound, feeling, progress=progress, **how) for name, feeling in feelings.items()}
    if arguments.edited is not None:
        edited = _edits(replace(arguments, sounds=(sound,)))[sound]
        clips = {name: lock(clip, edited, _locked(arguments)) for name, clip in clips.items()}
    if not next(iter(clips.values())).about.get("text", {"used": True})["used"]:
        print(f"animate: the text is not what {sound.name} says; lips follow the sound alone", file=sys.stderr)
    for path, kind in places:
        with bar(f"{sound.name}: writing {place((path, kind))}", arguments.quiet) as progress:
            _write(clips, sound, path, kind, arguments, progress)
            more = _write_layers(made, path, kind, arguments) if made else []
        if not arguments.quiet:
            print(place((path, kind)), *more, sep="\n", flush=True)
    if arguments.live is not None:
        from render.commands.live import play
        from render.live._stream import Wire

        for clip in clips.values():
            play(clip, Wire.of(arguments.live), sound, "speechface", arguments.quiet)
    if arguments.report is None:
        return {}
    about = {"sound_file": str(sound), "made_with": _made_with(arguments)}
    return {
        f"{sound} {name}".strip(): _reported(clip, feelings[name], arguments, sound) | about
        for name, clip in clips.items()
    }


def _how(arguments: Arguments) -> dict[str, Any]:
    """The options of `speechface.animate`."""
    return {
        "model": arguments.model, "style": arguments.style, "seed": arguments.seed, "device": arguments.device,
        "fps": 60.0 if arguments.live and arguments.fps is None else arguments.fps, "alive": _liveliness(arguments),
        "lips": not arguments.free_lips, "text": arguments.text,
    }  # fmt: skip


def _made_with(arguments: Arguments) -> str:
    """A short name of the options that a clip depends on."""
    from speechface.commands import _batch

    free = ("sounds", "out", "report", "jobs", "resume", "quiet", "device")
    return _batch.digest({name: value for name, value in vars(arguments).items() if name not in free})


def _noted(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Reports, put down beside the report that will be, so that they outlive a batch that is stopped."""
    from speechface.evaluation import report_page

    if found and arguments.report is not None and len(arguments.sounds) > 1:
        report_page.note(arguments.report, found)
    return found


def _reported(clip: Animation, feeling: Emotion, arguments: Arguments, sound: Path) -> dict[str, Any]:
    """The report on a clip, on the face that shows it, by the phones in a label file beside the sound if there is one."""
    from data_prep.labels import find_labels, read_labels
    from speechface import conversion, heads
    from speechface.api import animate
    from speechface.audio import load
    from speechface.evaluation.report import report

    labels = find_labels(sound)
    segments = read_labels(labels) if labels else None
    how = _how(arguments) | {"lips": False, "text": None}
    free = None if arguments.free_lips else animate(sound, feeling, **how)
    head = heads.load(heads.default(clip.rig))
    alone = None if free is None else conversion.on(free, head)
    return report(conversion.on(clip, head), load.read(sound), head, segments, alone)


def _write(
    clips: dict[str, Animation],
    sound: Path,
    path: Path,
    kind: str,
    arguments: Arguments,
    progress: Callable[[float], None],
) -> None:
    """One file of what was made of a sound."""
    from render import comparison
    from render.shot import Shot
    from render.sound import Sound
    from speechface import heads, plugins
    from speechface.api import export

    clip = next(iter(clips.values()))
    picture = arguments.picture.options()
    if arguments.compare is not None:
        shown = heads.load(heads.played_by(arguments.head or heads.default(clip.rig), arguments.character))
        phones = arguments.picture.phones(sound)
        comparison.write(
            path,
            list(clips.values()),
            [shown] * len(clips),
            list(clips),
            Shot(**picture),
            Sound.open(sound),
            phones,
            progress,
        )
    else:
        exporter = plugins.load("render.export", kind, "exporter")
        options = arguments.keys.options(exporter)
        if hasattr(exporter, "shot"):
            options |= {"phones": arguments.picture.phones(sound), **picture}
        export(clip, path, arguments.head, kind, arguments.character, progress=progress, **options)


def _write_layers(made: dict[str, Animation], path: Path, kind: str, arguments: Arguments) -> list[Path]:
    """The layers of a file that is written; returns the files that came to be beside it."""
    from render import layered
    from speechface import heads

    if kind not in layered.KINDS:
        return []
    spec = arguments.head or heads.default(next(iter(made.values())).rig)
    return layered.write(made, path, kind, heads.load(heads.played_by(spec, arguments.character)))
