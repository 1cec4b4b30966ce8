"""A report on one clip: what an animator would look for before using it, as numbers and as words.

Lips against what the sounds demand, the upper face, controls at their limits, sound and mouth in step, jitter, and what the
sound itself is like. Phones are used where they are known, else what was heard (`Animation.about["demands"]`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from speechface.animation import Animation
from speechface.demands import Demands
from speechface.evaluation.lips import gaps
from speechface.evaluation.report_lips import of_lips
from speechface.evaluation.report_sound import astray, in_step, of_sound
from speechface.heads import Head
from speechface.visemes import Segment

STILL = 0.15
"""Millimetres of standard deviation under which brows and lids count as frozen."""
BEYOND = 1.0e-3
"""Metres of skin by which an expression coefficient may go beyond its limit."""
BLINK = 0.6
"""Amount of an eyelid from which a blink counts."""
UPPER = tuple(f"lm68_{number:02d}" for number in (*range(17, 27), 37, 38, 43, 44))
TURNING = ("global_", "neck_", "headYaw", "headPitch", "headRoll")


def report(
    animation: Animation,
    samples: np.ndarray,
    head: Head,
    segments: Sequence[Segment] | None = None,
    free: Animation | None = None,
) -> dict[str, Any]:
    """What is to be said of an animation in the head's own rig, with its sound (S,) at 16 kHz.

    free: the same with lips as the net has them, to say what keeping them did. Times are seconds, lengths millimetres; keys
    are described in docs/reports.md. `score` is 0 for nothing to say and grows with what is wrong; `warnings` says it in
    words; `curves` are for pictures.
    """
    heard = animation.about.get("demands") or animation.about.get("heard") or {}
    demands = Demands.of_phones(segments) if segments else Demands.of_lists(heard)
    gap, bite = gaps(animation, head)
    found: dict[str, Any] = {
        "seconds": round(animation.duration, 3), "fps": animation.fps, "known_phones": bool(segments),
        **of_lips(gap, bite, animation.times, demands), **_upper_face(animation, head),
        "clipped": _clipped(animation, head), **in_step(gap, animation.times, animation.fps, samples),
        "jitter": _jitter(animation, head), "sound": of_sound(samples, animation.about.get("clarity", {})),
    }  # fmt: skip
    found["net_alone"] = None
    curves: dict[str, Any] = {"gap": _millimetres(gap), "demands": demands.as_lists()}
    if free is not None:
        loose, away = gaps(free, head)
        found["net_alone"] = _counts(of_lips(loose, away, free.times, demands))
        curves["free"] = _millimetres(loose)
    found["warnings"] = _warnings(found)
    found["score"] = round(_score(found), 3)
    return found | {"curves": curves}


def _counts(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "closures_missed": len(found["closures"]["missed"]),
        "false_closures": len(found["false_closures"]["found"]),
        "tucks_missed": len(found["tucks"]["missed"]),
        "rest": found["rest"],
    }


def _millimetres(gap: np.ndarray) -> list[float]:
    return np.round(1e3 * gap, 2).tolist()


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
    """Share of the frames in which a control is at a limit, for those over 5 %. A limit of 0 is rest, and none.

    The limits of expression coefficients are where faces were still usual: there, what is `BEYOND` them on the skin counts.
    """
    controls, low, high = animation.columns(head.rig.names), head.rig.low, head.rig.high
    at = (controls >= high - 0.01) | ((controls <= low + 0.01) & (low < 0))
    coefficients = head.rig.group("expression")
    if len(coefficients):
        excess = np.maximum(np.abs(controls[:, coefficients]) - high[coefficients], 0.0)
        at[:, coefficients] = excess * _reach(head, tuple(coefficients.tolist())) > BEYOND
    shares = at.mean(axis=0)
    return {name: round(float(share), 3) for name, share in zip(head.rig.names, shares, strict=True) if share > 0.05}


@lru_cache(maxsize=4)
def _reach(head: Head, columns: tuple[int, ...]) -> np.ndarray:
    """Metres that one unit of each of some controls moves the vertex it moves most."""
    steps = np.zeros((1 + len(columns), len(head.rig)), dtype=np.float32)
    steps[np.arange(1, len(steps)), columns] = 1.0
    vertices = head.vertices(steps)
    return np.linalg.norm(vertices[1:] - vertices[:1], axis=-1).max(axis=1)


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
    tucks = found["tucks"]
    if missed:
        said.append(f"{missed} of {closures} closures missed")
    if wrong := len(found["false_closures"]["found"]):
        said.append(f"lips shut in {wrong} of {found['false_closures']['vowels']} vowels")
    if tucks["missed"]:
        said.append(f"lower lip away from the teeth in {len(tucks['missed'])} of {tucks['demanded']} f and v")
    if found["rest"] is not None and found["rest"] < 0.9:
        said.append(f"mouth at rest in only {100 * found['rest']:.0f} % of pauses")
    if found["upper_face"]["frozen"]:
        said.append("upper face frozen")
    if found["clipped"]:
        said.append("at their limit: " + ", ".join(found["clipped"]))
    if astray(found["sync_offset"]):
        late = "after" if found["sync_offset"] > 0 else "before"
        said.append(f"mouth {abs(1e3 * found['sync_offset']):.0f} ms {late} the sound")
    if not closures and not found["false_closures"]["vowels"]:
        said.append("no speech heard")
    return said + found["sound"]["notes"]


def _score(found: dict[str, Any]) -> float:
    """Misses weigh most: what an animator sees first."""
    closures, vowels, tucks = found["closures"], found["false_closures"], found["tucks"]
    return (
        2.0 * len(closures["missed"]) / max(1, closures["demanded"])
        + 1.0 * len(vowels["found"]) / max(1, vowels["vowels"])
        + 0.5 * len(tucks["missed"]) / max(1, tucks["demanded"])
        + 0.5 * (1.0 - (1.0 if found["rest"] is None else found["rest"]))
        + 0.5 * found["upper_face"]["frozen"]
        + 0.2 * min(len(found["clipped"]), 5) / 5
        + 0.5 * astray(found["sync_offset"])
        + 0.3 * min(len(found["sound"]["notes"]), 1)
    )
