"""The Face Landmarker as we run it, on videos of people: skipped where ../shared/data is not there."""

import os
from pathlib import Path

import numpy as np
import pytest
from made_video import write

from data_prep import face_model, trackers
from data_prep.video import sound
from data_prep.video.film import pictures, probe
from data_prep.video.following import chains
from data_prep.video.scan import scan
from data_prep.video.tracking import track
from speechface.errors import UserError

SHARED = next(
    (at / "shared" / "data" for at in Path(__file__).resolve().parents if (at / "shared" / "data").is_dir()), Path()
)
SHARED = Path(os.environ.get("SPEECHFACE_SHARED_DATA", SHARED))
MODEL, GRID = SHARED / "models" / face_model.NAME, SHARED / "video" / "grid"
needs_data = pytest.mark.skipif(
    not MODEL.is_file() or not GRID.is_dir(), reason="needs ../shared/data (models, video/grid)"
)


@pytest.fixture(scope="module")
def tracker():
    return trackers.load("opencv", MODEL)


@pytest.fixture(scope="module")
def person():
    """Pictures of one person and what is said."""
    film = probe(GRID / "bbaf2n.mpg")
    return [picture for _, picture in pictures(film)], np.concatenate(list(sound.blocks(film.path)))


@needs_data
def test_landmarks_turn_and_grow_with_the_picture(tracker, person):
    import cv2

    picture = person[0][30]
    (face,) = tracker.faces(picture)
    seen = tracker.look(picture, face)
    assert seen.presence > 0.6
    assert seen.scores.shape == (52,)
    eyes = np.linalg.norm(seen.landmarks[33] - seen.landmarks[263])
    assert 60 < eyes < 70
    for degrees, scale in ((0, 2.0), (25, 1.0), (-30, 0.8)):
        warp = cv2.getRotationMatrix2D((180, 144), degrees, scale)
        warp[:, 2] += [180 * scale - 180 + 40, 144 * scale - 144 + 40]
        size = round(360 * scale + 80), round(288 * scale + 80)
        other = cv2.warpAffine(picture, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        (found,) = tracker.faces(other)
        there = tracker.look(other, found)
        expected = seen.landmarks[:, :2] @ warp[:, :2].T + warp[:, 2]
        error = np.linalg.norm(there.landmarks[:, :2] - expected, axis=1).mean() / (eyes * scale)
        assert error < 0.03, (degrees, scale, error)


@needs_data
def test_places_do_not_shift_by_half_a_pixel(tracker, person):
    """The same face in a picture moved by whole pixels, mirrored squares and all: landmarks move as much."""
    picture = person[0][30]
    (face,) = tracker.faces(picture)
    there = tracker.look(picture, face).landmarks
    moved = np.roll(picture, (5, 7), axis=(0, 1))
    shifted = trackers.Face(face.centre + np.array([7, 5]), face.side, face.angle, face.score)
    assert np.abs(tracker.look(moved, shifted).landmarks - there - [7, 5, 0]).max() < 0.3
    twice = np.repeat(np.repeat(picture, 2, axis=0), 2, axis=1)
    large = trackers.Face(face.centre * 2, face.side * 2, face.angle, face.score)
    assert np.abs(tracker.look(twice, large).landmarks / 2 - there)[:, :2].mean() < 0.25


@needs_data
def test_small_tall_and_two_faces_are_found(tracker, person, tmp_path):
    one = person[0][30]
    small = np.pad(one, ((250, 300), (500, 400), (0, 0)))
    tall = np.pad(one[:, 60:300], ((200, 100), (0, 0), (0, 0)))
    for name, picture, faces in (("small", small, 1), ("tall", tall, 1), ("two", np.hstack([one, one]), 2)):
        film = probe(write(tmp_path / f"{name}.mp4", [picture] * 3))
        seen = scan(film, tracker)
        assert len(chains(seen, 0, 3)) == faces, name
        found = track(film, seen, chains(seen, 0, 3)[0], 0.0, 3, 25.0, tracker)
        assert found.valid.all()


@needs_data
def test_landmarks_are_those_of_mediapipe(tracker, person):
    pytest.importorskip("mediapipe", reason="mediapipe is not installed (docs/video.md)")
    theirs = trackers.load("mediapipe", MODEL)
    for picture in person[0][::15]:
        (face,) = tracker.faces(picture)
        one, two = tracker.look(picture, face), theirs.look(picture, theirs.faces(picture)[0])
        assert np.abs(one.landmarks - two.landmarks)[:, :2].mean() < 0.8
        assert np.abs(one.scores - two.scores).mean() < 0.03


def test_model_file_is_checked_and_never_fetched_unasked(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(face_model.VARIABLE, raising=False)
    monkeypatch.setattr(face_model.urllib.request, "urlopen", lambda *_, **__: pytest.fail("the network was asked"))
    with pytest.raises(UserError, match="--model-file"):
        face_model.find()
    with pytest.raises(UserError, match="no such file"):
        face_model.find(tmp_path / "none.task")
    (tmp_path / "other.task").write_bytes(b"other")
    with pytest.raises(UserError, match="SHA-256"):
        face_model.find(tmp_path / "other.task")
    monkeypatch.setenv(face_model.VARIABLE, str(tmp_path / "other.task"))
    with pytest.raises(UserError, match="SHA-256"):
        face_model.find()
    for name in trackers.available():
        with pytest.raises(UserError):
            trackers.load(name, tmp_path / "other.task")
    with pytest.raises(UserError, match="unknown tracker"):
        trackers.load("opencvv", tmp_path / "other.task")


def test_model_file_is_fetched_once_where_it_is_allowed(tmp_path, monkeypatch):
    import hashlib
    import io

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(face_model.VARIABLE, raising=False)
    monkeypatch.setattr(face_model, "SHA256", hashlib.sha256(b"model").hexdigest())
    asked = []
    monkeypatch.setattr(
        face_model.urllib.request, "urlopen", lambda url, **_: asked.append(url) or io.BytesIO(b"model")
    )
    assert face_model.find(download=True).read_bytes() == b"model"
    assert face_model.find() == face_model.find(download=True) == face_model.cached()
    assert len(asked) == 1
