"""Reading whatever sound people have as 16 kHz mono: plain kinds of file by libsndfile, all others and videos by FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from speechface.audio.decode import decode
from speechface.errors import UserError

RATE = 16000
_BLOCK = 1 << 18
_LOUDEST = 100.0
"""Full scale is 1; recordings of floats go over it, but not by this much: that is a file of integers called floats."""
_PLAIN = (b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b"fLaC", b"OggS", b"caff", b".snd")
"""First bytes of what libsndfile reads here: wav, w64, aiff, flac, ogg and opus, caf, au. It reads mp3 as well, but then
writes warnings to the terminal that nobody can silence."""
_UNKNOWN_SIZE = 0x7FFFF000
"""Programs that write wav into a pipe put this size or a larger one into its header."""
_SLACK = 1024
"""Bytes by which the header of a good wav may be wrong: old programs count the header twice, or a byte of padding."""


def read(path: str | Path) -> np.ndarray:
    """(S,) float32 mono samples at 16 kHz; channels are averaged, samples beyond +-1 kept.

    Memory is that of the result (230 MB an hour) however large the file. Raises `UserError` for a missing, empty or
    truncated file, one that holds no sound, and samples that are not numbers.
    """
    path = Path(path)
    head = check(path)
    pieces = list(_plain(path) if head.startswith(_PLAIN) else _others(path))
    samples = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)
    if not len(samples):
        raise UserError(f"{path} holds no sound; give a recording of speech")
    return samples


def convert(samples: np.ndarray, rate: float) -> np.ndarray:
    """(S',) float32 mono samples at 16 kHz for samples (S,) or (S, channels) at a rate, in -1..1; `UserError` as `read`."""
    import soxr

    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or not samples.size or not np.issubdtype(samples.dtype, np.floating):
        raise UserError(f"samples are floats of shape (S,) or (S, channels), not {samples.dtype} of {samples.shape}")
    if not 1000 <= rate <= 1e6:
        raise UserError(f"{rate:g} is not a rate in samples a second")
    mono = samples.reshape(len(samples), -1).mean(axis=1, dtype=np.float32)
    return soxr.resample(_sane(mono, "the sound"), rate, RATE)


def check(path: Path) -> bytes:
    """First bytes of a file that may hold sound; `UserError` for one of which a glance tells that it does not."""
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder, not a sound file; name the files in it")
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is not a regular file; save the sound to a file first")
        with open(path, "rb") as file:
            head = file.read(12)
        size = path.stat().st_size
    except FileNotFoundError:
        raise UserError(f"no such file: {path}") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UserError(f"cannot read {path}: {reason}") from None
    if not head:
        raise UserError(f"{path} is empty; give a recording of speech")
    promised = 8 + int.from_bytes(head[4:8], "little") if head.startswith(b"RIFF") else 0
    if size + _SLACK < promised < _UNKNOWN_SIZE:
        raise UserError(f"{path} is cut short ({size} of {promised} bytes are there); copy or export it again")
    return head


def _plain(path: Path) -> Iterator[np.ndarray]:
    """Blocks of mono samples at 16 kHz, by libsndfile, or by FFmpeg where it cannot."""
    import soundfile
    import soxr

    with open(path, "rb") as raw:  # opened here, because libsndfile does not take every name that the system allows
        try:
            file = soundfile.SoundFile(raw)
        except soundfile.LibsndfileError:
            yield from _others(path)
            return
        stream = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32")
        last = False
        while not last:
            try:
                block = file.read(_BLOCK, dtype="float32", always_2d=True).mean(axis=1)
            except soundfile.LibsndfileError as error:
                reason = error.error_string.removeprefix("Error : ").rstrip(".")
                raise UserError(f"{path} is damaged ({reason}); copy or export it again") from None
            last = len(block) < _BLOCK
            yield stream.resample_chunk(_sane(block, str(path)), last=last)


def _others(path: Path) -> Iterator[np.ndarray]:
    """The same by FFmpeg."""
    for block in decode(path, RATE):
        yield _sane(block.mean(axis=0), str(path))


def _sane(block: np.ndarray, what: str) -> np.ndarray:
    """The block, if it is sound."""
    if not np.isfinite(block).all():
        raise UserError(f"{what} has samples that are not numbers (NaN or infinite); export it again")
    peak = np.abs(block).max(initial=0.0)
    if peak > _LOUDEST:
        raise UserError(f"{what} has samples of {peak:.3g}, but full scale is 1; divide them and export it again")
    return block
