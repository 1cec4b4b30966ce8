"""Long recordings in constant memory: features of any stretch of a recording, as if the whole had been heard at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from speechface.audio.encoders._contract import AudioEncoder

RATE = 16000


class Listener:
    """An encoder that has listened once through a recording and can now be asked for any stretch of it."""

    def __init__(self, encoder: AudioEncoder, samples: np.ndarray, device: str = "cpu") -> None:
        self.encoder = encoder.to(device).eval()
        self.hop = round(RATE / encoder.rate)
        short = max(0, 2 * self.hop - len(samples))
        self.samples = torch.from_numpy(np.pad(samples, (0, short)))
        self.device = device
        with torch.inference_mode():
            self.voice = encoder.adapt(self.samples[None].to(device))

    @property
    def count(self) -> int:
        """Number of features of the whole recording."""
        return len(self.samples) // self.hop

    def features(self, first: int, last: int) -> Tensor:
        """(1, last - first, D) features; equal to that stretch of the whole's, up to rounding, for a finite context."""
        first, last = max(0, first), min(last, self.count)
        margin = int(np.ceil(self.encoder.context * self.encoder.rate)) + 2
        begin, end = max(0, first - margin), min(last + margin, self.count)
        stop = len(self.samples) if end == self.count else end * self.hop
        with torch.inference_mode():
            heard = self.encoder(self.samples[None, begin * self.hop : stop].to(self.device), voice=self.voice)
        return heard[:, first - begin : last - begin]


def spans(length: int, size: int, margin: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut `length` frames into windows: (begin, first, last, end), of which first..last is kept and the rest is context."""
    for first in range(0, length, size):
        last = min(first + size, length)
        yield max(0, first - margin), first, last, min(last + margin, length)


def frames_filled(samples: np.ndarray, fps: float) -> int:
    """Frames that a sound (S,) fills, the last one perhaps in part: no sound is left without a picture."""
    return max(1, math.ceil(len(samples) / RATE * fps - 1e-6))
