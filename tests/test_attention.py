import math

import pytest
import torch

from speechface.attention import AttentionLayer, distance_bias


def slow_attention(layer: AttentionLayer, values: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """The obvious twin: one head and one frame at a time, in float64."""
    layer = layer.double()
    values = values.double()
    batch, frames, width = values.shape
    size = width // layer.heads
    out = torch.zeros_like(values)
    mixed = layer.mix(values)
    for b in range(batch):
        for head in range(layer.heads):
            q, k, v = (mixed[b, :, part * width + head * size :][:, :size] for part in range(3))
            for i in range(frames):
                scores = []
                for j in range(frames):
                    seen = abs(i - j) <= layer.reach and (mask is None or bool(mask[b, j]) or i == j)
                    score = float(q[i] @ k[j]) / math.sqrt(size) - 2.0 ** -(head + 1) * (abs(i - j) // layer.period)
                    scores.append(score if seen else -math.inf)
                out[b, i, head * size : (head + 1) * size] = torch.tensor(scores).double().softmax(0) @ v
    values = layer.norms[0](values + layer.join(out))
    return layer.norms[1](values + layer.feed(values))


@pytest.mark.parametrize("masked", [False, True])
def test_layer_equals_its_slow_twin(masked):
    torch.manual_seed(0)
    layer = AttentionLayer(8, 2, 16, dropout=0.0, period=3, reach=5).eval()
    values = torch.randn(2, 12, 8)
    mask = torch.rand(2, 12) > 0.3 if masked else None
    with torch.no_grad():
        fast = layer(values, mask)
        slow = slow_attention(layer, values, mask)
    torch.testing.assert_close(fast.double(), slow, atol=1e-5, rtol=1e-5)


def test_evaluation_equals_training_without_dropout():
    torch.manual_seed(0)
    layer = AttentionLayer(16, 4, 32, dropout=0.0, period=2, reach=8)
    values = torch.randn(2, 20, 16)
    with torch.no_grad():
        torch.testing.assert_close(layer.train()(values), layer.eval()(values), atol=1e-6, rtol=0)
    with torch.inference_mode():
        torch.testing.assert_close(layer.train()(values), layer.eval()(values), atol=1e-6, rtol=0)


def test_frames_beyond_reach_do_not_matter():
    torch.manual_seed(0)
    layer = AttentionLayer(8, 2, 16, dropout=0.0, period=1, reach=3).eval()
    values = torch.randn(1, 20, 8)
    changed = values.clone()
    changed[0, 10] += 1.0
    with torch.no_grad():
        moved = (layer(values) - layer(changed)).abs().amax(dim=-1)[0] > 1e-7
    assert moved[7:14].all()
    assert not moved[:7].any()
    assert not moved[14:].any()


def test_bias_is_symmetric_and_falls_with_distance():
    bias = distance_bias(10, 3, 2, 6)
    torch.testing.assert_close(bias, bias.transpose(1, 2))
    assert bias[0, 0, 1] == 0
    assert bias[0, 0, 2] == -0.5
    assert bias[2, 0, 2] == -0.125
    assert bias[0, 0, 7] == -math.inf


def test_a_bias_made_in_use_serves_in_training():
    layer, values = AttentionLayer(8, 2, 16, dropout=0.0, period=1, reach=3), torch.randn(1, 21, 8)
    with torch.inference_mode():
        layer(values)
    layer(values).sum().backward()
