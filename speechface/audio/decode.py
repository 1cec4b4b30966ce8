"""The first sound track of any sound or video file, by the FFmpeg that comes with PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from speechface.errors import UserError

_FAULTS = {
    "audio": (
        "holds no sound; give a recording of speech",
        "is not a sound or video file that can be read ({}); give a wav or mp3",
    ),
    "video": ("has no pictures", "cannot be read as a video ({})"),
}
"""What is said of a file without such a track, and of one that cannot be read."""


@contextmanager
def opened(path: Path, track: str = "audio") -> Iterator[Any]:
    """A PyAV container that has a track of sound ("audio") or of pictures ("video"); what goes wrong while it is read becomes
    a `UserError`."""
    lacking, broken = _FAULTS[track]
    import av

    try:
        with av.open(str(path)) as container:
            if not getattr(container.streams, track):
                raise UserError(f"{path} {lacking}")
            yield container
    except (av.FFmpegError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UserError(f"{path} {broken.format(reason)}") from None


def decode(path: Path, rate: int, layout: str | None = None) -> Iterator[np.ndarray]:
    """(channels, n) float32 blocks at a rate, in a layout of FFmpeg or the track's own.

    A track that starts later than the pictures beside it is led by silence, so that times stay those of the file.
    """
    import av

    with opened(path) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
        # What an encoder adds in front (mp3) moves the start of file and track alike: only a difference is a real delay.
        delay = float((stream.start_time or 0) * stream.time_base) - (container.start_time or 0) / av.time_base
        silence = max(0, round(delay * rate))
        for frame in chain(container.decode(stream), [None]):
            for piece in resampler.resample(frame):
                yield np.pad(piece.to_ndarray(), ((0, 0), (silence, 0)))
                silence = 0
