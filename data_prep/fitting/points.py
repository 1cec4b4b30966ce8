"""`Points`: some points of a head as one formula, with the derivatives that fitting needs, in torch.

    q = rest + identity . shape + shapes . controls + pairs . products of controls + poses . (rotations - 1)
    p = q + sum over jaw and eyes of weight (R (q - joint) + joint - q)

The head's own rotation is left to the camera. One formula does for the open head (muscles and products of them, a jaw and
eyes that turn in proportion to muscles) and for FLAME's (coefficients, three axes a joint, pose correctives).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from speechface.skinning import rotations

TURNING = 3
"""Joints: jaw, left eye, right eye."""


@dataclass(frozen=True, eq=False)
class Points:
    """n points of a head with C controls and S changes of shape; metres and radians, float32.

    rest (n, 3); identity (S, n, 3); shapes (C, n, 3); pairs (P, 2) controls whose products move points by products (P, n, 3);
    poses (27, n, 3) what the numbers of the joints' matrices add, or (0, n, 3).
    joints (3, 3), with what a change of shape (S, 3, 3) and a control (C, 3, 3) moves them by.
    weights (n, 3) shares of the joints in carrying each point. turning (C, 9): axis-angles of the joints for one unit.
    """

    rest: Tensor
    identity: Tensor
    shapes: Tensor
    pairs: Tensor
    products: Tensor
    poses: Tensor
    joints: Tensor
    joints_by_shape: Tensor
    joints_by_control: Tensor
    weights: Tensor
    turning: Tensor

    @property
    def controls(self) -> int:
        return len(self.shapes)

    def at(self, rows: Tensor) -> Points:
        """The same of some of the points."""
        return Points(
            self.rest[rows], self.identity[:, rows], self.shapes[:, rows], self.pairs, self.products[:, rows],
            self.poses[:, rows], self.joints, self.joints_by_shape, self.joints_by_control, self.weights[rows], self.turning,
        )  # fmt: skip

    def of_person(self, shape: Tensor) -> Points:
        """The same of a person with changes of shape (S,): there are none left to find."""
        return Points(
            self.rest + torch.einsum("s,snx->nx", shape, self.identity), self.identity[:0], self.shapes, self.pairs,
            self.products, self.poses, self.joints + torch.einsum("s,sjx->jx", shape, self.joints_by_shape),
            self.joints_by_shape[:0], self.joints_by_control, self.weights, self.turning,
        )  # fmt: skip

    def places(self, controls: Tensor, shape: Tensor) -> Tensor:
        """(T, n, 3) metres for controls (T, C) and changes of shape (S,), the head upright."""
        moved, matrices, joints = self._moved(controls, shape)
        arms = moved[:, :, None] - joints[:, None]  # (T, n, 3 joints, 3)
        turned = (matrices[:, None] @ arms[..., None])[..., 0]
        return moved + torch.einsum("nj,tnjx->tnx", self.weights, turned - arms)

    def _moved(self, controls: Tensor, shape: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Points (T, n, 3) before joints carry them, and the joints' matrices (T, 3, 3, 3) and places (T, 3, 3)."""
        frames, count = len(controls), len(self.rest)
        matrices = rotations((controls @ self.turning).reshape(frames, TURNING, 3))
        moved = controls @ self.shapes.flatten(1)
        if len(self.pairs):
            products = controls[:, self.pairs[:, 0]] * controls[:, self.pairs[:, 1]]
            moved = moved + products @ self.products.flatten(1)
        if len(self.poses):
            moved = moved + (matrices - torch.eye(3)).reshape(frames, -1) @ self.poses.flatten(1)
        base = self.rest + torch.einsum("s,snx->nx", shape, self.identity)
        joints = self.joints + torch.einsum("s,sjx->jx", shape, self.joints_by_shape)
        joints = joints + torch.einsum("tc,cjx->tjx", controls, self.joints_by_control)
        return base + moved.reshape(frames, count, 3), matrices, joints

    def derivatives(self, controls: Tensor, shape: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Places (T, n, 3), their derivatives by the controls (T, n, 3, C) and by the shape (T, n, 3, S)."""
        moved, matrices, joints = self._moved(controls, shape)
        frames, count = moved.shape[:2]
        arms = moved[:, :, None] - joints[:, None]
        turned = (matrices[:, None] @ arms[..., None])[..., 0]
        places = moved + torch.einsum("nj,tnjx->tnx", self.weights, turned - arms)

        carried = torch.eye(3) + torch.einsum("nj,tjxy->tnxy", self.weights, matrices - torch.eye(3))
        slopes = self.shapes.flatten(1).expand(frames, -1, -1)
        if len(self.pairs):
            one, other = self.pairs.T
            products = self.products.flatten(1)
            slopes = slopes.index_add(1, one, controls[:, other, None] * products)
            slopes.index_add_(1, other, controls[:, one, None] * products)
        swing = _turn_slopes((controls @ self.turning).reshape(frames, TURNING, 3), matrices)  # (T, J, 3 axes, 3, 3)
        if len(self.poses):
            by_axis = torch.einsum("tjaxy,jxyv->tjav", swing, self.poses.reshape(TURNING, 3, 3, -1))
            slopes = slopes + torch.einsum("cja,tjav->tcv", self.turning.reshape(-1, TURNING, 3), by_axis)
        out = carried @ slopes.reshape(frames, -1, count, 3).permute(0, 2, 3, 1)
        for joint in range(TURNING):
            weight = self.weights[:, joint]
            reached = weight.nonzero()[:, 0]
            if not len(reached):
                continue
            axes = self.turning.reshape(-1, TURNING, 3)[:, joint]
            turn = (swing[:, None, joint] @ arms[:, reached, joint, None, :, None])[..., 0]  # (T, m, 3 axes, 3)
            used = axes.abs().sum(dim=1).nonzero()[:, 0]
            part = torch.einsum("tmax,ca->tmxc", turn, axes[used]) * weight[reached][:, None, None]
            out[:, reached[:, None], :, used] += part.permute(1, 3, 0, 2)
            if self.joints_by_control.any():
                stay = (torch.eye(3) - matrices[:, joint]) @ self.joints_by_control[:, joint].T
                out = out + weight[:, None, None] * stay[:, None]
        by_shape = carried @ self.identity.permute(1, 2, 0)
        for joint in range(TURNING):
            stay = (torch.eye(3) - matrices[:, joint]) @ self.joints_by_shape[:, joint].T
            by_shape = by_shape + self.weights[:, joint, None, None] * stay[:, None]
        return places, out, by_shape


def _turn_slopes(turns: Tensor, matrices: Tensor) -> Tensor:
    """(..., 3 axes, 3, 3) derivatives of rotation matrices (..., 3, 3) by their axis-angle vectors (..., 3).

    Gallego & Yezzi (2015), with the right Jacobian of the rotations' group: d(R q) = -R [q]x J dr.
    """
    square = (turns * turns).sum(-1)[..., None, None]
    small = square < 1e-6
    safe = torch.where(small, torch.ones_like(square), square)
    angle = safe.sqrt()
    one = torch.where(small, 0.5 - square / 24, (1 - angle.cos()) / safe)
    two = torch.where(small, 1 / 6 - square / 120, (angle - angle.sin()) / (safe * angle))
    cross = crosses(turns)
    right = torch.eye(3) - one * cross + two * (cross @ cross)
    return matrices[..., None, :, :] @ crosses(right.transpose(-1, -2))


def crosses(vectors: Tensor) -> Tensor:
    """(..., 3, 3) matrices of the cross product with vectors (..., 3)."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*vectors.shape, 3)
