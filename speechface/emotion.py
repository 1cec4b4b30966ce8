"""`Emotion`: what the face feels, as a mixture over eight labels, constant or changing over time.

Labels and their order are MEAD's (Wang et al., ECCV 2020) as EMOTE uses them. A state is eight strengths in 0..1, one
a label; what they lack to 1 is neutral. "sad:0.8" is sadness at strength 0.8, "happy:0.6,surprised:0.4" a mixture.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechface.errors import UserError

LABELS = ("neutral", "happy", "sad", "surprised", "fear", "disgusted", "angry", "contempt")
LEVELS = 3
"""MEAD's intensity levels: 1/3, 2/3 and 1 on our scale of strength."""

SYNONYMS = {
    "neutral": "calm none normal plain flat relaxed bored indifferent",
    "happy": "happiness joy joyful glad cheerful amused smiling delighted pleased excited friendly laughing",
    "sad": "sadness unhappy sorrow sorrowful depressed grief grieving melancholy tearful crying disappointed gloomy",
    "surprised": "surprise surprising astonished amazed shocked startled",
    "fear": "afraid fearful scared frightened anxious anxiety terrified terror worried nervous panicked",
    "disgusted": "disgust revolted repulsed sickened nauseated",
    "angry": "anger mad furious rage irritated annoyed enraged upset cross",
    "contempt": "contemptuous scorn scornful disdain disdainful sneering smug disrespectful mocking",
}
_WORDS = {word: label for label, words in SYNONYMS.items() for word in (label, *words.split())}


