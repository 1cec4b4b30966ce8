"""What is measured of a motion prior: latents as they follow each other, and faces that are none."""

import made_up
import numpy as np
import pytest
import torch

from priors.flint import Flint, save
from priors.flint_config import Config
from priors.flint_measure import Latents, decoded, encoded, measure
from priors.flint_training import Moved, controls
from speechface import evaluate, heads
from speechface.face import Face


def test_latents_are_drawn_as_they_follow_each_other():
    """A process that is known: one direction lasts, one forgets at once, one does not move."""
    draw, runs = np.random.default_rng(0), []
    for _ in range(40):
        now, run = np.array([draw.normal(), draw.normal(), 0.0]), []
        for _ in range(30):
            now = np.array([0.9, 0.0, 0.0]) * now + np.array([np.sqrt(1 - 0.81), 1.0, 0.0]) * draw.normal(size=3)
            run.append(now + [5.0, 0.0, 2.0])
        runs.append(np.array(run, dtype=np.float32))
    course = Latents.of(runs)
    assert np.allclose(course.mean, [5.0, 0.0, 2.0], atol=0.3)
    drawn = course.draw(200, 30, seed=1)
    assert drawn.shape == (200, 30, 3)
    assert np.allclose(drawn.reshape(-1, 3).std(axis=0), [1.0, 1.0, 0.0], atol=0.12)
    lasting, forgetting = (
        np.corrcoef(drawn[:, :-1, axis].ravel(), drawn[:, 1:, axis].ravel())[0, 1] for axis in (0, 1)
    )
    assert lasting == pytest.approx(0.9, abs=0.05)
    assert abs(forgetting) < 0.1
    lengths = np.linalg.norm(course.axes, axis=1)
    assert (np.diff(lengths) <= 1e-9).all()
    assert lengths[2] < 0.01
    assert np.array_equal(course.draw(2, 5, seed=3), course.draw(2, 5, seed=3))


@pytest.fixture(scope="module")
def head():
    return heads.load("flame:preview")


def test_a_prior_that_rebuilds_nothing_is_told_from_one_that_knows(head):
    """The net that always shows the mean, and one in the place of the net that gives back what it got."""
    names = controls(head.rig.names)
    draw = np.random.default_rng(0)
    clips = [
        Moved((0.3 * draw.normal(size=(1, len(names))) * np.sin(np.arange(48)[:, None] / (3 + n))).astype(np.float32),
              np.ones(48, bool)) for n in range(6)
    ]  # fmt: skip
    torch.manual_seed(0)
    prior = Flint(Config(parameters=len(names), width=16, heads=2, hidden=16)).eval()
    face = Face(head, 60)
    row = measure(prior, face, clips[:4], clips[4:])["rebuilt"]
    still = np.concatenate([
        (face(torch.from_numpy(clip.motion)[None])[0] - face(torch.zeros(1, 1, len(names)))[0]).norm(dim=-1).mean(dim=1)
        for clip in clips[4:]
    ])  # fmt: skip
    assert row["mm"] == pytest.approx(1e3 * still.mean(), rel=1e-3)  # a new prior's decoder says nothing yet
    assert row["mm_p95"] > row["mm"]
    made_up.stirred(prior, size=2.0)
    wild = measure(prior, face, clips[:4], clips[4:])
    assert wild["drawn"]["no_face"] > 50.0
    assert wild["recorded"]["no_face"] < 5.0
    runs = encoded(prior, clips)
    assert runs[0].shape == (6, 16)
    assert decoded(prior, runs[0][None]).shape == (1, 48, len(names))


def test_a_prior_is_evaluated_from_python(tmp_path, head):
    names = controls(head.rig.names)
    splits = {"train": ["one"], "test": ["two"]}
    folder = made_up.clips(tmp_path / "clips", ("sad", "happy"), ("one", "two"), "sil m aa p aa sil", splits)
    torch.manual_seed(0)
    save(tmp_path / "model", Flint(Config(parameters=len(names), width=16, heads=2, hidden=16)), {"head": "flame"})
    rows = evaluate("prior", clips=folder, model=tmp_path / "model")
    assert set(rows) == {"rebuilt", "recorded", "drawn", "standard", "latents"}
    assert rows["latents"]["numbers"] == 16
