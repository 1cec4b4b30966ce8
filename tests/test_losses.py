"""Every loss against a slow, obvious twin that goes a frame at a time and knows masks only by leaving frames out."""

import math

import pytest
import torch

from speechface import losses, plugins
from speechface.errors import UserError


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else 0.0


def frames(mask):
    return [(b, t) for b in range(mask.shape[0]) for t in range(mask.shape[1]) if mask[b, t]]


def vertex(predicted, target, mask):
    return mean(
        mean(float(p - y) ** 2 for p, y in zip(predicted[b, t].flatten(), target[b, t].flatten(), strict=True))
        for b, t in frames(mask)
    )


def velocity(predicted, target, mask):
    found = []
    for b, t in frames(mask):
        if t > 0 and mask[b, t - 1]:
            moved = (predicted[b, t] - predicted[b, t - 1]) - (target[b, t] - target[b, t - 1])
            found.append(mean(float(value) ** 2 for value in moved.flatten()))
    return mean(found)


def gap(predicted, target, mask):
    found = []
    for b, t in frames(mask):
        weight = 1 + 8 * math.exp(-float(target[b, t]) / 0.001)
        found.append(weight * (float(predicted[b, t]) - float(target[b, t])) ** 2)
    return mean(found)


def parameter(predicted, target, mask):
    return vertex(predicted, target, mask)


def cosine(predicted, target, mask):
    found = []
    for b, t in frames(mask):
        p, y = predicted[b, t].tolist(), target[b, t].tolist()
        dot = sum(one * other for one, other in zip(p, y, strict=True))
        found.append(1.0 - dot / math.sqrt(sum(one**2 for one in p) * sum(one**2 for one in y)))
    return mean(found)


def contact(predicted, target, mask):
    """Millimetres, at a touching distance of one."""
    found = []
    for b, t in frames(mask):
        is_, wanted = 1e3 * float(predicted[b, t]), 1e3 * float(target[b, t])
        if wanted < 1:
            found.append(2 * max(0.0, is_ - max(wanted, 0.7)))
        elif wanted > 2:
            found.append(max(0.0, 1.5 - is_))
        else:
            found.append(0.0)
    return mean(found)


def kl(predicted, target, mask):
    """The integral of q log(q / p) over a line, a dimension at a time."""
    found = []
    for centre, spread in zip(
        predicted.reshape(-1, predicted.shape[-1]), target.reshape(-1, target.shape[-1]), strict=True
    ):
        total = 0.0
        for m, s in zip(centre.tolist(), spread.tolist(), strict=True):
            width = math.exp(s / 2)
            x = torch.linspace(m - 12 * width, m + 12 * width, 4001, dtype=torch.float64)
            q = torch.distributions.Normal(m, width).log_prob(x)
            p = torch.distributions.Normal(0.0, 1.0).log_prob(x)
            total += float(torch.trapezoid(q.exp() * (q - p), x))
        found.append(total)
    return mean(found)


TWINS = {
    "vertex": (vertex, (5, 3)),
    "velocity": (velocity, (5, 3)),
    "gap": (gap, ()),
    "contact": (contact, ()),
    "parameter": (parameter, (5,)),
    "kl": (kl, (4,)),
    "cosine": (cosine, (5,)),
}


@pytest.mark.parametrize("name", plugins.names("speechface.losses"))
@pytest.mark.parametrize("masked", ["none", "some", "all"])
def test_loss_equals_its_slow_twin(name, masked):
    assert name in TWINS, f"write in TWINS, slowly and obviously, what the loss {name} is"
    twin, shape = TWINS[name]
    draw = torch.Generator().manual_seed(0)
    size = 0.5 if name == "kl" else 2e-3
    predicted, target = (size * torch.randn(2, 7, *shape, generator=draw, dtype=torch.float64) for _ in range(2))
    if name in ("gap", "contact"):
        target = target.abs()
    mask = {"none": torch.ones(2, 7), "some": torch.rand(2, 7, generator=draw) < 0.6, "all": torch.zeros(2, 7)}[
        masked
    ].bool()
    given = None if masked == "none" else mask
    assert float(losses.load(name)(predicted, target, given)) == pytest.approx(twin(predicted, target, mask), rel=1e-5)


def test_a_name_that_is_no_loss():
    with pytest.raises(UserError, match="vertex"):
        losses.load("vertx")
