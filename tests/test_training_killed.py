"""A run that is killed with SIGKILL, whenever that is, ends like one that was not; the end of every run is validated."""

import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest
import torch
from torch import nn

pytest.importorskip("lightning")

from speechface.errors import UserError
from speechface.training import fit
from speechface.training_config import Training

STEPS = 50


class Sums:
    def __init__(self, pause=0.0):
        self.pause = pause

    def batch(self, step, generator):
        time.sleep(self.pause)
        inputs = torch.randn(16, 4, generator=generator)
        return inputs, inputs.sum(dim=1, keepdim=True)


def objective(model, batch):
    inputs, wanted = batch
    return {"square": (model(inputs) - wanted).square().mean()}


def run(folder, pause=0.0, pictures=None, score=objective, **settings):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.BatchNorm1d(8), nn.Linear(8, 1))
    validation = [Sums().batch(0, torch.Generator().manual_seed(9))]
    given = {"steps": STEPS, "rate": 1e-2, "warmup": 5, "validate": 20, "accelerator": "cpu", "average": 0.9}
    config = Training(**given | settings)
    terms = fit(model, score, {"square": 1.0}, Sums(pause), validation, config, folder, quiet=True, pictures=pictures)
    return model, terms


def last(folder):
    return torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return folder, *run(folder)


def test_killed_at_random_moments(whole, tmp_path):
    """A checkpoint after every step, and kills that strike anywhere: between steps, in a validation, in writing."""
    started = multiprocessing.get_context("forkserver")
    started.set_forkserver_preload(["speechface.training"])
    draw, kills, at = random.Random(), 0, []
    for _ in range(12):
        child = started.Process(target=run, args=(tmp_path, 0.01), kwargs={"minutes": 1e-9})
        child.start()
        begun = 0 if not (tmp_path / "checkpoints" / "last.ckpt").exists() else last(tmp_path)["global_step"]
        while child.is_alive() and kills < 4:  # let it come on a little, so that the end is reached
            file = tmp_path / "checkpoints" / "last.ckpt"
            if file.exists() and last(tmp_path)["global_step"] > begun + 3:
                time.sleep(draw.uniform(0.0, 0.1))
                os.kill(child.pid, signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.01)
        child.join()
        at.append(last(tmp_path)["global_step"])
        if child.exitcode == 0:
            break
    assert child.exitcode == 0
    assert kills >= 2, at
    model, terms = run(tmp_path)  # reads what the last process left
    assert terms == whole[2]
    for name, value in whole[1].state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name
    for name, value in last(whole[0])["state_dict"].items():
        assert torch.equal(value, last(tmp_path)["state_dict"][name]), name


def test_killed_in_a_validation(whole, tmp_path):
    """A validation that did not happen happens when the run goes on, also the one at the end."""

    class Gone(BaseException):
        pass

    def gone(model, batch):
        if not model.training:
            gone.validations += 1
            if gone.validations in (1, 4):
                raise Gone
        return objective(model, batch)

    gone.validations = 0
    for step in (19, 49):
        with pytest.raises(Gone):
            run(tmp_path, score=gone, minutes=1e-9)
        assert last(tmp_path)["global_step"] == step
    model, terms = run(tmp_path)
    assert terms == whole[2]
    for name, value in whole[1].state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name


def test_the_last_part_of_an_interval_is_validated(whole):
    """50 steps, validated every 20: at 20, 40 and 50."""
    rows = (whole[0] / "logs" / "from-000000" / "metrics.csv").read_text().splitlines()
    step, total = (rows[0].split(",").index(name) for name in ("step", "val/total"))
    assert [int(row.split(",")[step]) + 1 for row in rows[1:] if row.split(",")[total]] == [20, 40, 50]
    assert last(whole[0])["global_step"] == STEPS


def test_a_run_that_stopped_early_stays_stopped(tmp_path):
    def worse(model, batch):
        worse.seen += 1
        return {"square": objective(model, batch)["square"] * (1 if model.training else worse.seen)}

    worse.seen = 0
    _, terms = run(tmp_path, score=worse, validate=5, patience=1)
    assert last(tmp_path)["global_step"] == 10
    assert last(tmp_path)["stopped"]
    seen = worse.seen
    assert run(tmp_path, score=worse, validate=5, patience=1)[1] == terms
    assert worse.seen == seen


def test_the_term_that_is_asked_for_says_which_checkpoint_is_the_best(tmp_path):
    """`late` falls while `square`, and so the total, rises."""

    def moody(model, batch):
        moody.seen += not model.training
        square = objective(model, batch)["square"] * (1 if model.training else moody.seen)
        return {"square": square, "late": -square.detach() * 0 - moody.seen}

    for judged, best in (("square", 5), ("late", 15)):
        moody.seen = 0
        run(tmp_path / judged, score=moody, steps=15, validate=5, judged=judged)
        path = tmp_path / judged / "checkpoints" / "best.ckpt"
        assert torch.load(path, weights_only=True)["global_step"] == best
    moody.seen = 0
    _, terms = run(tmp_path / "last", score=moody, steps=15, validate=5, judged="last")
    assert terms["late"] == pytest.approx(-3.0)  # as `late` would have chosen, though nobody looked
    with pytest.raises(UserError, match=r"no term 'millimetre'.*there are: .*square, total"):
        run(tmp_path / "none", score=moody, steps=5, validate=5, judged="millimetre")


def test_other_settings_do_not_go_on_with_a_run(tmp_path):
    run(tmp_path, steps=5, validate=5)
    with pytest.raises(UserError, match=r"rate 0\.01, not 0\.02"):
        run(tmp_path, steps=5, validate=5, rate=2e-2)
    with pytest.raises(UserError, match="another net"):
        run(tmp_path, steps=5, validate=5, average=0.0)
    run(tmp_path, steps=8, validate=5)
    assert last(tmp_path)["global_step"] == 8
    assert json.loads((tmp_path / "training.json").read_text())["training"]["steps"] == 8


def test_pictures_and_losses_by_name_while_it_trains(tmp_path, capsys, monkeypatch):
    drawn = []

    def draw(net, path):
        assert not net.training
        drawn.append(path)
        if len(drawn) == 2:
            raise OSError("no room")

    run(tmp_path / "a", pictures=draw)
    assert drawn == [tmp_path / "a" / "pictures" / f"{step:06d}.png" for step in (20, 40, 50)]
    assert "no picture at step 40: no room" in capsys.readouterr().err
    torch.manual_seed(0)
    validation = [Sums().batch(0, torch.Generator().manual_seed(9))]
    config = Training(steps=4, validate=2, accelerator="cpu")
    fit(nn.Linear(4, 1), objective, {"square": 1.0}, Sums(), validation, config, tmp_path / "b")
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("step")]
    assert len(lines) == 2
    assert lines[1].startswith("step 4 of 4, 0 min left: total ")
    assert "square" in lines[1]


def test_tensorboard(tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    run(tmp_path, steps=5, validate=5, logger="tensorboard")
    assert list((tmp_path / "logs").rglob("events.out.tfevents*"))


def test_half_a_checkpoint_is_never_found(tmp_path, monkeypatch):
    from speechface.training_kept import Whole

    Whole().save_checkpoint({"step": 1}, tmp_path / "last.ckpt")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        Whole().save_checkpoint({"step": 2}, tmp_path / "last.ckpt")
    assert torch.load(Path(tmp_path / "last.ckpt"), weights_only=True) == {"step": 1}
