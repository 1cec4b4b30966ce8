"""A report on one clip: what an animator would look for before using it, as numbers and as words.

Lips against what the sounds demand, the upper face, controls at their limits, sound and mouth in step, jitter. Phones are
used where they are known, else what was heard (`Animation.about["demands"]`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from speechface.animation import Animation
from speechface.audio.windows import RATE
from speechface.demands import Demands
from speechface.evaluation.lips import gaps
from speechface.heads import Head
from speechface.metrics.closure import REST_EDGE, TOLERANCE, TOUCH
from speechface.visemes import Segment

STILL = 0.15
"""Millimetres of standard deviation under which brows and lids count as frozen."""
EARLY, LATE, LAG = 0.045, 0.125, 0.30
"""Seconds by which people let the mouth be before and after the sound before they notice, and within which is looked."""
BLINK = 0.6
"""Amount of an eyelid from which a blink counts."""
UPPER = tuple(f"lm68_{number:02d}" for number in (*range(17, 27), 37, 38, 43, 44))
TURNING = ("global_", "neck_", "headYaw", "headPitch", "headRoll")


def report(
    animation: Animation, samples: np.ndarray, head: Head, segments: Sequence[Segment] | None = None
) -> dict[str, Any]:
    """What is to be said of an animation in the head's own rig, with its sound (S,) at 16 kHz.

    Times are seconds, lengths millimetres; keys are described in docs/reports.md. `score` is 0 for nothing to say and grows
    with what is wrong; `warnings` says it in words.
    """
    heard = animation.about.get("demands") or animation.about.get("heard") or {}
    demands = Demands.of_phones(segments) if segments else Demands.of_lists(heard)
    gap, _ = gaps(animation, head)
    found: dict[str, Any] = {
        "seconds": round(animation.duration, 3), "fps": animation.fps, "known_phones": bool(segments),
        **_lips(gap, animation.times, demands), **_upper_face(animation, head),
        "clipped": _clipped(animation, head), **_in_step(gap, animation, samples), "jitter": _jitter(animation, head),
    }  # fmt: skip
    found["warnings"] = _warnings(found)
    found["score"] = round(_score(found), 3)
    return found


def _lips(gap: np.ndarray, times: np.ndarray, demands: Demands) -> dict[str, Any]:
    def least(start: float, end: float) -> float:
        at = np.arange(start, end + 0.002, 0.002)
        return float(np.interp(at, times, gap).min())

    touches = [(float(a + b) / 2, least(a - TOLERANCE, b + TOLERANCE)) for a, b in demands.touch]
    vowels = [(float(a + b) / 2, least(a, b)) for a, b in demands.part]
    resting = [gap[(times >= a + REST_EDGE) & (times <= b - REST_EDGE)] for a, b in demands.rest]
    pauses = np.concatenate(resting) if resting else np.zeros(0)
    return {
        "closures": {
            "demanded": len(touches),
            "missed": [{"time": round(at, 3), "gap": round(1e3 * size, 2)} for at, size in touches if size > TOUCH],
        },
        "false_closures": {
            "vowels": len(vowels),
            "found": [{"time": round(at, 3), "gap": round(1e3 * size, 2)} for at, size in vowels if size <= TOUCH],
        },
        "rest": round(float((pauses < TOUCH).mean()), 3) if len(pauses) else None,
    }


def _upper_face(animation: Animation, head: Head) -> dict[str, Any]:
    """Movement of brows and lids in the head's own frame, and blinks."""
    controls = animation.columns(head.rig.names)
    controls[:, [column for column, name in enumerate(head.rig.names) if name.startswith(TURNING)]] = 0.0
    points = 1e3 * head.landmark_points(controls, *(name for name in UPPER if name in head.landmarks))
    moved = float(np.linalg.norm(points.std(axis=0), axis=-1).mean())
    lids = [column for column, name in enumerate(head.rig.names) if "eyelid" in name or name.startswith("eyeBlink")]
    shut = controls[:, lids].max(axis=1) > BLINK if lids else np.zeros(len(animation), dtype=bool)
    blinks = int(np.count_nonzero(shut[1:] & ~shut[:-1]))
    return {
        "upper_face": {"movement": round(moved, 3), "frozen": moved < STILL},
        "blinks_per_minute": round(60.0 * blinks / max(animation.duration, 1e-6), 1),
    }


