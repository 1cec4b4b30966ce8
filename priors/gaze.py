"""Where eyes look: at somebody's face, away while one thinks, back, by saccades, and the microsaccades that keep eyes alive.

Looks at a face and looks away take turns. Looks last about as long as people find pleasant, 3.3 s (Binetti et al. 2016), and
glances away 0.9 s in speech (Lee, Badler & Badler 2002, "Eyes Alive": looks of 3.1 s, glances of 0.93 s). People look away
when they begin to speak and back when they come to an end (Kendon 1967). Size and direction of glances are distributed as in
Lee et al. In a look, fixations of about half a second go from eye to eye and to the mouth.

A saccade of A degrees takes 2.2 ms a degree + 21 ms (Carpenter 1988) and is at its fastest 1.65 times its mean velocity (Becker
1989): 390 degrees a second at 10 degrees, on the main sequence of Bahill, Clark & Stark 1975.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from priors.rhythm import Rhythm
from speechface.emotion import LABELS

DEGREE = np.pi / 180.0
LOOK = (3.3, 3.1)
"""Seconds a look at somebody lasts, on average, while the face is silent and while it speaks."""
SHORTEST, LONGEST = 0.2, 2.2
"""Times the average that every look lasts at least and at most: nobody wants to be stared at."""
GLANCE = (0.75, 0.95)
"""Seconds of a glance away, the same."""
FIXATION = 0.55
"""Seconds between fixations of a face that is looked at, on average."""
FACE = np.array([[1.6, -0.1], [-1.6, -0.1], [0.0, 0.5], [0.0, 3.0]])
"""Degrees (to the left, down) of what is looked at in a face a metre away: its eyes, the bridge of its nose, its mouth."""
SHARES = (0.34, 0.34, 0.20, 0.12)
"""How much of the time each of them is looked at."""
DIRECTIONS = (15.54, 6.46, 17.69, 7.44, 16.80, 7.89, 20.38, 7.79)
"""Per cent of glances to the left, up and left, up, ... in steps of 45 degrees (Lee et al. 2002)."""
LEAST, MEAN, MOST = 4.5, 6.9, 16.0
"""Degrees of glances: none that nobody would notice, the mean of Lee's saccades, none that only a turn of the head makes."""
FLAT = 0.6
"""Eyes move less up and down than to the sides."""
HOLD = {"angry": 1.7, "contempt": 1.2, "happy": 1.15, "surprised": 1.3, "sad": 0.7, "fear": 0.6, "disgusted": 0.7}
"""Factor of how long looks last in an emotion."""
STAY = {"sad": 1.8, "fear": 0.6, "angry": 0.6, "surprised": 0.6}
"""Factor of how long glances away last."""
PULL = {"sad": (0.0, 8.0), "contempt": (1.5, 1.5), "fear": (0.0, -2.0), "disgusted": (4.0, 2.0)}
"""Degrees (to the left, down) towards which an emotion draws glances."""


@dataclass(frozen=True)
class Saccade:
    """start: seconds. turn: (2,) degrees to the left and down. away: whether eyes leave who is looked at by it."""

    start: float
    turn: np.ndarray
    away: bool

    @property
    def size(self) -> float:
        """Degrees."""
        return float(np.hypot(*self.turn))

    @property
    def lasts(self) -> float:
        """Seconds."""
        return 0.0022 * self.size + 0.021


def gaze(times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator) -> np.ndarray:
    """(T, 2) yaw to the left and pitch down, radians from who is looked at, at (T,) rising seconds, strengths (T, 8)."""
    if not len(times):
        return np.zeros((0, 2))
    found = saccades(times, strengths, rhythm, draw)
    return DEGREE * (path(times, found) + path(times, microsaccades(times, draw)))


