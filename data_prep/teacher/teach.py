"""The whole face of one utterance: speech, feeling and person put together so that every closure survives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from data_prep.teacher import detail, feeling, mouth, prosody
from data_prep.teacher.asymmetry import Traits, traits, uneven
from data_prep.teacher.board import RIG, Board
from data_prep.teacher.style import style
from speechface.emotion import Emotion
from speechface.visemes import Segment

PARTING = ("mouth_upperLipRaise", "mouth_lowerLipDepress", "mouth_funnelU", "mouth_funnelD")
"""Controls that part the lips and must give way to a closure."""
BITE = 0.12
"""Jaw opening at which the lower lip meets the edge of the upper teeth."""
SPREADING = ("mouth_cornerPull", "mouth_stretch")
"""Controls that pull the corners and give way to rounding."""


@dataclass(frozen=True)
class Take:
    """Face-board curves (T, 174) at 100 Hz; frame t is at (t + 0.5) / 100 seconds."""

    curves: np.ndarray

    def at(self, fps: float, seconds: float) -> np.ndarray:
        """(ceil(seconds * fps), 174) the curves at t / fps seconds."""
        times = np.arange(int(np.ceil(seconds * fps))) / fps
        own = (np.arange(len(self.curves)) + 0.5) / prosody.RATE
        columns = [np.interp(times, own, self.curves[:, column]) for column in range(self.curves.shape[1])]
        return np.stack(columns, axis=1).astype(np.float32)


def teach(
    samples: np.ndarray, segments: list[Segment], emotion: Emotion, subject: int, seed: int = 0, rich: bool = False
) -> Take:
    """The face that says 16 kHz samples (S,) with these phones, in an emotion, as subject 0-31; seed varies the take.

    rich: with what only a face board can show (`detail`, `asymmetry`), which the head's own expression basis has no room for.
    """
    frames = int(np.ceil(len(samples) / 160))
    person, draw = style(subject), np.random.default_rng(seed)
    strengths = emotion.at((np.arange(frames) + 0.5) / prosody.RATE).astype(np.float64)
    heard = prosody.hear(samples, segments, frames)
    active = mouth.activity(segments, frames)
    energy = _energy(heard.loudness, active)
    felt = strengths.copy()
    felt[:, 1:] *= (0.88 + 0.16 * gaussian_filter1d(energy, 25.0))[:, None] * draw.uniform(0.95, 1.05)
    stress = _stress(heard, frames)
    board = feeling.face(felt, active, stress, person)
    board.add("mouth_cornerPull", max(person.smile, 0.0))
    board.add("mouth_cornerDepress", max(-person.smile, 0.0))
    who = traits(subject) if rich else None
    curve, shut, tucked = _speak(board, segments, strengths, energy, active, subject, who)
    if who:
        detail.add(board, detail.Speech(segments, curve, shut, tucked, energy, active, stress, felt), who)
    return Take(RIG.clip(board.curves))


def _speak(
    board: Board,
    segments: list[Segment],
    strengths: np.ndarray,
    energy: np.ndarray,
    active: np.ndarray,
    subject: int,
    who: Traits | None,
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Add the speaking mouth to a board that holds the feeling; uneven if somebody with traits speaks.

    Returns articulation by channel, closures and tucks, curves (T,).
    """
    frames, person = len(active), style(subject)
    curve = dict(zip(mouth.CHANNELS, mouth.articulate(segments, frames).T, strict=True))
    shut, tucked = mouth.closure(segments, frames), mouth.tuck(segments, frames)
    jaw, lips, rounding = feeling.manner(strengths)
    effort = 0.72 + 0.36 * energy
    left, right = person.left, 1.0 / person.left
    rounded = rounding * person.rounding * (0.85 + 0.2 * energy) * active
    for name in SPREADING:
        board.scale(
            name,
            1.0
            - 0.55 * np.clip(curve["purse"] * active, 0.0, 1.0)
            - 0.15 * np.clip(curve["funnel"] * active, 0.0, 1.0),
        )
    parted = lips * person.lips * effort * active
    board.add("jaw", curve["jaw"] * jaw * person.jaw * effort * active)
    board.add("jaw", curve["jaw"] * person.crooked * active, axis="X")
    board.add("mouth_lowerLipDepress", curve["depress"] * parted, left, right)
    board.add("mouth_upperLipRaise", (curve["raise"] + person.upper * curve["jaw"] * 2.0) * parted, left, right)
    board.add("mouth_stretch", curve["stretch"] * parted, left, right)
    board.add("mouth_cornerPull", curve["pull"] * parted, left, right)
    for lip in "UD":
        board.add(f"mouth_purse{lip}", curve["purse"] * rounded)
        board.add(f"mouth_towards{lip}", 0.4 * curve["purse"] * rounded)
        board.add(f"mouth_funnel{lip}", curve["funnel"] * rounded)
    board.add("tongue_tip", curve["tip"] * active)
    board.add("tongue_inOut", -curve["out"] * active)
    board.add("tongue", curve["back"] * active)
    board.add("tongue_narrowWide", curve["wide"] * active)
    if who:
        uneven(board, who, shut)
    _touch(board, shut, tucked, person.press, effort)
    return curve, shut, tucked


def _touch(board: Board, shut: np.ndarray, tucked: np.ndarray, press: float, effort: np.ndarray) -> None:
    """Bilabials touch and labiodentals tuck, whatever the rest of the face does."""
    for name in PARTING:
        board.scale(name, (1.0 - shut) * (1.0 - 0.9 * tucked if name != "mouth_upperLipRaise" else 1.0 - 0.5 * tucked))
    board.scale("mouth_stretch", 1.0 - 0.3 * shut)
    tucked = tucked * (1.0 - shut)
    board.scale("jaw", (1.0 - 0.72 * shut) * (1.0 - tucked))
    board.add("jaw", BITE * tucked)
    board.scale("jaw_ChinRaiseD", 1.0 - tucked)
    for lip in "UD":
        board.add(f"mouth_lipsTogether{lip}", shut)
        board.add(f"mouth_press{lip}", 0.30 * press * effort * shut**2)
        board.scale(f"mouth_purse{lip}", 1.0 - 0.25 * shut - 0.95 * tucked)
    board.add("mouth_lipBiteD", tucked)
    board.add("mouth_upperLipRaise", 0.16 * tucked)
    board.add("tongue_inOut", shut * np.clip(-board.curves[:, RIG.index["CTRL_C_tongue_inOut-translateY"]], 0.0, 1.0))


def _energy(loudness: np.ndarray, active: np.ndarray) -> np.ndarray:
    """(T,) 0..1 vocal effort: 1 at the loud parts, 0 at 30 dB below, smooth over syllables."""
    return gaussian_filter1d(np.clip(1.0 + loudness / 30.0, 0.0, 1.0) * active, 8.0)


def _stress(heard: prosody.Prosody, frames: int) -> np.ndarray:
    """(T,) 0..1: a bump of about 400 ms on every stressed vowel, rising a little before it."""
    times = (np.arange(frames) + 0.5) / prosody.RATE
    out = np.zeros(frames)
    for at, weight in zip(heard.accents, heard.weights, strict=True):
        away = times - at + 0.03
        out = np.maximum(out, weight * np.exp(-0.5 * (away / np.where(away < 0.0, 0.09, 0.16)) ** 2))
    return out
