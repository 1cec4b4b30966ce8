"""The contract of audio encoders, run over every kind that is found: see `test_plugins.py` for the other plug-ins."""

import numpy as np
import pytest
import torch

from speechface.audio import encoders
from speechface.audio.windows import Listener
from speechface.errors import UserError


@pytest.fixture(scope="module", params=encoders.available())
def encoder(request, tmp_path_factory):
    return encoders.load(encoder_spec(request.param, tmp_path_factory)).eval()


def encoder_spec(name: str, folders) -> str:
    """A spec that loads without a download: the pretrained kinds get small nets with random weights."""
    if name not in ("wav2vec2", "hubert", "wavlm"):
        return name
    import transformers

    kind = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert", "wavlm": "WavLM"}[name]
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
             "conv_dim": [8] * 7, "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2}  # fmt: skip
    torch.manual_seed(0)
    network = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**shape))
    folder = folders.mktemp(name)
    network.save_pretrained(folder)
    return f"{name}:{folder}"


@torch.inference_mode()
def test_encoder_gives_features_at_its_rate(encoder):
    for samples in (16000, 16321, 5000):
        features = encoder(torch.randn(2, samples, generator=torch.Generator().manual_seed(1)) * 0.1)
        assert features.shape == (2, int(samples / 16000 * encoder.rate), encoder.width)
        assert features.isfinite().all()
    assert encoder.context > 0
    assert encoder(torch.zeros(1, 16000)).isfinite().all()  # digital silence


@torch.inference_mode()
def test_encoder_hears_a_window_in_the_voice_of_the_whole(encoder):
    sound = torch.randn(1, 48000, generator=torch.Generator().manual_seed(2)) * 0.1
    whole = encoder(sound, voice=encoder.adapt(sound))
    assert torch.allclose(whole, encoder(sound), atol=1e-4)
    stretch = Listener(encoder, sound[0].numpy()).features(60, 90)
    assert stretch.shape == (1, 30, encoder.width)
    assert (stretch - whole[:, 60:90]).abs().mean() < 0.05 * whole.std()


@pytest.mark.parametrize("name", encoders.available())
def test_encoder_without_weights_is_a_user_error(name, tmp_path):
    with pytest.raises(UserError):
        encoders.load(f"{name}:{tmp_path}")


@pytest.mark.parametrize("name", encoders.available())
def test_the_engine_listens_with_every_encoder(name, tmp_path_factory):
    from emote.config import Config
    from emote.engine import Engine
    from emote.model import Emote
    from priors.flint import Flint
    from priors.flint_config import Config as FlintConfig
    from speechface.emotion import Emotion

    listener = encoders.load(encoder_spec(name, tmp_path_factory)).eval()
    prior = Flint(FlintConfig(parameters=6, width=16, heads=2, hidden=16))
    names = ("expression_000", "expression_001", "expression_002", "jaw_x", "jaw_y", "jaw_z")
    engine = Engine(Emote(Config(subjects=2, width=8, heads=2, hidden=16), prior, listener.width), listener, names)
    sound = np.random.default_rng(0).normal(0, 0.1, 24000).astype(np.float32)
    made = engine.animate(sound, Emotion.parse("sad"), alive=False)
    assert made.controls.shape == (38, 6 + 4)  # and the tongue
    assert np.isfinite(made.controls).all()
