"""Augmentation keeps the shape, follows its generator, and does to log-mel frames what it says."""

import pytest
import torch

from speechface.audio import augment
from speechface.audio.mel import BANDS, FLOOR, LogMel

CHANGES = ("throat", "room", "noise", "microphone", "gaps", "augment")


def mel(clips=4, frames=150):
    draw = torch.Generator().manual_seed(0)
    loud = torch.rand(clips, frames * 160, generator=draw).repeat(1, 1)
    return LogMel()(0.1 * torch.randn(clips, frames * 160, generator=draw) * loud)


def changed(name, frames, seed=0):
    return getattr(augment, name)(frames, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", CHANGES)
def test_shape_and_generator(name):
    one = mel()
    before = one.clone()
    made = changed(name, one)
    assert made.shape == one.shape
    assert made.isfinite().all()
    assert torch.equal(made, changed(name, one))
    assert not torch.equal(made, changed(name, one, 1))
    assert torch.equal(one, before)
    assert not torch.equal(made, one)


@pytest.mark.parametrize("frames", [1, 2, 7])
@pytest.mark.parametrize("clips", [1, 3])
def test_short_clips_and_silence(clips, frames):
    for one in (mel(clips, frames), torch.full((clips, frames, BANDS), FLOOR).log()):
        for seed in range(5):
            made = changed("augment", one, seed)
            assert made.shape == one.shape
            assert made.isfinite().all()


def test_a_longer_throat_moves_a_formant():
    one = torch.zeros(16, 3, BANDS)
    one[:, :, 40] = 10.0
    peaks = changed("throat", one).mean(dim=1).argmax(dim=-1)
    assert peaks.unique().numel() > 5
    assert (peaks - 40).abs().max() <= round(40 * 0.13 / 0.87)


def test_a_room_only_adds_what_came_before():
    one = torch.full((32, 60, BANDS), FLOOR).log()
    one[:, 20] = 5.0
    made = changed("room", one)
    assert (made[:, :20] - one[:, :20]).abs().max() < 0.5  # silence before a sound stays silence
    assert torch.allclose(made[:, 20], one[:, 20], atol=1e-3)
    wet = (made[:, 21:] - one[:, 21:]).amax(dim=(1, 2)) > 1.0
    assert 8 < wet.sum() < 24  # half the clips
    tails = made[wet][:, 21:60].mean(dim=-1)
    assert (tails.diff(dim=1) <= 1e-3).all()


def test_noise_never_takes_away_and_gaps_blank_to_the_mean():
    one = mel(16)
    assert (changed("noise", one) >= one - 1e-4).all()
    made = changed("gaps", one)
    touched = made != one
    assert (made[touched] - one.mean(dim=(1, 2))[:, None, None].expand_as(one)[touched]).abs().max() < 0.5
    assert 0.01 < touched.float().mean() < 0.35
