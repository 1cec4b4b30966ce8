"""WavLM (Chen et al. 2022) as audio encoder, with weights the user has: `wavlm:/folder` or `wavlm:hub/id`."""

from speechface.audio.encoders._pretrained import PretrainedEncoder as Encoder
from speechface.audio.encoders._pretrained import load_pretrained

__all__ = ["Encoder", "load"]


def load(argument: str = "") -> Encoder:
    """The encoder with weights from a local folder or a hub id; `UserError` if they cannot be had."""
    from transformers import WavLMModel

    return load_pretrained("wavlm", WavLMModel, argument)
