"""The built-in encoder: windows as if the whole had been heard, a context that holds, curves by the dominance model."""

import made_up
import numpy as np
import pytest
import torch

from speechface.audio import articulate
from speechface.audio.windows import Listener
from speechface.visemes import CHANNELS, CLASSES, SPREADS, TARGETS, WEIGHTS


def noise(seconds, seed=0, size=0.1):
    return np.random.default_rng(seed).normal(0.0, size, int(16000 * seconds)).astype(np.float32)


@pytest.mark.parametrize("step", [1, 7, 50])
def test_windows_equal_the_whole(step):
    encoder, sound = made_up.encoder(), noise(4.003)
    listener = Listener(encoder, sound)
    with torch.inference_mode():
        whole = encoder(torch.from_numpy(sound)[None])
    assert listener.count == whole.shape[1] == 200
    parts = [listener.features(first, first + step) for first in range(0, 200, step)]
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-4)
    assert listener.features(-5, 3).shape[1] == 3
    assert listener.features(190, 400).shape[1] == 10


@torch.inference_mode()
def test_what_lies_beyond_its_context_does_not_count():
    encoder = made_up.encoder()
    sound = torch.from_numpy(noise(4.0))[None]
    voice, changed = encoder.adapt(sound), sound.clone()
    changed[0, 32000:32160] += 1.0
    away = (encoder(sound, voice=voice) - encoder(changed, voice=voice)).abs().amax(dim=-1)[0]
    times = (torch.arange(200) + 0.5) / encoder.rate
    near = (times - 2.005).abs() <= encoder.context + 0.5 / encoder.rate
    assert away[(times - 2.005).abs() < 0.02].min() > 1e-3
    assert away[~near].max() == 0


@torch.inference_mode()
def test_a_louder_or_duller_microphone_is_heard_alike():
    encoder, sound = made_up.encoder(), torch.from_numpy(noise(2.0))[None]
    plain = encoder(sound)
    spread = plain.std()
    assert (encoder(5.0 * sound) - plain).abs().max() < 0.1 * spread


def test_posteriors_sum_to_one_and_curves_are_shares(monkeypatch):
    encoder, sound = made_up.encoder(), noise(3.0)
    heard = articulate.articulate(encoder, sound)
    assert heard.posteriors.shape == (300, len(CLASSES))
    assert np.allclose(heard.posteriors.sum(axis=1), 1.0, atol=1e-4)
    assert heard.curves.shape == (300, len(CHANNELS))
    assert heard.curves.min() >= 0
    assert heard.curves.max() <= 1
    monkeypatch.setattr(articulate, "_CHUNK", 40)
    cut = articulate.articulate(encoder, sound)
    assert np.abs(cut.posteriors - heard.posteriors).max() < 1e-4
    assert np.abs(cut.curves - heard.curves).max() < 1e-4


def test_dominance_equals_its_slow_twin():
    draw = np.random.default_rng(0)
    posteriors = draw.dirichlet(np.full(len(CLASSES), 0.2), 60)
    made = articulate.dominance(posteriors)
    for channel in range(len(CHANNELS)):
        width = max(1.0, 0.9 * SPREADS[channel] * 100)
        for t in (0, 20, 33, 59):
            top = bottom = 0.0
            for other in range(-60, 120):
                if abs(other - t) > int(4 * width + 0.5):
                    continue
                mirrored = other if 0 <= other < 60 else -other - 1 if other < 0 else 119 - other
                kernel = np.exp(-0.5 * ((other - t) / width) ** 2)
                for viseme in range(len(CLASSES)):
                    pull = kernel * posteriors[mirrored, viseme] * WEIGHTS[viseme, channel]
                    top, bottom = top + pull * TARGETS[viseme, channel], bottom + pull
            assert made[t, channel] == pytest.approx(top / bottom, abs=1e-5)
