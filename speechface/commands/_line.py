"""Everything that `animate` makes of one sound: motion, files, a stream, and what there is to say of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechface.commands import _asked

if TYPE_CHECKING:
    from speechface.animation import Animation
    from speechface.commands._targets import Target
    from speechface.commands.animate import Arguments
    from speechface.emotion import Emotion


def make(
    sound: Path, places: list[Target], arguments: Arguments, feelings: dict[str, Emotion]
) -> dict[str, dict[str, Any]]:
    """Make everything of one sound; what there is to say of it, by clip, if a report is wanted."""
    from speechface.api import animate
    from speechface.commands._targets import place
    from speechface.layers import stages
    from speechface.locking import lock
    from speechface.progress import bar

    how = options(arguments)
    made: dict[str, Animation] = {}
    with bar(f"{sound.name}: listening", arguments.quiet) as progress:
        if arguments.layers:
            made = stages(sound, next(iter(feelings.values())), progress=progress, **how)
            clips = {name: list(made.values())[-1] for name in feelings}
        else:
            clips = {name: animate(sound, feeling, progress=progress, **how) for name, feeling in feelings.items()}
    if arguments.edited is not None:
        edited = _asked.edits(replace(arguments, sounds=(sound,)))[sound]
        clips = {name: lock(clip, edited, _asked.locked(arguments)) for name, clip in clips.items()}
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
    about = {"sound_file": str(sound), "made_with": made_with(arguments)}
    return {
        f"{sound} {name}".strip(): _reported(clip, feelings[name], arguments, sound) | about
        for name, clip in clips.items()
    }


def options(arguments: Arguments) -> dict[str, Any]:
    """The options of `speechface.animate`."""
    return {
        "model": arguments.model, "style": arguments.style, "seed": arguments.seed, "device": arguments.device,
        "fps": 60.0 if arguments.live and arguments.fps is None else arguments.fps, "alive": _asked.liveliness(arguments),
        "lips": not arguments.free_lips, "text": arguments.text,
    }  # fmt: skip


def made_with(arguments: Arguments) -> str:
    """A short name of the options that a clip depends on."""
    from speechface.commands import _batch

    free = ("sounds", "out", "report", "jobs", "resume", "quiet", "device")
    return _batch.digest({name: value for name, value in vars(arguments).items() if name not in free})


def noted(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
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
    how = options(arguments) | {"lips": False, "text": None}
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
    from speechface import heads, plugins

    if not layered.has(kind):
        return []
    exporter, head = plugins.load("render.export", kind, "exporter"), None
    if not hasattr(exporter, "RIG"):
        spec = arguments.head or heads.default(next(iter(made.values())).rig)
        head = heads.load(heads.played_by(spec, arguments.character))
    return layered.write(made, path, kind, head, **arguments.keys.options(exporter))
