"""What is said, given along with the sound: every p, b and m is kept, and a wrong text is noticed."""

from pathlib import Path

import numpy as np
import pytest

import speechface as sf
from data_prep import transcript
from data_prep.labels import read_labels
from speechface import heads
from speechface.audio import load
from speechface.errors import UserError
from speechface.evaluation.lips import gaps
from speechface.metrics.closure import judge, merge_silences

EXAMPLES = Path(sf.__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def sound():
    return load.read(EXAMPLES / "hello.wav")


def test_labels_close_every_p_b_and_m():
    clip = sf.animate(EXAMPLES / "hello.wav", "disgusted", alive=False, text=EXAMPLES / "hello.tsv")
    assert clip.about["text"] == {"score": 1.0, "used": True}
    gap, _ = gaps(clip, heads.load("flame"))
    found = judge(gap, merge_silences(read_labels(EXAMPLES / "hello.tsv")), clip.fps)
    assert found.closures >= 8
    assert found.hits == found.closures


def test_a_file_a_folder_or_words(tmp_path):
    (tmp_path / "one.txt").write_text("hello there")
    assert transcript.find("hello there") == "hello there"
    assert transcript.find(str(tmp_path / "one.txt")) == tmp_path / "one.txt"
    assert transcript.find(tmp_path, "else/one.wav") == tmp_path / "one.txt"
    with pytest.raises(UserError, match=r"holds no text for two\.wav"):
        transcript.find(tmp_path, "two.wav")
    with pytest.raises(UserError, match="no such file"):
        transcript.find("missing.TextGrid")


def test_nothing_to_align_is_said(sound, tmp_path):
    with pytest.raises(UserError, match="no words"):
        transcript.read(sound, "1 - 2")
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(UserError, match="no words"):
        transcript.read(sound, tmp_path / "empty.txt")


def test_the_right_text_fits_and_a_wrong_one_does_not(sound):
    pytest.importorskip("pocketsphinx", reason="aligning needs the extra [align]")
    words = " ".join((EXAMPLES / "README.md").read_text(encoding="utf-8").split('"')[1].split())
    right = transcript.read(sound, words)
    assert right.segments is not None
    wrong = transcript.read(sound, "seventeen green elephants are singing quietly under the kitchen window tonight")
    assert wrong.segments is None
    assert wrong.score < right.score
    clip = sf.animate(
        (sound, 16000), alive=False, text="seventeen green elephants sing under the kitchen window tonight"
    )
    assert clip.about["text"]["used"] is False
    heard = sf.animate((sound, 16000), alive=False)
    assert np.array_equal(clip.controls, heard.controls)
