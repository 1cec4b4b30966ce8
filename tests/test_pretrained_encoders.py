"""wav2vec 2.0, HuBERT and WavLM with small random nets: what EMOTE needs of them beyond the contract of encoders."""

import pytest
import torch

from speechface.audio import encoders

transformers = pytest.importorskip("transformers")


@pytest.fixture(
    scope="module", params=[("wav2vec2", "Wav2Vec2"), ("hubert", "Hubert"), ("wavlm", "WavLM")], ids=lambda p: p[0]
)
def encoder(request, tmp_path_factory):
    name, kind = request.param
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
             "conv_dim": [8] * 7, "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2,
             "feat_extract_norm": "layer", "conv_bias": True}  # fmt: skip
    torch.manual_seed(0)
    net = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**shape))
    folder = tmp_path_factory.mktemp(name)
    net.save_pretrained(folder)
    return encoders.load(f"{name}:{folder}").eval()


def noise(clips=1, samples=16000, seed=0):
    return 0.1 * torch.randn(clips, samples, generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def test_a_recording_is_normalised_by_itself(encoder):
    quiet, loud = noise(), 50.0 * noise(seed=1)
    alone = encoder(quiet)
    assert torch.allclose(encoder(torch.cat([quiet, loud]))[:1], alone, atol=1e-4)
    assert torch.allclose(encoder(20.0 * quiet + 0.3), alone, atol=1e-3)
    assert (encoder(loud) - alone).abs().max() > 0.1


@torch.inference_mode()
def test_padding_does_not_count(encoder):
    sound = noise(samples=9600)
    padded = torch.cat([sound, 3.0 * noise(samples=6400, seed=2)], dim=1)
    mask = torch.arange(16000)[None] < 9600
    heard, alone = encoder(padded, mask), encoder(sound)
    assert heard.shape[1] == 50
    assert torch.allclose(heard[:, :27], alone[:, :27], atol=1e-3)  # the last features' positions reach over the edge
    assert (encoder(padded)[:, :27] - alone[:, :27]).abs().max() > 1e-2


def test_the_front_end_is_frozen_and_the_transformer_is_not(encoder):
    for name, weight in encoder.network.named_parameters():
        assert weight.requires_grad == (not name.startswith("feature_extractor.")), name
