"""Performances: sound with motion that somebody has already, in whatever form, becomes a clip folder to train on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from data_prep import cards, rights, vertex_motion
from data_prep.clip_folder import RATE, SPLITS, Clip, write_index
from data_prep.phone_table import write_phones
from data_prep.recorded import split_of
from data_prep.recording import Recording
from speechface import conversion, heads, metahuman, readers
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.evaluation.vertex_file import holds_vertices
from speechface.files import writing
from speechface.heads import Head
from speechface.heads._flame_head import FlameHead
from speechface.heads.flame import OpenFlame
from speechface.visemes import Segment

FEW = 5
"""Speakers below which clips are held out, not speakers."""
APART = 1.0
"""Seconds by which sound and motion may differ; what is longer is cut."""
SHORTEST = 1.0
"""Seconds of the shortest clip."""


@dataclass(frozen=True)
class Performed(Clip):
    """A clip with motion. style: the number of its speaker among those that are trained on. motion: the file it came from."""

    style: int = 0
    motion: str = ""


@dataclass(frozen=True)
class Wanted:
    """How motion is wanted: on a head that moves by FLAME's parameters, at `fps`; pieces of `longest` seconds at most.

    source: spec of the head that FLAME parameters or vertices in the files are of, where it is not `head`. told_fps: frames
    a second of files that do not say it.
    """

    head: str = "flame"
    fps: float = 25.0
    longest: float = 15.0
    source: str | None = None
    told_fps: float | None = None


def collect(
    out: str | Path,
    recordings: Sequence[Recording],
    root: Path,
    wanted: Wanted,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[list[Performed], dict[str, str]]:
    """Write a clip folder; its clips, and why recordings were left out, by their names.

    The motion of a sound is the file of its name under `root` (see `motion_files`). Raises `UserError` if nothing is left.
    """
    out, head = Path(out), heads.load(wanted.head)
    _check_head(head)
    files = motion_files(root)
    made: list[Performed] = []
    left: dict[str, str] = {}
    for number, recording in enumerate(recordings):
        try:
            made += _pieces(out, recording, files, head, wanted)
        except UserError as error:
            left[recording.name] = str(error)
        progress((number + 1) / len(recordings))
    if not made:
        name, why = next(iter(left.items()), ("", "there are no recordings"))
        raise UserError(f"{root}: no recording could be used; {name}: {why}")
    clips, by = _split(made, recordings)
    write_index(out, clips, cards.of_performed(clips, left, by), by)
    return clips, left


def motion_files(root: Path) -> dict[str, list[Path]]:
    """Files under a folder that may hold motion, by the lower-case stem of their name; arrays before tables."""
    endings = readers.suffixes() | {".npy"}
    found: dict[str, list[Path]] = {}
    for path in sorted(root.rglob("*"), key=lambda path: (path.suffix.lower() not in (".npz", ".npy"), path)):
        if path.suffix.lower() in endings and path.stem.lower() != "metadata":
            found.setdefault(path.stem.lower(), []).append(path)
    return found


def motion(path: Path, head: Head, wanted: Wanted) -> Animation:
    """The motion in a file, as parameters of a FLAME face; `UserError` if it is none, of a MetaHuman, or of another head."""
    if path.suffix.lower() == ".csv" and any(map(metahuman.curve, _first_line(path).split(","))):
        raise UserError(metahuman.REASON)
    if path.suffix.lower() == ".npy" or holds_vertices(path):
        source = heads.load(wanted.source or wanted.head)
        vertices, fps = _vertices(path, wanted.told_fps)
        source = _same_mesh(source, vertices.shape[1])
        found = Animation(vertex_motion.parameters(vertices, source), source.rig.names, fps, source.rig.name)
    else:
        found = readers.read(path)
        if found.about.get("fps") == "assumed" and wanted.told_fps:
            found = replace(found, fps=wanted.told_fps)
    if found.rig == head.rig.name:
        return replace(found, controls=found.columns(head.rig.names), names=head.rig.names)
    if found.rig == "flame_file":
        source = heads.load(wanted.source or wanted.head)
        if not isinstance(source, FlameHead) or not isinstance(head, OpenFlame):
            raise UserError(f"{path.name} is for a FLAME file; name it with --source flame:/path/to/FLAME.pkl")
        controls = vertex_motion.from_flame(found.columns(source.rig.names), source, head)
    else:
        controls = conversion.controls(replace(found, about={}), head)
    return replace(found, controls=controls, names=head.rig.names, rig=head.rig.name)


def _first_line(path: Path) -> str:
    """The names of a table's columns, if it has any."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        return file.readline()


