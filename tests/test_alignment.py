"""Forced alignment: words as they are said, times as they are heard, and texts that do not belong."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from data_prep import corpora, synthesisers
from data_prep.aligned import aligned
from data_prep.corpora import folder
from data_prep.label_timing import measure
from data_prep.labels import read_labels
from data_prep.letter_rules import sound_out, spell
from data_prep.pronunciation import dictionary, pronounce
from data_prep.recorded import collect, split_of
from data_prep.recording import Recording
from data_prep.spoken import cardinal, ordinal, words
from data_prep.utterance import Style
from speechface.clips import ClipFolder
from speechface.errors import UserError
from speechface.visemes import INDEX, Segment, from_arpabet

pytest.importorskip("pocketsphinx", reason="alignment needs PocketSphinx")
from data_prep.alignment import FITS, align, decode_phones
from data_prep.alignment_accuracy import boundary_errors

TEXT = "Peter made a big happy bumblebee, and five brave people found my velvet map."
SPEECH = Path(__file__).parents[2] / "shared" / "data" / "speech"
MANY = SPEECH.with_name("speech_many")


@pytest.fixture(scope="module")
def spoken():
    """An utterance whose phone times are known, at 16 kHz, with a little noise."""
    voices = [voice for _, voice in synthesisers.voices(("flite",)) if voice.name == "awb"]
    if not voices:
        pytest.skip("flite is not installed")
    (utterance,) = synthesisers.speak("flite", [TEXT], voices[0], [Style(tempo=0.95)])
    noise = np.random.default_rng(0).normal(0, 5e-4, len(utterance.samples))
    return replace(utterance, samples=(utterance.samples + noise).astype(np.float32))


@pytest.fixture(scope="module")
def found(spoken):
    return align(spoken.samples, TEXT)


def test_segments_fill_the_sound(spoken, found):
    assert found.segments[0].start == 0.0
    assert found.segments[-1].end == pytest.approx(spoken.seconds)
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(found.segments))
    assert not any(segment.viseme < 0 for segment in found.segments)


def test_words_come_in_order_with_scores(found):
    assert [word.text for word in found.words] == words(TEXT)
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(found.words))
    assert found.score > 0.8
    assert np.mean([word.score > FITS for word in found.words]) > 0.9


def test_lips_close_when_they_are_heard_to(spoken, found):
    bilabial = INDEX["PBM"]
    truth = [segment for segment in spoken.segments if segment.viseme == bilabial]
    ours = [segment for segment in found.segments if segment.viseme == bilabial]
    assert len(ours) == len(truth)
    errors = [abs(a.start - b.start) for a, b in zip(ours, truth)] + [abs(a.end - b.end) for a, b in zip(ours, truth)]
    assert np.median(errors) < 0.015
    assert np.quantile(errors, 0.9) < 0.06


def test_timing_has_no_bias(spoken, found):
    assert abs(measure(spoken.samples, 16000, found.segments).lag) < 0.01


def test_another_text_scores_low_or_does_not_fit(spoken):
    other = "Seventeen yellow oranges rolled under the chair last Sunday"
    try:
        score = align(spoken.samples, other).score
    except UserError:
        score = 0.0
    assert score < FITS
    with pytest.raises(UserError, match="does not fit"):
        align(spoken.samples[:8000], TEXT)


def test_unknown_words_are_pronounced_by_rule(spoken):
    assert "peeter" not in dictionary()
    assert align(spoken.samples, TEXT.replace("Peter", "Peeter").replace("velvet", "vellvit")).score > 0.7


def test_long_sounds_are_cut_at_pauses(spoken):
    pause = np.random.default_rng(1).normal(0, 5e-4, 8000).astype(np.float32)
    sound = np.concatenate([spoken.samples, pause] * 5)
    result = align(sound, " ".join([TEXT] * 5))
    each = len(words(TEXT))
    starts = [result.words[each * index].start for index in range(5)]
    assert len(result.words) == 5 * each
    assert np.diff(starts) == pytest.approx(spoken.seconds + 0.5, abs=0.03)
    assert result.segments[-1].end == pytest.approx(len(sound) / 16000)


def test_no_words_is_a_user_error(spoken):
    with pytest.raises(UserError, match="no words"):
        align(spoken.samples, " ... !")


def test_free_decoding_hears_most_of_it(spoken):
    heard = decode_phones(spoken.samples)
    assert heard[-1].end == pytest.approx(spoken.seconds)
    assert sum(segment.viseme == INDEX["PBM"] for segment in heard) >= 5


@pytest.mark.parametrize("name", ["bobby", "mary", "damon_set_test"])
def test_hand_made_labels_agree(name):
    if not SPEECH.is_dir():
        pytest.skip("the shared speech data is not here")
    recording = next(item for item in corpora.recordings("labelled", SPEECH) if item.name == f"praatio-{name}")
    text = {"bobby": "bobby ripped the ledger", "mary": "mary rolled the barrel"}.get(name, "damon fried the omelet")
    ours = align(recording.samples(), text).segments
    for viseme in ("PBM", "FV"):
        for truth in (segment for segment in recording.segments if segment.viseme == INDEX[viseme]):
            nearest = min(ours, key=lambda one: abs(one.start - truth.start) + (one.viseme != truth.viseme))
            # The closure of a stop that begins the sound cannot be heard.
            assert abs(nearest.start - truth.start) < 0.03 or truth.start < 0.1
            assert abs(nearest.end - truth.end) < 0.04


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith paid $1,042.50!", "doctor smith paid one thousand forty two point five zero dollars"),
        (
            "It's Peter's 21st, in 1984 & 2005.",
            "it's peter's twenty first in nineteen eighty four and two thousand five",
        ),
        ("U.S.A. <laugh> naïve ‘quoted’ 007", "usa naive quoted zero zero seven"),
        ("", ""),
    ],
)
def test_text_becomes_spoken_words(text, expected):
    assert " ".join(words(text)) == expected


def test_numbers_in_words():
    assert cardinal(0) == "zero"
    assert cardinal(1_000_017) == "one million seventeen"
    assert ordinal(12) == "twelfth"
    assert ordinal(30) == "thirtieth"


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("snowboys", "S N OW B OY Z"), ("unfluffy", "AH N F L AH F IY"), ("replanned", "R IY P L AE N D"),
        ("speechface", "S P IY CH F EY S"), ("jarvis's", "JH AA R V IH S IH Z"), ("blorp", "B L AO R P"),
        ("woosh", "W UW SH"), ("phoneme", "F OW N IY M"), ("bbc", "B IY B IY S IY"),
    ],
)  # fmt: skip
def test_words_that_no_dictionary_has(word, phones):
    assert " ".join(pronounce(word)) == phones


def test_letter_rules_know_most_of_the_dictionary():
    chosen = [word for word in sorted(dictionary()) if word.isalpha()][:: len(dictionary()) // 400]
    closed = {"P", "B", "M"}
    wrong = sum(
        [phone in closed for phone in sound_out(word)].count(True) != sum(p in closed for p in dictionary()[word])
        for word in chosen
    )
    assert wrong < 0.05 * len(chosen)
    assert all(from_arpabet(0, 1, phone)[0].viseme >= 0 for word in chosen for phone in sound_out(word))
    assert spell("xq") == ("EH", "K", "S", "K", "Y", "UW")


def test_boundary_errors_compare_what_both_have():
    truth = [Segment(0, 1, "sil", 0), Segment(1, 2, "B", 1), Segment(2, 3, "AY", 17), Segment(3, 4, "AY", 14)]
    found = [replace_start(segment, segment.start + 0.01) for segment in truth]
    errors = list(boundary_errors(truth, found))
    assert [(before, after) for before, after, _ in errors] == [(0, 1), (1, 17)]
    assert [error for _, _, error in errors] == pytest.approx([0.01, 0.01])
    other = [truth[0], Segment(1, 2, "T", 4), *found[2:]]
    assert list(boundary_errors(truth, other)) == []


def replace_start(segment, start):
    return segment._replace(start=start)


def test_lag_is_measured():
    rate = 16000
    edges = np.cumsum([0, 0.2, 0.15, 0.1, 0.3, 0.12, 0.25, 0.1, 0.2, 0.18, 0.3])
    labels = [Segment(a, b, "ae" if i % 2 else "sil", 16 if i % 2 else 0) for i, (a, b) in enumerate(pairwise(edges))]
    times = np.arange(round(edges[-1] * rate)) / rate
    loud = sum((times > one.start + 0.02) & (times < one.end + 0.02) for one in labels if one.viseme)
    sound = (np.sin(2 * np.pi * 300 * times) * (0.3 * loud + 1e-4)).astype(np.float32)
    timing = measure(sound, rate, labels)
    assert timing.lag == pytest.approx(0.02, abs=0.003)
    assert timing.correlation > 0.9


def test_recordings_are_aligned_once_and_collected(spoken, tmp_path):
    right = Recording("right", spoken.samples, "anna", "MIT", "test", text=TEXT)
    wrong = replace(right, name="wrong", text="nothing of the sort was ever said by any of us here today")
    bare = replace(right, name="bare", text=None)
    first = list(aligned([right, wrong, bare], tmp_path / "cache"))
    assert first[0].score > 0.8
    assert first[1].score < FITS
    assert first[2].segments is None
    kept = sorted(path.name for path in (tmp_path / "cache").iterdir())
    stamps = [path.stat().st_mtime_ns for path in sorted((tmp_path / "cache").iterdir())]
    again = list(aligned([right, wrong, bare], tmp_path / "cache"))
    assert [one.segments for one in again] == [one.segments for one in first]
    assert kept == sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert stamps == [path.stat().st_mtime_ns for path in sorted((tmp_path / "cache").iterdir())]

    clips = collect(tmp_path / "clips", [right, wrong, bare], tmp_path / "cache")
    assert [clip.name for clip in clips] == ["right"]
    read = ClipFolder.read(tmp_path / "clips")
    assert read.clips[0].speaker == "anna"
    assert read.split(split_of("anna"))
    assert "| test | 1 | 1 |" in (tmp_path / "clips" / "CARD.md").read_text()
    with pytest.raises(UserError, match="none of the recordings"):
        collect(tmp_path / "none", [wrong], tmp_path / "cache")


def test_plain_folder(tmp_path):
    sound = np.zeros(1600, dtype=np.float32)
    (tmp_path / "anna").mkdir()
    for name in ("anna/one.wav", "anna/two.wav", "three.wav"):
        soundfile.write(tmp_path / name, sound, 16000)
    (tmp_path / "metadata.csv").write_text(
        "file,text,emotion,intensity,speaker\none.wav,hello,joyful,0.5,\nthree.wav,bye,,,ben\n"
    )
    (tmp_path / "anna" / "two.txt").write_text("from a file beside it\n")
    (tmp_path / "anna" / "two.phn").write_text("0 800 aa\n800 1600 b\n")
    one, two, three = folder.recordings(tmp_path)
    assert (one.name, one.speaker, one.text, one.emotion, one.intensity) == ("anna-one", "anna", "hello", "happy", 0.5)
    assert (two.text, len(two.segments)) == ("from a file beside it", 2)
    assert (three.speaker, three.text, three.emotion) == ("ben", "bye", None)
    assert len(three.samples()) == 1600


def test_plain_folder_in_the_manner_of_ljspeech(tmp_path):
    (tmp_path / "wavs").mkdir()
    soundfile.write(tmp_path / "wavs" / "LJ1.wav", np.zeros(160, dtype=np.float32), 16000)
    (tmp_path / "metadata.csv").write_text("LJ1|Dr. No|doctor no\n")
    (only,) = folder.recordings(tmp_path)
    assert only.text == "doctor no"


def test_folder_faults_are_user_errors(tmp_path):
    with pytest.raises(UserError, match="no sound files"):
        list(folder.recordings(tmp_path))
    soundfile.write(tmp_path / "a.wav", np.zeros(160, dtype=np.float32), 16000)
    (tmp_path / "metadata.csv").write_text("file,emotion\na.wav,happpy\n")
    with pytest.raises(UserError, match="happy"):
        list(folder.recordings(tmp_path))
    (tmp_path / "metadata.csv").write_text("who,what\na,b\n")
    with pytest.raises(UserError, match="no column"):
        list(folder.recordings(tmp_path))


@pytest.mark.parametrize(("kind", "root"), [("labelled", SPEECH), ("speech_many", MANY)])
def test_every_corpus_keeps_the_contract(kind, root):
    assert kind in corpora.available()
    if not root.is_dir():
        pytest.skip("the shared speech data is not here")
    recordings = list(corpora.recordings(kind, root))
    assert len({recording.name for recording in recordings}) == len(recordings) > 5
    assert all(recording.speaker and recording.licence and recording.source for recording in recordings)
    assert all(recording.text or recording.segments for recording in recordings)
    assert all(Path(recording.audio).is_file() for recording in recordings)


def test_a_folder_that_is_no_corpus_is_a_user_error(tmp_path):
    for kind in corpora.available():
        with pytest.raises(UserError):
            list(corpora.recordings(kind, tmp_path))


def test_shared_labels_can_be_read():
    if not SPEECH.is_dir():
        pytest.skip("the shared speech data is not here")
    for path in [*SPEECH.glob("*/*.phone.json"), *SPEECH.parent.glob("video/grid/*.psalign.json")]:
        assert not any(segment.viseme < 0 for segment in read_labels(path))
