"""What an encoder hears of a clip in training: the sound as it is, and through other rooms, microphones and noises."""

from __future__ import annotations

import numpy as np
import torch
from torch import Generator

from speechface.audio.augment import augment
from speechface.audio.encoders._contract import AudioEncoder
from speechface.audio.encoders.viseme import Encoder
from speechface.audio.mel import speech_mean


def hear(encoder: AudioEncoder, samples: np.ndarray, views: int, seed: int) -> list[np.ndarray]:
    """Features (N, D) float16 of 16 kHz samples (S,): clean, and with `views` - 1 other rooms, microphones and noises.

    Only the built-in encoder is heard through them; others get the clean view.
    """
    audio = torch.from_numpy(samples)[None]
    with torch.inference_mode():
        out = [encoder(audio)]
        if isinstance(encoder, Encoder):
            mel = encoder.mel(audio)
            for view in range(1, views):
                changed = augment(mel, Generator().manual_seed(1000 * seed + view))
                out.append(encoder.features(changed - speech_mean(changed)))
    return [features[0].half().numpy() for features in out]