def _pieces(
    out: Path, recording: Recording, files: dict[str, list[Path]], head: Head, wanted: Wanted
) -> Iterable[Performed]:
    """Write the clips of one recording."""
    refused = rights.refusal(recording, asserted=True)
    if refused:
        raise UserError(refused)
    if not isinstance(recording.audio, Path):
        raise UserError("its sound is no file")
    same = files.get(recording.audio.stem.lower(), [])
    near = [path for path in same if path.parent == recording.audio.parent] or same
    if not near:
        raise UserError(f"there is no motion file of the name {recording.audio.stem}")
    moved, why = None, ""
    for path in near:
        try:
            moved = motion(path, head, wanted)
            break
        except UserError as error:
            why = why or str(error)
    if moved is None:
        raise UserError(why)
    samples = recording.samples()
    if abs(len(samples) / RATE - moved.duration) > APART:
        raise UserError(f"its motion lasts {moved.duration:.2f} s, its sound {len(samples) / RATE:.2f} s")
    frames = int(min(len(samples) / RATE, moved.duration) * wanted.fps)
    moved = moved.resample(wanted.fps, frames)
    cuts = [round(second * wanted.fps) for second in _cuts(samples, frames / wanted.fps, wanted.longest)]
    pieces = []
    for number, (first, last) in enumerate(pairwise(cuts)):
        if last - first < SHORTEST * wanted.fps:
            continue
        name = recording.name if len(cuts) == 2 else f"{recording.name}-{number:03d}"
        start, end = first / wanted.fps, last / wanted.fps
        _write(out, name, samples[round(start * RATE) : round(end * RATE)], moved, slice(first, last), recording, start)
        emotion = recording.emotion
        if emotion and recording.intensity is not None:
            emotion = f"{emotion}:{recording.intensity:g}"
        pieces.append(
            Performed(
                name, recording.speaker, recording.language, recording.text or "" if len(cuts) == 2 else "",
                round(end - start, 4), recording.source, recording.licence, recording.split or "", None, emotion,
                motion=path.name,
            )
        )  # fmt: skip
    if not pieces:
        raise UserError(f"it is shorter than {SHORTEST:g} s")
    return pieces


def _write(
    out: Path, name: str, samples: np.ndarray, moved: Animation, span: slice, recording: Recording, start: float
) -> None:
    with writing(out / name) as part:
        part.mkdir()
        soundfile.write(part / "audio.wav", samples, RATE, subtype="PCM_16")
        controls = moved.controls[span]
        np.savez_compressed(part / "motion.npz", controls=controls, names=np.array(moved.names), fps=moved.fps,
                            valid=np.ones(len(controls), dtype=bool), rig=moved.rig)  # fmt: skip
        if recording.segments:
            end = start + len(samples) / RATE
            inside = [one for one in recording.segments if one.end > start and one.start < end]
            shifted = [
                Segment(max(one.start, start) - start, min(one.end, end) - start, one.phone, one.viseme)
                for one in inside
            ]
            write_phones(part / "phones.tsv", shifted)


