"""Other voices, rooms, microphones and noises, made from log-mel frames: cheap enough to do afresh in every batch.

Every function takes and returns log-mel (B, T, 80) at 100 Hz and draws from the generator it is given.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from speechface.audio.mel import BANDS, FLOOR

NEPERS = math.log(10.0) / 10.0
"""Natural logarithm of a power ratio of one decibel."""
_LOWEST = math.log(FLOOR)


def augment(mel: Tensor, generator: Generator) -> Tensor:
    """The whole chain, in the order in which sound meets it: throat, room, noise, microphone, then missing pieces."""
    for change in (throat, room, noise, microphone, gaps):
        mel = change(mel, generator)
    return mel


def throat(mel: Tensor, generator: Generator, most: float = 0.13) -> Tensor:
    """Longer and shorter vocal tracts: the mel axis stretched by up to +-13 %, as if frequencies were scaled."""
    batch = mel.shape[0]
    stretch = 1.0 + most * (2.0 * _uniform(batch, generator) - 1.0)
    at = torch.arange(BANDS) * stretch[:, None]
    left = at.floor().long().clamp(0, BANDS - 2)
    share = (at - left).clamp(0.0, 1.0)[:, None]
    left = left[:, None].expand(-1, mel.shape[1], -1)
    return mel.gather(2, left) * (1.0 - share) + mel.gather(2, left + 1) * share


def room(mel: Tensor, generator: Generator) -> Tensor:
    """Reverberation: power that decays exponentially (0.1-0.9 s to -60 dB) is added after every frame, in half the clips."""
    batch = mel.shape[0]
    decay = 10.0 ** (-6.0 * 0.01 / (0.1 + 0.8 * _uniform(batch, generator)))
    wet = _gate(batch, 0.5, generator) * 10.0 ** (-0.3 - 1.2 * _uniform(batch, generator))
    taps = torch.arange(40)
    tail = decay[:, None] ** taps * wet[:, None] * (1.0 - decay[:, None])
    tail[:, 0] = 1.0
    power = F.pad(mel.exp().transpose(1, 2), (39, 0))
    smeared = F.conv1d(power.transpose(0, 1), tail.flip(1)[:, None], groups=batch).permute(1, 2, 0)
    return smeared.clamp(min=FLOOR).log()


def noise(mel: Tensor, generator: Generator) -> Tensor:
    """Coloured, slowly swelling noise or the babble of other clips of the batch, 0-50 dB below the speech."""
    batch, frames = mel.shape[:2]
    bands = torch.linspace(-1.0, 1.0, BANDS)
    colour = 15.0 * (2.0 * _uniform(batch, generator) - 1.0)[:, None] * bands
    colour = colour + 6.0 * _smooth((batch, BANDS), 8, generator)
    swell = 4.0 * _smooth((batch, frames), 60, generator)
    speckle = -torch.rand((batch, frames, BANDS), generator=generator).clamp(min=1e-6).log()
    hiss = speckle * ((colour[:, None] + swell[..., None]) * NEPERS).exp()
    talk = sum((mel.roll(shift, 0).roll(17 * shift, 1).exp() for shift in (1, 2, 3)), torch.zeros(()))
    babble = _gate(batch, 0.25, generator)[:, None, None]
    disturbance = _unit(talk) * babble + _unit(hiss) * (1.0 - babble)
    below = 50.0 * _uniform(batch, generator) ** 0.7 + 4.0 * babble[:, 0, 0]
    gain = (-below * NEPERS).exp()[:, None, None] * _gate(batch, 0.85, generator)[:, None, None]
    return (mel.exp() + disturbance * gain * _level(mel.exp())).log()


def microphone(mel: Tensor, generator: Generator) -> Tensor:
    """Level, tilt, a few broad bumps, and now and then a narrow band (telephone) that drops to the floor outside."""
    batch = mel.shape[0]
    tilt = 8.0 * (2.0 * _uniform(batch, generator) - 1.0)[:, None] * torch.linspace(-1.0, 1.0, BANDS)
    bumps = 5.0 * _smooth((batch, BANDS), 12, generator)
    level = 20.0 * (2.0 * _uniform(batch, generator) - 1.0)[:, None]
    shaped = mel + ((tilt + bumps + level) * NEPERS)[:, None]
    lowest = 12.0 * _uniform(batch, generator) * _gate(batch, 0.15, generator)
    highest = BANDS - 28.0 * _uniform(batch, generator) * _gate(batch, 0.15, generator)
    bands = torch.arange(BANDS)
    inside = (bands >= lowest[:, None]) & (bands < highest[:, None])
    return torch.where(inside[:, None], shaped, shaped - 35.0 * NEPERS).clamp(min=_LOWEST)


def gaps(mel: Tensor, generator: Generator) -> Tensor:
    """Two bands of up to 10 mels and one stretch of up to 60 ms blanked to the clip's mean (SpecAugment, Park et al. 2019)."""
    batch, frames = mel.shape[:2]
    mean = mel.mean(dim=(1, 2), keepdim=True)
    for length, most, axis in ((BANDS, 10, 2), (BANDS, 10, 2), (frames, 6, 1)):
        start = _uniform(batch, generator) * length
        width = _uniform(batch, generator) * most
        at = torch.arange(length)
        blank = (at >= start[:, None]) & (at < (start + width)[:, None])
        mel = torch.where(blank[:, None] if axis == 2 else blank[..., None], mean, mel)
    return mel


def _uniform(batch: int, generator: Generator) -> Tensor:
    return torch.rand(batch, generator=generator)


def _gate(batch: int, share: float, generator: Generator) -> Tensor:
    return (torch.rand(batch, generator=generator) < share).float()


def _smooth(shape: tuple[int, int], knots: int, generator: Generator) -> Tensor:
    """Random curves (B, N) of about unit variance, straight between knots every `knots` samples."""
    coarse = torch.randn((shape[0], 1, max(2, shape[1] // knots + 1)), generator=generator)
    return F.interpolate(coarse, size=shape[1], mode="linear", align_corners=True)[:, 0]


def _level(power: Tensor) -> Tensor:
    """(B, 1, 1) power of the loud frames."""
    return power.mean(dim=2).quantile(0.9, dim=1)[:, None, None]


def _unit(power: Tensor) -> Tensor:
    return power / _level(power).clamp(min=1e-12)
