"""Model folders: exact, self-describing, strict, and never a pickle."""

import json
import pickle

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from speechface import checkpoint
from speechface.errors import UserError


def build(about):
    return nn.Sequential(nn.Linear(3, about["config"]["width"]), nn.BatchNorm1d(about["config"]["width"]))


@pytest.fixture
def net():
    torch.manual_seed(0)
    made = build({"config": {"width": 4}})
    made(torch.randn(8, 3))
    return made


def tamper(folder, **changes):
    about = json.loads((folder / "model.json").read_text()) | changes
    (folder / "model.json").write_text(json.dumps(about))


@pytest.mark.parametrize("half", [False, True])
def test_weights_and_statistics_come_back(net, tmp_path, half):
    checkpoint.save(tmp_path / "m", net, "thing", {"config": {"width": 4}, "licence": "CC0 – frei"}, half=half)
    back = checkpoint.load(tmp_path / "m", "thing", build)
    assert not back.training
    for name, value in net.state_dict().items():
        found = back.state_dict()[name]
        assert found.dtype == value.dtype
        assert torch.equal(found, value) or (half and torch.equal(found, value.half().float())), name
    stored = load_file(tmp_path / "m" / "weights.safetensors")["0.weight"]
    assert stored.dtype == (torch.float16 if half else torch.float32)
    about = checkpoint.describe(tmp_path / "m")
    assert about["kind"] == "thing"
    assert about["format"] == checkpoint.FORMAT
    assert about["licence"] == "CC0 – frei"
    assert sorted(file.name for file in (tmp_path / "m").iterdir()) == ["model.json", "weights.safetensors"]
    assert str(tmp_path) not in (tmp_path / "m" / "model.json").read_text()


def test_what_does_not_fit_is_said(net, tmp_path):
    checkpoint.save(tmp_path, net, "thing", {"config": {"width": 4}})
    with pytest.raises(UserError, match="kind 'thing', not 'other'"):
        checkpoint.load(tmp_path, "other", build)
    tamper(tmp_path, config={"width": 5})
    with pytest.raises(UserError, match="do not fit"):
        checkpoint.load(tmp_path, "thing", build)
    tamper(tmp_path, config={})
    with pytest.raises(UserError, match="does not describe"):
        checkpoint.load(tmp_path, "thing", build)
    tamper(tmp_path, config={"width": 4}, format=checkpoint.FORMAT + 1)
    with pytest.raises(UserError, match=f"format {checkpoint.FORMAT + 1}"):
        checkpoint.load(tmp_path, "thing", build)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"model"', '{"format": 1}', "\udcff"])
def test_a_broken_description_is_a_user_error(net, tmp_path, text):
    checkpoint.save(tmp_path, net, "thing", {"config": {"width": 4}})
    (tmp_path / "model.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"model\.json"):
        checkpoint.load(tmp_path, "thing", build)


@pytest.mark.parametrize("missing", ["model.json", "weights.safetensors", ""])
def test_half_a_folder_is_no_model(net, tmp_path, missing):
    checkpoint.save(tmp_path / "m", net, "thing", {"config": {"width": 4}})
    if missing:
        (tmp_path / "m" / missing).unlink()
    with pytest.raises(UserError, match="not a model folder"):
        checkpoint.load(tmp_path / ("m" if missing else "nowhere"), "thing", build)


class Trap:
    """Whoever unpickles this has been had."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was read",)


@pytest.mark.parametrize(
    "write", [lambda path: path.write_bytes(pickle.dumps(Trap())), lambda path: torch.save(Trap(), path)]
)
def test_a_pickle_is_never_read(net, tmp_path, write):
    checkpoint.save(tmp_path, net, "thing", {"config": {"width": 4}})
    write(tmp_path / "weights.safetensors")
    with pytest.raises(UserError, match="damaged"):
        checkpoint.load(tmp_path, "thing", build)


def test_saving_again_replaces_and_a_failure_leaves_the_old(net, tmp_path):
    checkpoint.save(tmp_path / "m", net, "thing", {"config": {"width": 4}})
    first = checkpoint.fingerprint(tmp_path / "m")
    with pytest.raises(TypeError):
        checkpoint.save(tmp_path / "m", net, "thing", {"config": object()})
    assert checkpoint.fingerprint(tmp_path / "m") == first
    nn.init.zeros_(net[0].weight)
    checkpoint.save(tmp_path / "m", net, "thing", {"config": {"width": 4}})
    assert checkpoint.fingerprint(tmp_path / "m") != first
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m"]
