"""`Sound`: the sound of a video, as it was recorded: its rate and channels are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechface.audio.decode import decode, opened
from speechface.errors import UserError

AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)


@dataclass(frozen=True)
class Sound:
    """Sound that is read block by block.

    rate: samples a second. channels: 1 or 2. blocks: a function that starts from the beginning and gives (channels, n)
    float32 blocks of any length.
    """

    rate: int
    channels: int
    blocks: Callable[[], Iterator[np.ndarray]]

    @property
    def layout(self) -> str:
        """FFmpeg's name of the arrangement of channels."""
        return "stereo" if self.channels == 2 else "mono"

    @staticmethod
    def of(samples: np.ndarray, rate: int) -> Sound:
        """A sound of samples (S,) or (channels, S) in -1..1."""
        block = np.atleast_2d(np.asarray(samples, dtype=np.float32))[:2]
        return Sound(rate, len(block), lambda: iter([block])).at_aac_rate()

    @staticmethod
    def open(path: str | Path) -> Sound:
        """The first sound track of any sound or video file; more than two channels are mixed to two.

        Raises `UserError` for a file that is missing or holds no sound.
        """
        path = Path(path)
        if not path.is_file():
            raise UserError(f"no such sound file: {path}")
        with opened(path) as container:
            context = container.streams.audio[0].codec_context
            rate, channels = context.sample_rate, min(context.layout.nb_channels, 2)
        rate = rate if rate in AAC_RATES else 48000
        return Sound(rate, channels, lambda: decode(path, rate, "stereo" if channels == 2 else "mono"))

    def at_aac_rate(self) -> Sound:
        """The same sound at a rate AAC knows."""
        if self.rate in AAC_RATES:
            return self

        def blocks() -> Iterator[np.ndarray]:
            import soxr

            samples = np.concatenate(list(self.blocks()), axis=1)
            yield soxr.resample(samples.T, self.rate, 48000).T.astype(np.float32)

        return Sound(48000, self.channels, blocks)

    def read(self) -> np.ndarray:
        """(S,) float32, all of it, channels averaged."""
        blocks = [block.mean(axis=0) for block in self.blocks()]
        return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)
