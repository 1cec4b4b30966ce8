"""What a tracker's landmarks and scores say about the muscles of the open head: a linear rule, learnt on pictures of that head.

A tracker errs alike in like faces: a smile, a turned head, each moves its landmarks in a way of its own. On pictures whose
muscles are known (`benchmarks/fitting_truth.py`) the rule that leads back is found by ridge regression, and with it how far it
is to be believed, by clips it was not learnt from. See docs/fitting.md for what it is worth.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np

from data_prep.fitting.landmarks import STILL, on_open
from data_prep.track import Track
from speechface import retarget, rigs

SCORES, TURNS = 52, 3


@cache
def rule() -> dict[str, np.ndarray]:
    """reference (N, 3): landmarks of a usual face, of unit size. means, scales (F,) of the plain features; weights (F + 1, 92),
    the last row what is always added; precision (92, 92) inverse covariance of the errors."""
    with resources.as_file(resources.files(__package__) / "learnt.npz") as path, np.load(path) as file:
        return {name: file[name].astype(np.float64) for name in file.files}


def muscles(track: Track) -> np.ndarray:
    """(T, 92) muscles of the open head that a track stands for."""
    known = rule()
    seen = (features(track, known["reference"]) - known["means"]) / known["scales"]
    seen = np.clip(seen, -LIMIT, LIMIT)
    return rigs.load("open").clip(seen @ known["weights"][:-1] + known["weights"][-1]).astype(np.float32)


LIMIT = 4.0
"""Deviations beyond which a feature is held: what was never seen in learning teaches nothing."""


def turns(track: Track) -> tuple[np.ndarray, np.ndarray]:
    """(T, 3) the head's turn as an axis-angle against the line from the camera to it, and (3, 3) the inverse covariance of its
    errors: a tracker shows a turned head as less turned than it is."""
    at = [rigs.load("open").index[name] for name in ("headPitch", "headYaw", "headRoll")]
    beside = muscles(track)[:, at].astype(np.float64)
    seen = upright(track, rule()["reference"])[1]
    return (seen + beside).astype(np.float32), np.linalg.inv(np.linalg.inv(rule()["precision"])[np.ix_(at, at)])


def by_scores(scores: np.ndarray) -> np.ndarray:
    """(T, 92) muscles that scores (T, 52) of ARKit's shapes stand for by the table of the rigs: what the rule is held against."""
    rig, table = rigs.load("open"), retarget.arkit_to_open()
    return rig.clip(scores @ table[: scores.shape[1]]).astype(np.float32)


def features(track: Track, reference: np.ndarray) -> np.ndarray:
    """(T, F): landmarks in the head's own axes against what is usual in the clip, what is usual against a usual face, the same
    of the scores, and the head's turn with its products."""
    local, turns = upright(track, reference)
    good = track.valid if track.valid.any() else np.ones(len(track), dtype=bool)
    usual, often = np.median(local[good], axis=0), np.median(track.scores[good], axis=0)
    products = [turns[:, one] * turns[:, other] for one in range(TURNS) for other in range(one, TURNS)]
    ones = np.ones((len(track), 1))
    return np.concatenate(
        [
            (local - usual).reshape(len(track), -1), ones * (usual - reference).ravel(), track.scores - often, ones * often,
            turns, np.stack(products, axis=1),
        ],
        axis=1,
    )  # fmt: skip


def upright(track: Track, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, N, 3) the landmarks of the open head in the axes and the size of a reference (N, 3), laid on by those that hardly move
    (Umeyama, 1991), and (T, 3) the head's turn as an axis-angle."""
    from scipy.spatial.transform import Rotation

    marks = on_open("preview")
    points = track.landmarks[:, marks.numbers].astype(np.float64) * [1.0, -1.0, -1.0]
    still = marks.rows(*sorted(STILL))
    middle, arms = points[:, still].mean(axis=1), reference[still] - reference[still].mean(axis=0)
    left, size, right = np.linalg.svd(np.swapaxes(points[:, still] - middle[:, None], 1, 2) @ arms)
    sign = np.ones((len(points), 3))
    sign[:, 2] = np.sign(np.linalg.det(left @ right))
    turn, scale = (left * sign[:, None]) @ right, (size * sign).sum(axis=1) / np.square(arms).sum()
    local = (points - middle[:, None]) @ turn / scale[:, None, None] + reference[still].mean(axis=0)
    return local, Rotation.from_matrix(turn).as_rotvec()
