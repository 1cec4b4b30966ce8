"""EMOTE in use, on small nets: windows join, feeling and person count, life is added, and files come back as they were."""

import json
import shutil
from dataclasses import replace

import made_up
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import emote.engine
from emote.engine import Engine, load, save
from emote.model import Emote, decoder
from speechface import checkpoint
from speechface.audio.windows import spans
from speechface.emotion import Emotion
from speechface.errors import UserError

SECONDS = 20.0
MOODS = "0 sad; 4 happy; 9 fear:0.5; 15 angry"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return made_up.engine(tmp_path_factory.mktemp("encoder"), reach=8, period=3)


@pytest.fixture(scope="module")
def sound():
    return np.random.default_rng(0).normal(0.0, 0.1, int(16000 * SECONDS)).astype(np.float32)


def spoken(engine, sound, feeling="sad", **settings):
    return engine.animate(sound, Emotion.parse(feeling), alive=False, **settings).controls


@pytest.mark.parametrize("size", [8, 72, 496])
def test_windows_join_at_every_seam(engine, sound, size, monkeypatch):
    whole = spoken(engine, sound, MOODS)
    assert len(whole) == 500 < emote.engine.WINDOW
    monkeypatch.setattr(emote.engine, "WINDOW", size)
    cut = spoken(engine, sound, MOODS)
    for seam in range(size, len(whole), size):
        assert np.abs(cut - whole)[seam - 1 : seam + 1].max() < 1e-5, seam
    assert np.abs(cut - whole).max() < 1e-5


def test_windows_without_context_do_not_join(engine, sound, monkeypatch):
    """The check of the check above."""
    whole = spoken(engine, sound)
    monkeypatch.setattr(emote.engine, "WINDOW", 72)
    monkeypatch.setattr(emote.engine, "MARGIN", 0)
    assert np.abs(spoken(engine, sound) - whole).max() > 1e-2


def test_windows_cover_every_frame_once():
    for length, size, margin in ((100, 8, 16), (8, 8, 0), (1000, 512, 160)):
        kept = np.zeros(length, int)
        for begin, first, last, end in spans(length, size, margin):
            kept[first:last] += 1
            assert begin == max(0, first - margin)
            assert end == min(length, last + margin)
        assert (kept == 1).all()


def test_feeling_changes_in_time_and_the_person_counts(engine, sound):
    calm, then = spoken(engine, sound, "neutral"), spoken(engine, sound, "0 neutral; 16 angry")
    away = np.abs(then - calm).max(axis=1)
    assert (away[410:] > 1e-4).all()
    assert away[: 400 - emote.engine.MARGIN].max() == 0
    assert np.abs(spoken(engine, sound, subject=2) - spoken(engine, sound)).max(axis=1).min() > 1e-4
    for subject in (-1, 3):
        with pytest.raises(UserError, match="style"):
            spoken(engine, sound, subject=subject)


