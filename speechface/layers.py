"""A performance as layers that sum to it: speech, emotion, eyes, head. Each can be dialled up and down on its own.

Layers are differences of whole performances, so at dials of 1 their sum *is* the performance, whatever was clamped on the
way. At other dials the sum may leave a rig's range: it is to be clamped after summing, never each layer before.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from speechface import api, conversion, rigs
from speechface.animation import Animation
from speechface.emotion import Emotion
from speechface.errors import UserError
from speechface.liveliness import Liveliness
from speechface.progress import unwatched

NAMES = ("speech", "emotion", "eyes", "head")
"""speech: what the face does without feeling. emotion: what feeling changes about that. eyes: blinks, glances, and the brows'
accents. head: how it moves, its posture in an emotion, and breath."""


def layers(
    audio: str | Path | tuple[np.ndarray, float], emotion: str | Emotion = "neutral", rig: str | None = None, **how: Any
) -> dict[str, Animation]:
    """The performance that `animate` makes with the same arguments, as an Animation for each of `NAMES`, in their order.

    rig: 'arkit', 'open', 'flame' or 'face_board', the model's own by default. Raises `UserError` as `animate` does.
    """
    made = stages(audio, emotion, **how)
    return split({name: stage if rig is None else conversion.convert(stage, rig) for name, stage in made.items()})


def stages(
    audio: str | Path | tuple[np.ndarray, float],
    emotion: str | Emotion = "neutral",
    seed: int = 0,
    style: int = 0,
    alive: bool | float | Liveliness = True,
    progress: Callable[[float], None] = unwatched,
    **how: Any,
) -> dict[str, Animation]:
    """The performance as it is after each layer: the last one is what `animate` makes with the same arguments."""
    from speechface.audio import load

    feeling, much = Emotion.parse(emotion), Liveliness.of(alive)
    how |= {"seed": seed, "style": style, "alive": False}
    plain = api.animate(audio, "neutral", progress=lambda share: progress(0.5 * share), **how)
    felt = api.animate(audio, feeling, progress=lambda share: progress(0.5 + 0.5 * share), **how)
    if much is None:
        return dict.fromkeys(NAMES, felt) | {"speech": plain}
    samples = load.convert(*audio) if isinstance(audio, tuple) else load.read(audio)
    life = importlib.import_module("priors.life").live(samples, felt.times, feeling.at(felt.times), seed, much, style)
    put = importlib.import_module("priors.enliven").put
    looking = put(felt, life, ("eyes",))
    return {"speech": plain, "emotion": felt, "eyes": looking, "head": put(looking, life, ("head",))}


def split(made: Mapping[str, Animation]) -> dict[str, Animation]:
    """Layers of a performance as it is after each of them: what each has changed, under its name.

    They have the controls of the last one in common; values are differences and may be negative.
    """
    names = list(made.values())[-1].names
    out: dict[str, Animation] = {}
    before: np.ndarray | float = 0.0
    for name, stage in made.items():
        now = stage.columns(names)
        about = {key: value for key, value in stage.about.items() if key not in ("demands", "heard")}
        out[name] = replace(stage, controls=now - before, names=names, about=about | {"layer": name})
        before = now
    return out


def total(parts: Mapping[str, Animation], dials: Mapping[str, float] | None = None, clamp: bool = False) -> Animation:
    """The sum of layers, each times its dial, 1 where none is given; brought into the rig's range afterwards if `clamp` says so.

    Raises `UserError` for a dial of no layer.
    """
    for name in dials or ():
        if name not in parts:
            raise UserError(f"there is no layer '{name}'; the layers are {', '.join(parts)}")
    first = next(iter(parts.values()))
    amounts = sum(float((dials or {}).get(name, 1.0)) * part.columns(first.names).astype(np.float64)
                  for name, part in parts.items())  # fmt: skip
    about = {key: value for key, value in first.about.items() if key != "layer"}
    made = replace(first, controls=np.asarray(amounts), about=about)
    if clamp:
        rig = rigs.load(first.rig)
        known = [name for name in first.names if name in rig.index]
        at = [rig.index[name] for name in known]
        made = made.with_curves(
            dict(zip(known, np.clip(made.columns(known), rig.low[at], rig.high[at]).T, strict=True))
        )
    return made
