"""Self-supervised speech transformers (wav2vec 2.0, HuBERT, WavLM) through `transformers`, with the user's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from speechface.audio.encoders._contract import AudioEncoder
from speechface.errors import UserError

HOP, FIELD = 320, 400
"""Samples a feature and samples the convolutional front end sees for it, the same in all three."""


class PretrainedEncoder(AudioEncoder):
    """Audio (B, S) -> last hidden layer (B, S // 320, width).

    Loudness is normalised per recording, never over a batch; the convolutional front end stays frozen, as in EMOTE.
    The transformer attends over everything it is given: windows of a long recording get two seconds of context, so
    their joins are close but not exact.
    """

    rate = 16000 / HOP
    context = 2.0

    def __init__(self, network: Any) -> None:  # one of three classes of `transformers` that share no base but theirs
        super().__init__()
        self.network = network
        self.width = int(network.config.hidden_size)
        network.feature_extractor._freeze_parameters()

    def forward(self, audio: Tensor, mask: Tensor | None = None, voice: Tensor | None = None) -> Tensor:
        """Features of audio (B, S); samples where mask (B, S) is false are ignored."""
        voice = self.adapt(audio, mask) if voice is None else voice
        audio = (audio - voice[..., :1]) / voice[..., 1:]
        edge = (FIELD - HOP) // 2
        if mask is not None:
            audio = audio * mask
            mask = F.pad(mask.long(), (edge, edge), value=1)
        return self.network(F.pad(audio, (edge, edge)), attention_mask=mask).last_hidden_state

    def adapt(self, audio: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, 2) mean and standard deviation of each recording (B, S)."""
        weight = torch.ones_like(audio) if mask is None else mask.to(audio.dtype)
        count = weight.sum(dim=1, keepdim=True).clamp(min=1.0)
        mean = (audio * weight).sum(dim=1, keepdim=True) / count
        variance = ((audio - mean).square() * weight).sum(dim=1, keepdim=True) / count
        return torch.cat([mean, (variance + 1e-7).sqrt()], dim=1)


def load_pretrained(kind: str, network: Any, source: str) -> PretrainedEncoder:
    """An encoder from a local folder or a hub id; `UserError` says what to pass if it cannot be had."""
    if not source:
        raise UserError(f"encoder {kind} needs weights: '{kind}:/folder' or '{kind}:hub/id' (they are not shipped)")
    try:
        return PretrainedEncoder(network.from_pretrained(source, local_files_only=Path(source).is_dir()))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"cannot load {kind} weights from '{source}': {str(error).splitlines()[0]}") from None
