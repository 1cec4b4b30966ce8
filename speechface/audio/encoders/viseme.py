"""The built-in encoder: a small convolutional net that hears visemes and articulation in any voice.

Log-mel frames, normalised a clip at a time, go through a stem (100 -> 50 Hz) and dilated residual blocks
(receptive field about +-0.8 s, so windows join without a seam) to two heads: viseme posteriors and articulation curves.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from speechface import checkpoint
from speechface.audio.encoders._contract import AudioEncoder
from speechface.audio.mel import BANDS, LogMel, speech_mean
from speechface.audio.viseme_config import Config
from speechface.visemes import CHANNELS, CLASSES


class Encoder(AudioEncoder):
    """Features are the last hidden layer (channels) and, twice a frame, viseme log-posteriors (21) and curves (5)."""

    rate = 50.0

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config or Config()
        channels = self.config.channels
        self.width = channels + 2 * (len(CLASSES) + len(CHANNELS))
        self.context = 0.02 * (3 + sum(self.config.dilations) * (self.config.kernel // 2))
        self.mel = LogMel()
        self.stem = nn.Conv1d(BANDS, channels, 6, stride=2, padding=2)
        self.blocks = nn.ModuleList(Block(channels, self.config, dilation) for dilation in self.config.dilations)
        self.norm = nn.BatchNorm1d(channels)
        self.heads = nn.Conv1d(channels, 2 * (len(CLASSES) + len(CHANNELS)), 1)

    def forward(self, audio: Tensor, mask: Tensor | None = None, voice: Tensor | None = None) -> Tensor:
        """Audio (B, S) -> features (B, S // 320, width). `voice` is what `adapt` found in the whole recording."""
        mel = self.mel(audio)
        return self.features(mel - (speech_mean(mel) if voice is None else voice))

    def adapt(self, audio: Tensor) -> Tensor:
        """The voice and microphone of a whole recording (1, S), (1, 1, 80), so that its windows are heard alike."""
        blocks = [self.mel(block) for block in audio.split(320 * 3000, dim=1) if block.shape[1] >= 160]
        return speech_mean(torch.cat(blocks, dim=1)) if blocks else torch.zeros(1, 1, BANDS)

    def features(self, mel: Tensor) -> Tensor:
        """Normalised log-mel (B, 2 T, 80) -> features (B, T, width)."""
        hidden, heard = self.listen(mel)
        classes, curves = heard[..., : len(CLASSES)], heard[..., len(CLASSES) :]
        heard = torch.cat([classes.log_softmax(dim=-1), curves], dim=-1)
        batch, frames = hidden.shape[:2]
        return torch.cat([hidden, heard.reshape(batch, frames, -1)], dim=-1)

    def listen(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised log-mel (B, 2 T, 80) -> hidden (B, T, channels) and head outputs at 100 Hz (B, 2 T, 26)."""
        hidden = self.stem(mel[:, : mel.shape[1] // 2 * 2].transpose(1, 2))
        for block in self.blocks:
            hidden = block(hidden)
        hidden = F.relu(self.norm(hidden))
        heads = self.heads(hidden).transpose(1, 2)
        batch, frames = heads.shape[:2]
        return hidden.transpose(1, 2), heads.reshape(batch, 2 * frames, -1)


class Block(nn.Module):
    """Pre-activation residual block: norm, ReLU, dilated convolution, dropout."""

    def __init__(self, channels: int, config: Config, dilation: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)
        padding = dilation * (config.kernel // 2)
        self.convolution = nn.Conv1d(channels, channels, config.kernel, padding=padding, dilation=dilation)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.dropout(self.convolution(F.relu(self.norm(hidden))))


def load(argument: str = "") -> Encoder:
    """The encoder that comes with speechface, or one the user trained, from its model folder."""
    folder = argument or checkpoint.default("encoder")
    return checkpoint.load(folder, "encoder", lambda about: Encoder(Config(**about["config"])))
