"""The engine in use: threads change nothing but the time it takes, and what a face does besides speaking is local."""

import numpy as np
import pytest
import torch

from priors.blinks import LASTS, lid
from speechface import api
from speechface.audio.threads import one_thread_an_operation, spread
from speechface.emotion import Emotion


@pytest.fixture
def sound():
    """Fifty seconds: three windows."""
    rng = np.random.default_rng(0)
    loud = np.repeat(rng.random(100), 8000)
    return (rng.normal(0.0, 0.05, len(loud)) * loud).astype(np.float32)


def test_any_number_of_threads_gives_the_same_bytes_and_is_left_as_it_was(sound):
    before, controls = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            controls.append(api.engine("emote").animate(sound, Emotion.parse("sad")).controls)
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert len(controls[0]) == 1250
    assert np.array_equal(controls[0], controls[1])
    assert np.array_equal(controls[0], controls[2])


def test_progress_rises_to_the_end(sound):
    told: list[float] = []
    api.engine("emote").animate(sound, Emotion.parse("neutral"), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 3


@pytest.mark.parametrize("threads", [1, 3])
def test_work_is_spread_in_order_and_each_piece_uses_one_thread(threads):
    with one_thread_an_operation():
        done = list(spread(lambda number: (number, torch.get_num_threads()), range(10), threads))
    assert done == [(number, 1) for number in range(10)]


def test_an_error_in_a_window_comes_through():
    def fail(number):
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        list(spread(fail, range(4), 2))


def test_a_blink_is_over_when_it_is_taken_to_be():
    assert lid(np.array([-0.1, 0.0, LASTS, 1.0])).tolist() == [0.0, 0.0, 0.0, 0.0]
    assert lid(np.array([0.1]))[0] == 1.0
