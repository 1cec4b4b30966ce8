"""`Album`: pictures of clips, what the nets that watch learn from. Made by `speechface prepare pictures`; files only.

pictures.npy   (N, H, W) uint8, grey, the frames of all clips one after the other
visemes.npy    (N,) int8 the class of `speechface.visemes` that each frame shows, -1 where it is not known
album.json     view, fps, and a list of clips: name, split, speaker, head, known_head, style, emotion, first, frames, visemes
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from speechface.clips import Clip
from speechface.errors import UserError
from speechface.files import writing
from speechface.visemes import Segment, framewise


@dataclass(frozen=True)
class Photo:
    """The pictures of one clip, `first` to `first + frames`, and whom they show; visemes: (n,) the classes in their order."""

    name: str
    split: str
    speaker: str
    head: str
    known_head: bool
    style: int
    emotion: str
    first: int
    frames: int
    visemes: tuple[int, ...]


class Photographer(Protocol):
    """Whoever takes pictures of motion; handed in, because drawing is not this package's affair."""

    size: int
    view: str

    def take(self, motion: np.ndarray, names: Sequence[str], known: bool, seed: int) -> tuple[np.ndarray, str]:
        """(T, H, W) uint8 pictures of motion (T, C) on some head that training shows (`known`) or not, and its name."""
        ...


@dataclass(frozen=True, eq=False)
class Album:
    """pictures (N, H, W) uint8 (a memory map), visemes (N,), fps, view, and the clips."""

    path: Path
    pictures: np.ndarray
    visemes: np.ndarray
    fps: float
    view: str
    photos: tuple[Photo, ...]

    @staticmethod
    def read(path: str | Path, view: str) -> Album:
        """Read an album of a view; `UserError` if the folder is none."""
        path = Path(path)
        if not (path / "album.json").is_file():
            raise UserError(f"{path} is not an album of pictures; make one with 'speechface prepare pictures'")
        about = json.loads((path / "album.json").read_text(encoding="utf-8"))
        if about["view"] != view:
            raise UserError(
                f"{path} has pictures of the {about['view']}, not of the {view}; prepare others with --view"
            )
        photos = tuple(Photo(**{**entry, "visemes": tuple(entry["visemes"])}) for entry in about["clips"])
        pictures = np.load(path / "pictures.npy", mmap_mode="r", allow_pickle=False)
        visemes = np.load(path / "visemes.npy", allow_pickle=False)
        if len(pictures) != len(visemes) or any(photo.first + photo.frames > len(pictures) for photo in photos):
            raise UserError(f"{path} is not whole; prepare it again")
        return Album(path, pictures, visemes, float(about["fps"]), about["view"], photos)

    def split(self, name: str) -> list[Photo]:
        """The clips of a split."""
        return [photo for photo in self.photos if photo.split == name]


def fill(
    path: str | Path,
    clips: Iterable[tuple[Clip, str, bool]],
    photographer: Photographer,
    every: int = 1,
    longest: int = 500,
) -> Album:
    """Photograph clips (each with its split and whether on a head that training shows), every so many frames.

    Clips without phones have visemes of -1. Only the first `longest` frames of a clip's motion are shown.
    """
    with writing(path) as part:
        part.mkdir()
        photos: list[Photo] = []
        visemes, fps = [], 0.0
        with open(part / "frames.raw", "wb") as file:
            for number, (clip, split, known) in enumerate(clips):
                motion = clip.motion()
                if not motion.valid.any():
                    continue
                controls, fps = motion.controls[motion.valid][:longest], motion.fps
                pictures, head = photographer.take(controls, motion.names, known, number)
                pictures = pictures[::every]
                file.write(pictures.tobytes())
                segments = clip.phones() if (clip.folder / clip.name / "phones.tsv").is_file() else []
                seen = _seen(segments, len(controls), motion.fps)[::every]
                first = photos[-1].first + photos[-1].frames if photos else 0
                spoken = tuple(s.viseme for s in segments if s.start < len(controls) / motion.fps and s.viseme >= 0)
                photos.append(
                    Photo(
                        clip.name, split, clip.speaker, head, known, int(clip.about.get("style", 0)),
                        str(clip.about.get("emotion", "neutral")), first, len(pictures), spoken,
                    )
                )  # fmt: skip
                visemes.append(seen)
        if not photos:
            raise UserError("no clip with motion to take pictures of")
        total = photos[-1].first + photos[-1].frames
        raw = np.memmap(part / "frames.raw", np.uint8, "r", shape=(total, photographer.size, photographer.size))
        np.save(part / "pictures.npy", raw)
        (part / "frames.raw").unlink()
        np.save(part / "visemes.npy", np.concatenate(visemes))
        about = {"view": photographer.view, "fps": fps / every, "clips": [asdict(photo) for photo in photos]}
        (part / "album.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
    return Album.read(path, photographer.view)


def _seen(segments: list[Segment], frames: int, fps: float) -> np.ndarray:
    """(frames,) int8 viseme at t / fps, where an animation's frame t is shown; -1 where nothing is known."""
    if not segments:
        return np.full(frames, -1, dtype=np.int8)
    return framewise(segments, 4 * frames, 4.0 * fps)[::4].astype(np.int8)


def chosen(clips: Sequence[Clip], hours: float) -> Iterator[Clip]:
    """Evenly spaced ones of some clips, about so many hours in all."""
    total = sum(clip.seconds for clip in clips) / 3600.0
    step = max(1.0, total / max(hours, 1e-6))
    for number in range(int(len(clips) / step)):
        yield clips[int(number * step)]
