"""Two processes that train together (DDP over gloo) do what one loop with both their batches does."""

import subprocess
import sys

import pytest
import torch
from torch import nn

pytest.importorskip("lightning")

from speechface.training_config import Training

SCRIPT = """
import sys, torch
from pathlib import Path
from torch import nn
from speechface import checkpoint
from speechface.training import fit
from speechface.training_config import Training

out = Path(sys.argv[1])

class Sums:
    seen = []
    def batch(self, step, generator):
        inputs = torch.randn(4, 3, generator=generator)
        self.seen.append((inputs, inputs.sum(dim=1, keepdim=True)))
        return self.seen[-1]

def objective(model, batch):
    return {"square": (model(batch[0]) - batch[1]).square().mean()}

torch.manual_seed(0)
model, sums = nn.Linear(3, 1), Sums()
validation = [sums.batch(0, torch.Generator().manual_seed(9))]
sums.seen.clear()
config = Training(steps=12, validate=5, rate=1e-2, warmup=3, average=0.5, accelerator="cpu", devices=2, strategy="ddp")
terms = fit(model, objective, {"square": 1.0}, sums, validation, config, out, quiet=True)
rank = torch.distributed.get_rank()
torch.save({"weights": model.state_dict(), "seen": sums.seen, "terms": terms}, out / f"rank-{rank}.pt")
checkpoint.save(out / "model", model, "sums", {"rank": rank})
"""


def test_two_processes_are_one_run(tmp_path):
    script = tmp_path / "together.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ranks = [torch.load(tmp_path / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1)]
    assert ranks[0]["terms"] == ranks[1]["terms"]
    for name, value in ranks[0]["weights"].items():
        assert torch.equal(value, ranks[1]["weights"][name])
    assert not torch.equal(ranks[0]["seen"][0][0], ranks[1]["seen"][0][0])
    from speechface import checkpoint

    assert checkpoint.describe(tmp_path / "model")["rank"] == 0

    torch.manual_seed(0)
    model, mean = nn.Linear(3, 1), nn.Linear(3, 1)
    mean.load_state_dict(model.state_dict())
    config = Training()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=config.decay)
    import math

    for step in range(12):
        rate = (step + 1) / 3 if step < 3 else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - 3) / 9))
        optimiser.param_groups[0]["lr"] = 1e-2 * rate
        inputs, wanted = (torch.cat([rank["seen"][step][part] for rank in ranks]) for part in (0, 1))
        optimiser.zero_grad()
        (model(inputs) - wanted).square().mean().backward()
        nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimiser.step()
        share = 1.0 - min(0.5, (1 + step) / (10 + step))
        with torch.no_grad():
            for kept, new in zip(mean.parameters(), model.parameters(), strict=True):
                kept.lerp_(new, share)
    for name, value in mean.state_dict().items():
        assert torch.allclose(value, ranks[0]["weights"][name], atol=1e-6), name
