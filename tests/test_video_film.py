"""Pictures and sound of films: times, turning, shape, what is damaged; checked against what was written."""

from itertools import pairwise

import numpy as np
import pytest
from made_video import discs, talk, turn, write

from data_prep.video import sound
from data_prep.video.film import pictures, pictures_at, probe
from data_prep.video.shots import shots
from data_prep.video.speech import levels, pieces, speech
from speechface.errors import UserError


def greys(count, size=(64, 48)):
    return [np.full((size[1], size[0], 3), 10 + 8 * number, np.uint8) for number in range(count)]


def numbers(found):
    return [round((picture.mean() - 10) / 8) for picture in found]


def test_frames_come_with_their_times_from_anywhere(tmp_path):
    times = np.cumsum([0.0, 0.03, 0.05, 0.04, 0.1, 0.02, 0.04, 0.04, 0.2, 0.04])
    path = write(tmp_path / "a.mp4", greys(10), times=times)
    film = probe(path)
    assert film.size == (64, 48)
    assert not film.sound
    found = list(pictures(film))
    assert np.allclose([time for time, _ in found], times, atol=1e-3)
    assert numbers(picture for _, picture in found) == list(range(10))
    some = list(pictures(film, 0.1, 0.25))
    assert np.allclose([time for time, _ in some], times[2:7], atol=1e-3)
    wanted = np.array([0.0, 0.05, 0.13, 0.31, 0.5, 0.9])
    nearest = [int(np.abs(times - time).argmin()) for time in wanted]
    assert numbers(pictures_at(film, wanted)) == nearest


def test_film_is_wound_to_a_place_far_into_it(tmp_path):
    path = write(tmp_path / "long.mp4", greys(30) * 8, options={"preset": "ultrafast", "g": "50"})
    time, picture = next(pictures(probe(path), 8.0, 8.1))
    assert time == pytest.approx(8.0)
    assert numbers([picture]) == [200 % 30]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_film_is_put_upright(tmp_path, degrees):
    picture = np.full((48, 64, 3), 30, np.uint8)
    picture[:16, :16] = 220  # top left, as it is stored
    film = probe(turn(write(tmp_path / "a.mp4", [picture] * 3), degrees))
    shown = np.rot90(picture, -degrees // 90)
    assert film.size == (shown.shape[1], shown.shape[0])
    (_, found), *_ = pictures(film)
    assert np.abs(found.astype(int) - shown).mean() < 4
    (_, small), *_ = pictures(film, longest=32)
    assert max(small.shape) == 32


def test_sound_stands_where_the_pictures_are(tmp_path):
    samples = np.zeros(32000, np.float32)
    samples[8000] = 0.9
    path = write(tmp_path / "a.avi", greys(25), sound=samples, codec="mpeg4")
    heard = np.concatenate(list(sound.blocks(path)))
    assert np.abs(heard).argmax() == 8000
    path = write(tmp_path / "a.mp4", greys(25), sound=samples)
    assert abs(int(np.abs(np.concatenate(list(sound.blocks(path)))).argmax()) - 8000) <= 16


def test_what_is_no_film_is_refused(tmp_path):
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_bytes(b"not a film at all" * 100)
    whole = write(tmp_path / "whole.mp4", greys(20))
    (tmp_path / "cut.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    for name in ("none.mp4", "empty.mp4", "text.mp4"):
        with pytest.raises(UserError):
            probe(tmp_path / name)
    with pytest.raises(UserError, match="no sound"):
        list(sound.blocks(whole))


def test_damaged_film_gives_what_can_be_read(tmp_path):
    path = write(tmp_path / "a.avi", discs(40), sound=talk(1.6), codec="mpeg4")
    (tmp_path / "cut.avi").write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    assert 10 < len(list(pictures(probe(tmp_path / "cut.avi")))) < 40


def test_shots_end_where_the_picture_jumps_and_not_where_it_moves():
    jumps = np.full(100, 0.01)
    jumps[[30, 70]] = 0.3
    assert shots(np.arange(100) / 25, jumps) == [(0, 30), (30, 70), (70, 100)]
    shaking = np.random.default_rng(0).uniform(0.09, 0.2, 100)
    assert shots(np.arange(100) / 25, shaking) == [(0, 100)]
    jumps[:] = 0.0
    jumps[0] = 0.5
    assert shots(np.arange(100) / 25, jumps) == [(0, 100)]


def test_speech_is_found_in_blocks_of_any_size():
    samples = np.concatenate([talk(2.0), np.zeros(16000, np.float32), talk(1.5, seed=1)])
    whole = levels([samples])
    assert np.allclose(whole, levels(np.split(samples, [7, 300, 16001])))
    slow = [
        10 * np.log10(np.mean(samples[at : at + 160].astype(float) ** 2) + 1e-12) for at in range(0, len(samples), 160)
    ]
    assert np.allclose(whole, slow)
    found = speech(whole)
    assert len(found) == 2
    assert np.allclose([time for span in found for time in span], [0.4, 1.6, 3.4, 4.1], atol=0.1)
    assert speech(np.full(300, -80.0)) == []
    assert speech(np.zeros(0)) == []


def test_pieces_are_short_enough_and_lose_no_speech():
    draw = np.random.default_rng(0)
    edges = np.cumsum(draw.uniform(0.2, 3.0, 200))
    spans = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    found = list(pieces(spans, 0.0, 400.0, 12.0, 0.3))
    assert all(end - start <= 12.0 + 1e-9 for start, end in found)
    assert all(one[1] <= two[0] + 1e-9 for one, two in pairwise(found))
    assert all(any(start - 1e-9 <= one and two <= end + 1e-9 for start, end in found) for one, two in spans)
    assert len(list(pieces([(0.0, 50.0)], 0.0, 50.0, 12.0, 0.3))) == 5
