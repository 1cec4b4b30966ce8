"""Which way of writing phones a list of labels uses, and their visemes in it: ARPAbet, IPA or X-SAMPA."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from speechface.visemes import SILENCE, Segment, from_arpabet, from_ipa


class Label(NamedTuple):
    """What a label file says: seconds and the text between them."""

    start: float
    end: float
    text: str


_SILENT = frozenset(
    "sil sp spn ssil pau h# # ## _ - epi brth noise <sil> <s> </s> <p:> <p> <nib> [noise] {sl} {ns} +nsn+ +spn+".split()
)
_MOST = 0.8
_POSITION = re.compile(r"_[BIES]$")
_SAMPA = {
    "tS": "tʃ", "dZ": "dʒ", "S": "ʃ", "Z": "ʒ", "T": "θ", "D": "ð", "N": "ŋ", "J": "ɲ", "L": "ʎ", "R": "ʁ", "H": "ɥ",
    "C": "ç", "G": "ɣ", "B": "β", "P": "ʋ", "r\\": "ɹ", "@`": "ɚ", "3`": "ɝ", "I": "ɪ", "E": "ɛ", "{": "æ", "A": "ɑ",
    "V": "ʌ", "@": "ə", "Q": "ɒ", "O": "ɔ", "U": "ʊ", "Y": "ʏ", "2": "ø", "9": "œ", "6": "ɐ", "3": "ɜ", "1": "ɨ", "}": "ʉ",
    "M": "ɯ", "7": "ɤ", "8": "ɵ", "?": "ʔ", "4": "ɾ", "X": "χ", "s`": "ʂ", "z`": "ʐ", "t`": "ʈ", "d`": "ɖ",
}  # fmt: skip
_SAMPA_SYMBOL = re.compile("|".join(re.escape(symbol) for symbol in sorted(_SAMPA, key=len, reverse=True)))


def classify(labels: Sequence[Label]) -> list[Segment]:
    """Segments of phone labels in time order, in the notation they are written in; gaps become silence.

    Names are kept as written. An empty label is silence; one that its notation does not know has class -1.
    """
    labels = [label for label in sorted(labels) if label.end > label.start]
    notation = _notation([_bare(label.text) for label in labels if not _is_silent(label.text)])
    return _without_gaps([segment for label in labels for segment in _read(label, notation)])


def _notation(names: Sequence[str]) -> Callable[[float, float, str], list[Segment]]:
    """ARPAbet has one case throughout and fixed names; IPA has letters of its own; X-SAMPA makes do with ASCII."""
    one_case = any(all(case(name) == name for name in names) for case in (str.upper, str.lower))
    known = sum(from_arpabet(0.0, 1.0, name)[0].viseme >= 0 for name in names)
    if one_case and known >= _MOST * len(names):
        return from_arpabet
    return _from_sampa if all(name.isascii() for name in names) else from_ipa


def _is_silent(text: str) -> bool:
    return not text.strip() or text.strip().lower() in _SILENT


def _read(label: Label, notation: Callable[[float, float, str], list[Segment]]) -> list[Segment]:
    text = label.text.strip()
    if _is_silent(text):
        return [Segment(label.start, label.end, text or "sil", SILENCE)]
    return [segment._replace(phone=text) for segment in notation(label.start, label.end, _bare(text))]


def _bare(text: str) -> str:
    """A phone without Kaldi's mark of its place in the word."""
    return _POSITION.sub("", text.strip())


def _from_sampa(start: float, end: float, phone: str) -> list[Segment]:
    return from_ipa(start, end, _SAMPA_SYMBOL.sub(lambda match: _SAMPA[match[0]], phone))


def _without_gaps(segments: Sequence[Segment]) -> list[Segment]:
    """Segments from 0 on that touch: overlaps cut, holes and the time before the first filled with silence."""
    filled: list[Segment] = []
    now = 0.0
    for segment in segments:
        if segment.start > now + 1e-4:
            filled.append(Segment(now, segment.start, "sil", SILENCE))
        if segment.end > now:
            filled.append(segment._replace(start=filled[-1].end if filled else 0.0))
            now = segment.end
    return filled
