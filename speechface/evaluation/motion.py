"""Motion against the truth and against its sound: every measure of docs/evaluation.md, as sums that add up over clips.

A clip gives each measure a row of sums; a table adds the rows, makes the figure of them, and draws clips anew for its interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from speechface.evaluation.trace import Trace, on_one_grid
from speechface.metrics import curves, jitter, lip_loudness
from speechface.metrics.bootstrap import estimate
from speechface.metrics.closure import TOUCH, judge, merge_silences
from speechface.metrics.dynamics_deviation import dynamics_deviation
from speechface.metrics.lip_vertex_error import centred_lip_vertex_error, squared_lip_vertex_error
from speechface.metrics.temporal_misalignment import temporal_misalignment
from speechface.metrics.vertex_error import vertex_error
from speechface.visemes import Segment

Sums = dict[str, np.ndarray]
CURVES = {
    "gap": ("inner_lip_upper", "inner_lip_lower"),
    "jaw": ("nose_base", "chin"),
    "width": ("mouth_corner_left", "mouth_corner_right"),
}
"""Curves of the mouth: the distance of two landmarks. Width is rounding with its sign turned: narrow lips are round."""
ROUND = ("mouthFunnel", "mouthPucker")
"""Shapes of ARKit that round the lips."""


def mean(sums: np.ndarray) -> np.ndarray:
    """(...) the first sum over the second, NaN for nothing."""
    total, count = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), np.nan)


def pearson(sums: np.ndarray) -> np.ndarray:
    """(...) Pearson's r for sums (..., 6): count, x, y, x x, y y, x y."""
    n, x, y, xx, yy, xy = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    spread = np.sqrt(np.maximum(n * xx - x * x, 0.0) * np.maximum(n * yy - y * y, 0.0))
    return np.where(spread > 1e-9, (n * xy - x * y) / np.where(spread > 1e-9, spread, 1.0), np.nan)


@dataclass(frozen=True)
class Measure:
    """What a measure is called in a table, its unit, the factor from SI to that unit, and how its sums become the figure."""

    says: str
    unit: str
    factor: float = 1.0
    combine: Callable[[np.ndarray], np.ndarray] = mean


MEASURES = {
    "lve": Measure("lip vertex error (LVE)", "mm", 1e3),
    "lve_squared": Measure("LVE, squared", "1e-5 m2", 1e5),
    "lve_centred": Measure("LVE, lips' mean off", "mm", 1e3),
    "mve": Measure("vertex error, face (MVE)", "mm", 1e3),
    "upper": Measure("vertex error, upper face", "mm", 1e3),
    "fdd": Measure("upper-face dynamics (FDD)", "mm", 1e3),
    "fdd_absolute": Measure("FDD, absolute", "mm", 1e3),
    "fdd_squared": Measure("FDD, squared form", "1e-5 m2", 1e5),
    "mtm": Measure("temporal misalignment (MTM)", "ms", 1e3),
    "lag": Measure("lips late", "ms", 1e3, curves.lag),
    "gap_r": Measure("opening of the lips", "r", 1.0, curves.correlation),
    "jaw_r": Measure("opening of the jaw", "r", 1.0, curves.correlation),
    "width_r": Measure("width of the mouth", "r", 1.0, curves.correlation),
    "round_r": Measure("rounding, by ARKit's curves", "r", 1.0, curves.correlation),
    "gap_size": Measure("dynamic range, lips", "of true", 1.0, curves.size),
    "jaw_size": Measure("dynamic range, jaw", "of true", 1.0, curves.size),
    "width_size": Measure("dynamic range, width", "of true", 1.0, curves.size),
    "gap_range": Measure("opening, 5 to 95 %", "mm", 1e3),
    "slcc": Measure("loudness and lips, clips (SLCC)", "r", 1.0, pearson),
    "loudness_r": Measure("loudness and lips, within", "r", 1.0, curves.correlation),
    "closure_rate": Measure("p b m closed", "%", 100.0),
    "false_closure": Measure("vowels closed falsely", "%", 100.0),
    "tuck_rate": Measure("f v tucked", "%", 100.0),
    "rest": Measure("at rest in silence", "%", 100.0),
    "jitter": Measure("jitter", "m/s3", 1.0),
    "fast": Measure("power above 12 Hz", "%", 100.0),
}
"""Every measure, in the order of a table. `slcc` is made by `table`, which knows the speakers."""
COUNTED = ("closure_rate", "false_closure", "tuck_rate", "rest")
"""Measures that are shares of consonants, vowels or frames."""


def score(
    predicted: Trace,
    true: Trace | None = None,
    samples: np.ndarray | None = None,
    segments: Sequence[Segment] | None = None,
    vertices: bool = True,
    touch: float = TOUCH,
) -> Sums:
    """The sums of every measure that can be made of a clip.

    true: the motion to compare with; samples: (S,) the sound at 16 kHz; segments: its phones. vertices: whether vertices can be
    compared (both are of one mesh), not only curves of the mouth. touch: metres between the inner lips where they touch.
    """
    out = _alone(predicted, samples, segments, touch)
    if true is not None:
        out |= _against(*on_one_grid(predicted, true), vertices)
    return out


