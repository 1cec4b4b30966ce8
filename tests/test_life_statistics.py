"""Ten minutes of life against what has been measured on people.

Looks of 3.3 s are those people like best (Binetti et al. 2016), looks at a face last 2.2 s in conversation (Rogers et al. 2018);
glances away of a second (Lee, Badler & Badler 2002); a listener's face is looked at three quarters of the time and a
speaker's less (Argyle & Cook 1976); main sequence of saccades (Bahill, Clark & Stark 1975): 10 degrees at 300 to 500 degrees a
second, and few beyond 15 degrees (Bahill, Adler & Stark 1975); one to two microsaccades a second, under a degree (Martinez-Conde
et al. 2004); blinks that do not close are common (Sforza et al. 2008); a lid at 17 to 20 cm a second (Doane 1980); breath
at 12 to 20 a minute; heads move within a few degrees (Hadar et al. 1983).
"""

import numpy as np
import pytest
from test_life import DEGREE, at_25, count, felt, talk

from priors import gaze
from priors.blinks import blinks, lid
from priors.breath import breath
from priors.brows import accents
from priors.life import live
from priors.rhythm import rhythm
from speechface.emotion import LABELS
from speechface.liveliness import Liveliness

QUIET = np.zeros(16000 * 600, np.float32)


def draws(seed=0):
    return np.random.default_rng(seed)


def looks_and_glances(speaking, label="neutral", seed=0):
    """Seconds of every look at the viewer and of every glance away, in ten minutes."""
    times = at_25(600)
    found = gaze.saccades(times, felt(times, label), rhythm(talk(600) if speaking else QUIET), draws(seed))
    where = np.cumsum([saccade.turn for saccade in found], axis=0)
    starts = np.array([saccade.start for saccade in found] + [600.0])
    away = np.hypot(*where.T) > 4.2
    edges = np.flatnonzero(np.diff(away.astype(int))) + 1
    runs = np.diff(starts[np.concatenate([[0], edges, [len(away)]])])
    runs = runs[:-1]  # the last one may begin after the end
    return (runs[1::2], runs[::2]) if away[0] else (runs[::2], runs[1::2])


@pytest.mark.parametrize(("speaking", "share"), [(False, (0.72, 0.88)), (True, (0.65, 0.85))])
def test_looks_last_as_long_as_people_like_and_glances_a_second(speaking, share):
    looks, glances = map(
        np.concatenate, zip(*(looks_and_glances(speaking, seed=seed) for seed in range(3)), strict=True)
    )
    assert 2.2 < looks.mean() < 4.0
    assert np.quantile(looks, 0.97) < 9.0  # nobody is stared at
    assert 0.5 < glances.mean() < 1.3
    assert glances.min() > 0.2
    assert share[0] < looks.sum() / (looks.sum() + glances.sum()) < share[1]


def test_feelings_look_differently():
    mean = {label: [np.mean(part) for part in looks_and_glances(True, label)] for label in ("neutral", "angry", "sad")}
    assert mean["angry"][0] > 1.2 * mean["neutral"][0] > 1.2 * mean["sad"][0]
    assert mean["sad"][1] > 1.3 * mean["neutral"][1]
    times = at_25(600)
    pitch = {
        label: gaze.gaze(times, felt(times, label), rhythm(QUIET), draws())[:, 1].mean() for label in ("neutral", "sad")
    }
    assert pitch["sad"] > pitch["neutral"] + 0.8 * DEGREE  # and down


def test_eyes_leave_at_the_start_of_phrases_and_come_back_at_their_end():
    times, heard = at_25(600), rhythm(talk(600))
    away = np.zeros(len(times))
    for seed in range(6):
        look = gaze.gaze(times, felt(times), heard, draws(seed)) / DEGREE
        away += (np.hypot(*look.T) > 4.2) / 6

    def near(moments, low, high):
        since = times[:, None] - moments
        return away[((since > low) & (since < high)).any(axis=1)].mean()

    assert near(heard.starts[1:], 0.1, 0.7) > 1.4 * away.mean()
    assert near(heard.ends, 0.0, 0.5) < 0.8 * away.mean()


def test_saccades_are_on_the_main_sequence():
    phase = np.linspace(0.0, 1.0, 1001)
    assert np.diff(gaze.profile(phase)).max() * 1000 == pytest.approx(1.65, abs=0.01)
    for size, slowest, fastest in ((1.0, 40, 110), (5.0, 180, 320), (10.0, 300, 500), (20.0, 400, 600)):
        saccade = gaze.Saccade(0.0, np.array([size, 0.0]), away=True)
        assert slowest < 1.65 * size / saccade.lasts < fastest


