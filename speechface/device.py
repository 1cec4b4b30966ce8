"""Which device the nets run on."""

from __future__ import annotations

from speechface.errors import UserError

KINDS = ("cpu", "cuda", "mps", "xpu")


def usable(name: str) -> str:
    """The name of a device ("cpu", "cuda", "cuda:1", ...) if this machine has it; `UserError` if it has not."""
    import torch

    if name.partition(":")[0] not in KINDS:
        raise UserError(f"unknown device '{name}'; known: {', '.join(KINDS)}")
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise UserError(f"this machine has no device '{name}' that torch can use; use cpu") from None
    return name
