"""The net of EmoFace: time, emotion and style are used, within its reach; the traps of the original stay shut."""

import numpy as np
import pytest
import torch

from emoface.config import Config, Weights
from emoface.model import EmoFace, felt_input
from emoface.training import Objective
from speechface.emotion import Emotion, conditioning
from speechface.training import fit
from speechface.training_config import Training

SUBJECTS, FEATURES, STEPS, LAYERS, REACH = 3, 5, 40, 2, 4


def tiny(dropout=0.0):
    torch.manual_seed(0)
    shape = {"width": 16, "emotion": 8, "layers": LAYERS, "heads": 2, "hidden": 32, "reach": REACH, "period": 2}
    model = EmoFace(Config(**shape, dropout=dropout, subjects=SUBJECTS), features=FEATURES).eval()
    torch.nn.init.normal_(model.controls.weight)
    return model


def felt(text="neutral", subject=0, steps=STEPS):
    labels, levels = (
        torch.from_numpy(part)[None] for part in conditioning(Emotion.parse(text).at(np.arange(steps) / 30))
    )
    return felt_input(labels, levels, torch.tensor([subject]), SUBJECTS)


def sound(steps=STEPS, seed=0):
    return torch.randn(1, steps, 2 * FEATURES, generator=torch.Generator().manual_seed(seed))


def moved(model, one, other):
    """(T,) the largest difference of two faces in every frame."""
    with torch.no_grad():
        return (model(*one) - model(*other)).abs().amax(-1)[0]


def test_starts_at_rest_and_gives_two_frames_a_step():
    model = EmoFace(Config(width=16, emotion=8, layers=1, heads=2, hidden=32, subjects=SUBJECTS), features=FEATURES)
    made = model(sound(), felt())
    assert made.shape == (1, 2 * STEPS, 174)
    assert (made == 0).all()


def test_a_sound_moves_the_frames_round_it_and_no_others():
    model, features = tiny(), sound()
    changed = features.clone()
    changed[0, 20] += 1
    away = moved(model, (features, felt()), (changed, felt()))
    assert (away[2 * 18 : 2 * 23] > 1e-4).all()
    reach = LAYERS * REACH
    assert (away[: 2 * (20 - reach)] == 0).all()
    assert (away[2 * (21 + reach) :] == 0).all()


def test_the_order_of_sounds_counts():
    """What the original lost: without attention over time, a step's face would not depend on its neighbours' order."""
    model, features = tiny(), sound()
    changed = features.clone()
    changed[0, [18, 22]] = features[0, [22, 18]]
    assert moved(model, (features, felt()), (changed, felt()))[40] > 1e-4


def test_emotion_moves_the_face_where_it_changes_and_style_everywhere():
    model, features = tiny(), sound()
    angry = felt()
    angry[:, 30:] = felt("angry")[:, 30:]
    away = moved(model, (features, felt()), (features, angry))
    assert (away[60:] > 1e-4).all()
    assert (away[: 2 * (30 - LAYERS * REACH)] == 0).all()
    assert (moved(model, (features, felt("sad:0.4")), (features, felt("sad"))) > 1e-4).all()
    assert (moved(model, (features, felt(subject=0)), (features, felt(subject=2))) > 1e-4).all()


def test_a_clip_in_a_batch_moves_as_alone():
    """The original attended over the batch. A shorter clip is filled up, and what fills it up is not heard."""
    model, short, long = tiny(), sound(20, seed=1), sound()
    filled = torch.cat([short, 9 * torch.ones(1, 20, 2 * FEATURES)], dim=1)
    mask = torch.ones(2, STEPS, dtype=torch.bool)
    mask[0, 20:] = False
    with torch.no_grad():
        both = model(torch.cat([filled, long]), felt("sad").expand(2, -1, -1), mask)
        assert torch.allclose(both[:1, :40], model(short, felt("sad", steps=20)), atol=1e-5)
        assert torch.allclose(both[1:], model(long, felt("sad")), atol=1e-5)


def test_use_equals_training_without_dropout():
    model, given = tiny(), (sound(), felt("fear"))
    assert torch.equal(model.train()(*given), model.eval()(*given))
    wild = tiny(dropout=0.5)
    assert not torch.equal(wild.train()(*given), wild.eval()(*given))


class Flat(torch.nn.Module):
    """A face of three points that are the board's first controls."""

    def forward(self, controls):
        return 1e-3 * controls[..., :9].reshape(*controls.shape[:2], 3, 3)

    def gap(self, vertices):
        return (vertices[..., 0, :] - vertices[..., 1, :]).norm(dim=-1)

    def tuck(self, vertices):
        return (vertices[..., 1, :] - vertices[..., 2, :]).norm(dim=-1)


def batch(frames=2 * STEPS):
    wanted = torch.randn(1, frames, 174, generator=torch.Generator().manual_seed(5))
    return [
        sound(),
        felt("sad"),
        torch.ones(1, STEPS, dtype=torch.bool),
        wanted,
        torch.ones(1, frames, dtype=torch.bool),
    ]


def test_frames_that_do_not_count_change_no_term():
    given = batch()
    given[4][:, 50:] = False
    broken = [*given[:3], given[3].clone(), given[4]]
    broken[3][:, 50:, 3:] += 10.0
    objective, model = Objective(Flat(), torch.ones(174)), tiny()
    one, other = objective(model, given), objective(model, broken)
    whole = objective(model, [*broken[:4], torch.ones_like(given[4])])
    for name in vars(Weights()):
        assert torch.equal(one[name], other[name]), name
    for name in ("control", "vertex"):
        assert whole[name] > 1.2 * one[name], name


def test_an_error_counts_in_units_of_a_control_s_spread():
    given, model = batch(), tiny()
    still = [*given[:3], model(*given[:3]).detach(), given[4]]
    spread = torch.ones(174)
    spread[7] = 0.1
    objective = Objective(Flat(), spread)
    off = {}
    for column in (7, 8):
        still[3] = model(*given[:3]).detach()
        still[3][..., column] += 0.1
        off[column] = float(objective(model, still)["control"].detach())
    assert off[7] == pytest.approx(100 * off[8], rel=1e-3)


def test_a_clip_is_learnt_by_heart(tmp_path):
    given = batch()
    given[3] = 0.3 * given[3].cumsum(dim=1) / 8
    model = tiny()

    class Same:
        def batch(self, step, generator):
            return given

    before = float(Objective(Flat(), torch.ones(174))(model, given)["control"].detach())
    training = Training(steps=150, rate=1e-2, warmup=10, validate=150, accelerator="cpu")
    terms = fit(
        model, Objective(Flat(), torch.ones(174)), {"control": 1.0}, Same(), [given], training, tmp_path, quiet=True
    )
    assert terms["control"] < 0.1 * before
