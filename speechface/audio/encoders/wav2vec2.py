"""wav2vec 2.0 (Baevski et al. 2020) as audio encoder, with weights the user has: `wav2vec2:/folder` or `wav2vec2:hub/id`."""

from speechface.audio.encoders._pretrained import PretrainedEncoder as Encoder
from speechface.audio.encoders._pretrained import load_pretrained

__all__ = ["Encoder", "load"]


def load(argument: str = "") -> Encoder:
    """The encoder with weights from a local folder or a hub id; `UserError` if they cannot be had."""
    from transformers import Wav2Vec2Model

    return load_pretrained("wav2vec2", Wav2Vec2Model, argument)
