"""HuBERT (Hsu et al. 2021) as audio encoder, with weights the user has: `hubert:/folder` or `hubert:hub/id`."""

from speechface.audio.encoders._pretrained import PretrainedEncoder as Encoder
from speechface.audio.encoders._pretrained import load_pretrained

__all__ = ["Encoder", "load"]


def load(argument: str = "") -> Encoder:
    """The encoder with weights from a local folder or a hub id; `UserError` if they cannot be had."""
    from transformers import HubertModel

    return load_pretrained("hubert", HubertModel, argument)
