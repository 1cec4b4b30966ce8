"""`BoardFace`: part of the open head moved by the face board, as a torch module: what is seen of 174 controls."""

from __future__ import annotations

import torch
from torch import Tensor

from speechface import retarget, rigs
from speechface.face import Face
from speechface.heads.flame import OpenFlame


class BoardFace(Face):
    """Controls of the face board (B, T, 174) -> vertices (B, T, M, 3) in metres, as `Face` gives them for FLAME's.

    The same sums as `retarget.face_board_to_open`, with a gradient; a test holds the two together.
    """

    plus: Tensor
    minus: Tensor
    low: Tensor
    high: Tensor
    own: Tensor
    closing: Tensor
    factors: Tensor
    targets: Tensor
    shares: Tensor

    def __init__(self, head: OpenFlame, count: int = 300, seed: int = 0) -> None:
        super().__init__(head, count, seed)
        rows, products = retarget.board_map()
        board, hub = rigs.load("face_board"), rigs.load("open")
        own = [hub.index[name] for name in head.controls]  # the rotation of the head moves no shape
        for name, value in {
            "plus": rows["+"], "minus": rows["-"], "low": hub.low, "high": hub.high, "own": torch.tensor(own),
            "closing": torch.tensor([board.index[control] for control, *_ in products]),
            "factors": torch.tensor([hub.index[factor] for _, factor, _, _ in products]),
            "targets": torch.tensor([hub.index[target] for _, _, target, _ in products]),
            "shares": torch.tensor([weight for *_, weight in products]),
        }.items():  # fmt: skip
            self.register_buffer(name, torch.as_tensor(value), persistent=False)

    def muscles(self, controls: Tensor) -> Tensor:
        """(B, T, 92) muscles of the open head, clipped to their ranges."""
        out = controls.clamp(min=0.0) @ self.plus + (-controls).clamp(min=0.0) @ self.minus
        closing = self.shares * controls[..., self.closing] * out[..., self.factors]
        return out.index_add(-1, self.targets, closing).clamp(self.low, self.high)

    def forward(self, controls: Tensor) -> Tensor:
        with torch.autocast(controls.device.type, enabled=False):  # half a millimetre is too coarse for lips
            muscles = self.muscles(controls.float())[..., self.own]
            opening = self.opening * muscles[..., self.open]
            jaw = torch.stack([opening, torch.zeros_like(opening), torch.zeros_like(opening)], dim=-1)
            return self.posed(muscles, jaw)