def test_sizes_and_pauses_of_saccades():
    times = at_25(600)
    for sound in (QUIET, talk(600)):
        found = gaze.saccades(times, felt(times), rhythm(sound), draws())
        size = np.array([saccade.size for saccade in found])
        assert 60 < len(found) / 10 < 150  # a minute: fixations of half a second
        assert 2.5 < np.median(size) < 6.0
        assert np.mean(size > 15.0) < 0.14
        pause = np.diff([saccade.start for saccade in found])
        assert pause.min() > 0.15
        assert np.mean(pause < 0.15) < 0.05
        assert 0.35 < np.median(pause) < 0.8
        glances = np.array([saccade.turn for saccade in found if saccade.away])
        assert np.abs(glances[:, 0]).mean() > np.abs(glances[:, 1]).mean()  # more to the sides than up and down


def test_microsaccades_come_once_or_twice_a_second_and_are_small():
    found = gaze.microsaccades(at_25(600), draws())
    size = np.array([saccade.size for saccade in found])
    assert 1.0 < len(found) / 600 < 2.0
    assert 0.15 < np.median(size) < 0.6
    assert np.mean(size < 1.0) > 0.97


def test_blinks_gather_at_the_ends_of_phrases_and_at_glances():
    times, heard = np.arange(600 * 50) / 50, rhythm(talk(600))
    life = live(talk(600), times, felt(times), 1)
    starts = times[1:][(life.blink[1:] > 0.3) & (life.blink[:-1] <= 0.3)]
    after = (starts[:, None] - heard.ends > -0.2) & (starts[:, None] - heard.ends < 0.6)
    assert 0.25 < after.any(axis=0).mean() < 0.75  # a blink at half of the ends
    there = blinks(times, felt(times), rhythm(QUIET), draws(), glances=(100.0,) * 40)
    assert there[(times > 99.8) & (times < 100.5)].max() > 0.4


@pytest.mark.parametrize("fps", [12, 24, 25, 30, 60])
def test_most_blinks_shut_the_eye_at_any_frame_rate(fps):
    times = np.arange(600 * fps) / fps
    blink = live(QUIET, times, felt(times), 2).blink
    inner = blink[1:-1]
    tops = inner[(inner > 0.3) & (inner >= blink[:-2]) & (inner > blink[2:])]
    assert 0.75 < np.mean(tops > 0.999) < 0.92
    assert count(blink) > 120
    gaps = np.diff(times[1:][(blink[1:] > 0.3) & (blink[:-1] <= 0.3)])
    assert 0.02 < np.mean(gaps < 0.5) < 0.15  # some come in pairs


def test_a_lid_moves_as_fast_as_lids_do():
    since = np.linspace(0.0, 0.3, 3001)
    speed = np.diff(lid(since)) / np.diff(since) * 0.010  # an eye open by 10 mm, in m/s
    assert 0.15 < speed.max() < 0.22
    assert 1.4 < speed.max() / -speed.min() < 2.6
    assert lid(np.array([0.0, 0.10, 0.30])).tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("label", LABELS)
def test_heads_move_by_degrees_and_less_when_silent(label):
    times = at_25(300)
    still, talking = (live(sound, times, felt(times, label), 0).head for sound in (QUIET[: 16000 * 300], talk(300)))
    for head, low, high in ((still, 0.3, 1.6), (talking, 0.6, 3.2)):
        assert low < head.std(axis=0).mean() / DEGREE < high
    speed = [np.abs(np.diff(head, axis=0)).mean() for head in (still, talking)]
    assert speed[1] > 2.0 * speed[0]


def test_nods_and_brows_go_with_stressed_syllables():
    times, heard = at_25(600), rhythm(talk(600))
    raised = accents(times, felt(times), heard, draws())
    assert raised.max() < 0.5
    tops = times[1:][(raised[1:] > 0.06) & (raised[:-1] <= 0.06)]
    assert 5 < len(tops) / 10 < 40  # a minute
    assert np.abs(tops[:, None] + 0.12 - heard.stresses).min(axis=1).mean() < 0.15
    assert (raised < 0.02).mean() > 0.5
    assert accents(times, felt(times), rhythm(QUIET), draws()).max() == 0.0
    assert accents(times, felt(times, "sad"), heard, draws()).max() < raised.max()


