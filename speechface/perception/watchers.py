"""The nets whose opinion is a loss: those that come with speechface, those of a model folder, or a user's own.

A user's own is a TorchScript file, which holds a net's computation and no Python; what it must take and give is said by
`lip_reader` and `video_emotion`.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from speechface import checkpoint
from speechface.errors import UserError
from speechface.perception import lip_reader as lips
from speechface.perception import video_emotion as feelings

SUFFIXES = (".pt", ".ts", ".torchscript")
RATE = 25.0 / 3.0
"""Pictures a second that a user's own judge of feelings is shown, unless its file says otherwise."""


class Foreign(nn.Module):
    """A user's net: `size` pixels a side and `rate` pictures a second, said by the file's attributes of these names or not."""

    def __init__(self, net: torch.jit.ScriptModule, size: int, rate: float) -> None:
        super().__init__()
        self.net = net
        self.size, self.rate = int(getattr(net, "size", size)), float(getattr(net, "rate", rate))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.net(pictures)


def lip_reader(spec: str = "") -> nn.Module:
    """A net from grey pictures of a mouth (B, T, 1, 88, 88) in 0..1, 25 a second, to features of each frame (B, T, D).

    spec: "" for the one that comes with speechface, a model folder, or a TorchScript file. It comes back frozen, in eval mode.
    Raises `UserError` where it is none of these, or gives something else.
    """
    if not spec.endswith(SUFFIXES):
        return frozen(lips.load(spec or checkpoint.default("lipreader")))
    return _own(spec, 88, 25.0, features=3)


def video_emotion(spec: str = "") -> nn.Module:
    """A net from grey pictures of a face (B, T, 1, H, H) in 0..1, `rate` a second, to one vector a clip (B, D).

    spec: as for `lip_reader`. A user's own is shown 224 x 224, 8.3 a second, unless it has attributes `size` and `rate`.
    """
    if not spec.endswith(SUFFIXES):
        return frozen(feelings.load(spec or checkpoint.default("videoemotion")))
    return _own(spec, 224, RATE, features=2)


def frozen(net: nn.Module) -> nn.Module:
    """The net in eval mode, learning nothing."""
    return net.eval().requires_grad_(False)


def _own(path: str, size: int, rate: float, features: int) -> nn.Module:
    """A user's net, tried on one clip of black pictures; features: axes of what it must give."""
    if not Path(path).is_file():
        raise UserError(f"no such file: {path}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            net = Foreign(torch.jit.load(path, map_location="cpu"), size, rate)
    except RuntimeError as error:
        raise UserError(f"{path} is not a TorchScript file ({str(error).splitlines()[0]})") from None
    frozen(net)
    shape = (1, 12, 1, net.size, net.size)
    try:
        seen = net(torch.zeros(shape))
    except RuntimeError as error:
        raise UserError(f"{path} does not take pictures {shape}: {str(error).splitlines()[-1]}") from None
    given = tuple(seen.shape) if isinstance(seen, Tensor) else ()
    if len(given) != features or given[: features - 1] != shape[: features - 1]:
        wanted = "(1, 12, D)" if features == 3 else "(1, D)"
        raise UserError(f"{path} gives {given or type(seen).__name__} for pictures {shape}, not {wanted}")
    return net
