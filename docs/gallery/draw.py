"""Draw the pictures of the gallery from the example: `python docs/gallery/draw.py`, after every change of the look.

Names after it draw only those: `python docs/gallery/draw.py cameras people`. Takes some minutes on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

import speechface as sf
from data_prep.labels import read_labels
from render.overlay import draw_over, side_by_side
from render.shot import Shot
from render.sound import Sound
from speechface import emotion, heads
from speechface.animation import Animation
from speechface.files import writing

HERE = Path(__file__).parent
EXAMPLE = HERE.parent.parent / "examples"
SOUND, PHONES = EXAMPLE / "hello.wav", EXAMPLE / "hello.tsv"
LARGEST = 120_000
"""Bytes of a picture."""
MOMENT = 2.32
"""Seconds into the example at which faces are shown: the vowel of "map", mouth open."""


def clip(feeling: str, alive: bool = False) -> Animation:
    """The example said with a feeling."""
    return sf.animate(SOUND, feeling, alive=alive)


def still(animation: Animation, seconds: float = MOMENT, head: str = "flame", **shot: object) -> np.ndarray:
    """The picture (H, W, 3 or 4) of a moment."""
    frame = animation.trim(seconds, seconds + 1.0 / animation.fps)
    return next(Shot(**shot).film(frame, heads.load(head)))


def sheet(pictures: list[np.ndarray], labels: list[str], columns: int = 0) -> np.ndarray:
    """Pictures of one size beside each other with their names."""
    return next(side_by_side([[picture] for picture in pictures], labels, columns))


def cameras() -> np.ndarray:
    """The four views."""
    views, said = ["front", "three_quarter", "profile", "mouth"], clip("neutral")
    return sheet([still(said, size=400, camera=view, quality="final") for view in views], views)


def emotions() -> np.ndarray:
    """Everything that can be felt, at the same moment of the same sentence."""
    labels = list(emotion.LABELS)
    return sheet([still(clip(label), size=340, quality="final") for label in labels], labels, columns=4)


def people() -> np.ndarray:
    """The people the open head can be."""
    said, names = clip("happy:0.6"), sf.available()["characters"]
    pictures = [
        still(said, head=f"flame:character={name}", size=400, camera="three_quarter", quality="final") for name in names
    ]
    return sheet(pictures, names)


def turntable() -> np.ndarray:
    """Once round."""
    said = clip("neutral")
    film = Shot(size=240, turntable=True, quality="final").film(
        said.resample(8 / said.duration, 8), heads.load("flame")
    )
    return sheet(list(film), [""] * 8, columns=8)


def overlay() -> np.ndarray:
    """Two moments of a video for review."""
    said = clip("0 neutral; 2.2 happy", alive=True)
    film = Shot(overlay=True, quality="final").film(said, heads.load("flame"), sound=Sound.open(SOUND), phones=phones())
    return np.concatenate(_at(film, said.fps, MOMENT, 3.4), axis=1)


def comparison() -> np.ndarray:
    """One moment of `--compare neutral,happy,sad,angry --overlay`."""
    labels = ["neutral", "happy", "sad", "angry"]
    films = [Shot(size=360).film(clip(label, alive=True), heads.load("flame")) for label in labels]
    film = draw_over(side_by_side(films, labels), 25.0, "", Sound.open(SOUND), phones())
    return _at(film, 25.0, MOMENT)[0]


def transparent() -> np.ndarray:
    """A transparent picture over a bright pattern: hair and lashes keep their edges."""
    clear = still(clip("surprised"), size=(720, 480), camera="three_quarter", quality="final", background="transparent")
    rows, columns = np.indices(clear.shape[:2]) // 24
    board = np.where(((rows + columns) % 2 == 0)[..., None], [244, 196, 96], [92, 176, 186])
    share = clear[..., 3:] / 255.0
    return np.rint(share * clear[..., :3] + (1.0 - share) * board).astype(np.uint8)


def mouth() -> np.ndarray:
    """The mouth from close by, over "the map": m closes, the vowel opens, p closes."""
    said = clip("neutral")
    times = [round(2.08 + 0.08 * number, 2) for number in range(6)]
    pictures = [still(said, time, size=260, camera="mouth", quality="final") for time in times]
    return sheet(pictures, [f"{time:.2f} s" for time in times])


def phones() -> list:
    """The phones of the example."""
    return read_labels(PHONES)


PICTURES: dict[str, Callable[[], np.ndarray]] = {
    draw.__name__: draw for draw in (cameras, emotions, people, turntable, overlay, comparison, transparent, mouth)
}


def _at(film: Iterator[np.ndarray], fps: float, *seconds: float) -> list[np.ndarray]:
    """Pictures of a film at some moments."""
    numbers = [round(time * fps) for time in seconds]
    return [picture for number, picture in enumerate(islice(film, max(numbers) + 1)) if number in numbers]


def write(path: Path, picture: np.ndarray) -> None:
    """Write a JPEG as good as LARGEST allows."""
    for quality in range(92, 40, -4):
        file = BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        if file.tell() < LARGEST:
            break
    with writing(path) as part:
        part.write_bytes(file.getvalue())
    print(
        f"{path.name}: {picture.shape[1]} x {picture.shape[0]}, {file.tell() // 1000} kB, quality {quality}", flush=True
    )


def main() -> None:
    """Draw all pictures, or those named."""
    for name in sys.argv[1:] or PICTURES:
        write(HERE / f"{name}.jpg", PICTURES[name]())


if __name__ == "__main__":
    main()
