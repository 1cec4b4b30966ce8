"""Synthesisers: one contract, and labels that fit the sound."""

from itertools import pairwise

import numpy as np
import pytest

from data_prep import synthesisers
from data_prep.closures import reach_back, settle_releases
from data_prep.label_timing import measure
from data_prep.synthesisers import _espeak_library, espeak, festival, flite
from data_prep.utterance import Style, fit
from speechface.errors import UserError
from speechface.visemes import INDEX, SILENCE, Segment

TEXT = {
    "en": "Peter made a big tabby happy, but Tom came to my cabin.",
    "it": "Mia madre ha comprato il pane e la birra per tutta la famiglia.",
    "cs": "Bílý pes spí pod stolem v kuchyni, lepší pozdě než nikdy.",
    "ru": "Моя мама купила хлеб и масло для всей семьи.",
    "fi": "Äitini osti leipää ja voita koko perheelle.",
    "ca": "La pluja queia a poc a poc sobre les teulades de la ciutat vella.",
    "de": "Der kleine braune Hund schläft unter dem Küchentisch.",
    "cmn": "今天天气真好，是不是？",
}
ESPEAK = ("en-us+m3", "en+f3", "en-gb-scotland+klatt2", "de+Annie", "it+m1", "cmn+m3")
LAG = 0.012


def chosen():
    for name in synthesisers.available():
        found = [voice for one, voice in synthesisers.voices() if one == name]
        if not found:
            yield pytest.param(name, None, marks=pytest.mark.skip(reason=f"{name} is not installed"))
        for voice in found:
            if name != "espeak" or voice.name in ESPEAK:
                yield pytest.param(name, voice, id=f"{name}-{voice.name}")


@pytest.mark.parametrize(("name", "voice"), chosen())
def test_labels_fill_the_sound_and_fit_it(name, voice):
    text = TEXT[voice.language]
    (utterance,) = synthesisers.speak(name, [text], voice, [Style(tempo=0.95)])
    assert utterance.samples.dtype == np.float32
    assert utterance.samples.ndim == 1
    segments = utterance.segments
    assert segments[0].start == 0.0
    assert segments[-1].end == pytest.approx(utterance.seconds, abs=0.03)
    assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(segments))
    assert sum(segment.viseme < 0 for segment in segments) <= 0.02 * len(segments)
    assert INDEX["PBM"] in {segment.viseme for segment in segments} or voice.language == "cmn"
    timing = measure(utterance.samples, utterance.rate, segments)
    # Unit selection labels its joins as they come; a single sentence may be off by more than the voice is.
    assert abs(timing.lag) < (0.03 if "clunits" in voice.name else LAG)
    assert timing.correlation > 0.4
    assert timing.silence < -15


@pytest.mark.parametrize("name", synthesisers.available())
def test_what_was_spoken_before_does_not_matter(name):
    found = [voice for one, voice in synthesisers.voices() if one == name]
    if not found:
        pytest.skip(f"{name} is not installed")
    voice = next((voice for voice in found if voice.name in ("czech_ph", "en-us+f3")), found[0])
    words, style = "Ano, ne, možná." if voice.language == "cs" else "Yes, no, maybe.", Style()
    alone = list(synthesisers.speak(name, [words], voice, [style]))
    after = list(synthesisers.speak(name, ["Hm.", words], voice, [Style(tempo=1.2), style]))
    assert np.array_equal(alone[0].samples, after[1].samples)
    assert alone[0].segments == after[1].segments


def test_tempo_changes_the_length():
    voices = [(name, voice) for name, voice in synthesisers.voices() if voice.name in ("slt", "en-us+m3")]
    if not voices:
        pytest.skip("neither flite nor espeak-ng is installed")
    for name, voice in voices:
        slow, fast = synthesisers.speak(name, [TEXT["en"]] * 2, voice, [Style(tempo=0.8), Style(tempo=1.25)])
        assert slow.seconds > 1.2 * fast.seconds


