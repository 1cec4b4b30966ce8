"""The rich teacher: what a face board has beyond 52 shapes is on it, lips still close, and no side or lip is the other's copy."""

import made_up
import numpy as np
import pytest

from data_prep.teacher.asymmetry import delayed, traits
from data_prep.teacher.board import RIG
from data_prep.teacher.sticky import held
from data_prep.teacher.style import STYLES
from data_prep.teacher.teach import teach
from speechface import heads
from speechface.emotion import LABELS, Emotion
from speechface.evaluation import richness
from speechface.lips import mouth_of
from speechface.metrics.closure import Closures, judge
from speechface.visemes import BILABIAL, VOWELS

PHONES = made_up.segments()
SOUND = made_up.sound(PHONES)
FPS, SECONDS = 60.0, len(SOUND) / 16000


def take(feeling="neutral", subject=0, rich=True, phones=PHONES, sound=SOUND):
    return teach(sound, phones, Emotion.parse(feeling), subject, rich=rich)


def curve(made, name):
    return made.curves[:, RIG.index[f"CTRL_{name}-translateY"]]


@pytest.mark.parametrize("feeling", LABELS)
def test_lips_still_close_tuck_open_and_rest(feeling):
    total = Closures()
    for person in (0, 3, 18, 29):
        gap, tuck = mouth_of(heads.load("open:board")).gaps(take(feeling, person).at(FPS, SECONDS))
        seen = [one for one in PHONES if one.viseme not in VOWELS or one.end - one.start > 0.060]
        total += judge(gap, seen, FPS, tuck)
    assert total.rates["closure_rate"] == 100
    assert total.rates["tuck_rate"] > 85
    assert total.falsely == 0
    assert total.resting == total.silent


@pytest.mark.parametrize("subject", [0, 13, STYLES - 1])
@pytest.mark.parametrize("feeling", ["happy", "disgusted", "angry", "contempt"])
def test_curves_stay_in_their_ranges_and_move_smoothly(feeling, subject):
    made = take(feeling, subject).curves
    assert np.isfinite(made).all()
    assert (made >= RIG.low).all()
    assert (made <= RIG.high).all()
    assert np.abs(np.diff(made, axis=0)).max() < 0.5


def test_corners_let_go_of_each_other_after_the_middle():
    phones = made_up.segments("sil m aa sil")
    made = take(phones=phones, sound=made_up.sound(phones))
    end = next(one.end for one in phones if one.viseme == BILABIAL)
    after = slice(round(100 * end), round(100 * end) + 20)

    def left(name):
        """Hundredths of a second for which a hold stays above a tenth after the m, and its peak there."""
        return np.count_nonzero(curve(made, name)[after] > 0.1)

    assert left("C_mouth_stickyU") < left("L_mouth_stickyInnerU") < left("L_mouth_stickyOuterU")
    assert curve(made, "L_mouth_stickyOuterD")[after].max() > 0.3
    assert curve(made, "L_mouth_stickyOuterD")[round(100 * phones[-1].end) - 5] < 0.05  # at rest nothing clings


def test_a_hold_rises_at_once_and_falls_as_it_should():
    together = np.zeros(60)
    together[10:20] = 1.0
    out = held(together, 0.1)
    assert (out[:10] == 0).all()
    assert (out[10:20] == 1).all()
    assert out[29] == pytest.approx(np.exp(-1.0), abs=1e-9)


def test_sides_and_lips_differ_but_not_in_the_average_speaker():
    even, uneven = take("happy", 0), take("happy", 7)
    for name in ("mouth_cornerPull", "mouth_purseD", "brow_raiseOut", "mouth_upperLipRaise"):
        assert np.allclose(curve(even, f"L_{name}"), curve(even, f"R_{name}"))
        assert np.abs(curve(uneven, f"L_{name}") - curve(uneven, f"R_{name}")).max() > 0.005, name
    phones = made_up.segments("sil aa w iy aa sil")
    made = take(phones=phones, sound=made_up.sound(phones))
    assert np.argmax(curve(made, "L_mouth_purseU")) > np.argmax(curve(made, "L_mouth_purseD"))
    assert traits(5) == traits(5) != traits(6)


def test_a_delay_is_a_delay():
    times = np.arange(100) / 100
    assert np.allclose(delayed(np.sin(7 * times), 0.02)[10:], np.sin(7 * (times[10:] - 0.02)), atol=2e-4)


def test_breath_and_swallow_are_in_the_pauses():
    phones = made_up.segments("sil aa m aa sil")
    longer = [*phones[:-1], phones[-1]._replace(end=phones[-1].end + 1.2)]
    made = take(phones=longer, sound=made_up.sound(longer))
    last = round(100 * longer[-1].start)
    assert curve(made, "C_neck_swallow")[: last + 20].max() == 0
    assert curve(made, "C_neck_swallow")[last:].max() > 0.9
    first = round(100 * longer[0].end)
    assert curve(made, "neck_throatExhaleInhale")[:first].max() > 0.5
    assert curve(made, "neck_throatExhaleInhale")[first + 10 : last].min() < -0.02


def test_the_curves_are_no_linear_image_of_52_shapes():
    """Rank and variance: the rich teacher's curves need far more components than the best image of ARKit's shapes has."""
    people = [(label, subject) for label in LABELS for subject in (0, 5, 11)]

    def gathered(rich):
        return np.concatenate([take(label, subject, rich).at(20.0, SECONDS) for label, subject in people])

    plain, rich = richness.measure(gathered(False)), richness.measure(gathered(True))
    assert rich["all"]["moving"] > 135 > 70 > plain["all"]["moving"]
    assert rich["all"]["components"] > 1.4 * rich["all"]["components_52"]
    assert rich["all"]["components"] > 1.5 * plain["all"]["components"]
    for group, least in (("mouth", 5), ("jaw", 10), ("tongue", 30), ("neck", 30), ("nose", 5), ("all", 8)):
        assert rich[group]["beyond_52"] > least, group
    image = gathered(True)[:, [RIG.index["CTRL_C_jaw-translateY"]]] * np.ones(
        len(RIG)
    )  # the check of the check: one curve on every control is rank 1
    assert richness.measure(RIG.clip(image).astype(np.float32))["all"]["components"] < 4
