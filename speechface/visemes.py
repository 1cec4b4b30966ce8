"""Visemes: what a phone looks like. Classes, the phone sets that map to them, and the articulation they ask for.

The curves follow the dominance model of coarticulation (Cohen & Massaro 1993): every phone pulls each channel towards
its target with a weight that decays before and after it; a curve is the weighted mean of all pulls.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

CLASSES = tuple("SIL PBM FV TH TD N L SZ SH R KG HH W IY IH EH AE AA AH AO UW".split())
INDEX = {name: index for index, name in enumerate(CLASSES)}
VOWELS = frozenset(INDEX[name] for name in "IY IH EH AE AA AH AO UW".split())
SILENCE, BILABIAL, LABIODENTAL = INDEX["SIL"], INDEX["PBM"], INDEX["FV"]

GROUPS = ("silence", "p b m", "f v", "th", "tongue", "s z", "sh ch", "r", "round", "spread", "open", "uh")
GROUP_OF = np.array([0, 1, 2, 3, 4, 4, 4, 5, 6, 7, 4, 4, 8, 9, 9, 10, 10, 10, 11, 8, 8])
"""(21,) the visual group (12 of them) of every class, for scores that do not split what looks alike."""


class Segment(NamedTuple):
    """One phone in time: seconds from the start, the phone as its labeller wrote it, and its class (-1: unknown)."""

    start: float
    end: float
    phone: str
    viseme: int


_ARPABET = {
    "PBM": "p b m em pcl bcl", "FV": "f v", "TH": "th dh", "TD": "t d dx tcl dcl", "N": "n en nx", "L": "l el",
    "SZ": "s z", "SH": "sh zh ch jh", "R": "r er axr", "KG": "k g kcl gcl ng eng", "HH": "hh hv h", "W": "w wh",
    "IY": "y iy", "IH": "ih ix", "EH": "eh", "AE": "ae", "AA": "aa", "AH": "ah ax ax-h", "AO": "ao", "UW": "uh uw ux",
    "SIL": "sil pau h# # sp spn ssil brth _ +noise+ +breath+ +cough+ +smack+ +um+ +uh+",
}  # fmt: skip
_ARPABET_CLASS = {phone: INDEX[name] for name, phones in _ARPABET.items() for phone in phones.split()}
_DIPHTHONGS = {
    "ay": ("AA", "IH", 0.55), "aw": ("AA", "UW", 0.55), "ey": ("EH", "IH", 0.5),
    "ow": ("AO", "UW", 0.55), "oy": ("AO", "IH", 0.55),
}  # fmt: skip

_IPA = {
    "PBM": "p b m ɓ ɱ ʙ β ɸ", "FV": "f v ʋ", "TH": "θ ð", "TD": "t d ɾ ʈ ɖ ɗ", "N": "n ɳ ɲ", "L": "l ɫ ɭ ʎ ɬ ɮ",
    "SZ": "s z", "SH": "ʃ ʒ ʂ ʐ ɕ ʑ ɧ", "R": "r ɹ ɻ ɚ ɝ ɽ ɺ ɜ", "KG": "k g ɡ ŋ x ɣ q ɢ χ ʁ ʀ c ɟ ç ɰ ɠ ʄ",
    "HH": "h ɦ ʔ ħ ʕ", "W": "w ʍ", "IY": "j i ʝ", "IH": "ɪ ɨ", "EH": "e ɛ ɶ", "AE": "æ", "AA": "a ɑ",
    "AH": "ʌ ə ɐ ɘ ɤ ᵻ ɯ ᵊ", "AO": "o ɔ ɵ ɞ ɒ ø œ", "UW": "u ʊ ʉ y ʏ ɥ",
}  # fmt: skip
_IPA_CLASS = {symbol: INDEX[name] for name, symbols in _IPA.items() for symbol in symbols.split()}
_MERGED = {("TD", "SH"): "SH", ("TD", "SZ"): "SZ", ("PBM", "FV"): "FV"}
_MERGED_CLASS = {(INDEX[a], INDEX[b]): INDEX[c] for (a, b), c in _MERGED.items()}


def from_arpabet(start: float, end: float, phone: str) -> list[Segment]:
    """Segments of one ARPAbet or TIMIT phone (stress digits ignored); a diphthong gives two, an unknown one class -1."""
    name = phone.lower().rstrip("012")
    if name in _DIPHTHONGS:
        first, second, share = _DIPHTHONGS[name]
        middle = start + share * (end - start)
        return [Segment(start, middle, phone, INDEX[first]), Segment(middle, end, phone, INDEX[second])]
    return [Segment(start, end, phone, _ARPABET_CLASS.get(name, -1))]


def from_ipa(start: float, end: float, phone: str) -> list[Segment]:
    """Segments of one phone in IPA, with diphthongs and bundles split evenly; an empty phone is silence."""
    if not phone.strip():
        return [Segment(start, end, "", SILENCE)]
    symbols = unicodedata.normalize("NFD", phone)
    classes = [_IPA_CLASS[symbol] for symbol in symbols if symbol in _IPA_CLASS][:3]
    if len(classes) >= 2 and (classes[0], classes[1]) in _MERGED_CLASS:
        classes = [_MERGED_CLASS[classes[0], classes[1]]]
    if not classes:
        return [Segment(start, end, phone, -1)]
    edges = np.linspace(start, end, len(classes) + 1)
    return [Segment(float(a), float(b), phone, c) for a, b, c in zip(edges, edges[1:], classes, strict=False)]


CHANNELS = ("jaw", "close", "round", "spread", "tuck")
"""Articulation channels, 0..1: jaw opening, lips together, lips round, lips spread, lower lip under the upper teeth."""

#         targets: jaw close round spread tuck    weights: jaw close round spread tuck
_DOMINANCE = {
    "SIL": ((0.00, 0.0, 0.0, 0.0, 0.0), (0.8, 0.5, 0.4, 0.4, 0.4)),
    "PBM": ((0.10, 1.0, 0.1, 0.0, 0.0), (0.8, 8.0, 0.1, 0.1, 1.0)),
    "FV": ((0.15, 0.0, 0.1, 0.1, 1.0), (0.8, 1.0, 0.2, 0.2, 8.0)),
    "TH": ((0.22, 0.0, 0.1, 0.2, 0.0), (0.6, 1.0, 0.2, 0.2, 1.0)),
    "TD": ((0.18, 0.0, 0.1, 0.2, 0.0), (0.5, 1.0, 0.1, 0.1, 1.0)),
    "N": ((0.20, 0.0, 0.1, 0.2, 0.0), (0.4, 1.0, 0.1, 0.1, 1.0)),
    "L": ((0.30, 0.0, 0.1, 0.1, 0.0), (0.4, 1.0, 0.1, 0.1, 1.0)),
    "SZ": ((0.08, 0.0, 0.1, 0.4, 0.0), (1.0, 1.0, 0.3, 0.5, 1.0)),
    "SH": ((0.10, 0.0, 0.8, 0.0, 0.0), (1.0, 1.0, 1.5, 1.0, 1.0)),
    "R": ((0.22, 0.0, 0.6, 0.0, 0.0), (0.5, 1.0, 0.8, 0.5, 1.0)),
    "KG": ((0.28, 0.0, 0.1, 0.1, 0.0), (0.3, 1.0, 0.1, 0.1, 1.0)),
    "HH": ((0.35, 0.0, 0.1, 0.1, 0.0), (0.1, 1.0, 0.1, 0.1, 1.0)),
    "W": ((0.12, 0.1, 1.0, 0.0, 0.0), (0.9, 1.0, 3.0, 1.0, 1.0)),
    "IY": ((0.18, 0.0, 0.0, 1.0, 0.0), (1.0, 1.0, 1.0, 1.5, 1.0)),
    "IH": ((0.32, 0.0, 0.0, 0.6, 0.0), (1.0, 1.0, 0.8, 1.0, 1.0)),
    "EH": ((0.50, 0.0, 0.0, 0.5, 0.0), (1.0, 1.0, 0.8, 0.8, 1.0)),
    "AE": ((0.75, 0.0, 0.0, 0.5, 0.0), (1.0, 1.0, 0.8, 0.8, 1.0)),
    "AA": ((0.95, 0.0, 0.1, 0.1, 0.0), (1.0, 1.0, 0.8, 0.8, 1.0)),
    "AH": ((0.45, 0.0, 0.1, 0.2, 0.0), (0.7, 1.0, 0.5, 0.4, 1.0)),
    "AO": ((0.60, 0.0, 0.7, 0.0, 0.0), (1.0, 1.0, 1.5, 1.0, 1.0)),
    "UW": ((0.22, 0.0, 1.0, 0.0, 0.0), (1.0, 1.0, 2.0, 1.0, 1.0)),
}
TARGETS = np.array([_DOMINANCE[name][0] for name in CLASSES], dtype=np.float32)
WEIGHTS = np.array([_DOMINANCE[name][1] for name in CLASSES], dtype=np.float32)
SPREADS = np.array([0.055, 0.018, 0.080, 0.070, 0.022], dtype=np.float32)
"""(5,) seconds in which a phone's pull on each channel falls to 1/e outside its core."""


