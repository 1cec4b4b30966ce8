"""Training on a user's FLAME: its face in torch, the prior and EMOTE on it, and animating with what came out."""

import json

import made_up
import made_up_flame
import numpy as np
import pytest
import torch

pytest.importorskip("lightning")

from emote import training as emote_training
from emote.config import Config, Data
from emote.engine import load
from priors import flint_training
from priors.flint_config import Config as FlintConfig
from priors.flint_config import Data as FlintData
from speechface import checkpoint, heads
from speechface.animation import Animation
from speechface.clips import ClipFolder
from speechface.conversion import controls, muscles
from speechface.emotion import Emotion
from speechface.errors import UserError
from speechface.face import Face
from speechface.flame_face import FlameFace, face_of
from speechface.training_config import Training

LINE = "sil m ay b ih g f ae t p ae p ah z v eh r iy sil"
COUNT = 20


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("flame") / "secret_place.npz"
    np.savez(path, **made_up_flame.own())
    return f"flame:{path}"


def test_the_face_is_the_heads(spec):
    head = heads.load(spec)
    face = face_of(head)
    assert isinstance(face, FlameFace)
    assert isinstance(face_of(heads.load("flame")), Face)
    draw = np.random.default_rng(0)
    motion = draw.normal(0.0, 0.5, (2, 5, COUNT + 3)).astype(np.float32)
    motion[..., -3:] *= 0.2
    whole = np.zeros((2, 5, len(head.rig)), np.float32)
    whole[..., :COUNT] = motion[..., :COUNT]
    at = head.rig.index["jaw_x"]
    whole[..., at : at + 3] = motion[..., COUNT:]
    made = face(torch.from_numpy(motion)).numpy()
    wanted = head.vertices(whole)[..., face.chosen, :]
    keep = np.arange(len(face.chosen)) != 2
    assert np.abs(made[..., keep, :] - wanted[..., keep, :]).max() < 1e-6
    assert np.ptp(made[..., 2, :].reshape(-1, 3), axis=0).max() == 0.0  # teeth stay in the skull
    still = face(torch.zeros(1, 1, COUNT + 3))
    assert 1e-4 < float(face.tuck(still)) < 0.015
    assert float(face.gap(still)) < 0.005
    with pytest.raises(UserError, match="does not move by FLAME's"):
        face_of(heads.load("open"))


@pytest.fixture(scope="module")
def trained(spec, tmp_path_factory):
    """Clips for the FLAME file, a prior on its first coefficients and an EMOTE on that."""
    root = tmp_path_factory.mktemp("run")
    splits = {"train": ["one"], "validation": ["other"]}
    folder = made_up.clips(root / "clips", ("sad", "happy"), ("one", "other"), LINE, splits)
    head = heads.load(spec)
    for clip in ClipFolder.read(folder).clips:
        motion = clip.motion()
        made = head.from_muscles(muscles(Animation(motion.controls, motion.names, motion.fps, "flame")))
        np.savez(folder / clip.name / "motion.npz", controls=made, names=np.array(head.rig.names), fps=motion.fps,
                 valid=motion.valid, rig="flame_file")  # fmt: skip
    config = Training(steps=4, validate=4, accelerator="cpu")
    flint_training.train(
        [folder], root / "prior", spec, FlintConfig(width=16, heads=2, hidden=16, dropout=0.0), FlintData(4, 32), config,
        quiet=True, expressions=COUNT,
    )  # fmt: skip
    heard = made_up.encoder()
    checkpoint.save(root / "encoder", heard, "encoder", {"config": vars(heard.config)})
    net = Config(encoder=f"viseme:{root / 'encoder'}", subjects=2, width=8, heads=2, hidden=8)
    emote_training.train(
        [folder], root / "emote", root / "prior", spec, net=net, data=Data(batch=4, frames=32, views=1), training=config,
        quiet=True,
    )  # fmt: skip
    return root


def test_a_model_on_a_flame_file_animates_it(trained, spec):
    engine = load(trained / "emote")
    assert len(engine.names) == COUNT + 3
    clip = ClipFolder.read(trained / "clips").clips[0]
    made = engine.animate(clip.audio(), Emotion.parse("sad"))
    assert made.rig == "flame_file"
    assert made["left_eyelid"].max() > 0.5
    head = heads.load(spec)
    shown = controls(made, head)
    column = head.rig.index["expression_000"]
    assert shown[:, column] == pytest.approx(made["expression_000"], abs=0.5)  # but for lips that keep demands
    with pytest.raises(UserError, match="name it with --head flame:"):
        heads.default(made.rig)
    from speechface.flame_face import known_as

    assert made.about["head"] == known_as(head, "")
    moved = Animation(made.controls, made.names, made.fps, made.rig, None, {"head": "flame_file:other"})
    with pytest.raises(UserError, match="another FLAME file"):
        controls(moved, head)


def test_nothing_of_the_file_is_in_the_models(trained):
    for name, most in (("prior", 40_000), ("emote", 40_000)):
        folder = trained / name / "model"
        text = (folder / "model.json").read_text()
        assert "secret_place" not in text
        assert str(trained.parent) not in text
        assert json.loads(text)["head"].startswith("flame_file:")
        from safetensors.numpy import load_file

        arrays = load_file(folder / "weights.safetensors")
        assert sum(array.size for array in arrays.values()) < most
        assert max(max(array.shape, default=0) for array in arrays.values()) < 500  # no array has a row a vertex
    assert "secret_place" not in (trained / "emote" / "training.json").read_text()


def test_models_of_other_heads_are_refused(trained, spec):
    """The open head's coefficients mean nothing to a FLAME file, nor the other way round."""
    data, config = Data(batch=4, frames=32, views=1), Training(steps=1, accelerator="cpu")
    with pytest.raises(UserError, match="was trained for head 'flame', not 'flame_file:"):
        emote_training.train([trained / "clips"], trained / "x", None, spec, data=data, training=config, quiet=True)
    with pytest.raises(UserError, match="was trained for head 'flame_file:"):
        emote_training.train(
            [trained / "clips"], trained / "x", trained / "prior", data=data, training=config, quiet=True
        )
    with pytest.raises(UserError, match="rig 'flame_file', not 'flame'"):
        flint_training.train([trained / "clips"], trained / "x", data=FlintData(4, 32), quiet=True)
    with pytest.raises(UserError, match="coefficients, not 900"):
        flint_training.train(
            [trained / "clips"], trained / "x", spec, data=FlintData(4, 32), quiet=True, expressions=900
        )
