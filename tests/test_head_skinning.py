"""Rotations and skinning by group laws, and NumPy against torch."""

import numpy as np
import pytest
import torch

from speechface.skinning import PARENTS, joint_transforms, rotations, skin

RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(40, 3)) * RNG.uniform(0, 3, (40, 1))


def test_rotations_are_rotations():
    turns = rotations(VECTORS)
    assert np.allclose(turns @ turns.swapaxes(-1, -2), np.eye(3), atol=1e-12)
    assert np.allclose(np.linalg.det(turns), 1.0)


def test_zero_is_identity_and_smooth_there():
    assert np.array_equal(rotations(np.zeros((2, 3))), np.stack([np.eye(3)] * 2))
    tiny = 1e-6 * VECTORS
    cross = (rotations(tiny) - rotations(-tiny)) / 2e-6
    assert np.allclose(cross @ VECTORS[..., None], 0.0, atol=1e-6)  # turns about its own axis


def test_inverse_powers_and_axis():
    turns = rotations(VECTORS)
    assert np.allclose(rotations(-VECTORS) @ turns, np.eye(3), atol=1e-12)
    assert np.allclose(rotations(0.5 * VECTORS) @ rotations(0.5 * VECTORS), turns, atol=1e-12)
    assert np.allclose((turns @ VECTORS[..., None])[..., 0], VECTORS)


def test_positive_pitch_turns_up_into_forward():
    """Rotation about X takes Y to Z: a jaw below its hinge swings back and down, a nose turns down."""
    assert np.allclose(rotations(np.array([np.pi / 2, 0, 0])) @ [0, 0, 1], [0, -1, 0], atol=1e-12)


def test_conjugation():
    """R(Qv) = Q R(v) Q^T."""
    q = rotations(VECTORS[0])
    assert np.allclose(rotations(VECTORS @ q.T), q @ rotations(VECTORS) @ q.T, atol=1e-10)


def test_joints_compose_down_the_tree():
    joints = RNG.normal(size=(5, 3))
    turns = rotations(RNG.normal(size=(5, 3)))
    matrices, shifts = joint_transforms(turns, joints)
    for joint, parent in enumerate(PARENTS):
        point = RNG.normal(size=3)
        placed, at = point, joint
        while at >= 0:
            placed = turns[at] @ (placed - joints[at]) + joints[at]
            at = PARENTS[at]
        assert np.allclose(matrices[joint] @ point + shifts[joint], placed)
        assert parent < joint


def test_moving_the_root_moves_everything_rigidly():
    vertices, weights = RNG.normal(size=(30, 3)), RNG.dirichlet(np.ones(5), 30)
    joints, turns = RNG.normal(size=(5, 3)), rotations(RNG.normal(size=(5, 3)))
    whole = rotations(RNG.normal(size=3))
    posed = skin(vertices, weights, *joint_transforms(turns, joints))
    turned = turns.copy()
    turned[0] = whole @ turns[0]
    again = skin(vertices, weights, *joint_transforms(turned, joints))
    assert np.allclose(again - joints[0], (posed - joints[0]) @ whole.T)


@pytest.mark.parametrize("batch", [(), (4,), (2, 3)])
def test_torch_and_numpy_agree_in_any_batch(batch):
    vertices = RNG.normal(size=(*batch, 20, 3)).astype(np.float32)
    weights = RNG.dirichlet(np.ones(5), 20).astype(np.float32)
    joints = RNG.normal(size=(5, 3)).astype(np.float32)
    pose = RNG.normal(size=(*batch, 5, 3)).astype(np.float32)
    here = skin(vertices, weights, *joint_transforms(rotations(pose), joints))
    there = [torch.from_numpy(array) for array in (vertices, weights, joints, pose)]
    other = skin(there[0], there[1], *joint_transforms(rotations(there[3]), there[2]))
    assert here.shape == (*batch, 20, 3)
    assert here.dtype == np.float32
    assert np.allclose(here, other.numpy(), atol=1e-5)


def test_gradients_flow_at_zero():
    pose = torch.zeros(5, 3, dtype=torch.float64, requires_grad=True)
    joints = torch.randn(5, 3, dtype=torch.float64)
    out = skin(
        torch.randn(9, 3, dtype=torch.float64),
        torch.full((9, 5), 0.2, dtype=torch.float64),
        *joint_transforms(rotations(pose), joints),
    )
    out.square().sum().backward()
    assert torch.isfinite(pose.grad).all()
    assert pose.grad.abs().sum() > 0
