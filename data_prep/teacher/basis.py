"""The expression basis of the open head: principal components of plausible motion, whitened like FLAME's.

The jaw's rotation, the head and the eyes are joints and stay out; what remains of the muscles is decomposed in the
metric of the vertices they move (millimetres of skin count, not units of control).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speechface import rigs

JOINTED = ("jawOpen", "headYaw", "headPitch", "headRoll") + tuple(
    f"eyeLook{way}{side}" for way in ("Up", "Down", "In", "Out") for side in ("Left", "Right")
)
"""Controls of the open rig that are joints of the head, not expression."""


@dataclass(frozen=True)
class Basis:
    """mix: (E, K) muscles of one unit of each coefficient. unmix: (K, E) coefficients of one unit of each muscle.

    Coefficients have second moment 1 over the motion the basis was made of; components come by falling variance.
    `left_out` (E,) is the share of the squared motion of the skin that the components up to each leave out.
    """

    mix: np.ndarray
    unmix: np.ndarray
    left_out: np.ndarray


def decompose(muscles: np.ndarray, shapes: np.ndarray, weights: np.ndarray, count: int) -> Basis:
    """The basis of (N, K) samples of the open rig's controls, for shapes (K, V, 3) metres with vertex weights (V,).

    At most `count` components; fewer where the motion has no more.
    """
    names = rigs.load("open").names
    used = np.array([name not in JOINTED for name in names]) & (np.abs(muscles).max(axis=0) > 1e-4)
    flat = (shapes[used] * np.sqrt(weights / weights.sum())[None, :, None]).reshape(used.sum(), -1)
    metric = flat @ flat.T
    values, vectors = np.linalg.eigh(metric)
    keep = values > values.max() * 1e-9
    root = vectors[:, keep] * np.sqrt(values[keep])  # metric = root @ root.T
    moved = muscles[:, used].astype(np.float64) @ root
    variances, axes = np.linalg.eigh(moved.T @ moved / len(moved))
    order = np.argsort(variances)[::-1][:count]
    order = order[variances[order] > 1e-7 * variances.sum()]  # a component that hardly moves would be whitened noise
    scale, axes = np.sqrt(variances[order]), axes[:, order]
    back = np.linalg.pinv(root)
    mix, unmix = np.zeros((len(order), len(names))), np.zeros((len(names), len(order)))
    mix[:, used] = (axes * scale).T @ back
    unmix[used] = (root @ axes) / scale
    left_out = 1.0 - np.cumsum(variances[order]) / variances.sum()
    return Basis(mix.astype(np.float32), unmix.astype(np.float32), left_out)
