"""What phones ask of jaw, lips and tongue, and how they blend into one movement."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from data_prep.teacher.prosody import RATE
from speechface.visemes import BILABIAL, INDEX, LABIODENTAL, SILENCE, Segment

CHANNELS = ("jaw", "depress", "raise", "stretch", "pull", "purse", "funnel", "tip", "out", "back", "wide")
"""jaw opening; lower lip down; upper lip up; corners wide; corners up; lips pursed; lips funnelled; tongue tip up,
tongue out, tongue back up, tongue wide. All on the scale of the face board, 0..1."""

BEFORE = np.array([0.045, 0.045, 0.045, 0.065, 0.070, 0.120, 0.120, 0.035, 0.050, 0.050, 0.060])
AFTER = np.array([0.050, 0.045, 0.045, 0.065, 0.070, 0.090, 0.090, 0.040, 0.050, 0.050, 0.060])
"""(11,) seconds in which a phone's pull falls to 1/e before and after it: rounding starts early and leaves last."""

SMOOTH = np.array([0.016, 0.016, 0.016, 0.022, 0.022, 0.025, 0.025, 0.014, 0.018, 0.018, 0.020]) * RATE
"""(11,) standard deviation in frames of the Gaussian that stands for the inertia of each articulator."""

# target/weight a channel; what is not named has target 0 and a weight so small that the neighbours decide
_TARGETS = {
    "SIL": "jaw 0/.9 depress 0/.6 raise 0/.6 stretch 0/.5 pull 0/.5 purse 0/.5 funnel 0/.5 tip 0/.4 out 0/.6 back 0/.4",
    "PBM": "jaw .05/.8 depress 0/.8 raise 0/.8 stretch 0/.2 purse 0/.1 funnel 0/.1",
    "FV": "jaw .10/.9 depress 0/.8 raise .20/1.2 stretch .05/.2 purse 0/.2 funnel 0/.3",
    "TH": "jaw .10/.7 depress .22/.6 raise .06/.4 stretch .08/.2 purse 0/.2 funnel 0/.2 tip .2/1 out .5/3",
    "TD": "jaw .09/.6 depress .18/.4 raise .05/.3 stretch .08/.1 tip .75/2 out 0/1",
    "N": "jaw .10/.5 depress .15/.4 raise .04/.3 stretch .05/.1 tip .75/2 out 0/1",
    "L": "jaw .15/.5 depress .15/.4 raise .04/.3 tip .9/2.5 out .06/1",
    "SZ": "jaw .045/1.2 depress .30/1 raise .12/.8 stretch .18/.6 pull .05/.3 purse 0/.3 funnel .05/.3 tip .45/1 wide .2/1"
    " out 0/1",
    "SH": "jaw .06/1.2 depress .30/1 raise .20/.9 stretch 0/.8 purse .15/1 funnel .6/1.6 tip .3/1 out 0/1",
    "R": "jaw .09/.6 depress .10/.4 raise .08/.4 stretch 0/.4 purse .30/.9 funnel .30/.9 tip .15/.6 back .35/1 out 0/1",
    "KG": "jaw .14/.4 depress .10/.2 raise .04/.2 back .75/2 out 0/1",
    "HH": "jaw .18/.15 depress .10/.1",
    "W": "jaw .07/1 depress 0/.8 raise 0/.6 stretch 0/1 pull 0/.6 purse 1/3 funnel .15/1.5 back .3/1",
    "IY": "jaw .09/1 depress .25/.8 raise .10/.6 stretch .35/1.2 pull .12/.8 purse 0/1 funnel 0/1 wide .4/1",
    "IH": "jaw .17/1 depress .20/.7 raise .07/.5 stretch .18/.8 pull .06/.5 purse 0/.8 funnel 0/.8 wide .2/.6",
    "EH": "jaw .28/1 depress .22/.7 raise .08/.5 stretch .16/.8 pull .05/.5 purse 0/.8 funnel 0/.8",
    "AE": "jaw .40/1 depress .25/.8 raise .10/.6 stretch .20/.8 pull .05/.5 purse 0/.8 funnel 0/.8",
    "AA": "jaw .50/1.1 depress .15/.7 raise .06/.5 stretch .02/.6 purse 0/.8 funnel .03/.8",
    "AH": "jaw .25/.8 depress .12/.5 raise .04/.4 stretch .04/.4 purse 0/.5 funnel .02/.5",
    "AO": "jaw .36/1 depress .08/.7 raise .03/.5 stretch 0/.8 purse .32/1.4 funnel .32/1.4 back .3/1",
    "UW": "jaw .10/1 depress 0/.7 raise 0/.5 stretch 0/.9 purse .9/2 funnel .18/1.5 back .35/1",
}


