"""`Targets`: a head and its motion as glTF knows motion: morph targets with weights, and joints that turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from speechface.heads import Head
from speechface.skinning import JOINTS, PARENTS


@dataclass(frozen=True, eq=False)
class Targets:
    """names: of the M morph targets. delta: movement (V, 3) of target m in metres. weights: (T, M) float32.

    joints: (J, 3) metres. carried: (V, J) share of each joint in carrying each vertex. turns: (T, J, 3) axis-angle.
    joint_names, parents: as in `speechface.skinning`. A head without joints has one that never turns, at the origin: Unreal
    takes only a mesh with a skin for one that can be animated.
    """

    names: tuple[str, ...]
    delta: Callable[[int], np.ndarray]
    weights: np.ndarray
    joints: np.ndarray
    carried: np.ndarray
    turns: np.ndarray
    joint_names: tuple[str, ...] = JOINTS
    parents: tuple[int, ...] = PARENTS


def of(head: Head, controls: np.ndarray) -> Targets:
    """Targets of a head for controls (T, C).

    A head with joints is taken apart exactly: shapes, products of shapes, joints. Of any other head every control becomes
    a target, as far as it moves vertices in a straight line.
    """
    if hasattr(head, "muscles"):
        return _jointed(head, controls)
    rest = head.vertices(np.zeros(len(head.rig), dtype=np.float32))

    def delta(number: int) -> np.ndarray:
        control = np.zeros(len(head.rig), dtype=np.float32)
        control[number] = 1.0
        return head.vertices(control) - rest

    return Targets(
        tuple(head.rig.names), delta, controls.astype(np.float32), joints=np.zeros((1, 3)),
        carried=np.ones((len(rest), 1), dtype=np.float32), turns=np.zeros((len(controls), 1, 3)),
        joint_names=JOINTS[:1], parents=PARENTS[:1],
    )  # fmt: skip


def _jointed(head: Any, controls: np.ndarray) -> Targets:
    """Targets of a head like `speechface.heads.open.OpenHead`.

    They are the rig's controls if its shapes are sums of those, else the head's own muscles; then products of two muscles.
    """
    own = len(head.controls)
    amounts = head.muscles(controls)
    shapes = head.shapes_at(np.arange(len(head.rest)))
    by_control = head.muscles(np.eye(len(head.rig), dtype=np.float32))[:, :own]
    products = tuple(f"{head.controls[a]}*{head.controls[b]}" for a, b in head.pairs)
    if np.allclose(controls @ by_control, amounts[:, :own], atol=1e-4):
        turning = {"headYaw", "headPitch", "headRoll"}
        columns = [column for column, name in enumerate(head.rig.names) if name not in turning]
        names = tuple(head.rig.names[column] for column in columns)
        weights = np.concatenate([controls[:, columns], amounts[:, own:]], axis=1)

        def delta(number: int) -> np.ndarray:
            if number >= len(columns):
                return shapes[own + number - len(columns)]
            amount = by_control[columns[number]]
            return sum((amount[shape] * shapes[shape] for shape in np.flatnonzero(amount)), np.zeros_like(head.rest))

    else:
        names, weights = tuple(head.controls), amounts

        def delta(number: int) -> np.ndarray:
            return shapes[number]

    return Targets(
        names + products, delta, weights.astype(np.float32),
        joints=np.asarray(head.joints), carried=head.weights, turns=head.turns(controls),
    )  # fmt: skip
