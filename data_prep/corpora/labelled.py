"""Small public sets with phone labels or known texts, in the folders praatio, librivox, lhotse, arctic and mfa."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from data_prep.corpora import folder
from data_prep.recording import Recording
from speechface.errors import UserError

_LICENCES = {
    "praatio": "MIT",
    "librivox": "public domain (LibriVox), BSD-style (PocketSphinx)",
    "lhotse": "CC BY 4.0 (LibriSpeech), public domain (LJSpeech)",
    "arctic": "CMU ARCTIC, free",
    "mfa": "MIT (Montreal Forced Aligner)",
}
_TEXTS = {
    "2412-153948-0000": "if the reader will excuse me i will say nothing of my antecedents nor of the circumstances "
    "which led me to leave my native country the narrative would be tedious to him and painful to myself",
    "libri-1088-134315-0000": "as you know and as i have given you proof i have the greatest admiration in the world "
    "for one whose work for humanity has won such universal recognition i hope that we shall both forget this unhappy "
    "morning and that you will give me an opportunity of rendering to you in person",
    "LJ002-0035": "eight the press yard",
    "arctic_a0009": "he turned sharply and faced gregson across the table",
}
_SPEAKERS = {
    "2412-153948-0000": "librispeech_2412", "libri-1088-134315-0000": "librispeech_1088", "LJ002-0020": "ljspeech",
    "LJ002-0035": "ljspeech", "arctic_a0009": "arctic_slt", "bobby": "praatio_bobby", "mary": "praatio_mary",
    "damon_set_test": "praatio_damon", "acoustic_corpus": "mfa", "cold_corpus": "mfa", "61-70968-0000": "librispeech_61",
}  # fmt: skip
_COPIES = ("cold_corpus_24bit", "cold_corpus_32bit_float", "common_voice_en_22058264", "LJ002-0020")
"""Recordings left out: other formats of one that is there, and two without a text."""


def recordings(root: Path) -> Iterator[Recording]:
    """The recordings of the sets found under `root`, all for testing; `UserError` if none is there."""
    found = [name for name in _LICENCES if (Path(root) / name).is_dir()]
    if not found:
        raise UserError(f"{root} holds none of the folders {', '.join(_LICENCES)}")
    for name in found:
        for recording in folder.recordings(Path(root) / name):
            stem = recording.name
            if stem not in _COPIES:
                yield replace(
                    recording,
                    name=f"{name}-{stem}",
                    speaker=_SPEAKERS.get(stem, f"{name}_reader"),
                    licence=_LICENCES[name],
                    source=name,
                    split="test",
                    text=recording.text or _TEXTS.get(stem),
                )
