"""EmoFace in use: a recording of any length and an emotion become face-board controls, alive and in constant memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emoface.config import Config
from emoface.model import EmoFace, felt_input
from priors.enliven import enliven
from speechface import checkpoint, heads, rigs
from speechface.animation import Animation
from speechface.audio import encoders
from speechface.audio.articulate import RATE as HEARD
from speechface.audio.articulate import clarity
from speechface.audio.encoders._contract import AudioEncoder
from speechface.audio.windowed import over
from speechface.audio.windows import frames_filled
from speechface.demands import Demands
from speechface.emotion import Emotion, conditioning
from speechface.errors import UserError
from speechface.lips import keep
from speechface.liveliness import Liveliness
from speechface.smoothing import CUTOFFS, smooth

BUILT_IN = "viseme"
"""The audio encoder that comes with speechface."""
WINDOW = 512
"""Steps of the net computed at a time; on either side as many more as it can see."""
HEAD = "open:board"
"""The head that shows the controls without loss: the open head, moved by the face board."""
RIG = rigs.load("face_board")
CALM = CUTOFFS | {"mouth": 12.0, "tongue": 12.0, "jaw": 7.0}
"""Hertz that each region keeps: so that lips are as steady as EMOTE's and still crisp."""


class Engine:
    """A trained EmoFace with its encoder, ready to animate."""

    names = RIG.names
    head = HEAD

    def __init__(self, model: EmoFace, encoder: AudioEncoder, device: str = "cpu") -> None:
        self.model, self.encoder, self.device = model.to(device).eval(), encoder, device

    def animate(
        self,
        samples: np.ndarray,
        emotion: Emotion,
        subject: int = 0,
        seed: int = 0,
        fps: float | None = None,
        alive: bool | float | Liveliness = True,
        progress: Callable[[float], None] = lambda share: None,
        lips: bool | Demands = True,
    ) -> Animation:
        """Face-board controls for 16 kHz samples (S,), in their ranges, at the model's 60 frames a second or `fps`.

        Smoothed region by region, then made to keep what is heard. `alive` adds blinks, gaze and head motion drawn with
        `seed`, and says how much of them (`speechface.liveliness`); the head turns by the curves headYaw, headPitch and
        headRoll, for which the board has no control. `progress` is called with the share done, 0..1. `lips`: whether they
        must keep what is heard, or what they must keep (`speechface.lips`); it goes into `about["demands"]`, or
        `about["heard"]` if nobody asks for it to be kept.
        """
        subjects, own = self.model.config.subjects, self.model.config.fps
        if not 0 <= subject < subjects:
            raise UserError(f"style {subject} is not one of this model's styles, 0 to {subjects - 1}")
        frames = frames_filled(samples, own)
        motion, posteriors = self._motion(samples, emotion, subject, frames, progress)
        spoken = smooth(Animation(RIG.clip(motion), RIG.names, own, RIG.name), CALM)
        spoken = spoken.resample(fps or own, frames_filled(samples, fps or own))
        demands = lips if isinstance(lips, Demands) else Demands.heard(posteriors, HEARD)
        if lips:
            spoken = keep(spoken, demands, heads.load(HEAD))
        spoken = replace(
            spoken, about={"demands" if lips else "heard": demands.as_lists(), "clarity": clarity(posteriors)}
        )
        much = Liveliness.of(alive)
        return spoken if much is None else enliven(spoken, samples, emotion, seed, much, subject)

    def _motion(
        self, samples: np.ndarray, emotion: Emotion, subject: int, frames: int, progress: Callable[[float], None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(frames, 174) what the net says, and the viseme posteriors (N, 21) that were heard at 100 Hz."""
        config = self.model.config
        rate, steps = config.fps / config.stride, -(-frames // config.stride)
        labels, levels = (torch.from_numpy(part)[None] for part in conditioning(emotion.at(np.arange(steps) / rate)))
        felt = felt_input(labels, levels, torch.tensor([subject]), config.subjects)

        def net(features: torch.Tensor, begin: int, end: int) -> torch.Tensor:
            return self.model(features, felt[:, begin:end].to(self.device))

        margin = config.layers * config.reach
        motion, heard = over(net, self.encoder, samples, rate, steps, WINDOW, margin, self.device, progress)
        return motion[:frames], heard


def save(folder: str | Path, engine: Engine, about: dict[str, Any]) -> None:
    """Write a model folder, and in `encoder/` a built-in encoder that did not come with speechface.

    Any other encoder is named, not held: its weights are the user's.
    """
    config = asdict(engine.model.config)
    kind, _, source = engine.model.config.encoder.partition(":")
    details = {"config": config, "features": engine.encoder.width, **about}
    if kind == BUILT_IN:
        config["encoder"] = kind
        details["encoder"] = checkpoint.fingerprint(source or checkpoint.default("encoder"))
    checkpoint.save(folder, engine.model, "emoface", details, half=True)
    if kind == BUILT_IN and source:
        shutil.copytree(source, Path(folder) / "encoder", dirs_exist_ok=True)


def load(folder: str | Path | None = None, device: str = "cpu") -> Engine:
    """The engine that comes with speechface, or one from a model folder; `UserError` if it is none."""
    folder = Path(folder or checkpoint.default("emoface"))
    model = checkpoint.load(folder, "emoface", lambda about: EmoFace(Config(**about["config"]), about["features"]))
    if model.config.controls != len(RIG):
        raise UserError(f"{folder} moves {model.config.controls} controls, and the face board has {len(RIG)}")
    spec = checkpoint.encoder_spec(folder, model.config.encoder)
    model.config = replace(model.config, encoder=spec)  # so that saving it again takes the encoder along
    return Engine(model, encoders.load(spec), device)
