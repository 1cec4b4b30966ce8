"""English sentences from a grammar and word lists of our own, with words of the dictionary for rare sounds.

`en.json` holds the weights of the kinds of sentence, the templates of each kind, and the word lists. A slot in braces
is filled from the list of that name, whose entries may hold slots themselves, or made by a function here (`_MADE`).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

_SLOT = re.compile(r"\{(\w+)\}")
_COMMON_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def sentences(seed: int) -> Iterator[str]:
    """Sentences without end; the same seed gives the same ones."""
    chance = random.Random(seed)
    grammar = _grammar()
    kinds, weights = list(grammar["weights"]), list(grammar["weights"].values())
    while True:
        kind = chance.choices(kinds, weights)[0]
        yield _finish(_fill(chance.choice(grammar["kinds"][kind]), chance))


def _fill(template: str, chance: random.Random) -> str:
    """The template with every slot filled, and the slots of what fills them."""
    words = _grammar()["words"]

    def choose(match: re.Match[str]) -> str:
        slot = match[1]
        return _made(slot, chance) if slot in _MADE else _fill(chance.choice(words[slot]), chance)

    return _SLOT.sub(choose, template)


def _finish(sentence: str) -> str:
    """Spelling put right: 'a apple', doubled blanks and marks, capitals at the start of a sentence."""
    sentence = re.sub(r"\b([Aa]) (?=[aeiouAEIO])(?!one\b|use|uni|usual|Eu)", r"\1n ", sentence)
    sentence = re.sub(r"\s+", " ", sentence).replace(",,", ",").strip()
    return re.sub(r"(^\W*|[.!?]\"? \"?)([a-z])", lambda match: match[1] + match[2].upper(), sentence)


def _made(slot: str, chance: random.Random) -> str:
    return _MADE[slot](chance)


def _number(chance: random.Random) -> str:
    return str(chance.randint(0, 10 ** chance.choice((1, 2, 2, 3, 4, 6))))


def _price(chance: random.Random) -> str:
    return f"{chance.randint(1, 99)} {chance.choice(('dollars', 'pounds', 'cents', 'euros', 'pence'))}"


def _clock(chance: random.Random) -> str:
    hour = chance.choice("one two three four five six seven eight nine ten eleven twelve".split())
    return chance.choice((f"half past {hour}", f"a quarter to {hour}", f"five past {hour}", f"{hour} o'clock"))


def _letters(chance: random.Random) -> str:
    return ", ".join(chance.choice(_COMMON_LETTERS).upper() for _ in range(chance.randint(3, 6)))


def _dictionary_word(chance: random.Random) -> str:
    by_phone = _by_phone()
    return chance.choice(by_phone[""]) if by_phone else _fill("{thing}", chance)


def _rare_word(chance: random.Random) -> str:
    """A word with a phone drawn evenly from all phones, so that rare ones come as often as common ones."""
    by_phone = _by_phone()
    return chance.choice(by_phone[chance.choice(sorted(by_phone))]) if by_phone else _fill("{adjective}", chance)


_MADE = {
    "number": _number,
    "price": _price,
    "clock": _clock,
    "letters": _letters,
    "year": lambda chance: str(chance.randint(1100, 2050)),
    "dictionary": _dictionary_word,
    "rare": _rare_word,
}


@cache
def _grammar() -> dict[str, dict]:
    return json.loads((resources.files(__package__) / "en.json").read_text(encoding="utf-8"))


@cache
def _by_phone() -> dict[str, list[str]]:
    """Words of the pronunciation dictionary under every phone they hold, all under ""; empty without PocketSphinx."""
    from data_prep import pronunciation

    by_phone: dict[str, list[str]] = {}
    for word, phones in pronunciation.dictionary().items():
        if word.isalpha() and 3 <= len(word) <= 12:
            for phone in {"", *phones}:
                by_phone.setdefault(phone, []).append(word)
    return by_phone