def articulation(segments: Iterable[Segment], frames: int, fps: float) -> np.ndarray:
    """(frames, 5) float32 channels of `CHANNELS`; frame t is at (t + 0.5) / fps seconds."""
    times = (np.arange(frames) + 0.5) / fps
    pulled = np.zeros((frames, len(CHANNELS)))
    weight = np.full((frames, len(CHANNELS)), 1e-3)
    for segment in segments:
        if segment.viseme < 0:
            continue
        near = slice(*np.searchsorted(times, (segment.start - 0.5, segment.end + 0.5)))
        margin = 0.3 * (segment.end - segment.start)
        outside = np.maximum(segment.start + margin - times[near], times[near] - segment.end + margin)
        pull = np.exp(-np.maximum(outside, 0.0)[:, None] / SPREADS) * WEIGHTS[segment.viseme]
        pulled[near] += pull * TARGETS[segment.viseme]
        weight[near] += pull
    return (pulled / weight).astype(np.float32)


def framewise(segments: Sequence[Segment], frames: int, fps: float) -> np.ndarray:
    """(frames,) int64 class of the segment each frame's middle lies in; silence outside, -1 where unknown."""
    out = np.full(frames, SILENCE, dtype=np.int64)
    times = (np.arange(frames) + 0.5) / fps
    for segment in segments:
        out[slice(*np.searchsorted(times, (segment.start, segment.end)))] = segment.viseme
    return out