def test_life_moves_eyes_and_head_and_leaves_speech_alone(engine, sound):
    plain = engine.animate(sound, Emotion.parse("happy"), alive=False)
    alive, again, other = (engine.animate(sound, Emotion.parse("happy"), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(alive.columns(plain.names), plain.controls)
    added = [name for name in alive.names if name not in plain.names]
    assert set(added) == {f"neck_{axis}" for axis in "xyz"} | {
        f"{side}_{part}" for side in ("left", "right") for part in ("eyelid", "eye_x", "eye_y")
    }
    assert (np.ptp(alive.columns(added), axis=0) > 0).all()
    assert np.array_equal(alive.controls, again.controls)
    assert not np.array_equal(alive.columns(added), other.columns(added))


@pytest.mark.parametrize("samples", [0, 1, 100, 1000, 16000])
def test_any_length_gives_its_frames(engine, samples):
    sound = np.random.default_rng(0).normal(0.0, 0.1, samples).astype(np.float32)
    made = engine.animate(sound, Emotion.parse("fear"))
    assert len(made.controls) == max(1, round(samples / 640))
    assert np.isfinite(made.controls).all()
    faster = engine.animate(sound, Emotion.parse("fear"), fps=60.0)
    assert faster.fps == 60.0
    assert abs(len(faster.controls) / 60 - len(made.controls) / 25) <= 1 / 25


def test_an_engine_without_a_prior_comes_back(engine, tmp_path):
    shape = replace(engine.model.config, decoder="direct")
    layer = decoder(shape, engine.model.prior.config, engine.model.prior)
    torch.nn.init.normal_(layer.out.weight)
    save(tmp_path, Engine(Emote(shape, layer, engine.encoder.width), engine.encoder, engine.names), {})
    assert torch.allclose(load(tmp_path).model.prior.out.weight, layer.out.weight, atol=1e-2)


def test_a_saved_engine_comes_back_with_its_encoder(engine, sound, tmp_path):
    save(tmp_path / "one", engine, {"licence": "made up"})
    once = load(tmp_path / "one")
    save(tmp_path / "two", once, {})
    shutil.rmtree(tmp_path / "one")
    twice = load(tmp_path / "two")
    assert str(tmp_path) not in (tmp_path / "two" / "model.json").read_text()
    for name, weight in engine.encoder.state_dict().items():
        assert torch.equal(twice.encoder.state_dict()[name], weight), name
    assert once.names == engine.names
    assert replace(once.model.config, encoder="") == replace(engine.model.config, encoder="")
    assert once.model.prior.config == engine.model.prior.config
    assert not once.model.training
    first = spoken(once, sound[:32000])
    assert np.array_equal(first, spoken(twice, sound[:32000]))
    assert np.abs(first - spoken(engine, sound[:32000])).max() < 0.05 * np.ptp(first)  # half precision in the file


@pytest.mark.parametrize("part", ["emote", "prior"])
def test_weights_of_another_shape_are_refused(engine, tmp_path, part):
    save(tmp_path, engine, {})
    about = json.loads((tmp_path / "model.json").read_text())
    about["config"][part]["width"] += 8
    (tmp_path / "model.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match=r"do not fit.*size mismatch"):
        load(tmp_path)


@pytest.mark.parametrize("change", ["missing", "renamed"])
def test_weights_of_other_names_are_refused(engine, tmp_path, change):
    save(tmp_path, engine, {})
    state = load_file(tmp_path / "weights.safetensors")
    weight = state.pop("latent.weight")
    if change == "renamed":
        state["module.latent.weight"] = weight
    save_file(state, tmp_path / "weights.safetensors")
    with pytest.raises(UserError, match=r"do not fit.*latent\.weight"):
        load(tmp_path)


def test_weights_that_are_damaged_are_refused(engine, tmp_path):
    save(tmp_path / "whole", engine, {})
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    data = (tmp_path / "cut" / "weights.safetensors").read_bytes()
    (tmp_path / "cut" / "weights.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="damaged"):
        load(tmp_path / "cut")


def test_another_encoder_than_it_was_trained_with_is_refused(engine, tmp_path):
    save(tmp_path, engine, {})
    other = made_up.stirred(made_up.encoder())
    checkpoint.save(tmp_path / "encoder", other, "encoder", {"config": vars(other.config)})
    with pytest.raises(UserError, match="another audio encoder"):
        load(tmp_path)


def test_a_recording_is_normalised_by_itself(engine):
    """Trap 2 of the original: the same sound in a batch with a louder one is heard the same."""
    draw = torch.Generator().manual_seed(0)
    quiet, loud = 0.01 * torch.randn(1, 16000, generator=draw), torch.randn(1, 16000, generator=draw)
    with torch.inference_mode():
        together = engine.encoder(torch.cat([quiet, loud]))
        assert torch.allclose(together[:1], engine.encoder(quiet), atol=1e-4)
        assert torch.allclose(engine.encoder(10 * quiet), engine.encoder(quiet), atol=1e-2)
