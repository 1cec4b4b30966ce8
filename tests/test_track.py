"""Tracks: written and read back, and what is refused."""

import numpy as np
import pytest

from data_prep.track import SHAPES, Track
from speechface.errors import UserError


def made_up(frames=4):
    draw = np.random.default_rng(0)
    landmarks = draw.uniform(0, 300, (frames, 478, 3))
    return Track(landmarks, draw.uniform(0, 1, (frames, 52)), np.ones(frames), np.arange(frames) > 0, (360, 288), 25.0)


def test_track_is_read_back_as_it_was_written(tmp_path):
    track = made_up()
    track.save(tmp_path / "a.npz")
    again = Track.load(tmp_path / "a.npz")
    assert np.abs(again.landmarks - track.landmarks).max() <= 1 / 32
    assert np.abs(again.scores - track.scores).max() < 1e-3
    assert np.array_equal(again.valid, track.valid)
    assert np.array_equal(again.confidence, track.confidence)
    assert (again.size, again.fps, len(again), again.duration) == ((360, 288), 25.0, 4, 0.16)
    assert np.array_equal(again["jawOpen"], again.scores[:, SHAPES.index("jawOpen")])
    with pytest.raises(KeyError):
        again["headYaw"]


def test_what_is_no_track_is_refused(tmp_path):
    with pytest.raises(ValueError, match="scores"):
        Track(np.zeros((2, 478, 3)), np.zeros((2, 51)), np.ones(2), np.ones(2), (8, 8), 25.0)
    np.savez(tmp_path / "b.npz", controls=np.zeros(3))
    (tmp_path / "c.npz").write_bytes(b"nothing")
    for name in ("a.npz", "b.npz", "c.npz"):
        with pytest.raises(UserError):
            Track.load(tmp_path / name)
