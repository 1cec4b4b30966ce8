"""Sentences of a language's text file, as they are and taken apart and put together again."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

_CLAUSE_MARK = re.compile(r"\s*[,;:，；、،]\s*")
_END_MARKS = ".!?。！？؟"
_WHOLE, _PAIR, _CLAUSES = 0.45, 0.6, 0.8


def sentences(language: str, seed: int) -> Iterator[str]:
    """Sentences without end: whole ones, pairs, clauses of several sentences, and lists of words.

    New neighbours give sounds new contexts; sense does not matter to a mouth, and the commas become pauses.
    """
    chance = random.Random(f"{language} {seed}")
    whole = _lines(language)
    clauses = [clause for line in whole for clause in _CLAUSE_MARK.split(line.strip(_END_MARKS + " "))]
    words = sorted({word for clause in clauses for word in clause.split()})
    while True:
        kind = chance.random()
        end = chance.choice(".!?")
        if kind < _WHOLE:
            yield chance.choice(whole)
        elif kind < _PAIR:
            yield " ".join(chance.sample(whole, 2))
        elif kind < _CLAUSES:
            yield ", ".join(chance.sample(clauses, chance.randint(1, 3))) + end
        else:
            yield (
                ", ".join(" ".join(chance.sample(words, chance.randint(1, 3))) for _ in range(chance.randint(1, 4)))
                + end
            )


@cache
def _lines(language: str) -> tuple[str, ...]:
    text = (resources.files(__package__) / f"{language}.txt").read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip())
