"""EmoFace in use, on small nets: windows join, controls stay in range, feeling and person count, life is added, files return."""

import json
import shutil
from dataclasses import replace

import made_up
import numpy as np
import pytest

import emoface.engine
from emoface.engine import HEAD, RIG, load, save
from speechface import checkpoint, conversion, heads, lips
from speechface.demands import Demands
from speechface.emotion import Emotion
from speechface.errors import UserError

SECONDS = 12.0
MOODS = "0 sad; 3 happy; 6 fear:0.5; 9 angry"
TURNS = ("headYaw", "headPitch", "headRoll")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return made_up.board_engine(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def sound():
    return np.random.default_rng(0).normal(0.0, 0.1, int(16000 * SECONDS)).astype(np.float32)


def spoken(engine, sound, feeling="sad", **settings):
    return engine.animate(sound, Emotion.parse(feeling), alive=False, **settings)


@pytest.mark.parametrize("size", [7, 64])
def test_windows_join_at_every_seam(engine, sound, size, monkeypatch):
    whole = spoken(engine, sound, MOODS, lips=False).controls
    assert len(whole) == 720 < 2 * emoface.engine.WINDOW
    monkeypatch.setattr(emoface.engine, "WINDOW", size)
    assert np.abs(spoken(engine, sound, MOODS, lips=False).controls - whole).max() < 1e-5


def test_windows_without_context_do_not_join(engine, sound, monkeypatch):
    """The check of the check above."""
    whole = spoken(engine, sound, lips=False).controls
    monkeypatch.setattr(emoface.engine, "WINDOW", 64)
    monkeypatch.setattr(engine.model, "config", replace(engine.model.config, reach=0))  # the layers see as far as ever
    assert np.abs(spoken(engine, sound, lips=False).controls - whole).max() > 3e-4


@pytest.mark.parametrize("fps", [None, 23.976, 25.0, 30.0, 120.0])
def test_any_rate_gives_the_same_motion_in_range(engine, sound, fps):
    own = spoken(engine, sound, MOODS, lips=False)
    made = spoken(engine, sound, MOODS, fps=fps, lips=False)
    assert own.fps == 60.0
    assert made.fps == pytest.approx(fps or 60.0, rel=1e-4)
    assert made.names == RIG.names
    assert len(made) == int(np.ceil(SECONDS * made.fps))
    assert (made.controls >= RIG.low).all()
    assert (made.controls <= RIG.high).all()
    at = np.minimum(np.arange(len(made)) / made.fps, own.times[-1])
    straight = np.stack([np.interp(at, own.times, curve) for curve in own.controls.T], axis=1)
    assert np.abs(straight - made.controls).max() < 0.1


def test_feeling_changes_in_time_and_the_person_counts(engine, sound):
    calm, then = (spoken(engine, sound, text, lips=False).controls for text in ("neutral", "0 neutral; 9 angry"))
    away = np.abs(then - calm).max(axis=1)
    assert (away[570:] > 1e-4).all()
    assert away[:480].max() == 0
    mixed = spoken(engine, sound, "happy:0.5,sad:0.5", lips=False).controls
    assert np.abs(mixed - calm).max(axis=1).min() > 1e-4
    assert np.abs(spoken(engine, sound, subject=2).controls - spoken(engine, sound).controls).max(axis=1).min() > 1e-4
    for subject in (-1, 3):
        with pytest.raises(UserError, match="style"):
            spoken(engine, sound, subject=subject)


def test_life_moves_lids_eyes_and_head_and_leaves_speech_alone(engine, sound):
    plain = spoken(engine, sound, "happy")
    alive, again, other = (engine.animate(sound, Emotion.parse("happy"), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(alive.controls, again.controls)
    assert not np.array_equal(alive.controls, other.controls)
    assert set(alive.names) - set(plain.names) == set(TURNS)
    changed = {name for name in RIG.names if not np.array_equal(alive[name], plain[name])}
    assert {f"CTRL_{side}_eye_blink-translateY" for side in "LR"} <= changed
    assert not [name for name in changed if RIG.groups[RIG.index[name]] in ("mouth", "jaw", "tongue")]
    lid = alive["CTRL_L_eye_blink-translateY"]
    assert lid.max() > 0.99  # shut, however wide the eye was
    assert (lid >= plain["CTRL_L_eye_blink-translateY"] - 1e-6).all()
    shown = conversion.controls(alive, heads.load("open"))
    assert np.array_equal(shown[:, [heads.load("open").rig.index[name] for name in TURNS]], alive.columns(TURNS))


def test_lips_keep_what_is_asked_on_the_board_itself(engine, sound):
    asked = Demands(touch=np.array([[2.0, 2.1], [5.0, 5.08]]), part=np.array([[3.0, 3.4]]))
    kept = spoken(engine, sound, MOODS, lips=asked)
    assert kept.about["demands"] == asked.as_lists()
    gap, _ = lips.mouth_of(heads.load(HEAD)).gaps(kept.controls)
    for start, end in asked.touch:
        assert 1e3 * gap[round(start * 60) : round(end * 60) + 1].min() < 0.81
    assert 1e3 * gap[round(3.05 * 60) : round(3.35 * 60)].min() > 1.2
    assert (kept.controls >= RIG.low).all()
    assert (kept.controls <= RIG.high).all()


@pytest.mark.parametrize("samples", [0, 1, 100, 1000, 16000])
def test_any_length_gives_its_frames(engine, samples):
    sound = np.random.default_rng(0).normal(0.0, 0.1, samples).astype(np.float32)
    made = engine.animate(sound, Emotion.parse("fear"))
    assert len(made) == max(1, int(np.ceil(samples * 60 / 16000 - 1e-6)))
    assert np.isfinite(made.controls).all()


def test_a_saved_engine_comes_back_with_its_encoder(engine, sound, tmp_path):
    save(tmp_path / "one", engine, {"licence": "made up"})
    once = load(tmp_path / "one")
    save(tmp_path / "two", once, {})
    shutil.rmtree(tmp_path / "one")
    twice = load(tmp_path / "two")
    assert str(tmp_path) not in (tmp_path / "two" / "model.json").read_text()
    assert replace(once.model.config, encoder="") == replace(engine.model.config, encoder="")
    first = spoken(once, sound[:32000]).controls
    assert np.array_equal(first, spoken(twice, sound[:32000]).controls)
    assert np.abs(first - spoken(engine, sound[:32000]).controls).max() < 0.05  # half precision in the file


def test_what_does_not_fit_is_refused(engine, tmp_path):
    save(tmp_path / "one", engine, {})
    about = json.loads((tmp_path / "one" / "model.json").read_text())
    (tmp_path / "one" / "model.json").write_text(json.dumps(about | {"config": about["config"] | {"width": 24}}))
    with pytest.raises(UserError, match="do not fit"):
        load(tmp_path / "one")
    save(tmp_path / "two", engine, {})
    other = made_up.stirred(made_up.encoder())
    checkpoint.save(tmp_path / "two" / "encoder", other, "encoder", {"config": vars(other.config)})
    with pytest.raises(UserError, match="another audio encoder"):
        load(tmp_path / "two")
