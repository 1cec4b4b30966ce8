"""What every audio encoder is; `speechface.audio.encoders` says what its numbers mean."""

from __future__ import annotations

from torch import Tensor, nn


class AudioEncoder(nn.Module):
    """Audio (B, S) at 16 kHz -> features (B, T, width), heard in the voice that `adapt` found in the whole recording."""

    width: int
    rate: float
    context: float

    def forward(self, audio: Tensor, mask: Tensor | None = None, voice: Tensor | None = None) -> Tensor:
        """Features (B, T, width) of audio (B, S); samples where mask (B, S) is false do not count."""
        raise NotImplementedError

    def adapt(self, audio: Tensor) -> Tensor:
        """What the encoder wants to know of a whole recording (1, S) before it hears windows of it."""
        raise NotImplementedError
