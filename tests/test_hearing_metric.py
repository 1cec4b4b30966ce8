"""What an encoder hears, judged on posteriors and curves whose score is known."""

import numpy as np
import pytest

from speechface.metrics import hearing
from speechface.visemes import CLASSES, INDEX, Segment, articulation

LINE = [Segment(0.0, 0.1, "t", INDEX["TD"]), Segment(0.1, 0.3, "a", INDEX["AA"]), Segment(0.3, 0.4, "?", -1),
        Segment(0.4, 0.5, "m", INDEX["PBM"])]  # fmt: skip


def sure(*names):
    return np.eye(len(CLASSES))[[INDEX[name] for name in names]]


def test_frames_of_unknown_phones_do_not_count():
    right = sure(*["TD"] * 10, *["AA"] * 20, *["SIL"] * 10, *["PBM"] * 10)
    assert hearing.viseme_accuracy(right, LINE, grouped=False) == (40, 40)
    wrong = sure(*["N"] * 10, *["AA"] * 20, *["SIL"] * 10, *["SIL"] * 10)
    assert hearing.viseme_accuracy(wrong, LINE, grouped=False) == (20, 40)
    assert hearing.viseme_accuracy(wrong, LINE, grouped=True) == (30, 40)  # t and n look alike
    table = hearing.recalls(wrong, LINE)
    assert table[INDEX["AA"]].tolist() == [20, 20]
    assert table[INDEX["PBM"]].tolist() == [0, 10]
    assert table.sum(axis=0).tolist() == [20, 40]


def test_curves_are_compared_with_those_of_the_labels():
    curves = np.zeros((50, 5))
    heard, labelled = hearing.curve_pair(curves, LINE)
    assert heard is curves
    assert np.array_equal(labelled, articulation(LINE, 50, 100.0))


@pytest.mark.parametrize(
    ("heard", "counts"),
    [([(40, 50)], (1, 0, 0)), ([], (0, 1, 0)), ([(10, 20)], (0, 1, 1)), ([(33, 37)], (1, 0, 0)), ([(30, 35)], (0, 1, 1)),
     ([(53, 60)], (1, 0, 0)), ([(41, 43), (46, 48), (0, 5)], (1, 0, 1)), ([(0, 100)], (1, 0, 0))],
)  # fmt: skip
def test_closures_heard_within_forty_milliseconds(heard, counts):
    close = np.zeros(100)
    for first, last in heard:
        close[first:last] = 0.6
    assert hearing.closure_counts(close, LINE) == counts
    assert hearing.closure_counts(close, LINE, threshold=0.7) == (0, 1, 0)


def test_f1():
    assert hearing.f1(3, 0, 0) == 1.0
    assert hearing.f1(0, 4, 5) == 0.0
    assert hearing.f1(0, 0, 0) == 0.0
    assert hearing.f1(2, 1, 3) == pytest.approx(2 * 0.4 * (2 / 3) / (0.4 + 2 / 3))
