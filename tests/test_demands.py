"""What speech asks of the lips: from phones, and from what a net hears."""

import numpy as np
import pytest

from speechface.demands import DOUBT, PAUSE_EDGE, TOUCH_FROM, Demands
from speechface.visemes import CLASSES, INDEX, Segment


def heard(*parts):
    """Posteriors at 100 Hz: (frames, {class: share}) after another, the rest of each frame on KG."""
    rows = []
    for frames, shares in parts:
        row = np.zeros(len(CLASSES))
        for name, share in shares.items():
            row[INDEX[name]] = share
        row[INDEX["KG"]] += 1.0 - row.sum()
        rows += [row] * frames
    return np.array(rows)


def test_phones_ask_in_their_middle():
    phones = [Segment(0.0, 0.3, "sil", INDEX["SIL"]), Segment(0.3, 0.4, "m", INDEX["PBM"]),
              Segment(0.4, 0.6, "aa", INDEX["AA"]), Segment(0.6, 0.7, "f", INDEX["FV"]),
              Segment(0.7, 0.8, "sil", INDEX["SIL"]), Segment(0.8, 0.9, "?", -1)]  # fmt: skip
    asked = Demands.of_phones(phones)
    assert asked.touch == pytest.approx(np.array([[0.32, 0.38]]))
    assert asked.part == pytest.approx(np.array([[0.44, 0.56]]))
    assert asked.tuck == pytest.approx(np.array([[0.62, 0.68]]))
    assert asked.rest == pytest.approx(np.array([[PAUSE_EDGE, 0.3 - PAUSE_EDGE]]))  # the second silence is no pause


def test_sure_sounds_are_heard_where_they_are():
    asked = Demands.heard(
        heard((30, {"AA": 0.9}), (8, {"PBM": 0.9}), (30, {"IY": 0.9}), (6, {"FV": 0.8}), (40, {"SIL": 1})), 100.0
    )
    assert asked.touch == pytest.approx(np.array([[0.30, 0.38]]))
    assert asked.tuck == pytest.approx(np.array([[0.68, 0.74]]))
    assert asked.rest == pytest.approx(np.array([[0.74 + PAUSE_EDGE, 1.14 - PAUSE_EDGE]]))
    assert asked.part == pytest.approx(np.array([[0.03, 0.27], [0.41, 0.65]]))


def test_a_doubtful_m_is_one_where_no_vowel_is_heard():
    quiet = heard((20, {"AA": 0.9}), (8, {"PBM": 0.25, "AA": 0.05}), (20, {"AA": 0.9}))
    assert 0.25 / (0.25 + 0.05 + DOUBT * 0.7 + 0.02) > TOUCH_FROM
    assert len(Demands.heard(quiet, 100.0).touch) == 1
    vowel = heard((20, {"AA": 0.9}), (8, {"PBM": 0.25, "AA": 0.7}), (20, {"AA": 0.9}))
    assert not len(Demands.heard(vowel, 100.0).touch)


def test_of_a_bite_and_a_touch_only_one_is_asked_for():
    both = Demands.heard(heard((20, {"AA": 1}), (8, {"PBM": 0.4, "FV": 0.5}), (20, {"AA": 1})), 100.0)
    assert (len(both.touch), len(both.tuck)) == (1, 0)
    bite = Demands.heard(heard((20, {"AA": 1}), (8, {"PBM": 0.2, "FV": 0.6}), (20, {"AA": 1})), 100.0)
    assert (len(bite.touch), len(bite.tuck)) == (0, 1)


def test_silence_and_nothing_ask_for_rest_alone():
    asked = Demands.heard(heard((100, {"SIL": 0.95, "FV": 0.03})), 100.0)
    assert [len(getattr(asked, kind)) for kind in ("touch", "tuck", "part", "rest")] == [0, 0, 0, 1]
    nothing = Demands.heard(np.zeros((0, len(CLASSES))), 100.0)
    assert nothing.touch.shape == nothing.rest.shape == (0, 2)


def test_lists_come_back():
    asked = Demands.of_phones([Segment(0.1, 0.2, "b", INDEX["PBM"]), Segment(0.2, 0.5, "sil", INDEX["SIL"])])
    back = Demands.of_lists(asked.as_lists())
    assert back.touch == pytest.approx(asked.touch, abs=1e-3)
    assert back.rest == pytest.approx(asked.rest, abs=1e-3)
    assert Demands.of_lists({}).tuck.shape == (0, 2)
