"""What both nets that watch are made of: residual blocks of 2-D convolutions (He et al., 2016), one picture at a time."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two 3 x 3 convolutions with batch norm and a shortcut: (N, C, H, W) -> (N, D, H / stride, W / stride)."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(2))
        self.shortcut = nn.Conv2d(channels, width, 1, stride, bias=False) if (channels, 1) != (width, stride) else None

    def forward(self, values: Tensor) -> Tensor:
        inside = F.relu(self.norms[0](self.first(values)))
        past = values if self.shortcut is None else self.shortcut(values)
        return F.relu(self.norms[1](self.second(inside)) + past)


def trunk(channels: int, widths: tuple[int, ...]) -> nn.Sequential:
    """Blocks of these widths, each after the first at half the size of the one before, and the mean over the picture."""
    blocks = [
        Block(before, width, 2 if number else 1)
        for number, (before, width) in enumerate(zip((channels, *widths), widths, strict=False))
    ]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def levelled(pictures: Tensor) -> Tensor:
    """Pictures (B, T, 1, H, W) with mean 0 and spread 1 over each clip, so that light and skin do not count."""
    middle = pictures.mean(dim=(1, 2, 3, 4), keepdim=True)
    spread = pictures.std(dim=(1, 2, 3, 4), keepdim=True).clamp(min=1e-3)
    return (pictures - middle) / spread
