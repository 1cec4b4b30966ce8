"""How English words are spoken, in ARPAbet: the dictionary in the PocketSphinx wheel, and rules for other words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from data_prep.letter_rules import sound_out

_VOICELESS, _HISSING = frozenset("P T K F TH".split()), frozenset("S Z SH ZH CH JH".split())
_ENDINGS = {"ing": ("IH", "NG"), "er": ("ER",), "ly": ("L", "IY"), "ness": ("N", "AH", "S"), "less": ("L", "AH", "S")}
_BEGINNINGS = {"un": ("AH", "N"), "re": ("R", "IY"), "non": ("N", "AA", "N"), "pre": ("P", "R", "IY")}
_SHORTEST_PART = 3


@cache
def dictionary() -> dict[str, tuple[str, ...]]:
    """Phones of every word of the dictionary (its first pronunciation); empty if PocketSphinx is not installed."""
    path = _dictionary_path()
    if path is None:
        return {}
    entries = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {word: tuple(phones) for word, *phones in entries if not word.endswith(")")}


def pronounce(word: str) -> tuple[str, ...]:
    """ARPAbet phones without stress of a word in letters a-z and '.

    In this order: the dictionary; a word of it with an ending or beginning; two words of it joined; letter rules.
    """
    word = word.lower()
    return dictionary().get(word) or _inflected(word) or _joined(word) or sound_out(word)


def _inflected(word: str) -> tuple[str, ...] | None:
    """A dictionary word with plural, past, -ing and the like, or with un-, re-."""
    known = dictionary()
    for ending in ("'s", "s'", "es", "s"):
        phones = known.get(word.removesuffix(ending)) if word.endswith(ending) else None
        if phones:
            return phones + (("IH", "Z") if phones[-1] in _HISSING else ("S",) if phones[-1] in _VOICELESS else ("Z",))
    for stem in _stems(word, "ed"):
        if stem in known:
            last = known[stem][-1]
            voiceless = last in _VOICELESS or last in ("S", "SH", "CH")
            return known[stem] + (("IH", "D") if last in ("T", "D") else ("T",) if voiceless else ("D",))
    for ending, phones in _ENDINGS.items():
        for stem in _stems(word, ending):
            if stem in known:
                return known[stem] + phones
    for beginning, phones in _BEGINNINGS.items():
        rest = word.removeprefix(beginning)
        if word != rest and len(rest) > _SHORTEST_PART and rest in known:
            return phones + known[rest]
    return None


def _stems(word: str, ending: str) -> list[str]:
    """What a word may be without an ending: 'planned' gives plann, planne and plan."""
    if not word.endswith(ending) or len(word) - len(ending) < _SHORTEST_PART:
        return []
    stem = word.removesuffix(ending)
    return [stem, stem + "e", *([stem[:-1]] if stem[-1] == stem[-2] else [])]


def _joined(word: str) -> tuple[str, ...] | None:
    """Two dictionary words in one, the most even parts first."""
    known = dictionary()
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    for cut in sorted(cuts, key=lambda cut: abs(cut - len(word) / 2)):
        if word[:cut] in known and word[cut:] in known:
            return known[word[:cut]] + known[word[cut:]]
    return None


def _dictionary_path() -> Path | None:
    try:
        import pocketsphinx
    except ImportError:
        return None
    return Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
