"""Training EMOTE and its prior from files to a face: two clips are learnt by heart, and batches are what they say."""

import made_up
import numpy as np
import pytest
import torch

from emote.config import Config, Data
from emote.engine import load
from emote.training import Lesson, Lessons, Objective, train
from priors import flint_training
from priors.flint_config import Config as FlintConfig
from priors.flint_config import Data as FlintData
from priors.flint_training import Moved
from speechface import checkpoint, heads
from speechface.audio.frames import at_frames
from speechface.clips import ClipFolder
from speechface.emotion import Emotion
from speechface.errors import UserError
from speechface.face import Face
from speechface.training_config import Training


def test_two_clips_are_learnt_by_heart(tmp_path):
    """Prior, then EMOTE, on one sound said sadly and happily; the same clips under another name validate.

    Only the emotion tells the clips apart.
    """
    folder = made_up.clips(
        tmp_path / "clips",
        ("sad", "happy"),
        ("one", "same"),
        "sil m ay b ih g f ae t p ae p ah z v eh r iy sil",
        {"train": ["one"], "validation": ["same"]},
    )
    heard = made_up.encoder()
    checkpoint.save(tmp_path / "encoder", heard, "encoder", {"config": vars(heard.config)})
    steps = {"warmup": 20, "accelerator": "cpu", "decay": 0.0}
    prior = FlintConfig(width=64, heads=4, hidden=64, dropout=0.0, reach=8)
    flint_training.train(
        [folder], tmp_path / "prior", net=prior, data=FlintData(batch=8, frames=56),
        training=Training(steps=260, validate=260, rate=4e-3, **steps), quiet=True,
    )  # fmt: skip
    net = Config(
        encoder=f"viseme:{tmp_path / 'encoder'}", subjects=2, width=64, heads=4, hidden=64, dropout=0.0, reach=8
    )
    train(
        [folder], tmp_path / "emote", tmp_path / "prior" / "model", net=net, data=Data(batch=8, frames=56, views=1),
        training=Training(steps=320, validate=320, rate=3e-3, **steps), quiet=True,
    )  # fmt: skip
    engine, face = load(tmp_path / "emote" / "model"), Face(heads.load("flame"))
    assert engine.names[-3:] == ("jaw_x", "jaw_y", "jaw_z")

    def vertices(motion):
        return face(torch.from_numpy(motion)[None])[0].numpy()

    for clip in ClipFolder.read(folder).split("train"):
        motion = clip.motion()
        wanted = motion.controls[:, [motion.names.index(name) for name in engine.names]]
        error = {}
        for feeling in ("sad", "happy"):
            made = engine.animate(clip.audio(), Emotion.parse(feeling), alive=False, lips=False).columns(engine.names)
            count = min(len(made), len(wanted))
            error[feeling] = np.linalg.norm(vertices(made[:count]) - vertices(wanted[:count]), axis=-1).mean()
        still = np.linalg.norm(vertices(wanted) - vertices(wanted).mean(axis=0), axis=-1).mean()
        right = error.pop(clip.about["emotion"])
        assert right < 0.8 * still  # one face for the whole clip would be wrong by `still`
        assert right < 0.5 * min(error.values())


def lesson(frames, rate=50.0):
    """A lesson whose features, motion, levels and mask all say the time."""
    times = (np.arange(int(frames / 25 * rate)) + 0.5) / rate
    motion = (np.arange(frames) / 25.0).astype(np.float32)[:, None]
    labels, levels = np.zeros((frames, 8), np.float32), np.zeros((frames, 3), np.float32)
    levels[:, 0] = motion[:, 0]
    views = [times.astype(np.float16)[:, None]]
    return Lesson(views, Moved(motion, np.arange(frames) % 2 == 0), labels, levels, 1)


def test_windows_of_a_lesson_belong_together():
    data = Data(batch=64, frames=16)
    lessons = Lessons([lesson(16), lesson(8), lesson(60)], 50.0, Config(subjects=2), data)
    features, style, motion, valid = lessons.batch(0, torch.Generator().manual_seed(0))
    assert features.shape == (64, 16, 2)
    assert style.shape == (64, 16, 8 + 3 + 2)
    assert torch.allclose(style[..., 8], motion[..., 0])
    assert torch.equal(valid, (motion[..., 0] * 25).round() % 2 == 0)
    assert (style[..., -1] == 1).all()
    inside = features[:, 1:-1]
    wanted = motion[:, 1:-1] + torch.tensor([-0.01, 0.01])
    assert torch.allclose(inside, wanted, atol=2e-3)  # float16
    starts = set((motion[:, 0, 0] * 25).round().int().tolist())
    assert max(starts) > 30
    assert max(starts) <= 60 - 16
    again = lessons.batch(0, torch.Generator().manual_seed(0))
    assert torch.equal(again[0], features)
    with pytest.raises(UserError, match="window"):
        Lessons([lesson(8)], 50.0, Config(), data)


def test_the_same_sound_is_heard_alike_in_training_and_in_use():
    """A window of a lesson gets what the engine computes for the frames of the whole recording."""
    one = lesson(60)
    lessons = Lessons([one], 50.0, Config(subjects=2), Data(batch=20, frames=16))
    whole = at_frames(torch.from_numpy(one.views[0].astype(np.float32))[None], 50.0, 25.0, 60)[0]
    features, _, motion, _ = lessons.batch(0, torch.Generator().manual_seed(1))
    for window, start in zip(features, (motion[:, 0, 0] * 25).round().int().tolist(), strict=True):
        assert torch.allclose(window, whole[start : start + 16], atol=1e-5)


def test_frames_that_do_not_count_change_no_term():
    draw = torch.Generator().manual_seed(0)
    features, style, motion = (1e-3 * torch.randn(2, 8, width, generator=draw) for width in (4, 5, 6))
    batch = [features, style, motion, torch.ones(2, 8, dtype=torch.bool)]
    batch[3][:, 5:] = False

    def model(features, style, mask):
        return features[..., :1] * torch.arange(6)

    terms = Objective(made_up.Points())(model, batch)
    broken = batch[2].clone()
    broken[:, 5:, 3:] += 1.0
    again = Objective(made_up.Points())(model, [batch[0], batch[1], broken, batch[3]])
    counted = Objective(made_up.Points())(model, [batch[0], batch[1], broken, torch.ones_like(batch[3])])
    for name in ("vertex", "upper", "velocity", "gap", "parameter"):
        assert torch.equal(terms[name], again[name]), name
        assert counted[name] > 10 * terms[name], name


def test_what_cannot_be_trained_on_is_said(tmp_path):
    folder = made_up.clips(tmp_path / "clips", ("sad",), line="sil m aa sil", splits={"train": ["one"]})
    with pytest.raises(UserError, match="window"):
        flint_training.train([folder], tmp_path / "prior", training=Training(steps=1, accelerator="cpu"), quiet=True)
    with pytest.raises(UserError, match="multiple of 8"):
        flint_training.train([folder], tmp_path / "prior", data=FlintData(frames=20), quiet=True)
