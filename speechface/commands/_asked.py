"""What `animate` is asked for: read, and whether it fits together, before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from speechface.errors import UserError

if TYPE_CHECKING:
    from speechface.animation import Animation
    from speechface.commands._targets import Target
    from speechface.commands.animate import Arguments
    from speechface.emotion import Emotion
    from speechface.liveliness import Liveliness


def check_text(arguments: Arguments) -> None:
    """Raise `UserError` where a text cannot be meant for these sounds."""
    if arguments.text is None:
        return
    if arguments.free_lips:
        raise UserError("--text is for the lips, and --free-lips lets them go; leave one of them out")
    if len(arguments.sounds) > 1 and not Path(arguments.text).is_dir():
        raise UserError("for several sounds, give --text a folder with a text named like each of them")


def feelings(arguments: Arguments) -> dict[str, Emotion]:
    """What is felt, by the name it has in a comparison; more than one only there."""
    from speechface.emotion import Emotion

    if arguments.compare is not None:
        if arguments.emotion != type(arguments).emotion or arguments.emotion_track is not None:
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
    if arguments.emotion != type(arguments).emotion:
        raise UserError("give either --emotion or --emotion-track, not both")
    return Emotion.read(arguments.emotion_track)


def folder_of(arguments: Arguments) -> str | None:
    """The exporter that --format, --mesh or --frames asks for."""
    asked = [kind for kind in ("png" if arguments.frames else None, arguments.format, arguments.mesh) if kind]
    if len(asked) > 1:
        raise UserError("give one of --frames, --format and --mesh")
    return asked[0] if asked else None


def check_pictures(arguments: Arguments, places: Sequence[Target], count: int) -> None:
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


def liveliness(arguments: Arguments) -> Liveliness | bool:
    """How alive the face is, and what it looks at."""
    from speechface import heads

    return arguments.alive.liveliness(
        arguments.picture, heads.played_by(arguments.head or heads.default("flame"), arguments.character)
    )


def edits(arguments: Arguments) -> dict[Path, Animation]:
    """The edited curves that belong to each sound; `UserError` where they are not there or nothing of them is to be kept."""
    import speechface as sf
    from speechface.locking import lock

    groups = locked(arguments)
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


def locked(arguments: Arguments) -> list[str]:
    """The names that --lock gives."""
    return [word.strip() for word in arguments.lock.split(",") if word.strip()]


def check_live(arguments: Arguments) -> None:
    """Raise `UserError` for a wire that is not one, and for work in processes, which would all speak at once."""
    if arguments.live is None:
        return
    from render.live._stream import Wire

    Wire.of(arguments.live).address()
    if arguments.jobs > 1:
        raise UserError("--live plays one line after the other; leave --jobs out")


def check_layers(arguments: Arguments, places: Sequence[Target]) -> None:
    """Raise `UserError` for layers where there can be none."""
    if not arguments.layers:
        return
    from render import layered
    from speechface import heads

    if arguments.compare is not None:
        raise UserError("--layers takes one emotion apart; leave --compare out")
    spec = heads.played_by(arguments.head or heads.default("flame"), arguments.character)
    layered.check([kind for _, kind in places], heads.load(spec))
