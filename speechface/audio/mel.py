"""Log-mel frames at 100 Hz, and the normalisation that takes voice and microphone out of them."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RATE = 16000
HOP, WINDOW, FFT = 160, 400, 512
BANDS, LOWEST, HIGHEST = 80, 30.0, 7800.0
FLOOR = 1e-7


class LogMel(nn.Module):
    """Audio (B, S) at 16 kHz -> log-mel energies (B, S // 160, 80); frame t is centred at (t + 0.5) / 100 seconds."""

    filters: Tensor
    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", mel_filters(), persistent=False)
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        frames = audio.shape[-1] // HOP
        padded = F.pad(audio, (WINDOW // 2 - HOP // 2, WINDOW))
        pieces = padded.unfold(-1, WINDOW, HOP)[..., :frames, :]
        power = torch.fft.rfft(pieces * self.window, FFT).abs().square()
        return torch.log(power @ self.filters + FLOOR)


def mel_filters() -> Tensor:
    """(257, 80) triangular filters, evenly spaced on the mel scale of O'Shaughnessy (1987), peak 1.

    The lowest triangles are narrower than an FFT bin; each keeps at least its nearest bin, so that no band is empty.
    """

    def mel(hertz: float) -> float:
        return 2595.0 * math.log10(1.0 + hertz / 700.0)

    edges = 700.0 * (10.0 ** (torch.linspace(mel(LOWEST), mel(HIGHEST), BANDS + 2) / 2595.0) - 1.0)
    bins = torch.arange(FFT // 2 + 1) * (RATE / FFT)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - low) / (middle - low)
    falling = (high - bins[:, None]) / (high - middle)
    filters = torch.minimum(rising, falling).clamp(min=0.0)
    nearest = (bins[:, None] - middle).abs().argmin(dim=0)
    columns = torch.arange(BANDS)
    filters[nearest, columns] = filters[nearest, columns].clamp(min=0.7)
    return filters


def speech_mean(mel: Tensor) -> Tensor:
    """(B, 1, 80) mean of log-mel (B, T, 80) over the frames that sound, so that pauses do not shift the normalisation.

    A frame counts by how far its energy stands above the clip's floor: weight 1 within 20 dB of the loud frames
    (95th percentile), falling to 0 at 40 dB below.
    """
    energy = mel.logsumexp(dim=-1)
    loud = torch.quantile(_thinned(energy), 0.95, dim=-1, keepdim=True)
    decibels = (energy - loud) * (10.0 / math.log(10.0))
    weight = ((decibels + 40.0) / 20.0).clamp(0.0, 1.0) + 1e-4
    return (mel * weight[..., None]).sum(dim=1, keepdim=True) / weight.sum(dim=1)[:, None, None]


def _thinned(energy: Tensor, most: int = 200_000) -> Tensor:
    """At most `most` frames of (B, T), evenly taken: `torch.quantile` refuses very long inputs."""
    return energy[:, :: max(1, energy.shape[1] // most)]