def _table() -> tuple[np.ndarray, np.ndarray]:
    targets = np.zeros((len(INDEX), len(CHANNELS)))
    weights = np.full((len(INDEX), len(CHANNELS)), 0.08)
    for name, text in _TARGETS.items():
        words = text.split()
        for channel, pair in zip(words[::2], words[1::2], strict=True):
            target, weight = pair.split("/")
            targets[INDEX[name], CHANNELS.index(channel)] = float(target)
            weights[INDEX[name], CHANNELS.index(channel)] = float(weight)
    return targets, weights


TARGETS, WEIGHTS = _table()


def articulate(segments: list[Segment], frames: int) -> np.ndarray:
    """(frames, 11) curves of `CHANNELS` at 100 Hz, coarticulated and smoothed; closures and tucks not yet in them."""
    times = (np.arange(frames) + 0.5) / RATE
    pulled = np.zeros((frames, len(CHANNELS)))
    total = np.full((frames, len(CHANNELS)), 1e-3)
    for segment in segments:
        if segment.viseme < 0:
            continue
        near = slice(*np.searchsorted(times, (segment.start - 0.6, segment.end + 0.6)))
        margin = 0.25 * (segment.end - segment.start)
        early = np.maximum(segment.start + margin - times[near], 0.0)[:, None] / BEFORE
        late = np.maximum(times[near] - segment.end + margin, 0.0)[:, None] / AFTER
        pull = np.exp(-early - late) * WEIGHTS[segment.viseme]
        pulled[near] += pull * TARGETS[segment.viseme]
        total[near] += pull
    curves = pulled / total
    return np.stack([gaussian_filter1d(curves[:, c], SMOOTH[c]) for c in range(len(CHANNELS))], axis=1)


def contact(
    segments: list[Segment], frames: int, viseme: int, attack: float, release: float, hold: float
) -> np.ndarray:
    """(frames,) 0..1: 1 through every phone of a class, with raised-cosine onset and release outside it, in seconds.

    A phone shorter than `hold` seconds is held that long round its middle, because a touch that lasts one frame pops.
    Onset and release take at most a neighbour's own length: a short vowel beside a p, b or m still opens the lips.
    """
    times = (np.arange(frames) + 0.5) / RATE
    out = np.zeros(frames)
    for number, segment in enumerate(segments):
        if segment.viseme != viseme:
            continue
        before, after = _length(segments, number - 1), _length(segments, number + 1)
        middle, half = (segment.start + segment.end) / 2, max(segment.end - segment.start, hold) / 2
        early = np.clip((middle - half - times) / min(attack, max(before, SNAP)), 0.0, 1.0)
        late = np.clip((times - middle - half) / min(release, max(after, SNAP)), 0.0, 1.0)
        out = np.maximum(out, (0.5 + 0.5 * np.cos(np.pi * early)) * (0.5 + 0.5 * np.cos(np.pi * late)))
    return out


SNAP = 0.025
"""Shortest onset or release of a contact in seconds."""


def _length(segments: list[Segment], number: int) -> float:
    """Seconds of a segment; anything beyond the first and last is as long as you like."""
    if not 0 <= number < len(segments):
        return np.inf
    return segments[number].end - segments[number].start


def closure(segments: list[Segment], frames: int) -> np.ndarray:
    """(frames,) how far p, b, m hold the lips shut."""
    return contact(segments, frames, BILABIAL, attack=0.060, release=0.050, hold=0.050)


def tuck(segments: list[Segment], frames: int) -> np.ndarray:
    """(frames,) how far f, v tuck the lower lip under the upper teeth."""
    return contact(segments, frames, LABIODENTAL, attack=0.060, release=0.055, hold=0.060)


def activity(segments: list[Segment], frames: int, before: float = 0.07, after: float = 0.08) -> np.ndarray:
    """(frames,) 1 while speech goes on, 0 in pauses: the mouth opens shortly before speech and comes to rest after it.

    Pauses under 150 ms are speech: nobody shuts the mouth for them.
    """
    times = (np.arange(frames) + 0.5) / RATE
    out = np.zeros(frames)
    spoken = [segment for segment in segments if segment.viseme != SILENCE]
    groups: list[list[float]] = []
    for segment in spoken:
        if groups and segment.start - groups[-1][1] < 0.15:
            groups[-1][1] = segment.end
        else:
            groups.append([segment.start, segment.end])
    for start, end in groups:
        rise = np.clip((times - start + before) / before, 0.0, 1.0)
        fall = np.clip((end + after - times) / after, 0.0, 1.0)
        out = np.maximum(out, (0.5 - 0.5 * np.cos(np.pi * rise)) * (0.5 - 0.5 * np.cos(np.pi * fall)))
    return out
