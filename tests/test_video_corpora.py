"""What corpora of video say of each recording, and which of them may be trained on."""

import pytest
from test_plugins import _crema_d, _grid, _mead, _ravdess, _sound

from data_prep import corpora
from data_prep.corpora import mead
from data_prep.recording import Recording
from data_prep.rights import METAHUMAN, refusal
from speechface.errors import UserError


def found(kind, root):
    return {recording.name: recording for recording in corpora.videos(kind, root)}


def test_mead_has_sessions_levels_split_and_holes(tmp_path):
    _mead(tmp_path)
    recordings = found("mead", tmp_path)
    assert set(recordings) == {"M003-angry-2-001", "W009-W009_2-neutral-1-001", "M035-fear-3-001"}
    angry = recordings["M003-angry-2-001"]
    assert (angry.speaker, angry.emotion, angry.intensity, angry.split) == ("M003", "angry", 0.667, "train")
    assert angry.audio.suffix == ".m4a"
    assert angry.film.parts[-5:] == ("video", "front", "angry", "level_2", "001.mp4")
    assert recordings["M035-fear-3-001"].split == "validation"
    assert recordings["M035-fear-3-001"].audio == recordings["M035-fear-3-001"].film
    assert recordings["W009-W009_2-neutral-1-001"].intensity is None
    assert (len(mead.TRAIN), len(mead.VALIDATION), len(mead.TEST)) == (32, 7, 8)
    assert not mead.TRAIN & (mead.VALIDATION | mead.TEST | mead.WITHOUT)


def test_names_of_files_say_who_what_and_how(tmp_path):
    _ravdess(tmp_path / "r")
    _crema_d(tmp_path / "c")
    _grid(tmp_path / "g")
    one = found("ravdess", tmp_path / "r")["ravdess-01-01-06-01-02-01-06"]
    assert (one.speaker, one.emotion, one.intensity) == ("ravdess_06", "fear", 0.5)
    assert one.text == "dogs are sitting by the door"
    assert len(found("ravdess", tmp_path / "r")) == 2
    one = found("crema_d", tmp_path / "c")["crema_d-1001_IEO_SAD_MD"]
    assert (one.speaker, one.emotion, one.intensity, one.text) == ("crema_d_1001", "sad", 0.667, "it's eleven o'clock")
    assert found("crema_d", tmp_path / "c")["crema_d-1001_DFA_ANG_XX"].intensity is None
    grid = found("grid", tmp_path / "g")
    assert grid["grid-s1-bbaf2n"].text == "bin blue at f two now"
    assert {one.speaker for one in grid.values()} == {"grid_s1", "grid_s2", "grid_sbig3p"}
    assert grid["grid-s2-lwwz9s"].text == "lay white with z nine soon"


def test_folder_gives_videos_only_and_each_a_name(tmp_path):
    for name in ("anna/a.mp4", "anna/a.mov", "anna/b.wav", "größe 1.MKV"):
        _sound(tmp_path / name)
    (tmp_path / "metadata.csv").write_text('file,speaker,licence,consent\nanna/a.mp4,eva,mine,"yes, signed"\n', "utf-8")
    recordings = found("folder", tmp_path)
    assert set(recordings) == {"anna-a-mp4", "anna-a-mov", "größe_1"}
    assert (recordings["anna-a-mp4"].speaker, recordings["anna-a-mp4"].consent) == ("eva", "yes, signed")
    (tmp_path / "sounds").mkdir()
    _sound(tmp_path / "sounds" / "a.wav")
    with pytest.raises(UserError, match="no videos"):
        found("folder", tmp_path / "sounds")


@pytest.mark.parametrize(
    ("licence", "consent", "allowed"),
    [("CC0", None, True), ("CC BY 4.0", None, True), ("public domain", None, True), ("own recordings", None, True),
     ("Open Database License (ODbL) 1.0", None, True), ("CC BY-NC-SA 4.0", None, False), ("CC BY-ND 4.0", None, False),
     (mead.LICENCE, None, False), ("unknown", None, False), ("unknown", "yes", True), ("unknown", "no", False),
     ("unknown", "not yet", False), ("permitted by nobody", None, False)],
)  # fmt: skip
def test_training_needs_a_stated_right(licence, consent, allowed, tmp_path):
    recording = Recording("a", tmp_path / "a.mp4", "anna", licence, "made up", consent=consent)
    assert (refusal(recording) is None) == allowed
    assert refusal(recording, asserted=True) is None


def test_what_metahuman_made_is_always_refused(tmp_path):
    for source, licence in (("MetaHuman Animator", "own"), ("takes", "Epic MetaHuman EULA"), ("Meta-Human", "CC0")):
        recording = Recording("a", tmp_path / "a.mp4", "anna", licence, source, consent="yes")
        assert refusal(recording, asserted=True) == METAHUMAN
