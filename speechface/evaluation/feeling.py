"""Whether an emotion can be told from the motion, by a classifier that knows only the teacher's data, and whether
strength scales it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from speechface.animation import Animation
from speechface.clips import Clip
from speechface.emotion import LABELS, Emotion
from speechface.errors import UserError
from speechface.heads import Head

STRENGTHS = (1 / 3, 2 / 3, 1.0)


def summary(motion: np.ndarray, names: Sequence[str], head: Head) -> np.ndarray:
    """(2 * 3 * 51,) what a clip looks like as a whole: mean and standard deviation over time of the face's landmarks, in mm.

    motion: (T, C) curves of the controls named. Landmarks and not parameters are judged, because many of a head's
    expression coefficients move next to nothing that anybody can see.
    """
    controls = np.zeros((len(motion), len(head.rig)), dtype=np.float32)
    controls[:, [head.rig.index[name] for name in names]] = motion
    points = 1e3 * head.landmark_points(controls, *_landmarks(head)).reshape(len(motion), -1)
    return np.concatenate([points.mean(axis=0), points.std(axis=0)])


def _landmarks(head: Head) -> list[str]:
    """The 51 standard landmarks inside the face: brows, nose, eyes, mouth."""
    return [name for name in head.landmarks if name.startswith("lm68_") and int(name[5:]) >= 17]


def classifier(clips: Iterable[Clip], names: Sequence[str], head: Head, least: float = 0.5) -> Any:
    """Logistic regression on clip summaries, from clips of one emotion of at least some strength (or neutral).

    It sees recorded or generated motion only, never the output of an engine. Features are centred and not scaled: a
    millimetre counts as one wherever it is, not as ten where nothing else moves. Raises `UserError` where the clips show
    fewer than two emotions.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    examples, answers = [], []
    for clip in clips:
        number = _single(clip, least)
        if number is not None:
            examples.append(summary(_moved(clip, names, head), names, head))
            answers.append(number)
    if len(set(answers)) < 2:
        raise UserError("the classifier needs clips with motion and at least two emotions to learn from")
    model = make_pipeline(StandardScaler(with_std=False), LogisticRegression(max_iter=5000, C=1.0))
    return model.fit(np.stack(examples), np.array(answers))


def _moved(clip: Clip, names: Sequence[str], head: Head) -> np.ndarray:
    """(T, C) the motion of a clip in the controls named, from the file that holds motion for the head's rig."""
    motion = clip.motion("board" if head.rig.name == "face_board" else "motion")
    missing = [name for name in names if name not in motion.names]
    if missing:
        raise UserError(f"clip {clip.name} lacks the control {missing[0]}")
    return motion.controls[:, [motion.names.index(name) for name in names]]


def _single(clip: Clip, least: float) -> int | None:
    """The one emotion of a clip, if it has only one, strong enough or fully neutral."""
    emotion = Emotion.parse(str(clip.about.get("emotion", "neutral")))
    felt = emotion.strengths[0, 1:]
    if len(emotion.times) > 1 or (felt > 0).sum() > 1:
        return None
    if felt.max() >= least:
        return int(felt.argmax()) + 1
    return 0 if felt.max() == 0.0 else None


def ceiling(model: Any, clips: Iterable[Clip], names: Sequence[str], head: Head) -> dict[str, float]:
    """Agreement (%) of the classifier with the labels of held-out clips: the most an engine can be expected to reach.

    Raises `UserError` where no clip has one emotion.
    """
    right: dict[str, list[bool]] = {label: [] for label in LABELS}
    for clip in clips:
        number = _single(clip, 0.5)
        if number is not None:
            seen = summary(_moved(clip, names, head), names, head)
            right[LABELS[number]].append(bool(model.predict(seen[None])[0] == number))
    if not any(right.values()):
        raise UserError("no held-out clip has a single emotion to be told")
    return _percent(right)


def agreement(
    model: Any,
    sounds: Sequence[np.ndarray],
    animate: Callable[[np.ndarray, str], Animation],
    names: Sequence[str],
    head: Head,
    strength: float = 1.0,
) -> dict[str, float]:
    """Agreement (%) of the classifier with the emotion asked for, every sound in every emotion."""
    right: dict[str, list[bool]] = {label: [] for label in LABELS}
    for samples in sounds:
        for number, label in enumerate(LABELS):
            seen = summary(animate(samples, f"{label}:{strength:g}").columns(names), names, head)
            right[label].append(bool(model.predict(seen[None])[0] == number))
    return _percent(right)


def scaling(
    sounds: Sequence[np.ndarray], animate: Callable[[np.ndarray, str], Animation], head: Head
) -> dict[str, dict[str, float]]:
    """Mean distance in millimetres of the face's landmarks from the neutral performance, at strengths 1/3, 2/3 and 1."""
    landmarks = _landmarks(head)
    rows: dict[str, dict[str, float]] = {}
    for label in LABELS[1:]:
        rows[label] = {}
        for strength in STRENGTHS:
            away = []
            for samples in sounds:
                felt, calm = (
                    head.landmark_points(animate(samples, text).columns(head.rig.names), *landmarks)
                    for text in (f"{label}:{strength:.4f}", "neutral")
                )
                away.append(np.linalg.norm(felt - calm, axis=-1).mean())
            rows[label][f"{strength:.2f}"] = 1e3 * float(np.mean(away))
        values = list(rows[label].values())
        rows[label]["monotonic"] = float(all(a < b for a, b in pairwise(values)))
    return rows


def _percent(right: dict[str, list[bool]]) -> dict[str, float]:
    rows = {label: 100.0 * float(np.mean(found)) for label, found in right.items() if found}
    return rows | {"all": 100.0 * float(np.mean([hit for found in right.values() for hit in found]))}
