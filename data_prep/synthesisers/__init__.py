"""Synthesisers: programs that speak and say when. One module each with the same two functions.

`voices() -> list[Voice]` is empty where the program is not installed. `speak(texts, voice, styles)` yields one
`Utterance` or None (the program failed on that text) for every text, in order, and raises `UserError` where the
program is missing. The same text, voice and style give the same samples, whatever was spoken before. `INSTALL` is the
command that brings the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from data_prep.utterance import Style, Utterance, Voice
from speechface import plugins
from speechface.errors import UserError


def available() -> list[str]:
    """Names of the synthesisers known here, installed or not."""
    return plugins.names(__name__)


@cache
def voices(names: tuple[str, ...] = ()) -> tuple[tuple[str, Voice], ...]:
    """(synthesiser, voice) of everything installed, or of the named synthesisers; `UserError` for an unknown name."""
    loaded = ((name, plugins.load(__name__, name, "synthesiser")) for name in names or available())
    return tuple((name, voice) for name, module in loaded for voice in module.voices())


def require(names: tuple[str, ...]) -> None:
    """Raise `UserError` if a named synthesiser, or every one where none is named, is not installed."""
    missing = [name for name in names or available() if not voices((name,))]
    if missing and (names or len(missing) == len(available())):
        commands = " and ".join(f"'{plugins.load(__name__, name, 'synthesiser').INSTALL}'" for name in missing)
        raise UserError(f"{', '.join(missing)}: not installed; run {commands}")


def speak(name: str, texts: Sequence[str], voice: Voice, styles: Sequence[Style]) -> Iterator[Utterance | None]:
    """One utterance (or None where it failed) for every text, spoken by a voice of the named synthesiser."""
    return plugins.load(__name__, name, "synthesiser").speak(texts, voice, styles)
