"""The solver against slow ones that are obviously right: scipy a frame at a time, and the whole clip as one dense system."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear, minimize

from speechface import bounded

DRAW = np.random.default_rng(5)
SIZE = 12


@pytest.fixture(scope="module")
def problem():
    """A square matrix with its root, and what is wanted of 7 frames: half of it out of bounds."""
    root = np.eye(SIZE) + 0.4 * DRAW.normal(size=(SIZE, SIZE)) / np.sqrt(SIZE)
    return root.T @ root, root, DRAW.normal(0.4, 1.0, (7, SIZE))


def test_bounds_as_scipy_keeps_them(problem):
    square, root, goal = problem
    high = DRAW.uniform(0.3, 1.0, (7, SIZE))
    made = bounded.least_squares(square, goal @ square, high, iterations=300)
    for frame in range(7):
        best = lsq_linear(root, root @ goal[frame], (0.0, high[frame]), tol=1e-13).x
        assert np.abs(made[frame] - best).max() < 1e-5
    assert (made == 0).sum() > 10
    assert (made == high).sum() > 10


def test_sparse_is_the_l1_norm(problem):
    """On amounts that are not negative it is linear, so that any solver with bounds can have it."""
    square, _, goal = problem
    wanted = goal @ square
    made = bounded.least_squares(square, wanted, np.ones(SIZE), sparse=0.2, iterations=300)
    for frame in range(7):
        best = minimize(
            lambda x, b=wanted[frame]: (x @ square @ x / 2 - b @ x + 0.2 * x.sum(), square @ x - b + 0.2),
            np.full(SIZE, 0.5), jac=True, bounds=[(0.0, 1.0)] * SIZE, options={"ftol": 1e-15, "gtol": 1e-10},
        ).x  # fmt: skip
        assert np.abs(made[frame] - best).max() < 1e-5
    plain = bounded.least_squares(square, wanted, np.ones(SIZE), iterations=300)
    assert (made > 1e-6).sum() < (plain > 1e-6).sum()


def whole(square, wanted, smooth):
    """The matrix (T * n, T * n) and the right side of all frames together, block tridiagonal."""
    frames = len(wanted)
    change = np.diff(np.eye(frames), axis=0)
    return np.kron(np.eye(frames), square) + smooth * np.kron(change.T @ change, np.eye(len(square))), wanted.reshape(
        -1
    )


def test_smooth_is_the_whole_clip_at_once(problem):
    square, _, goal = problem
    wanted = goal @ square
    for smooth in (0.1, 1.0, 30.0):
        matrix, right = whole(square, wanted, smooth)
        root = np.linalg.cholesky(matrix).T
        best = lsq_linear(root, np.linalg.solve(root.T, right), (0.0, 1.0), tol=1e-13).x.reshape(7, SIZE)
        made = bounded.least_squares(square, wanted, np.ones(SIZE), smooth=smooth, iterations=2000)
        assert np.abs(made - best).max() < 1e-4
    free = np.linalg.solve(*whole(square, wanted + 9.0, 1.0)).reshape(7, SIZE)
    made = bounded.least_squares(square, wanted + 9.0, np.full(SIZE, 99.0), smooth=1.0, iterations=2000)
    assert free.min() > 0
    assert np.abs(made - free).max() < 1e-3


def test_a_frame_does_not_depend_on_the_others(problem):
    square, _, goal = problem
    made = bounded.least_squares(square, goal @ square, np.ones(SIZE))
    alone = [bounded.least_squares(square, frame[None] @ square, np.ones(SIZE))[0] for frame in goal]
    assert np.allclose(made, alone, atol=1e-12)
    assert bounded.least_squares(square, goal[:0], np.ones(SIZE), smooth=1.0).shape == (0, SIZE)
