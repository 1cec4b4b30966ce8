"""What the synthetic voices say: sentences of our own in many languages, none taken from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

from data_prep.texts import english, recombined
from speechface.errors import unknown


def languages() -> list[str]:
    """Codes of the languages there are sentences for."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted({"en", *(name.removesuffix(".txt") for name in files if name.endswith(".txt"))})


def sentences(language: str, seed: int) -> Iterator[str]:
    """Sentences of a language without end; the same seed gives the same ones. `UserError` for an unknown language."""
    if language not in languages():
        raise unknown("language", language, languages())
    return english.sentences(seed) if language == "en" else recombined.sentences(language, seed)
