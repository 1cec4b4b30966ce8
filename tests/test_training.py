import json

import pytest
import torch
from torch import nn

pytest.importorskip("lightning")

from lightning.pytorch.callbacks import Callback

from speechface.training import fit
from speechface.training_config import Training


class Sums:
    """Batches whose target is the sum of the inputs."""

    def batch(self, step, generator):
        inputs = torch.randn(16, 4, generator=generator)
        return inputs, inputs.sum(dim=1, keepdim=True)


def objective(model, batch):
    inputs, wanted = batch
    return {"square": (model(inputs) - wanted).square().mean(), "seen": inputs.mean()}


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.BatchNorm1d(8), nn.Linear(8, 1))


def run(folder, steps=60, stop=None, **settings):
    class Stop(Callback):
        def on_train_batch_end(self, trainer, *_):
            if stop and trainer.global_step == stop:
                raise KeyboardInterrupt

    model, validation = net(), [Sums().batch(0, torch.Generator().manual_seed(9))]
    config = Training(steps=steps, rate=1e-2, warmup=5, validate=20, accelerator="cpu", **settings)
    terms = fit(model, objective, {"square": 1.0}, Sums(), validation, config, folder, [Stop()], quiet=True)
    return model, terms


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_killed_run_ends_like_one_that_was_not(tmp_path, average):
    whole, terms = run(tmp_path / "whole", average=average)
    with pytest.raises(SystemExit):
        run(tmp_path / "killed", stop=47, average=average)
    resumed, again = run(tmp_path / "killed", average=average)
    assert terms == again
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    last = [torch.load(tmp_path / run / "checkpoints" / "last.ckpt", weights_only=True) for run in ("whole", "killed")]
    assert last[0]["global_step"] == last[1]["global_step"] == 60
    for name, value in last[0]["state_dict"].items():  # the best may be older than the stop, the last is not
        assert torch.equal(value, last[1]["state_dict"][name]), name


def test_it_learns_and_writes_what_it_did(tmp_path):
    model, terms = run(tmp_path, steps=300)
    assert terms["square"] < 0.5
    assert "seen" in terms
    assert not model.training
    resolved = json.loads((tmp_path / "training.json").read_text())
    assert resolved["training"]["steps"] == 300
    assert resolved["weights"] == {"square": 1.0}
    logged = (tmp_path / "logs" / "from-000000" / "metrics.csv").read_text()
    assert "train/square" in logged
    assert "val/total" in logged


def test_same_seed_same_weights_other_seed_others(tmp_path):
    one, two, three = (run(tmp_path / name, steps=20, seed=seed)[0] for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert torch.equal(one[0].weight, two[0].weight)
    assert not torch.equal(one[0].weight, three[0].weight)


def test_a_loss_that_is_not_finite_stops_with_its_terms(tmp_path):
    def broken(model, batch):
        return {"square": objective(model, batch)["square"] * float("nan")}

    config = Training(steps=5, validate=5, accelerator="cpu")
    with pytest.raises(FloatingPointError, match="square"):
        fit(net(), broken, {"square": 1.0}, Sums(), [], config, tmp_path, quiet=True)
