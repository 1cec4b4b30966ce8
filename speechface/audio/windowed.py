"""A net over a recording of any length: window by window, in constant memory, as if the whole had been seen at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from speechface.audio import articulate as articulation
from speechface.audio.articulate import RATE as HEARD
from speechface.audio.encoders._contract import AudioEncoder
from speechface.audio.encoders.viseme import Encoder
from speechface.audio.encoders.viseme import load as load_encoder
from speechface.audio.frames import at_frames
from speechface.audio.threads import one_thread_an_operation, spread
from speechface.audio.windows import Listener, spans
from speechface.visemes import CLASSES

Net = Callable[[Tensor, int, int], Tensor]
"""Features (1, n, 2 D) of steps begin..end -> motion (1, n * k, C), k frames a step."""


def over(
    net: Net,
    encoder: AudioEncoder,
    samples: np.ndarray,
    rate: float,
    steps: int,
    window: int,
    margin: int,
    device: str = "cpu",
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[np.ndarray, np.ndarray]:
    """(steps * k, C) motion of a net with `rate` steps a second, and the viseme posteriors (N, 21) heard at 100 Hz.

    `window` steps are computed at a time, with `margin` more on either side: where that is no less than the net can see,
    windows join exactly. progress: called with the share done.
    """
    kept: list[np.ndarray] = []
    with one_thread_an_operation() as threads:
        listener = Listener(encoder, samples, device)
        posteriors = np.zeros((2 * listener.count, len(CLASSES)), dtype=np.float32)

        def move(span: tuple[int, int, int, int]) -> tuple[int, np.ndarray]:
            """The last step a window keeps, and its motion; what was heard goes into `posteriors`."""
            begin, first, last, end = span
            low, high = int((begin - 1) / rate * encoder.rate) - 1, int((end + 1) / rate * encoder.rate) + 2
            offset = max(0, low) / encoder.rate
            with torch.inference_mode():
                heard = listener.features(low, high)
                if isinstance(encoder, Encoder):
                    rows = articulation.heard(encoder, heard)[0]
                    mine = slice(round(first / rate * HEARD), round(last / rate * HEARD) if last < steps else None)
                    found = rows[mine.start - 2 * max(0, low) :][: len(posteriors[mine])]
                    posteriors[mine.start : mine.start + len(found)] = found
                features = at_frames(heard, encoder.rate, rate, end - begin, start=begin - offset * rate)
                motion = net(features, begin, end)[0]
            per = len(motion) // (end - begin)
            return last, motion[(first - begin) * per : (last - begin) * per].cpu().numpy()

        for last, motion in spread(move, spans(steps, window, margin), threads if device == "cpu" else 1):
            kept.append(motion)
            progress(last / steps)
    if not isinstance(encoder, Encoder):  # other encoders hear no visemes: the one that comes along does
        posteriors = articulation.articulate(load_encoder(), samples, device).posteriors
    return np.concatenate(kept), posteriors
