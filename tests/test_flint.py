"""The motion prior: eight frames a latent, deterministic in use, and only frames that count are learnt from."""

import made_up
import pytest
import torch

from priors import flint
from priors.flint import STRIDE, Flint
from priors.flint_config import Config, Data
from priors.flint_training import Moved, Objective, Windows
from speechface.errors import UserError


def prior(**shape):
    shape = {"parameters": 6, "width": 16, "heads": 2, "hidden": 16, "reach": 8} | shape
    return made_up.stirred(Flint(Config(**shape))).eval()


def motion(frames, clips=2, seed=0):
    return torch.randn(clips, frames, 6, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("frames", [8, 64, 104])
def test_eight_frames_become_one_latent_and_eight_frames_again(frames):
    net = prior()
    made, mean, spread = net(motion(frames))
    assert mean.shape == spread.shape == (2, frames // STRIDE, 16)
    assert made.shape == (2, frames, 6)


def test_in_use_the_mean_is_decoded_and_training_samples_round_it():
    net = prior()
    made, mean, spread = net(motion(64))
    assert torch.equal(made, net(motion(64))[0])
    assert torch.equal(made, net.decode(mean))
    net.decode = lambda latents: latents
    net.train()
    for module in net.modules():  # one statistic for all draws, and no dropout
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.Dropout):
            module.eval()
    drawn = torch.stack([net(motion(64))[0] for _ in range(400)])
    assert torch.allclose(drawn.mean(dim=0), mean, atol=0.5 * float(torch.exp(0.5 * spread).max()))
    assert torch.allclose(drawn.std(dim=0) / torch.exp(0.5 * spread), torch.ones(()), atol=0.25)


@torch.no_grad()
def test_a_latent_moves_its_own_frames_and_those_within_reach():
    net, latents = prior(), torch.randn(1, 30, 16, generator=torch.Generator().manual_seed(0))
    changed = latents.clone()
    changed[0, 15] += 3.0
    away = (net.decode(latents) - net.decode(changed)).abs().amax(dim=-1)[0]
    assert (away[15 * STRIDE : 16 * STRIDE] > 1e-3).all()
    reach = 8 + 8 + 8 + 4 + 2  # attention, and convolutions at a quarter, a quarter, half and the full frame rate
    assert away[: 15 * STRIDE - reach].max() == away[16 * STRIDE + reach :].max() == 0


@torch.no_grad()
def test_a_frame_moves_its_own_latent_and_those_within_reach():
    net, one = prior(reach=0), motion(240, clips=1)
    changed = one.clone()
    changed[0, 120:128] += 3.0
    away = (net.encode(one)[0] - net.encode(changed)[0]).abs().amax(dim=-1)[0]
    assert away[15] > 0.2 * away.max()
    assert away[:12].max() == away[19:].max() == 0


@torch.no_grad()
def test_motion_is_normalised_inside():
    net, one = prior(), motion(64)
    before = net(one)[0]
    net.mean += 5.0
    net.scale *= 10.0
    assert torch.allclose(net(one * 10.0 + 5.0)[0], before * 10.0 + 5.0, atol=1e-2)


@torch.no_grad()
def test_a_saved_prior_comes_back(tmp_path):
    net = prior()
    net.mean += 1.0
    flint.save(tmp_path, net, {})
    again = flint.load(tmp_path)
    assert again.config == net.config
    assert torch.equal(again(motion(64))[0], net(motion(64))[0])


def test_frames_that_do_not_count_change_no_term():
    one, mask = 1e-3 * motion(16), torch.ones(2, 16, dtype=torch.bool)
    mask[:, 10:] = False
    target = one.clone()
    target[:, 10:, :3] += 1.0

    def model(seen):
        return torch.zeros_like(seen), torch.ones(2, 2, 4), torch.zeros(2, 2, 4)

    objective = Objective(made_up.Points())
    whole, hidden, counted = (
        objective(model, batch) for batch in ((one, mask), (target, mask), (target, torch.ones_like(mask)))
    )
    for name in ("vertex", "velocity", "gap"):
        assert torch.equal(whole[name], hidden[name]), name
        assert counted[name] > 10 * whole[name], name
    assert whole["kl"] == 2.0  # four dimensions of mean 1 and variance 1: 4 / 2 nats a latent


def test_windows_carry_their_mask():
    one = torch.arange(40).float()[:, None].numpy()
    windows = Windows([Moved(one, one[:, 0] % 3 == 0), Moved(one[:10], one[:10, 0] >= 0)], Data(batch=50, frames=16))
    batch, mask = windows.batch(0, torch.Generator().manual_seed(0))
    assert batch.shape == (50, 16, 1)
    assert torch.equal(mask, batch[..., 0] % 3 == 0)
    assert (batch.diff(dim=1) == 1).all()
    assert batch.max() <= 39
    assert batch[:, 0].unique().numel() > 10
    with pytest.raises(UserError, match="window"):
        Windows([Moved(one[:10], one[:10, 0] >= 0)], Data(frames=16))
