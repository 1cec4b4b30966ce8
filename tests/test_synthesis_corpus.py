"""The generated corpus: the same clips however it is made, and no half-finished one."""

import json
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import soundfile

from data_prep import synthesis, synthesisers
from data_prep.clip_folder import Clip, write_index
from data_prep.utterance import Utterance, Voice
from speechface.clips import ClipFolder
from speechface.errors import UserError
from speechface.visemes import SILENCE, Segment

HOURS = 0.002
VOICES = tuple(
    [("flite", Voice(name, "en", f"flite_{name}", True, f"arctic_{name}", "BSD")) for name in ("slt", "rms")]
    + [("festival", Voice("lp", "it", "festival_lp", True, "festival_lp", "GPL"))]
    + [("espeak", Voice(f"{code}+m1", code[:2], "espeak", False, "espeak_m1", "GPL")) for code in ("en-us", "de", "fr")]
)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    if not any(name == "flite" for name, _ in synthesisers.voices()):
        pytest.skip("flite is not installed")
    folder = tmp_path_factory.mktemp("corpus") / "clips"
    synthesis.generate(folder, HOURS, seed=1, names=["flite"])
    return folder


def test_a_corpus_is_a_clip_folder(corpus):
    folder = ClipFolder.read(corpus)
    assert sum(clip.seconds for clip in folder.clips) >= HOURS * 3600
    for clip in folder.clips:
        samples, segments = clip.audio(), clip.phones()
        assert len(samples) / 16000 == pytest.approx(clip.seconds, abs=1e-3)
        assert segments[0].start == 0.0
        assert segments[-1].end == pytest.approx(clip.seconds, abs=1e-3)
        assert clip.about["text"]
        assert clip.about["licence"]
    assert "flite" in (corpus / "CARD.md").read_text()


def test_workers_change_nothing(corpus, tmp_path):
    synthesis.generate(tmp_path / "clips", HOURS, seed=1, workers=2, names=["flite"])
    assert contents(tmp_path / "clips") == contents(corpus)


def test_a_stopped_run_goes_on(corpus, tmp_path, monkeypatch):
    out = tmp_path / "clips"
    written = []
    write = synthesis.write_clip

    def stop_at_the_fourth(folder, name, samples, segments):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(name)
        return write(folder, name, samples, segments)

    monkeypatch.setattr(synthesis, "write_clip", stop_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        synthesis.generate(out, HOURS, seed=1, names=["flite"])
    assert len(list(out.iterdir())) == 3
    (out / ".half.part1").mkdir()

    def not_again(folder, name, samples, segments):
        assert name not in written
        return write(folder, name, samples, segments)

    monkeypatch.setattr(synthesis, "write_clip", not_again)
    synthesis.generate(out, HOURS, seed=1, names=["flite"])
    (out / ".half.part1").rmdir()
    assert contents(out) == contents(corpus)


def test_clips_beyond_the_hours_are_forgotten(corpus, tmp_path):
    out = tmp_path / "clips"
    surplus = out / "000999-arctic_slt"
    surplus.mkdir(parents=True)
    (surplus / "audio.wav").write_bytes(b"")
    kept = out / "notes"
    kept.mkdir()
    synthesis.generate(out, HOURS, seed=1, names=["flite"])
    assert not surplus.exists()
    assert kept.exists()


def test_plans_depend_on_seed_and_number_alone():
    plans = [synthesis.plan(3, index, VOICES) for index in range(64)]
    assert plans == [synthesis.plan(3, index, VOICES) for index in range(64)]
    assert plans != [synthesis.plan(4, index, VOICES) for index in range(64)]
    assert len({plan.name for plan in plans}) == 64
    for block in range(4):
        families = {plan.voice.family for plan in plans[block * synthesis.BLOCK : (block + 1) * synthesis.BLOCK]}
        assert len(families) == 1


def test_human_voices_get_their_share():
    blocks = [synthesis.plan(0, block * synthesis.BLOCK, VOICES).voice for block in range(400)]
    assert np.mean([voice.human for voice in blocks]) == pytest.approx(synthesis.HUMAN_SHARE, abs=0.07)


def test_finish_pads_resamples_and_sets_the_level():
    rate, voice = 8000, VOICES[0][1]
    tone = 0.1 * np.sin(2 * np.pi * 220 * np.arange(rate) / rate).astype(np.float32)
    segments = (Segment(0.0, 0.2, "", SILENCE), Segment(0.2, 1.0, "a", 17))
    plan = synthesis.Plan("x", "flite", voice, "a", synthesis.Style(), 1.25, lead=0.5, tail=0.1, peak=0.5)
    samples, fitted = synthesis.finish(plan, Utterance(tone, rate, segments, "a", voice))
    assert len(samples) / 16000 == pytest.approx(0.5 + 1 / 1.25 + 0.1, abs=1e-3)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.01)
    assert [segment.viseme for segment in fitted] == [SILENCE, 17, SILENCE]
    assert fitted[1].start == pytest.approx(0.5 + 0.2 / 1.25, abs=1e-3)
    silent = Utterance(np.zeros(rate, dtype=np.float32), rate, segments, "a", voice)
    assert synthesis.finish(plan, silent) is None