def test_breath_is_slow_at_rest_and_quick_before_a_phrase():
    times = at_25(600)
    full, inwards = breath(times, felt(times), rhythm(QUIET), draws())
    crests = (full[1:-1] > full[:-2]) & (full[1:-1] >= full[2:])
    assert 12 < crests.sum() / 10 < 20
    assert inwards.max() < 0.5
    heard = rhythm(talk(600))
    full, inwards = breath(times, felt(times), heard, draws())
    before = np.abs(times[:, None] - (heard.starts[1:] - 0.3)).min(axis=1) < 0.1
    assert inwards[before].mean() > 0.5
    assert np.interp(heard.starts[1:] + 0.1, times, full).min() > 0.7
    assert np.interp(heard.ends, times, full).max() < 0.5
    frightened, _ = breath(times, felt(times, "fear"), rhythm(QUIET), draws())
    assert (
        np.abs(np.diff(frightened)).mean()
        > 1.2 * np.abs(np.diff(breath(times, felt(times), rhythm(QUIET), draws())[0])).mean()
    )


def test_styles_are_people():
    """Style 0 is the average; others blink, glance and move more or less, each in its own way, always the same."""
    times = at_25(200)
    lives = [live(talk(200), times, felt(times), 0, style=style) for style in (0, 1, 2, 1)]
    often = [count(life.blink) for life in lives]
    assert len(set(often[:3])) == 3
    assert np.array_equal(lives[1].eyes, lives[3].eyes)
    sizes = [live(talk(5), times, felt(times), 0, style=style).head.std() for style in range(8)]
    assert 0.5 < min(sizes) / sizes[0] < 0.97 < 1.03 < max(sizes) / sizes[0] < 2.0


def test_factors_turn_each_part_up_and_down_and_leave_the_others():
    times = at_25(300)
    usual = live(talk(300), times, felt(times), 0)
    none = live(talk(300), times, felt(times), 0, Liveliness(0, 0, 0, 0, 0))
    assert not none.blink.any()
    assert not none.head.any()
    assert not none.brows.any()
    assert np.ptp(none.eyes, axis=0).max() < 1e-9
    assert np.allclose(none.vergence, np.arctan(0.0318))
    calm = live(talk(300), times, felt(times), 0, Liveliness(blinks=0.4))
    assert count(calm.blink) < 0.6 * count(usual.blink)
    assert np.array_equal(calm.head, usual.head)
    assert np.array_equal(calm.eyes, usual.eyes)
    still = live(talk(300), times, felt(times), 0, Liveliness(head=0.0))
    assert not still.head.any()
    assert np.array_equal(still.blink, usual.blink)
    steady = live(talk(300), times, felt(times), 0, Liveliness(gaze=0.3))
    assert np.abs(steady.eyes).mean() < np.abs(usual.eyes).mean()


@pytest.mark.parametrize("place", [(0.0, 0.0, 1.0), (0.3, 0.1, 0.8), (-0.6, -0.2, 0.6), (0.0, 0.0, 0.25)])
def test_eyes_are_on_what_they_look_at_however_the_head_turns(place):
    """Lines of sight of both eyes pass within a centimetre of it while the eyes do not wander."""
    from speechface.skinning import rotations

    times = at_25(60)
    life = live(talk(60), times, felt(times), 0, Liveliness(gaze=0.0, look_at=place))
    neck = np.array([0.0, -0.09, -0.082])
    matrices = rotations(life.head[:, [1, 0, 2]])
    for side, inwards in ((0.0318, -1.0), (-0.0318, 1.0)):
        yaw, pitch = life.eyes[:, 0] + inwards * life.vergence, life.eyes[:, 1]
        line = np.stack([np.cos(pitch) * np.sin(yaw), -np.sin(pitch), np.cos(pitch) * np.cos(yaw)], axis=1)
        line = np.einsum("tij,tj->ti", matrices, line)
        eye = neck + np.einsum("tij,j->ti", matrices, np.array([side, 0.0, 0.0]) - neck)
        to = np.array(place) - eye
        missed = np.linalg.norm(to - (to * line).sum(axis=1, keepdims=True) * line, axis=1)
        assert missed.max() < 0.012
    assert life.head[:, 0].mean() * place[0] >= -0.02 * abs(place[0])  # the head turns that way, if at all
    assert np.abs(life.eyes).max() < 35 * DEGREE