def _cuts(samples: np.ndarray, seconds: float, longest: float) -> list[float]:
    """Times from 0 to the end between which pieces lie, each cut at the quietest place of the later half of a piece."""
    cuts, window = [0.0], RATE // 10
    power = np.square(samples[: len(samples) // window * window].reshape(-1, window)).mean(axis=1)
    while seconds - cuts[-1] > longest:
        low, high = cuts[-1] + 0.5 * longest, min(cuts[-1] + longest, seconds - SHORTEST)
        part = power[int(low * 10) : max(int(high * 10), int(low * 10) + 1)]
        cuts.append(low + 0.05 + 0.1 * int(part.argmin()) if len(part) else low)
    return [*cuts, seconds]


def _split(made: Sequence[Performed], recordings: Sequence[Recording]) -> tuple[list[Performed], str]:
    """The clips with their splits and styles, and whether speakers or clips are held out."""
    speakers = sorted({clip.speaker for clip in made})
    said: dict[str, Counter[str]] = {}
    for recording in recordings:
        if recording.split in SPLITS:
            said.setdefault(recording.speaker, Counter())[recording.split] += 1
    if len(speakers) < FEW and not said:
        ordered = sorted(made, key=lambda clip: clip.name)
        places = {clip.name: place for place, clip in enumerate(ordered)}
        turns = {4: "validation", 9: "test"} if len(made) >= 10 else {1: "validation", 2: "test"}
        style = {speaker: number for number, speaker in enumerate(speakers)}
        return [
            replace(clip, split=turns.get(places[clip.name] % 10, "train"), style=style[clip.speaker]) for clip in made
        ], "clip"
    splits = {who: said[who].most_common(1)[0][0] if who in said else split_of(who) for who in speakers}
    if not said:  # the draw may have left somebody out
        for split in ("validation", "test"):
            trained = [who for who in speakers if splits[who] == "train"]
            if split not in splits.values() and len(trained) > 1:
                splits[trained[-1]] = split
    trained = [who for who in speakers if splits[who] == "train"]
    style = {who: trained.index(who) if who in trained else 0 for who in speakers}
    return [replace(clip, split=splits[clip.speaker], style=style[clip.speaker]) for clip in made], "speaker"


def _vertices(path: Path, told: float | None) -> tuple[np.ndarray, float]:
    from speechface.evaluation.vertex_file import KEYS

    try:
        with open(path, "rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                vertices, fps = loaded, told
            else:
                vertices = loaded[next(key for key in KEYS if key in loaded)]
                fps = told or (float(loaded["fps"]) if "fps" in loaded else None)
    except (OSError, ValueError, StopIteration) as error:
        raise UserError(f"{path.name} is no sequence of vertices ({error})") from None
    if vertices.ndim == 2 and vertices.shape[1] % 3 == 0:
        vertices = vertices.reshape(len(vertices), -1, 3)
    if vertices.ndim != 3 or not np.isfinite(vertices).all():
        raise UserError(f"{path.name} holds an array {vertices.shape}, not finite vertices (frames, vertices, 3)")
    if not fps:
        raise UserError(f"{path.name} does not say its frames a second; give --motion-fps")
    return vertices, float(fps)


@lru_cache(maxsize=4)
def _by_count(count: int) -> Head | None:
    """The open head's FLAME face, whole or light, that has so many vertices."""
    faces = (heads.load("flame"), heads.load("flame:preview"))
    return next((head for head in faces if len(head.rest) == count), None)  # type: ignore[attr-defined]


def _same_mesh(head: Head, count: int) -> Head:
    if len(getattr(head, "rest", ())) == count:
        return head
    found = _by_count(count)
    if found is None:
        raise UserError(f"its {count} vertices are those of no head that is known; name it with --source")
    return found


def _check_head(head: Head) -> None:
    if not isinstance(head, OpenFlame | FlameHead):
        raise UserError(
            f"head '{head.name}' does not move by FLAME's parameters; use 'flame' or flame:/path/to/FLAME.pkl"
        )
