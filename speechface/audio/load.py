"""Reading whatever sound people have: wav, flac, ogg, opus, mp3 by libsndfile; m4a and the sound of a video by PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from speechface.errors import UserError

RATE = 16000
_BLOCK = 1 << 18


def read(path: str | Path) -> np.ndarray:
    """(S,) float32 mono samples at 16 kHz; channels are averaged, samples beyond +-1 kept.

    Memory is that of the result (230 MB an hour) however large the file. Raises `UserError` for a missing or empty
    file, one that holds no sound, and samples that are not numbers.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"no such file: {path}")
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a sound file")
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty")
    pieces = list(_blocks(path))
    samples = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)
    if not len(samples):
        raise UserError(f"{path} holds no sound")
    return samples


def _blocks(path: Path) -> Iterator[np.ndarray]:
    """Blocks of mono samples at 16 kHz."""
    import soundfile
    import soxr

    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        yield from _decoded(path)
        return
    except PermissionError:
        raise UserError(f"cannot read {path}: permission denied") from None
    with file:
        stream = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32")
        while True:
            try:
                block = file.read(_BLOCK, dtype="float32", always_2d=True).mean(axis=1)
            except soundfile.LibsndfileError as error:
                raise UserError(f"{path} is damaged: {error.error_string}") from None
            _check(block, path)
            last = len(block) < _BLOCK
            yield stream.resample_chunk(block, last=last)
            if last:
                return


def _decoded(path: Path) -> Iterator[np.ndarray]:
    """The same by FFmpeg's decoders, for what libsndfile does not read."""
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise UserError(f"{path} holds no sound")
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    yield _check(piece.to_ndarray()[0], path)
            for piece in resampler.resample(None):
                yield _check(piece.to_ndarray()[0], path)
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{path} is not a sound or video file that can be read ({reason.lower()})") from None


def _check(block: np.ndarray, path: Path) -> np.ndarray:
    if not np.isfinite(block).all():
        raise UserError(f"{path} has samples that are not numbers (NaN or infinite); export it again")
    return block
