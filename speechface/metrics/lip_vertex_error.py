"""Lip vertex error (LVE): how far the worst lip vertex of a frame is off, in the two forms that papers mix.

The largest error of all lip vertices of a frame, averaged over frames (MeshTalk, Richard et al., ICCV 2021; FaceFormer, Fan et
al., CVPR 2022; CodeTalker, Xing et al., CVPR 2023). MeshTalk's authors take the plain distance, of lips whose mean is taken off
first (facebookresearch/meshtalk, issue 32). The script of CodeTalker (main/cal_metric.py, quoted in its issue 58), which most
later tables use, and torchmetrics' LipVertexError take the *squared* distance, averaged over the frames of all clips together:
square metres, or squares of the data's own unit.
"""

from __future__ import annotations

import numpy as np


def lip_vertex_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(T,) metres by which the worst lip vertex of each frame is off, for lips (T, n, 3) in metres."""
    return np.sqrt(squared_lip_vertex_error(predicted, true))


def squared_lip_vertex_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(T,) square metres: the largest squared distance of a lip vertex in each frame, the form of CodeTalker's script."""
    away = np.asarray(predicted, dtype=np.float64) - true
    return (away**2).sum(axis=-1).max(axis=-1)


def centred_lip_vertex_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(T,) metres, the form of MeshTalk's authors: the mean of the lips is taken off in every frame, so only shape counts."""
    predicted, true = (np.asarray(lips, dtype=np.float64) for lips in (predicted, true))
    shapes = (lips - lips.mean(axis=1, keepdims=True) for lips in (predicted, true))
    return lip_vertex_error(*shapes)