def _clipped(animation: Animation, head: Head) -> dict[str, float]:
    """Share of the frames in which a control of a bounded rig is at its upper limit, for those over 5 %."""
    if "expression" in head.rig.groups:
        return {}
    shares = (animation.columns(head.rig.names) >= head.rig.high - 0.01).mean(axis=0)
    return {name: round(float(share), 3) for name, share in zip(head.rig.names, shares, strict=True) if share > 0.05}


def _in_step(gap: np.ndarray, animation: Animation, samples: np.ndarray) -> dict[str, Any]:
    """Correlation of the lips' opening with loudness (SLCC), and the lag at which it is largest (positive: lips late)."""
    times, rate = animation.times, animation.fps
    if len(times) < 2 * LAG * rate or not np.any(samples):
        return {"loudness_correlation": None, "sync_offset": None}
    width = max(1, round(RATE / rate))
    power = np.convolve(samples.astype(np.float64) ** 2, np.ones(width) / width, "same")
    level = 10.0 * np.log10(power[np.minimum((times * RATE).astype(int), len(samples) - 1)] + 1e-7)
    lags = np.arange(-round(LAG * rate), round(LAG * rate) + 1)
    found = [
        _correlation(np.roll(gap, -lag)[_inside(lag, len(gap))], level[_inside(lag, len(gap))]) for lag in lags.tolist()
    ]
    best = int(np.argmax(found))
    return {
        "loudness_correlation": round(found[len(lags) // 2], 3),
        "sync_offset": round(float(lags[best] / rate), 3) if found[best] > 0.2 else None,
    }


def _inside(lag: int, count: int) -> slice:
    return slice(max(0, -lag), count - max(0, lag))


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    spread = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread > 1e-12 else 0.0


def _jitter(animation: Animation, head: Head) -> float | None:
    """Mean third difference of the face's landmarks, in m/s3."""
    if len(animation) < 5:
        return None
    names = [name for name in head.landmarks if name.startswith("lm68_")]
    points = head.landmark_points(animation.columns(head.rig.names), *names)
    return round(float(np.abs(np.diff(points, 3, axis=0)).mean() * animation.fps**3), 3)


def _warnings(found: dict[str, Any]) -> list[str]:
    said = []
    missed, closures = len(found["closures"]["missed"]), found["closures"]["demanded"]
    if missed:
        said.append(f"{missed} of {closures} closures missed")
    if wrong := len(found["false_closures"]["found"]):
        said.append(f"lips shut in {wrong} of {found['false_closures']['vowels']} vowels")
    if found["rest"] is not None and found["rest"] < 0.9:
        said.append(f"mouth at rest in only {100 * found['rest']:.0f} % of pauses")
    if found["upper_face"]["frozen"]:
        said.append("upper face frozen")
    if found["clipped"]:
        said.append("at their limit: " + ", ".join(found["clipped"]))
    if _astray(found["sync_offset"]):
        late = "after" if found["sync_offset"] > 0 else "before"
        said.append(f"mouth {abs(1e3 * found['sync_offset']):.0f} ms {late} the sound")
    if not closures and not found["false_closures"]["vowels"]:
        said.append("no speech heard")
    return said


def _astray(offset: float | None) -> bool:
    return offset is not None and not -EARLY <= offset <= LATE


def _score(found: dict[str, Any]) -> float:
    """Misses weigh most: what an animator sees first."""
    closures, vowels = found["closures"], found["false_closures"]
    return (
        2.0 * len(closures["missed"]) / max(1, closures["demanded"])
        + 1.0 * len(vowels["found"]) / max(1, vowels["vowels"])
        + 0.5 * (1.0 - (1.0 if found["rest"] is None else found["rest"]))
        + 0.5 * found["upper_face"]["frozen"]
        + 0.2 * min(len(found["clipped"]), 5) / 5
        + 0.5 * _astray(found["sync_offset"])
    )