def _against(predicted: Trace, true: Trace, vertices: bool) -> Sums:
    out: Sums = {}
    if vertices:
        lips, truth = predicted.area("lips"), true.area("lips")
        if lips is not None and truth is not None:
            squared = squared_lip_vertex_error(lips, truth)
            out |= {"lve": _total(np.sqrt(squared)), "lve_squared": _total(squared)}
            out["lve_centred"] = _total(centred_lip_vertex_error(lips, truth))
        for name, area in (("mve", "face"), ("upper", "upper")):
            mine, its = predicted.area(area), true.area(area)
            if mine is not None and its is not None:
                out[name] = _total(vertex_error(mine, its))
        mine, its = predicted.area("upper"), true.area("upper")
        if mine is not None and its is not None:
            rest = true.regions.neutral
            neutral = its.mean(axis=0) if rest is None else rest[true.regions.areas["upper"]]
            plain = dynamics_deviation(mine, its, neutral)
            out |= {"fdd": np.array([plain, 1.0]), "fdd_absolute": np.array([abs(plain), 1.0])}
            out["fdd_squared"] = np.array([dynamics_deviation(mine, its, neutral, squared=True), 1.0])
    for name, ends in CURVES.items():
        one, other = predicted.apart(*ends), true.apart(*ends)
        if one is not None and other is not None:
            out[f"{name}_r"] = out[f"{name}_size"] = curves.products(one, other)
            if name == "gap":
                out["lag"] = curves.lagged(one, other, true.fps)
                offsets = temporal_misalignment(one, other, true.fps)
                out["mtm"] = np.array([offsets.mean(), 1.0]) if len(offsets) else np.zeros(2)
    return out | _rounding(predicted, true)


def _rounding(predicted: Trace, true: Trace) -> Sums:
    """Rounding by curves, where both are animations and the truth is in ARKit's shapes."""
    if true.animation is None or predicted.animation is None or true.animation.rig != "arkit":
        return {}
    from speechface.conversion import convert

    made, told = (
        convert(one.animation, "arkit").columns(ROUND).sum(axis=1) for one in (predicted, true) if one.animation
    )
    rates = [one.animation.fps for one in (predicted, true) if one.animation]
    times = np.arange(len(true)) / true.fps
    both = [
        np.interp(times, np.arange(len(curve)) / fps, curve) for curve, fps in zip((made, told), rates, strict=True)
    ]
    return {"round_r": curves.products(*both)}


def _alone(trace: Trace, samples: np.ndarray | None, segments: Sequence[Segment] | None, touch: float) -> Sums:
    """What motion shows without a truth."""
    out: Sums = {}
    face, lips, gap = trace.area("face"), trace.area("lips"), trace.apart(*CURVES["gap"])
    if face is not None:
        out["jitter"] = _total(jitter.jitter(face, trace.fps))
        out["fast"] = np.array(jitter.power_above(face, trace.fps))
    if gap is not None:
        low, high = np.percentile(gap, [5, 95])
        out["gap_range"] = np.array([high - low, 1.0])
    if samples is not None and np.any(samples):
        if lips is not None:
            out["slcc"] = np.array(
                [lip_loudness.lip_intensity(lips, trace.fps), lip_loudness.speech_intensity(samples)]
            )
        if gap is not None:
            loud = lip_loudness.loudness(samples, len(trace), trace.fps)
            out["loudness_r"] = curves.products(gap, loud)
    if segments and gap is not None:
        tuck = trace.apart("inner_lip_lower", "upper_incisor_edge")
        found = judge(gap - (touch - TOUCH), merge_silences(segments), trace.fps, tuck)
        out["closure_rate"] = np.array([found.hits, found.closures], dtype=float)
        out["false_closure"] = np.array([found.falsely, found.vowels], dtype=float)
        out["tuck_rate"] = np.array([found.tucked, found.tucks], dtype=float)
        out["rest"] = np.array([found.resting, found.silent], dtype=float)
    return out


def table(clips: Sequence[Sums], speakers: Sequence[str]) -> dict[str, float]:
    """A figure a measure over the clips, in its unit, with the ends of its 95 % interval (`_low`, `_high`), how many there were
    of what is counted (`_of`), and `clips`.

    NaN where nothing could be measured, or where there is only one clip to make an interval of.
    """
    row: dict[str, float] = {}
    for name, measure in MEASURES.items():
        rows = [sums[name] for sums in clips if name in sums]
        found = np.array(rows) if rows else np.zeros((0, 2))
        if name == "slcc" and rows:
            found = _slcc(found, [who for sums, who in zip(clips, speakers, strict=True) if name in sums])
        value, low, high = estimate(found, measure.combine)
        row |= {
            name: measure.factor * value,
            f"{name}_low": measure.factor * low,
            f"{name}_high": measure.factor * high,
        }
    for name in COUNTED:
        row[f"{name}_of"] = float(sum(sums[name][1] for sums in clips if name in sums))
    return row | {"clips": float(len(clips))}


def alone(sums: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The figures of one clip, in their units; SLCC is none of a clip."""
    with np.errstate(invalid="ignore", divide="ignore"):
        made = {
            name: MEASURES[name].factor * float(MEASURES[name].combine(rows))
            for name, rows in sums.items()
            if name != "slcc"
        }
    return {name: value for name, value in made.items() if np.isfinite(value)}


def _slcc(intensities: np.ndarray, speakers: Sequence[str]) -> np.ndarray:
    """(m, 6) sums of `pearson` for lip and speech intensities (n, 2), each normalised for its speaker."""
    x, y = (lip_loudness.normalised(column, speakers) for column in intensities.T)
    kept = np.isfinite(x) & np.isfinite(y)
    x, y = x[kept], y[kept]
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)


def _total(values: np.ndarray) -> np.ndarray:
    return np.array([values.sum(), float(len(values))])