def saccades(
    times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator, wander: float = 1.0
) -> list[Saccade]:
    """Saccades from a second before the first of (T,) times to the last. wander: how much the eyes leave who they look at.

    They start straight at who is looked at, so their sum is where eyes are.
    """
    hold, stay, pull = (
        _felt(strengths, table, usual) for table, usual in ((HOLD, 1.0), (STAY, 1.0), (PULL, (0.0, 0.0)))
    )
    found: list[Saccade] = []
    at, now = np.zeros(2), float(times[0]) - 1.0

    def move(target: np.ndarray, away: bool) -> None:
        nonlocal at
        found.append(Saccade(now, target - at, away))
        at = target

    while now < times[-1] and wander > 0.0:
        row = min(int(np.searchsorted(times, now)), len(times) - 1)
        speaking = float(rhythm.at(np.array([now]))[0])
        share = float(np.clip(draw.gamma(2.5, 1.0 / 2.5), SHORTEST, LONGEST))
        until = now + share * np.interp(speaking, (0, 1), LOOK) * hold[row] / wander
        until = _or_at(until, now + 0.6, rhythm.starts, draw.random() < 0.45, draw.uniform(-0.25, 0.15))
        until = _past(until, rhythm.ends, draw.random() < 0.7, draw.uniform(0.4, 1.0))
        while now < min(until, times[-1]):
            move(FACE[draw.choice(len(FACE), p=SHARES)] + draw.normal(0.0, 0.35, 2), away=False)
            now += 0.2 + float(draw.gamma(2.0, (FIXATION - 0.2) / 2.0))
            now = until if now > until - 0.2 else now
        lasts = (0.4 + 0.6 * float(draw.gamma(1.5, 1.0 / 1.5))) * np.interp(speaking, (0, 1), GLANCE) * stay[row]
        until = _or_at(now + lasts, now + 0.25, rhythm.ends, draw.random() < 0.6, draw.uniform(-0.3, 0.0))
        move(_glance(draw, pull[row]), away=True)
        if until - now > 0.7:  # eyes do not stare at nothing: they go on, or wander a little
            now += draw.uniform(0.35, 0.6) * (until - now)
            move(_glance(draw, pull[row]) if draw.random() < 0.3 else at + draw.normal(0.0, 1.2, 2), away=False)
        now = until
    return found


def microsaccades(times: np.ndarray, draw: np.random.Generator) -> list[Saccade]:
    """1.5 a second (Martinez-Conde et al. 2004: one to two) of about a third of a degree, each from where the last one ended."""
    found, now, at = [], float(times[0]), np.zeros(2)
    while now < times[-1]:
        now += float(draw.gamma(4.0, 0.17))
        target = draw.normal(0.0, 0.18, 2)
        found.append(Saccade(now, target - at, away=False))
        at = target
    return found


def path(times: np.ndarray, found: list[Saccade]) -> np.ndarray:
    """(T, 2) degrees: the sum of saccades, each along a smooth path."""
    moving, arrived = np.zeros((len(times), 2)), np.zeros((len(times) + 1, 2))
    for saccade in found:
        first, last = np.searchsorted(times, (saccade.start, saccade.start + saccade.lasts))
        moving[first:last] += profile((times[first:last] - saccade.start) / saccade.lasts)[:, None] * saccade.turn
        arrived[last] += saccade.turn
    return moving + np.cumsum(arrived[:-1], axis=0)


def profile(phase: np.ndarray) -> np.ndarray:
    """How much of a saccade is done at a phase 0..1: between a cubic and minimum jerk, its peak is 1.65 times the mean."""
    cubic, least_jerk = phase**2 * (3.0 - 2.0 * phase), phase**3 * (10.0 - 15.0 * phase + 6.0 * phase**2)
    return 0.6 * cubic + 0.4 * least_jerk


def _glance(draw: np.random.Generator, pull: np.ndarray) -> np.ndarray:
    """(2,) degrees of a place to look at that is not the other's face."""
    size = min(LEAST + float(draw.exponential(MEAN - LEAST)), MOST)
    angle = (draw.choice(8, p=np.array(DIRECTIONS) / sum(DIRECTIONS)) + draw.uniform(-0.5, 0.5)) * np.pi / 4.0
    way = np.array([np.cos(angle), -FLAT * np.sin(angle)])
    return size * way / np.hypot(*way) + pull


def _or_at(until: float, earliest: float, marks: np.ndarray, wanted: bool, late: float) -> float:
    """A time, or an earlier one beside the first mark (K,) after `earliest`, if that is wanted."""
    number = int(np.searchsorted(marks, earliest - late))
    return float(min(until, marks[number] + late)) if wanted and number < len(marks) else until


def _past(until: float, marks: np.ndarray, wanted: bool, late: float) -> float:
    """A time, or one past the first mark (K,) that it is near to, if that is wanted."""
    number = int(np.searchsorted(marks, until - 0.5))
    return float(marks[number] + late) if wanted and number < len(marks) and marks[number] < until + 0.6 else until


def _felt(strengths: np.ndarray, table: dict, usual: float | tuple) -> np.ndarray:
    """(T,) or (T, 2) what a table by emotion says for strengths (T, 8)."""
    return strengths @ np.array([table.get(label, usual) for label in LABELS], dtype=float)
