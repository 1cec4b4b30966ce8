"""Clips whose motion was fitted train the prior and EMOTE, and go to the face board."""

import json

import made_up
import numpy as np
import pytest
from made_up_track import VIEW, motion, track

from data_prep.fitting import FitConfig, fit
from data_prep.fitting.eyes import on_board
from emote.config import Config, Data
from emote.training import train
from priors import flint_training
from priors.flint_config import Config as FlintConfig
from priors.flint_config import Data as FlintData
from speechface import checkpoint, conversion, heads, rigs
from speechface.training_config import Training


@pytest.fixture(scope="module")
def fitted():
    seen = track(motion(48))
    return seen, fit(seen, heads.load("flame:preview"), FitConfig(field_of_view=VIEW))


def test_prior_and_emote_take_a_step_on_fitted_clips(fitted, tmp_path):
    folder = made_up.clips(
        tmp_path / "clips", ("sad",), ("one", "same"), "sil m ay b ih g f ae t p ae p sil",
        {"train": ["one"], "validation": ["same"]},
    )  # fmt: skip
    result = fitted[1].animation
    names = [json.loads(line)["name"] for line in (folder / "clips.jsonl").read_text().splitlines()]
    for name in names:
        np.savez(
            folder / name / "motion.npz", controls=result.controls, names=np.array(result.names), fps=result.fps,
            valid=fitted[1].valid,
        )  # fmt: skip
    steps = Training(steps=2, validate=2, accelerator="cpu", warmup=1)
    heard = made_up.encoder()
    checkpoint.save(tmp_path / "encoder", heard, "encoder", {"config": vars(heard.config)})
    prior = FlintConfig(width=32, heads=2, hidden=32, dropout=0.0, reach=8)
    shown = flint_training.train(
        [folder], tmp_path / "prior", net=prior, data=FlintData(batch=2, frames=24), training=steps, quiet=True
    )
    assert np.isfinite(shown["vertex"])
    net = Config(encoder=f"viseme:{tmp_path / 'encoder'}", subjects=2, width=32, heads=2, hidden=32, reach=8)
    shown = train(
        [folder], tmp_path / "emote", tmp_path / "prior" / "model", net=net, data=Data(batch=2, frames=24, views=1),
        training=steps, quiet=True,
    )  # fmt: skip
    assert np.isfinite(shown["vertex"])


def test_face_board_blinks_by_the_aspect_ratio_of_the_eyes(fitted):
    seen, result = fitted
    board = on_board(conversion.convert(result.animation, "face_board"), seen)
    assert set(rigs.load("face_board").names) <= set(board.names)
    lid = board["CTRL_L_eye_blink-translateY"]
    assert lid[24:28].max() > 0.85
    assert np.abs(lid[:18]).max() < 0.4
