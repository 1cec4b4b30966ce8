"""Upper-face dynamics deviation (FDD): whether the upper face moves as much as it should, whenever it does.

CodeTalker (Xing et al., CVPR 2023): the mean over upper-face vertices of dyn(M_v) - dyn(M^_v), M_v the motion of a vertex from
the neutral face, dyn the standard deviation over time of its L2 norm, truth minus prediction: positive for a face that moves
too little. Its script (main/cal_metric.py) and torchmetrics take the standard deviation of the *squared* norm. Signs cancel in
a mean over clips, so that FaceDiffuser's script also gives the mean of absolute values; so do we.
"""

from __future__ import annotations

import numpy as np


def dynamics(vertices: np.ndarray, neutral: np.ndarray, squared: bool = False) -> float:
    """Mean over vertices of the standard deviation over time of how far each is from neutral, in metres (square metres).

    vertices: (T, n, 3), neutral: (n, 3), metres. The standard deviation is that of the population (NumPy's default).
    """
    away = ((np.asarray(vertices, dtype=np.float64) - neutral) ** 2).sum(axis=-1)
    return float((away if squared else np.sqrt(away)).std(axis=0).mean())


def dynamics_deviation(predicted: np.ndarray, true: np.ndarray, neutral: np.ndarray, squared: bool = False) -> float:
    """Truth's dynamics minus the prediction's, in metres (square metres in the form of the script)."""
    return dynamics(true, neutral, squared) - dynamics(predicted, neutral, squared)
