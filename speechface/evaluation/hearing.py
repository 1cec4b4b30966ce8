"""How well the built-in encoder hears visemes and articulation in labelled speech."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from speechface.audio.articulate import HEARD_FROM, Articulation, articulate
from speechface.audio.encoders.viseme import Encoder
from speechface.evaluation.utterance import Utterance
from speechface.metrics import hearing
from speechface.visemes import BILABIAL, CHANNELS, CLASSES


def measure(utterances: Iterable[Utterance], encoder: Encoder) -> dict[str, dict[str, float]]:
    """Scores of every group and of `all`: viseme accuracy in 12 and 21 classes (%), correlation of the articulation
    channels (r), F1 of closures within 40 ms (0..1), and the recall of every viseme (%) in `all`."""
    groups: dict[str, list[tuple[Utterance, Articulation]]] = defaultdict(list)
    for utterance in utterances:
        groups[utterance.group].append((utterance, articulate(encoder, utterance.samples)))
    rows = {name: _score(pairs) for name, pairs in groups.items()}
    everything = [pair for pairs in groups.values() for pair in pairs]
    rows["all"] = _score(everything) | _recalls(everything)
    return rows


def _score(pairs: list[tuple[Utterance, Articulation]]) -> dict[str, float]:
    counts = {grouped: np.zeros(2) for grouped in (True, False)}
    curves, closures = [], np.zeros(3, dtype=int)
    for utterance, heard in pairs:
        segments = list(utterance.segments)
        for grouped in counts:
            counts[grouped] += hearing.viseme_accuracy(heard.posteriors, segments, grouped)
        curves.append(hearing.curve_pair(heard.curves, segments))
        closures += hearing.closure_counts(heard.posteriors[:, BILABIAL], segments, HEARD_FROM)
    heard_curves, labelled = (np.concatenate(part) for part in zip(*curves, strict=True))
    scores: dict[str, float] = {
        f"viseme_{12 if grouped else 21}": 100.0 * right / total for grouped, (right, total) in counts.items()
    }
    for number, channel in enumerate(CHANNELS):
        scores[f"{channel}_r"] = float(np.corrcoef(heard_curves[:, number], labelled[:, number])[0, 1])
    return scores | {"closure_f1": hearing.f1(*closures.tolist()), "clips": float(len(pairs))}


def _recalls(pairs: list[tuple[Utterance, Articulation]]) -> dict[str, float]:
    counts = (hearing.recalls(heard.posteriors, list(utterance.segments)) for utterance, heard in pairs)
    total = sum(counts, np.zeros((len(CLASSES), 2), dtype=int))
    return {f"recall_{name}": 100.0 * right / max(1, all_) for name, (right, all_) in zip(CLASSES, total, strict=True)}
