"""One face followed, the one that speaks chosen, and its track judged, on made-up sightings and tracks."""

import numpy as np
import pytest
from made_video import ring
from scipy.ndimage import gaussian_filter1d

from data_prep.track import Track
from data_prep.video import following, judge, lips, speaker
from data_prep.video.scan import Scan
from speechface.errors import UserError


def test_the_larger_face_is_followed_through_a_gap_and_not_the_other():
    times = np.arange(100) / 25
    rows, frames = [], []
    for frame in range(100):
        if not 40 <= frame < 48:
            frames.append(frame)
            rows.append((100 + frame, 100, 50, 0.1, 0.9))
        if frame > 20:
            frames.append(frame)
            rows.append((250 - frame, 100, 30, 0, 0.9))
    scan = Scan(times, np.zeros(100), np.array(frames), np.array(rows, dtype=np.float32))
    main, other, *rest = following.chains(scan, 0, 100)
    assert not rest
    assert (len(main.frame), len(other.frame)) == (92, 79)
    places = following.places(main, scan, 0, 100)
    assert np.allclose([place.centre[0] for place in places][10:90], 100 + np.arange(10, 90), atol=0.5)
    assert np.allclose([place.side for place in places], 50, rtol=1e-4)
    far = following.places(following.Chain(main.frame[:10], main.rows[:10]), scan, 0, 100)
    assert far[21] is not None
    assert far[25] is None


def still_track(frames=100, move=None, **more):
    landmarks = np.repeat(ring((200, 200), 80)[None], frames, axis=0)
    if move is not None:
        landmarks = landmarks + move
    fields = {"scores": np.zeros((frames, 52)), "confidence": np.full(frames, 0.8), "valid": np.ones(frames, bool)}
    return Track(landmarks, **(fields | more), size=(400, 400), fps=25.0)


def talking(frames=100, late=0):
    """A track whose lips do what the sound wants, some frames late, and that wish at 100 Hz."""
    draw = np.random.default_rng(3)
    wanted = gaussian_filter1d(draw.uniform(0, 1, 4 * frames + 400), 8)
    gap = np.interp(np.arange(frames) / 25 - late / 25, (np.arange(4 * frames + 400) - 200 + 0.5) / 100, wanted)
    move = np.zeros((frames, 478, 3), np.float32)
    move[:, 14, 1] = 100 * (gap - gap.min())
    return still_track(frames, move), wanted[200 : 200 + 4 * frames]


def test_judge_measures_how_late_the_lips_are():
    for late in (-8, -2, 0, 2, 8):
        track, wanted = talking(late=late)
        found = lips.sync(lips.opening(track), 25.0, wanted, track.valid)
        assert found.offset == pytest.approx(late / 25, abs=0.021)
        assert found.correlation > 0.9
        apart = "lips and sound are apart" in judge.judge(track, wanted).reasons
        assert apart == (abs(late) > 3)


def test_of_several_faces_the_one_that_speaks_is_taken():
    talker, wanted = talking()
    silent = still_track()
    rows = np.zeros((1, 5), np.float32)
    large, small, tiny = (following.Chain(np.zeros(1, int), rows + size) for size in (50, 40, 5))
    assert speaker.rivals([large, small, tiny]) == [large, small]
    by_chain = {id(large): silent, id(small): talker}
    assert speaker.speaker([large, small], lambda chain: by_chain[id(chain)], lambda: wanted) is talker
    by_chain = {id(large): talker, id(small): silent}
    assert speaker.speaker([large, small], lambda chain: by_chain[id(chain)], lambda: wanted) is talker
    assert speaker.speaker([large, small], lambda chain: by_chain[id(chain)], lambda: np.zeros(400)) is talker
    with pytest.raises(UserError, match="no face"):
        speaker.rivals([])


def test_judge_masks_frames_and_says_why():
    track, wanted = talking()
    assert judge.judge(track, wanted).accepted
    hidden = track.confidence.copy()
    hidden[20:30] = 0.6
    turned = track.landmarks.copy()
    turned[40:45, 454, 2] += 200
    outside = track.landmarks.copy()
    outside[50:60] += 180
    residual = np.full(100, 0.01)
    residual[70:72] = 0.2
    cases = {
        "something before the face": ({"confidence": hidden}, range(20, 30), None),
        "turned away": ({"landmarks": turned}, range(40, 45), None),
        "outside the picture": ({"landmarks": outside}, range(50, 60), None),
        "fit": ({}, range(70, 72), residual),
        "no face": ({"valid": np.arange(100) > 4}, range(5), None),
    }
    for reason, (change, frames, error) in cases.items():
        fields = {name: getattr(track, name) for name in ("landmarks", "scores", "confidence", "valid", "size", "fps")}
        verdict = judge.judge(Track(**(fields | change)), wanted, error)
        assert set(frames) <= set(np.flatnonzero(~verdict.valid)), reason
        assert verdict.valid.sum() >= 100 - len(frames) - 3
        assert reason in verdict.masked


def test_judge_rejects_with_the_reason():
    track, wanted = talking()
    fields = {name: getattr(track, name) for name in ("landmarks", "scores", "confidence", "valid", "size", "fps")}
    noise = np.random.default_rng(0).normal(0, 2.0, (100, 478, 3)).astype(np.float32)
    other = track.landmarks.copy()
    other[50:, [4, 1, 5, 195]] += [0, 30, 0]
    cases = {
        "too few good frames: no face": ({"valid": np.arange(100) % 2 > 0}, wanted),
        "too short": ({"landmarks": track.landmarks[:20], "scores": track.scores[:20], "confidence": track.confidence[:20],
                           "valid": track.valid[:20]}, wanted[:80]),
        "face too small": ({"landmarks": track.landmarks / 6}, wanted),
        "jitter": ({"landmarks": track.landmarks + noise}, wanted),
        "another person in between": ({"landmarks": other}, wanted),
        "lips do not move with the sound": ({}, np.random.default_rng(5).uniform(0, 1, 400)),
        "the head does not fit": ({}, wanted),
    }  # fmt: skip
    for reason, (change, sound) in cases.items():
        residual = np.full(100, 0.05) if "fit" in reason else None
        assert reason in judge.judge(Track(**(fields | change)), sound, residual).reasons, reason