def label(word: str) -> str:
    """The label a word stands for (any case); `UserError` with the nearest known word if there is none."""
    key = word.strip().lower()
    if key in _WORDS:
        return _WORDS[key]
    near = difflib.get_close_matches(key, _WORDS, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"choose from {', '.join(LABELS)}"
    raise UserError(f"unknown emotion '{word.strip()}'; {hint}")


@dataclass(frozen=True, eq=False)
class Emotion:
    """Keyed emotion states.

    times: (K,) seconds, rising; the first state also holds before its time and the last one after.
    strengths: (K, 8) in 0..1, rows summing to 1 (column 0, neutral, takes what the others leave).
    blend: seconds a change takes, centred on its key (a raised cosine).
    """

    times: np.ndarray
    strengths: np.ndarray
    blend: float = 0.6

    @staticmethod
    def parse(text: str | Emotion) -> Emotion:
        """Read "sad", "sad:0.8", "happy:0.6,surprised:0.4" or "0 neutral; 1.5 sad:0.8; 3.2 angry" (seconds).

        Raises `UserError` that names the unknown word or the position of the fault.
        """
        if isinstance(text, Emotion):
            return text
        if ";" not in text and not re.match(r"\s*[-+.\d]", text):
            return Emotion(np.zeros(1), _mixture(text)[None])
        times, states = [], []
        for number, entry in enumerate(text.split(";"), start=1):
            if not entry.strip():
                continue
            found = re.match(r"\s*(\S+)\s+(\S.*)$", entry)
            if not found:
                raise UserError(f"emotion timeline, entry {number} '{entry.strip()}': write 'SECONDS EMOTION'")
            times.append(_seconds(found[1], f"emotion timeline, entry {number}"))
            states.append(_mixture(found[2], f"emotion timeline, entry {number}: "))
        return _keyed(times, states, "emotion timeline")

    @staticmethod
    def read(path: str | Path) -> Emotion:
        """Read a score file (JSON): `{"keys": [{"time": 0, "emotion": "sad:0.8"}, ...], "blend": 0.6}`.

        An emotion may also be an object of strengths, `{"happy": 0.6, "surprised": 0.4}`. Raises `UserError`.
        """
        try:
            score = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise UserError(f"no such file: {path}") from None
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise UserError(f"{path} is not a text file") from None
        except json.JSONDecodeError as error:
            raise UserError(f"{path}, line {error.lineno}, column {error.colno}: {error.msg}") from None
        if not isinstance(score, dict) or not isinstance(score.get("keys"), list) or not score["keys"]:
            raise UserError(f'{path}: expected {{"keys": [{{"time": 0, "emotion": "sad"}}, ...]}}')
        times, states = [], []
        for number, key in enumerate(score["keys"], start=1):
            where = f"{path}, key {number}"
            if not isinstance(key, dict) or "time" not in key or "emotion" not in key:
                raise UserError(f'{where}: needs "time" and "emotion"')
            times.append(_seconds(key["time"], where))
            state = key["emotion"]
            if isinstance(state, dict):
                state = ",".join(f"{word}:{strength}" for word, strength in state.items())
            states.append(_mixture(str(state), f"{where}: "))
        blend = score.get("blend", Emotion.blend)
        if not isinstance(blend, int | float) or not 0 <= blend < 1e6:
            raise UserError(f'{path}: "blend" is a number of seconds, not {blend!r}')
        return _keyed(times, states, str(path), float(blend))

    def at(self, times: np.ndarray) -> np.ndarray:
        """(T, 8) float32 strengths at (T,) seconds, blended between keys; rows sum to 1."""
        times = np.asarray(times, dtype=np.float64)
        out = np.tile(self.strengths[0], (len(times), 1))
        for key in range(1, len(self.times)):
            room = min(self.times[key] - self.times[key - 1], *np.diff(self.times[key : key + 2]), self.blend)
            phase = np.clip((times - self.times[key]) / max(room, 1e-9) + 0.5, 0.0, 1.0)
            out += (0.5 - 0.5 * np.cos(np.pi * phase))[:, None] * (self.strengths[key] - self.strengths[key - 1])
        return out.astype(np.float32)

    @property
    def name(self) -> str:
        """A short name for files: the strongest labels in the order they come, at most four, `neutral-sad-angry`."""
        labels = [LABELS[row[1:].argmax() + 1] if row[1:].max() > 0.0 else "neutral" for row in self.strengths]
        if len(labels) == 1:
            felt = [name for name, value in zip(LABELS, self.strengths[0], strict=True) if value > 0.0]
            labels = [name for name in felt if name != "neutral"] or ["neutral"]
        return "-".join([label for label, _ in itertools.groupby(labels)][:4])

    @property
    def text(self) -> str:
        """The shortest text that `parse` reads back as this value (the blend time apart)."""
        states = []
        for row in self.strengths:
            parts = [f"{name}:{value:.3g}" for name, value in zip(LABELS, row, strict=True) if value > 1e-6]
            felt = [part for part in parts if not part.startswith("neutral")] or ["neutral"]
            states.append(",".join(part.removesuffix(":1") for part in felt))
        if len(states) == 1:
            return states[0]
        return "; ".join(f"{time:g} {state}" for time, state in zip(self.times, states, strict=True))


def conditioning(strengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Soft one-hot labels (T, 8) and soft intensity levels (T, 3) for strengths (T, 8), as EMOTE's style input wants.

    Strengths 1/3, 2/3 and 1 are MEAD's levels 1, 2 and 3. Below level 1 the label fades into neutral, whose level is 1.
    """
    felt = strengths[:, 1:]
    total = felt.sum(axis=1, keepdims=True)
    presence = np.minimum(total * LEVELS, 1.0)
    labels = np.concatenate([1.0 - presence, felt / np.maximum(total, 1e-6) * presence], axis=1)
    level = np.clip(total * LEVELS, 1.0, LEVELS)
    levels = np.maximum(0.0, 1.0 - np.abs(level - np.arange(1, LEVELS + 1)))
    return labels.astype(np.float32), levels.astype(np.float32)


def _mixture(text: str, where: str = "") -> np.ndarray:
    """(8,) strengths from "happy:0.6,surprised:0.4"; strengths over 1 in sum are scaled to 1."""
    out = np.zeros(len(LABELS))
    for part in text.split(","):
        word, colon, number = part.partition(":")
        if not word.strip():
            raise UserError(f"{where}empty emotion in '{text}'")
        try:
            strength = float(number) if colon else 1.0
        except ValueError:
            raise UserError(f"{where}'{number.strip()}' is not a strength; write {word.strip()}:0.5") from None
        if not 0.0 <= strength <= 1.0:
            raise UserError(f"{where}strength {number.strip()} of '{word.strip()}' is not between 0 and 1")
        try:
            out[LABELS.index(label(word))] += strength
        except UserError as error:
            raise UserError(f"{where}{error}") from None
    felt = out[1:].sum()
    out[1:] /= max(felt + out[0] if felt else 1.0, 1.0)
    out[0] = 1.0 - out[1:].sum()
    return out


def _seconds(text: object, where: str) -> float:
    try:
        seconds = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise UserError(f"{where}: '{text}' is not a time in seconds") from None
    if not 0.0 <= seconds < 1e6:
        raise UserError(f"{where}: time {text} is not a time in seconds from the start")
    return seconds


def _keyed(times: list[float], states: list[np.ndarray], where: str, blend: float = Emotion.blend) -> Emotion:
    if not times:
        raise UserError(f"{where} is empty")
    for number, (before, after) in enumerate(itertools.pairwise(times), start=2):
        if after <= before:
            raise UserError(f"{where}, entry {number}: time {after:g} does not come after {before:g}")
    return Emotion(np.array(times), np.stack(states), blend)
