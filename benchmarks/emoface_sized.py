"""The peer: a net of wav2vec2-base's size and EmoFace's shape (arXiv 2407.12501), with random weights. For time only."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FPS, CONTROLS, LONGEST = 60, 174, 60
"""Frames a second, controls, and the seconds it hears at once: attention over more would take memory without end."""


class EmoFaceSized(nn.Module):
    """wav2vec2-base, its features at 60 fps, 512 wide, ten transformer layers, 174 controls. Nothing is downloaded."""

    def __init__(self) -> None:
        from transformers import Wav2Vec2Config, Wav2Vec2Model

        super().__init__()
        self.encoder = Wav2Vec2Model(Wav2Vec2Config())  # its defaults are those of base
        self.narrow = nn.Linear(768, 512)
        layer = nn.TransformerEncoderLayer(512, 8, 2048, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 10, enable_nested_tensor=False)
        self.out = nn.Linear(512, CONTROLS)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio (1, S) at 16 kHz -> controls (1, T, 174) at 60 fps."""
        parts = [self._hear(part) for part in audio.split(LONGEST * 16000, dim=1)]
        return torch.cat(parts, dim=1)

    def _hear(self, audio: Tensor) -> Tensor:
        heard = self.encoder(audio).last_hidden_state.transpose(1, 2)
        frames = max(1, round(audio.shape[1] / 16000 * FPS))
        heard = F.interpolate(heard, size=frames, mode="linear", align_corners=True).transpose(1, 2)
        return self.out(self.layers(self.narrow(heard)))


def run(audio: Tensor, net: EmoFaceSized) -> Tensor:
    """Controls for audio (1, S)."""
    with torch.inference_mode():
        return net(audio)