def test_missing_programs_are_named(monkeypatch):
    voice = espeak.Voice("slt", "en", "x", True, "x", "x")
    monkeypatch.setattr(flite.shutil, "which", lambda program: None)
    assert flite.voices() == []
    assert festival.voices() == []
    with pytest.raises(UserError, match="apt install flite"):
        list(flite.speak(["a"], voice, [Style()]))
    with pytest.raises(UserError, match="apt install festival"):
        list(festival.speak(["a"], voice, [Style()]))
    monkeypatch.setattr(_espeak_library, "find", lambda: None)
    _espeak_library.load.cache_clear()
    assert espeak.voices() == []
    with pytest.raises(UserError, match="apt install espeak-ng"):
        list(espeak.speak(["a"], voice, [Style()]))


def test_unknown_espeak_voice_is_a_user_error():
    if not espeak.voices():
        pytest.skip("espeak-ng is not installed")
    with pytest.raises(UserError, match="has no voice 'nobody'"):
        list(espeak.speak(["a"], espeak.Voice("nobody", "en", "x", False, "x", "x"), [Style()]))


def test_language_switches_are_no_phones():
    if not espeak.voices():
        pytest.skip("espeak-ng is not installed")
    voice = next(voice for voice in espeak.voices() if voice.name == "de+m3")
    (utterance,) = espeak.speak(["Der Job im New York Office ist cool."], voice, [Style()])
    assert not any(segment.phone.startswith("(") for segment in utterance.segments)


def test_an_l_after_a_vowel_has_its_time():
    if not espeak.voices():
        pytest.skip("espeak-ng is not installed")
    voice = next(voice for voice in espeak.voices() if voice.name == "en-us+m3")
    (utterance,) = espeak.speak(["deal"], voice, [Style()])
    (dark,) = [segment for segment in utterance.segments if segment.phone == "l"]
    assert 0.05 < dark.end - dark.start < 0.1


def tone_gap_burst(rate=16000):
    """300 ms of a tone, 60 ms of silence, 40 ms of noise, 300 ms of the tone."""
    tone = 0.3 * np.sin(2 * np.pi * 200 * np.arange(int(0.3 * rate)) / rate)
    noise = 0.1 * np.random.default_rng(0).standard_normal(int(0.04 * rate))
    return np.concatenate([tone, np.zeros(int(0.06 * rate)), noise, tone]).astype(np.float32)


def test_stops_reach_back_over_their_closure():
    vowel, stop = INDEX["AA"], INDEX["PBM"]
    named = [Segment(0, 0.36, "a", vowel), Segment(0.36, 0.40, "p", stop), Segment(0.40, 0.70, "a", vowel)]
    moved = reach_back(tone_gap_burst(), 16000, named)
    assert moved[1].start == pytest.approx(0.30, abs=0.005)
    assert moved[0].end == moved[1].start
    assert moved[2] == named[2]


def test_vowels_do_not_reach_back():
    named = [Segment(0, 0.36, "a", INDEX["AA"]), Segment(0.36, 0.70, "o", INDEX["AO"])]
    assert reach_back(tone_gap_burst(), 16000, named) == named


def test_voiced_releases_settle_where_the_sound_brightens():
    rate = 16000
    times = np.arange(int(0.2 * rate)) / rate
    hum = 0.1 * np.sin(2 * np.pi * 150 * times)
    bright = sum(0.1 * np.sin(2 * np.pi * pitch * times) for pitch in (150, 700, 1500, 2500))
    samples = np.concatenate([hum, bright]).astype(np.float32)
    named = [Segment(0, 0.22, "m", INDEX["PBM"]), Segment(0.22, 0.4, "a", INDEX["AA"])]
    (_, vowel) = settle_releases(samples, rate, named)
    assert vowel.start == pytest.approx(0.2, abs=0.006)


def test_fit_moves_boundaries_and_keeps_the_ends():
    named = [Segment(0, 0.1, "", SILENCE), Segment(0.1, 0.2, "a", 17), Segment(0.2, 0.3, "", SILENCE)]
    fitted = fit(named, 0.5, late=0.01)
    assert [round(segment.start, 3) for segment in fitted] == [0.0, 0.11, 0.21]
    assert fitted[-1].end == 0.5
