"""What makes two halves of a face, and two lips, differ: sizes and times, a person's own and always the same.

Faces move unevenly: one side of the mouth is larger and earlier than the other (Borod et al. 1997, Wolf & Goodale 1987 for
speech), and the lower lip, which rides on the jaw, is ahead of the upper one (Gracco 1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_prep.teacher.board import RIG, Board
from data_prep.teacher.prosody import RATE

SIDED = (
    "mouth_cornerPull", "mouth_stretch", "mouth_dimple", "mouth_cornerDepress", "mouth_upperLipRaise",
    "mouth_lowerLipDepress", "mouth_funnelU", "mouth_funnelD", "mouth_purseU", "mouth_purseD", "mouth_towardsU",
    "mouth_towardsD", "mouth_tightenU", "mouth_tightenD", "brow_down", "brow_raiseIn", "brow_raiseOut", "brow_lateral",
    "eye_squintInner", "eye_cheekRaise", "nose", "nose_nasolabialDeepen",
)  # fmt: skip
"""Pairs of controls in which a person's sides differ."""
UPPER_LATE, LOWER_EARLY = 0.014, 0.008
"""Seconds by which the upper lip follows and the lower one leads."""


@dataclass(frozen=True)
class Traits:
    """The details of one person; shares are of the face board's units."""

    sides: dict[str, float]
    """Left against right of every pair in `SIDED`: one gets this factor, the other its inverse."""
    lead: float
    """Seconds by which the left side of the mouth is ahead of the right (negative: behind)."""
    sticky: float
    """How long lips cling together as they part, round 1."""
    upper: float
    """How much the upper lip takes part in rounding, against the lower one, round 1."""
    purse: float
    """Share of rounding that is lips towards each other rather than pursed."""
    sharp: float
    """Share of a smile that is a sharp corner."""
    forward: float
    """How far the jaw comes forward for s and sh."""
    shift: float
    """Whole mouth to the character's left while speaking."""
    tongue: float
    """Tongue to the character's left while speaking."""
    flare: float
    """How much nostrils flare with effort and breath."""
    chin: float
    """How much the chin helps the lips to close."""
    ears: float
    """Ears that go up with the brows."""


def traits(number: int) -> Traits:
    """The traits of a subject number 0-31; the average speaker, 0, is even."""
    if number == 0:
        return Traits(dict.fromkeys(SIDED, 1.0), 0.0, 1.0, 1.0, 0.4, 0.12, 0.25, 0.0, 0.0, 0.5, 0.5, 0.0)
    draw = np.random.default_rng(5000 + number)

    def around(spread: float) -> float:
        return float(np.exp(np.clip(draw.normal(0.0, spread), -2 * spread, 2 * spread)))

    return Traits(
        sides={name: around(0.12) for name in SIDED}, lead=float(draw.normal(0.0, 0.008)), sticky=around(0.35),
        upper=around(0.15), purse=float(draw.uniform(0.2, 0.7)), sharp=float(draw.uniform(0.0, 0.35)),
        forward=float(draw.uniform(0.05, 0.4)), shift=float(draw.normal(0.0, 0.05)), tongue=float(draw.normal(0.0, 0.06)),
        flare=float(draw.uniform(0.1, 0.9)), chin=float(draw.uniform(0.2, 0.8)),
        ears=float(draw.choice([0.0, 0.0, 0.3])),
    )  # fmt: skip


def uneven(board: Board, person: Traits, shut: np.ndarray) -> None:
    """Make the sides and the lips of a board differ as they do in a person, before lips are made to touch.

    Where they do, `shut` (T,) 0..1, both lips are as far out as the one that is less so: they would miss each other.
    """
    for name in SIDED:
        factor = np.sqrt(person.sides[name])
        for side, size, lead in (("L", factor, person.lead), ("R", 1.0 / factor, -person.lead)):
            column = RIG.index[f"CTRL_{side}_{name}-translateY"]
            late = -0.5 * lead if name.startswith("mouth") else 0.0
            late += UPPER_LATE if name.endswith("U") else -LOWER_EARLY if name.endswith("D") else 0.0
            board.curves[:, column] = size * delayed(board.curves[:, column], late)
    for name, share in (("mouth_purse", 1.0 - 0.5 * person.purse), ("mouth_towards", 0.6 + person.purse)):
        for lip, more in (("U", person.upper), ("D", 1.0 / person.upper)):
            board.scale(f"{name}{lip}", np.full(len(board.curves), share * more / 0.8))
        lips = [[RIG.index[f"CTRL_{side}_{name}{lip}-translateY"] for side in "LR"] for lip in "UD"]
        least = np.minimum(*(board.curves[:, columns] for columns in lips))
        for columns in lips:
            board.curves[:, columns] += shut[:, None] * (least - board.curves[:, columns])


def delayed(curve: np.ndarray, seconds: float) -> np.ndarray:
    """A curve (T,) some seconds later (earlier if negative); its ends hold."""
    if seconds == 0.0:
        return curve
    times = np.arange(len(curve), dtype=float)
    return np.interp(times - seconds * RATE, times, curve)
