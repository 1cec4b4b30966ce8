"""Subject styles: thirty-two people who say the same line differently. Style 0 is the average speaker."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

STYLES = 32


@dataclass(frozen=True)
class Style:
    """How one person moves; every field is a factor round 1 unless it says otherwise."""

    jaw: float = 1.0
    """How far the jaw drops."""
    lips: float = 1.0
    """How much the lips part and spread."""
    rounding: float = 1.0
    """How much the lips round."""
    press: float = 1.0
    """How hard p, b, m are pressed."""
    brows: float = 1.0
    """How much brows move with stress."""
    left: float = 1.0
    """Strength of the left side of the mouth against the right."""
    smile: float = 0.0
    """Resting corners, added: up (positive) or down."""
    upper: float = 0.0
    """Upper lip that shows the teeth while speaking, added."""
    crooked: float = 0.0
    """Sideways jaw while speaking, added, to the character's right."""
    sneer: str = "L"
    """Side on which contempt is shown."""
    feelings: dict[str, float] = field(default_factory=dict)
    """Factor of every face-board control in the face of an emotion (those not named: 1)."""


def style(number: int) -> Style:
    """The style of a subject number 0-31; the same number always gives the same person."""
    if number == 0:
        return Style()
    draw = np.random.default_rng(1000 + number)

    def around(spread: float) -> float:
        return float(np.exp(np.clip(draw.normal(0.0, spread), -2 * spread, 2 * spread)))

    jaw, lips, rounding, press, brows, left = (around(spread) for spread in (0.16, 0.18, 0.15, 0.25, 0.35, 0.06))
    return Style(
        jaw, lips, rounding, press, brows, left,
        smile=float(draw.uniform(-0.05, 0.07)),
        upper=float(draw.uniform(0.0, 0.06)),
        crooked=float(draw.uniform(-0.05, 0.05)),
        sneer="LR"[int(draw.integers(2))],
        feelings={name: around(0.16) for name in FEELING_CONTROLS},
    )  # fmt: skip


FEELING_CONTROLS = (
    "brow_down", "brow_lateral", "brow_raiseIn", "brow_raiseOut", "eye_blink", "eye_cheekRaise", "eye_eyelidU",
    "eye_squintInner", "nose", "nose_nasolabialDeepen", "mouth_cornerPull", "mouth_cornerDepress", "mouth_stretch",
    "mouth_dimple", "mouth_upperLipRaise", "mouth_lowerLipDepress", "jaw_ChinRaiseD", "mouth_tightenU", "mouth_tightenD",
    "mouth_pressU", "mouth_pressD",
)  # fmt: skip
"""Controls in whose use people differ when they feel something."""
