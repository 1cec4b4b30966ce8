"""Audio encoders: one module a kind. Each has a class `Encoder` and a function `load(argument) -> Encoder`.

An `Encoder` is an `AudioEncoder` (`_contract.py`), an `nn.Module` with `width` (D), `rate` (feature frames a second)
and `context` (seconds to either side that matter to a feature).
`forward(audio (B, S), mask, voice)` gives features (B, T, D) with T = floor(S / 16000 * rate);
feature t is centred at (t + 0.5) / rate seconds. `adapt(audio (1, S))` gives `voice`, whatever the encoder wants to know of
a whole recording before it hears windows of it. A spec names an encoder: `viseme`, `wav2vec2:/folder/or/hub-id`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechface import plugins

if TYPE_CHECKING:  # the names of the kinds are wanted without torch
    from speechface.audio.encoders._contract import AudioEncoder


def load(spec: str = "viseme") -> AudioEncoder:
    """The encoder a spec names, a kind or a kind and its argument; `UserError` for an unknown kind."""
    kind, _, argument = spec.partition(":")
    return plugins.load(__name__, kind, "audio encoder").load(argument)


def available() -> list[str]:
    """Names of the kinds of encoder."""
    return plugins.names(__name__)
