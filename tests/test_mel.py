"""Log-mel frames against librosa's filters and a slow Fourier transform, and a mean that pauses do not shift."""

import numpy as np
import pytest
import torch

from speechface.audio.mel import BANDS, FLOOR, LogMel, mel_filters, speech_mean


def test_filters_are_those_of_librosa():
    librosa = pytest.importorskip("librosa")
    theirs = librosa.filters.mel(sr=16000, n_fft=512, n_mels=80, fmin=30.0, fmax=7800.0, htk=True, norm=None).T
    ours = mel_filters().numpy()
    filled = (ours != theirs) & (np.abs(ours - theirs) > 1e-4)
    assert filled.sum(axis=0).max() <= 1  # a band's nearest bin may be raised, nothing else
    assert ours[filled] == pytest.approx(0.7)
    assert (theirs[filled] < 0.7).all()
    assert ours.max(axis=0).min() >= 0.69  # no band is empty


def test_frames_equal_a_slow_transform():
    sound = np.random.default_rng(0).normal(0.0, 0.1, 1700)
    found = LogMel()(torch.from_numpy(sound.astype(np.float32))[None])[0].numpy()
    assert found.shape == (10, BANDS)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    filters = mel_filters().numpy().astype(np.float64)
    for frame in (0, 1, 5, 9):
        middle = 160 * frame + 80  # (t + 0.5) / 100 seconds
        at = middle - 200 + np.arange(400)
        piece = np.where((at >= 0) & (at < len(sound)), sound[np.clip(at, 0, len(sound) - 1)], 0.0) * hann
        turns = np.exp(-2j * np.pi * np.outer(np.arange(257), np.arange(400)) / 512)
        wanted = np.log((np.abs(turns @ piece) ** 2) @ filters + FLOOR)
        assert np.abs(found[frame] - wanted).max() < 1e-3


def test_a_click_is_loudest_in_the_frame_that_covers_it():
    for at in (800, 879, 960, 1000):
        sound = torch.zeros(1, 1600)
        sound[0, at] = 1.0
        assert LogMel()(sound)[0].mean(dim=-1).argmax() == at // 160


@pytest.mark.parametrize(("samples", "frames"), [(160, 1), (319, 1), (16000, 100), (16159, 100)])
def test_a_frame_every_ten_milliseconds(samples, frames):
    assert LogMel()(torch.zeros(2, samples)).shape == (2, frames, BANDS)


def test_pauses_and_loudness_do_not_shift_the_mean():
    mel = torch.randn(1, 300, BANDS, generator=torch.Generator().manual_seed(0))
    mean = speech_mean(mel)
    assert mean.shape == (1, 1, BANDS)
    paused = torch.cat([mel, torch.full((1, 400, BANDS), -16.0)], dim=1)
    assert torch.allclose(speech_mean(paused), mean, atol=0.05)
    assert torch.allclose(speech_mean(mel + 3.0), mean + 3.0, atol=1e-4)
    assert (mean - mel.mean(dim=1, keepdim=True)).abs().max() < 0.05