def test_no_synthesiser_is_a_user_error(monkeypatch, tmp_path):
    monkeypatch.setattr(synthesisers, "voices", lambda names=(): ())
    with pytest.raises(UserError, match=r"flite: not installed; run 'apt install flite'$"):
        synthesis.generate(tmp_path, HOURS, names=["flite"])
    with pytest.raises(UserError, match=r"espeak, festival, flite: not installed; .*'apt install espeak-ng'"):
        synthesis.generate(tmp_path, HOURS)
    with pytest.raises(UserError, match="did you mean flite"):
        synthesis.generate(tmp_path, HOURS, names=["flit"])


def test_held_out_voices_are_in_one_split(tmp_path):
    assert not synthesis.VALIDATION & synthesis.TEST
    clips = [
        Clip("b", "two", "en", "B", 1.0, "x", "MIT", "test"),
        Clip("a", "one", "de", "Ä", 1.0, "x", "MIT", "train", score=0.9),
    ]
    write_index(tmp_path, clips, "# card\n")
    lines = [json.loads(line) for line in (tmp_path / "clips.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["name"] for line in lines] == ["a", "b"]
    assert lines[0]["score"] == 0.9
    assert "score" not in lines[1]
    assert json.loads((tmp_path / "splits.json").read_text()) == {"train": ["one"], "validation": [], "test": ["two"]}


def test_sound_is_sixteen_bit_mono(corpus):
    info = soundfile.info(next(corpus.glob("*/audio.wav")))
    assert (info.samplerate, info.channels, info.subtype) == (16000, 1, "PCM_16")


def test_espeak_speaks_inside_worker_processes():
    if not any(name == "espeak" for name, _ in synthesisers.voices()):
        pytest.skip("espeak-ng is not installed")
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(_speak_once).result(timeout=60) > 0.2


def _speak_once() -> float:
    voice = next(voice for _, voice in synthesisers.voices(("espeak",)))
    (utterance,) = synthesisers.speak("espeak", ["hello"], voice, [synthesis.Style()])
    return utterance.seconds


def test_only_some_languages_and_splits(monkeypatch):
    monkeypatch.setattr(synthesis.synthesisers, "voices", lambda names: VOICES)
    kept = synthesis.Choice(languages=("de", "fr"), splits=("train",)).voices()
    assert {voice.language for _, voice in kept} == {"de", "fr"}
    assert {synthesis.split_of(voice) for _, voice in kept} == {"train"}
    with pytest.raises(UserError, match="unknown language 'xx'"):
        synthesis.Choice(languages=("xx",)).voices()
    with pytest.raises(UserError, match="no voice of split test speaks de"):
        synthesis.Choice(languages=("de",), splits=("test",)).voices()
