"""EMOTE in use: a recording of any length and an emotion become head parameters, alive and in constant memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emote.config import Config
from emote.model import Emote, decoder, style_input
from priors.enliven import enliven
from priors.flint import STRIDE
from priors.flint_config import Config as FlintConfig
from speechface import checkpoint, heads
from speechface.animation import Animation
from speechface.audio import encoders
from speechface.audio.articulate import RATE as HEARD
from speechface.audio.articulate import clarity
from speechface.audio.encoders._contract import AudioEncoder
from speechface.audio.tongue import tongue_curves
from speechface.audio.windowed import over
from speechface.audio.windows import frames_filled
from speechface.demands import Demands
from speechface.emotion import Emotion, conditioning
from speechface.errors import UserError
from speechface.lips import keep
from speechface.liveliness import Liveliness

BUILT_IN = "viseme"
"""The audio encoder that comes with speechface."""

WINDOW, MARGIN = 512, 160
"""Frames computed at a time and frames of context on either side (more than the net can see)."""


class Engine:
    """A trained EMOTE with its encoder, ready to animate."""

    def __init__(
        self, model: Emote, encoder: AudioEncoder, names: tuple[str, ...], device: str = "cpu", head: str = "flame"
    ) -> None:
        self.model, self.encoder, self.names, self.device = model.to(device).eval(), encoder, names, device
        self.head = head

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
        """Head parameters for 16 kHz samples (S,): rig `flame`, at the model's frame rate or `fps`.

        A model that learnt on a user's FLAME gives rig `flame_file`; its lips keep the demands where they meet that head.
        The tongue is added to what the model says. `alive` adds blinks, gaze and head motion drawn with `seed`, and says how
        much of them (`speechface.liveliness`). `progress` is called with the share done, 0..1. `lips`: whether they must keep
        what is heard, or what they must keep (`speechface.lips`); it goes into `about["demands"]`, or `about["heard"]` if
        nobody asks for it to be kept.
        """
        subjects, own = self.model.config.subjects, self.model.config.fps
        if not 0 <= subject < subjects:
            raise UserError(f"style {subject} is not one of this model's styles, 0 to {subjects - 1}")
        frames = frames_filled(samples, own)
        strengths = emotion.at(np.arange(frames) / own)
        motion, posteriors = self._motion(samples, strengths, subject, frames, progress)
        theirs = self.head.startswith("flame_file")
        rig = "flame_file" if theirs else "flame"
        spoken = Animation(motion, self.names, own, rig).resample(fps or own, frames_filled(samples, fps or own))
        demands = lips if isinstance(lips, Demands) else Demands.heard(posteriors, HEARD)
        if lips and not theirs:
            spoken = keep(spoken, demands, heads.load(self.head))
        spoken = replace(
            spoken, about={"demands" if lips else "heard": demands.as_lists(), "clarity": clarity(posteriors)}
        )
        if theirs:
            spoken = replace(spoken, about=spoken.about | {"head": self.head})
        spoken = spoken.with_curves(tongue_curves(posteriors, spoken.times, spoken["jaw_x"]))
        much = Liveliness.of(alive)
        return spoken if much is None else enliven(spoken, samples, emotion, seed, much, subject)

    def _motion(
        self, samples: np.ndarray, strengths: np.ndarray, subject: int, frames: int, progress: Callable[[float], None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(frames, C) motion, a window at a time, and the viseme posteriors (N, 21) that were heard at 100 Hz.

        Windows overlap by more than the net sees, so that they join exactly.
        """
        fps = self.model.config.fps
        padded = -(-frames // STRIDE) * STRIDE
        labels, levels = (torch.from_numpy(np.pad(part, ((0, padded - frames), (0, 0)), mode="edge"))
                          for part in conditioning(strengths))  # fmt: skip
        style = style_input(labels[None], levels[None], torch.tensor([subject]), self.model.config.subjects)

        def net(features: torch.Tensor, begin: int, end: int) -> torch.Tensor:
            return self.model(features, style[:, begin:end].to(self.device))

        motion, heard = over(net, self.encoder, samples, fps, padded, WINDOW, MARGIN, self.device, progress)
        return motion[:frames], heard


def save(folder: str | Path, engine: Engine, about: dict[str, Any]) -> None:
    """Write a model folder that holds net and prior, and in `encoder/` a built-in encoder that did not come with speechface.

    Any other encoder is named, not held: its weights are the user's.
    """
    config = {"emote": asdict(engine.model.config), "prior": asdict(engine.model.prior.config)}
    kind, _, source = engine.model.config.encoder.partition(":")
    details = {"config": config, "features": engine.encoder.width, "controls": list(engine.names), **about}
    if kind == BUILT_IN:
        config["emote"]["encoder"] = kind
        details["encoder"] = checkpoint.fingerprint(source or checkpoint.default("encoder"))
    checkpoint.save(folder, engine.model, "emote", details, half=True)
    if kind == BUILT_IN and source and checkpoint.leads():
        shutil.copytree(checkpoint.at(source), Path(folder) / "encoder", dirs_exist_ok=True)


def load(folder: str | Path | None = None, device: str = "cpu") -> Engine:
    """The engine that comes with speechface, or one from a model folder; `UserError` if it is none."""
    folder = checkpoint.at(folder or checkpoint.default("emote"))
    about = checkpoint.describe(folder)

    def build(about: dict[str, Any]) -> Emote:
        config = Config(**about["config"]["emote"])
        return Emote(config, decoder(config, FlintConfig(**about["config"]["prior"])), about["features"])

    model = checkpoint.load(folder, "emote", build)
    spec = checkpoint.encoder_spec(folder, model.config.encoder)
    model.config = replace(model.config, encoder=spec)  # so that saving it again takes the encoder along
    return Engine(model, encoders.load(spec), tuple(about["controls"]), device, about.get("head", "flame"))
