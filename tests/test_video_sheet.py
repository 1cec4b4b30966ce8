"""The report's pictures: the person's fitted head lies where the face lies in the video."""

import numpy as np
import pytest
from made_up_track import VIEW, motion, track

from data_prep.commands.prepare import video
from data_prep.fitting import FitConfig, fit
from data_prep.video import fitted, page
from speechface import heads
from speechface.errors import UserError

PERSON = "open:preview,jawWidth=0.8"


@pytest.fixture(scope="module")
def seen():
    return track(motion(10), PERSON, place=(0.06, 0.03, -0.9))


@pytest.fixture(scope="module")
def found(seen):
    return fit(seen, heads.load("open:preview"), FitConfig(field_of_view=VIEW, shape_rounds=4, rounds=3))


@pytest.fixture
def kept(found, tmp_path):
    fitted.save(tmp_path / "fit.npz", found, "open:preview")
    return fitted.Fitted.load(tmp_path / "fit.npz")


def test_a_fit_comes_back_from_its_file(kept, found):
    np.testing.assert_array_equal(kept.place, found.place)
    np.testing.assert_allclose(kept.animation.controls, found.animation.controls, atol=1e-6)
    assert (kept.head, kept.focal, kept.centre) == ("open:preview", found.camera.focal, found.camera.centre)
    np.testing.assert_allclose(kept.person().rest, found.head.rest, atol=1e-5)


def test_the_head_is_drawn_where_its_landmarks_are(kept, found, seen):
    frames = np.array([1, 5])
    windows = np.array([page._window(seen.landmarks[frame, found.numbers, :2]) for frame in frames])
    pictures = video._draw(kept, frames, windows, 80)
    for picture, frame, (x, y, side) in zip(pictures, frames, windows, strict=True):
        assert picture.shape == (80, 80, 4)
        points = (seen.landmarks[frame, found.numbers, :2] - (x, y)) * 80 / side
        columns, rows = points.astype(int).T
        assert (picture[rows, columns, 3] > 200).mean() > 0.95  # all but some on the edge of an open mouth
        assert picture[..., 3].mean() < 240  # and not everywhere


def test_a_head_lies_half_over_the_video_and_whole_on_grey():
    head = np.zeros((2, 2, 4), dtype=np.uint8)
    head[0, 0] = 200, 100, 0, 255
    piece = np.full((2, 2, 3), 50, dtype=np.uint8)
    out = page._over(head, piece, 0.5)
    assert out[0, 0].tolist() == [125, 75, 25]
    assert (out[1] == 50).all()


def test_a_file_that_is_no_fit_is_refused_and_an_old_one_has_no_place(kept, tmp_path):
    old = tmp_path / "old.npz"
    with open(old, "wb") as file:
        np.savez(file, **kept.animation.arrays(), error=kept.error, shape=kept.shape)
    assert fitted.Fitted.load(old).place is None
    (tmp_path / "none.npz").write_bytes(b"no")
    with pytest.raises(UserError, match="no fit"):
        fitted.Fitted.load(tmp_path / "none.npz")
