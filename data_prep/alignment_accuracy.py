"""How far the aligner's boundaries lie from the truth: on synthetic speech, where it is known, and on hand-made labels.

`python -m data_prep.alignment_accuracy [FOLDER]` aligns sentences of the human-derived English voices that are installed,
and the hand-labelled recordings of the `labelled` corpus in FOLDER (praatio), and prints a table.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice

import numpy as np
import soxr

from data_prep import corpora, synthesisers, texts
from data_prep.alignment import align
from data_prep.recogniser import RATE
from data_prep.utterance import Style
from speechface.visemes import BILABIAL, Segment

_NOISE = 7e-4


def boundary_errors(truth: Sequence[Segment], found: Sequence[Segment]) -> Iterator[tuple[int, int, float]]:
    """(class before, class after, found minus true seconds) of every boundary between two phones that both have.

    The middle of a diphthong is no boundary: it is drawn, not heard.
    """
    ours, theirs = ([segment.viseme for segment in segments] for segments in (truth, found))
    for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        for step in range(1, block.size):
            before, after = truth[block.a + step - 1], truth[block.a + step]
            if before.phone != after.phone:
                yield before.viseme, after.viseme, found[block.b + step].start - after.start


def main(folder: str | None = None, sentences: int = 12) -> None:
    """Print count, bias, median and mean error in milliseconds and the share within 20 ms."""
    errors: dict[str, list[float]] = defaultdict(list)
    for kind, samples, text, truth in _known(folder, sentences):
        for before, after, error in boundary_errors(truth, align(samples, text).segments):
            errors[f"{kind}, all"].append(1000 * error)
            if after == BILABIAL:
                errors[f"{kind}, p b m begin"].append(1000 * error)
            if before == BILABIAL:
                errors[f"{kind}, p b m end"].append(1000 * error)
    print(f"{'':28}{'count':>7}{'bias':>8}{'median':>8}{'mean':>8}{'< 20 ms':>9}")
    for name, values in sorted(errors.items()):
        size = np.abs(values)
        print(
            f"{name:28}{len(values):7}{np.mean(values):8.1f}{np.median(size):8.1f}{size.mean():8.1f}"
            f"{100 * np.mean(size < 20):8.0f}%"
        )


def _known(folder: str | None, sentences: int) -> Iterator[tuple[str, np.ndarray, str, Sequence[Segment]]]:
    """(kind, samples at 16 kHz, text, true segments)."""
    noise = np.random.default_rng(0)
    for name, voice in synthesisers.voices():
        if voice.human and voice.language == "en":
            chosen = (text for text in texts.sentences("en", len(voice.name)) if 25 < len(text) < 110)
            lines = list(islice((text for text in chosen if not any(map(str.isdigit, text))), sentences))
            for utterance in synthesisers.speak(name, lines, voice, [Style()] * sentences):
                if utterance:
                    samples = soxr.resample(utterance.samples, utterance.rate, RATE)
                    samples = 0.5 * samples / np.abs(samples).max() + noise.normal(0, _NOISE, len(samples))
                    yield "synthetic", samples.astype(np.float32), utterance.text, utterance.segments
    if folder:
        for recording in corpora.recordings("labelled", folder):
            if recording.source == "praatio" and recording.text and recording.segments:
                yield "by hand", recording.samples(), recording.text, recording.segments


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
