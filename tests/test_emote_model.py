"""The net of EMOTE: time, emotion and style are used, within its reach; the traps of the original stay shut."""

import made_up
import numpy as np
import pytest
import torch

from emote.config import Config
from emote.engine import MARGIN
from emote.model import Emote, decoder, style_input
from priors.flint import STRIDE
from speechface.audio.frames import at_frames
from speechface.emotion import Emotion, conditioning
from speechface.losses.vertex import loss
from speechface.training import fit
from speechface.training_config import Training

FEATURES = 5


def style(text, frames, subject=0):
    strengths = Emotion.parse(text).at(np.arange(frames) / 25)
    labels, levels = (torch.from_numpy(part)[None] for part in conditioning(strengths))
    return style_input(labels, levels, torch.tensor([subject]), 3)


def features(frames, seed=0):
    return torch.randn(1, frames, 2 * FEATURES, generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def moved(model, one, two):
    """(T,) how far the motion of two inputs differs."""
    return (model(*one) - model(*two)).abs().amax(dim=-1)[0]


def test_a_sound_moves_its_neighbours_within_the_margin_of_a_window():
    model, heard = made_up.emote(FEATURES), features(480)
    changed = heard.clone()
    changed[0, 240:244] += 3.0
    away = moved(model, (heard, style("sad", 480)), (changed, style("sad", 480)))
    assert (away[240 - STRIDE : 244 + STRIDE] > 1e-4).all()
    assert away[: 240 - MARGIN].max() == away[244 + MARGIN :].max() == 0


@pytest.mark.parametrize(("one", "two"), [("sad", "angry"), ("sad", "sad:0.5"), ("neutral", "contempt:0.2")])
def test_emotion_and_strength_move_every_frame(one, two):
    model, heard = made_up.emote(FEATURES), features(64)
    assert (moved(model, (heard, style(one, 64)), (heard, style(two, 64))) > 1e-4).all()


def test_style_moves_every_frame():
    model, heard = made_up.emote(FEATURES), features(64)
    assert (moved(model, (heard, style("sad", 64, 0)), (heard, style("sad", 64, 2))) > 1e-4).all()


def test_a_change_of_feeling_stays_where_it_is():
    model, heard = made_up.emote(FEATURES, reach=8), features(480)
    away = moved(model, (heard, style("happy", 480)), (heard, style("0 happy; 9.6 angry", 480)))
    assert (away[248:] > 1e-4).all()
    assert away[: 240 - 8 - MARGIN].max() == 0


def test_evaluation_equals_training_without_dropout_and_the_bias_counts():
    model, inputs = made_up.emote(FEATURES, period=3, reach=20), (features(96), style("fear", 96))
    flat = made_up.emote(FEATURES, period=1000, reach=20)
    with torch.no_grad():
        used, taught = model.eval()(*inputs), model.train()(*inputs)
        assert torch.allclose(used, taught, atol=1e-5)
        assert (used - flat(*inputs)).abs().max() > 1e-3
    with torch.inference_mode():
        assert torch.allclose(model.eval()(*inputs), used, atol=1e-5)


def test_dropout_is_on_while_training_only():
    model, inputs = made_up.emote(FEATURES, dropout=0.5), (features(32), style("fear", 32))
    with torch.no_grad():
        assert torch.equal(model(*inputs), model(*inputs))
        model.train()
        assert not torch.equal(model(*inputs), model(*inputs))


def test_a_clip_does_not_hear_its_neighbours_in_the_batch():
    model, one, two = made_up.emote(FEATURES), features(64), 100.0 * features(64, 1)
    together = model(torch.cat([one, two]), torch.cat([style("sad", 64), style("angry", 64, 1)]))
    assert torch.allclose(together[:1], model(one, style("sad", 64)), atol=1e-5)


def test_frames_that_do_not_count_reach_no_other_latent():
    model, heard = made_up.emote(FEATURES, reach=40), features(64)
    model.prior.decode = lambda latents: latents
    mask = torch.ones(1, 64, dtype=torch.bool)
    mask[0, 24:32] = False
    changed = heard.clone()
    changed[0, 24:32] += 3.0
    felt = style("sad", 64)
    assert moved(model, (heard, felt), (changed, felt)).count_nonzero() == 8
    seen = moved(model, (heard, felt, mask), (changed, felt, mask))
    assert seen.nonzero().flatten().tolist() == [3]
    assert torch.equal(model(heard, felt), model(heard, felt, torch.ones_like(mask)))


def test_the_prior_stays_as_it_was_learnt(tmp_path):
    model = made_up.emote(FEATURES, dropout=0.2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    wanted = torch.randn(4, 64, len(made_up.FACE), generator=torch.Generator().manual_seed(1))

    class Lessons:
        def batch(self, step, generator):
            return torch.randn(4, 64, 2 * FEATURES, generator=generator), style("sad", 64).expand(4, -1, -1)

    def objective(net, batch):
        return {"vertex": loss(net(*batch)[..., None], wanted[..., None])}

    config = Training(steps=3, validate=3, warmup=1, average=0.5, accelerator="cpu")
    held_out = [Lessons().batch(0, torch.Generator())]
    fit(model, objective, {"vertex": 1.0}, Lessons(), held_out, config, tmp_path, quiet=True)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]) == name.startswith("prior."), name


def test_a_direct_decoder_learns_along_and_keeps_the_units_of_the_prior():
    prior = made_up.emote(FEATURES).prior
    prior.mean.fill_(0.3)
    layer = decoder(Config(decoder="direct"), prior.config, prior)
    model = Emote(Config(subjects=3, width=8, heads=2, hidden=16, dropout=0.0, decoder="direct"), layer, FEATURES)
    made = model(features(64), style("sad", 64))
    assert made.shape == (1, 64, prior.config.parameters)
    assert torch.allclose(made, torch.full_like(made, 0.3))  # it knows nothing yet: the mean face
    (made - 1.0).square().mean().backward()
    assert layer.out.bias.grad is not None
    assert layer.out.bias.grad.abs().max() > 0


def test_features_come_from_a_quarter_frame_before_and_after():
    """A ramp that says its own time: feature n at rate 50 is centred at (n + 0.5) / 50 seconds."""
    times = ((torch.arange(100) + 0.5) / 50)[None, :, None]
    for start in (0.0, 3.5):
        found = at_frames(times, 50.0, 25.0, 20, start)
        frames = (torch.arange(20) + start) / 25
        wanted = torch.stack([frames - 0.01, frames + 0.01], dim=1).clamp(min=0.01)
        assert torch.allclose(found[0], wanted, atol=1e-6)
    assert at_frames(times[:, :1], 50.0, 25.0, 3).shape == (1, 3, 2)  # one feature holds everywhere
