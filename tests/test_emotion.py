import json

import numpy as np
import pytest

from speechface import Emotion, UserError
from speechface.emotion import LABELS, SYNONYMS, conditioning, label


def strengths(text: str) -> dict[str, float]:
    row = Emotion.parse(text).strengths[0]
    return {name: round(float(value), 6) for name, value in zip(LABELS, row, strict=True) if value > 1e-9}


def test_simple_states():
    assert strengths("sad") == {"sad": 1.0}
    assert strengths("sad:0.8") == {"neutral": 0.2, "sad": 0.8}
    assert strengths("neutral") == {"neutral": 1.0}
    assert strengths(" Joyful : 0.5 ") == {"neutral": 0.5, "happy": 0.5}


def test_mixtures_never_exceed_one():
    assert strengths("happy:0.6,surprised:0.4") == {"happy": 0.6, "surprised": 0.4}
    assert strengths("happy,surprised") == {"happy": 0.5, "surprised": 0.5}
    assert strengths("sad:0,neutral:1") == {"neutral": 1.0}
    assert strengths("neutral:0.5,angry:0.5") == {"neutral": 0.5, "angry": 0.5}


def test_every_synonym_is_known_and_none_twice():
    words = [word for words in SYNONYMS.values() for word in words.split()]
    assert len(words) == len(set(words))
    assert all(label(word.upper()) == name for name, words in SYNONYMS.items() for word in words.split())


def test_timeline_holds_and_blends():
    emotion = Emotion.parse("1 neutral; 3 sad:0.8; 5 angry")
    at = emotion.at(np.array([0.0, 1.0, 2.69, 3.0, 3.31, 4.0, 9.0]))
    np.testing.assert_allclose(at.sum(axis=1), 1.0, atol=1e-6)
    sad, angry = LABELS.index("sad"), LABELS.index("angry")
    np.testing.assert_allclose(at[:, sad], [0, 0, 0, 0.4, 0.8, 0.8, 0], atol=1e-6)
    np.testing.assert_allclose(at[-1, angry], 1.0)


def test_crowded_keys_blend_without_overshoot():
    emotion = Emotion.parse("0 neutral; 0.1 happy; 0.2 sad; 0.3 angry")
    at = emotion.at(np.linspace(0, 1, 200))
    assert at.min() >= -1e-6
    assert at.max() <= 1 + 1e-6
    assert np.abs(np.diff(at, axis=0)).max() < 0.2


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("saad", "did you mean 'sad'"), ("sad:much", "not a strength"), ("sad:1.5", "not between 0 and 1"),
        ("0 neutral; x sad", "entry 2"), ("0 neutral; 1", "entry 2"), ("2 sad; 1 happy", "does not come after"),
        ("0 neutral; 1 furios", "entry 2: unknown emotion 'furios'; did you mean 'furious'"), ("", "empty"),
        ("-1 sad; 2 happy", "time"), ("0 sad; nan happy", "not a time"),
    ],
)  # fmt: skip
def test_mistakes_are_named(text, part):
    with pytest.raises(UserError, match=part):
        Emotion.parse(text)


@pytest.mark.parametrize(
    "text", ["sad", "sad:0.8", "happy:0.6,surprised:0.4", "neutral", "0 neutral; 1.5 sad:0.8; 3.2 angry"]
)
def test_text_reads_back(text):
    emotion = Emotion.parse(text)
    again = Emotion.parse(emotion.text)
    np.testing.assert_allclose(again.strengths, emotion.strengths)
    np.testing.assert_allclose(again.times, emotion.times)


def test_names_for_files():
    assert Emotion.parse("sad:0.8").name == "sad"
    assert Emotion.parse("happy:0.6,surprised:0.4").name == "happy-surprised"
    assert Emotion.parse("0 neutral; 1.5 sad; 2 sad:0.3; 3 angry").name == "neutral-sad-angry"


def test_score_file(tmp_path):
    file = tmp_path / "Gefühl.json"
    keys = [{"time": 0, "emotion": "neutral"}, {"time": 1.5, "emotion": {"happy": 0.6, "surprised": 0.4}}]
    file.write_text(json.dumps({"keys": keys, "blend": 0.2}), encoding="utf-8")
    emotion = Emotion.read(file)
    assert emotion.blend == 0.2
    np.testing.assert_allclose(emotion.at(np.array([1.61]))[0, 1], 0.6)


@pytest.mark.parametrize(
    ("content", "part"),
    [("{", "line 1"), ("[]", "expected"), ('{"keys": [{"time": 0}]}', "key 1"),
     ('{"keys": [{"time": 0, "emotion": "sad"}, {"time": 0, "emotion": "sad"}]}', "does not come after"),
     ('{"keys": [{"time": 0, "emotion": "sad"}], "blend": "x"}', "blend")],
)  # fmt: skip
def test_bad_score_files(tmp_path, content, part):
    file = tmp_path / "score.json"
    file.write_text(content)
    with pytest.raises(UserError, match=part):
        Emotion.read(file)
    with pytest.raises(UserError, match="no such file"):
        Emotion.read(tmp_path / "none.json")


def test_conditioning_has_meads_levels():
    felt = np.zeros((5, 8), dtype=np.float32)
    felt[:, 2] = [0.0, 1 / 6, 1 / 3, 2 / 3, 1.0]
    felt[:, 0] = 1 - felt[:, 2]
    labels, levels = conditioning(felt)
    np.testing.assert_allclose(labels[:, 2], [0, 0.5, 1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(levels, [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], atol=1e-5)
