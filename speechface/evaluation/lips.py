"""How often the lips of an engine close on labelled speech, tuck on f and v, and rest in silence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from speechface.animation import Animation
from speechface.evaluation.utterance import Utterance
from speechface.heads import Head
from speechface.metrics.bootstrap import interval
from speechface.metrics.closure import Closures, judge, merge_silences

LANDMARKS = ("inner_lip_upper", "inner_lip_lower", "upper_incisor_edge")


def gaps(animation: Animation, head: Head) -> tuple[np.ndarray, np.ndarray]:
    """(T,) metres between the inner lips at their middle, and between the lower lip and the upper incisors' edge."""
    upper, lower, teeth = head.landmark_points(animation.columns(head.rig.names), *LANDMARKS).swapaxes(0, 1)
    return np.linalg.norm(upper - lower, axis=1), np.linalg.norm(lower - teeth, axis=1)


def measure(
    utterances: Iterable[Utterance], animate: Callable[[Utterance], Animation], head: Head
) -> dict[str, dict[str, float]]:
    """Percentages of every group and of `all`: closure rate, tuck rate, false closures, rest in silence; 95 % intervals of
    closures and false closures (bootstrap over recordings); and counts."""
    groups: dict[str, list[Closures]] = defaultdict(list)
    for utterance in utterances:
        clip = animate(utterance)
        gap, tuck = gaps(clip, head)
        groups[utterance.group].append(judge(gap, merge_silences(utterance.segments), clip.fps, tuck))
    rows = {name: _row(found) for name, found in groups.items()}
    return rows | {"all": _row([one for found in groups.values() for one in found])}


def _row(found: list[Closures]) -> dict[str, float]:
    total = sum(found, Closures())
    row = dict(total.rates)
    for name, part, whole in (("closure", "hits", "closures"), ("false", "falsely", "vowels")):
        parts, wholes = (np.array([getattr(one, field) for one in found]) for field in (part, whole))
        row[f"{name}_low"], row[f"{name}_high"] = interval(parts, wholes)
    return row | {
        "closures": float(total.closures), "vowels": float(total.vowels), "silent_frames": float(total.silent)
    }  # fmt: skip
