"""GRID (Cooke et al., 2006): 34 speakers, sentences of six words that the name of the file spells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from data_prep.recording import Recording
from speechface.errors import UserError

LICENCE = "CC BY 4.0"
VIDEOS = frozenset((".mpg", ".mpeg", ".mp4", ".avi"))
_WORDS = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"},
    {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"},
    {letter: letter for letter in "abcdefghijklmnopqrstuvxyz"},
    dict(zip("z123456789", "zero one two three four five six seven eight nine".split(), strict=True)),
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)


def recordings(root: Path) -> Iterator[Recording]:
    """Videos such as s1/bbaf2n.mpg ('bin blue at f two now'); the folder s1 is the speaker, as far up as there is one.

    Videos under no such folder are each of a speaker of its own. Raises `UserError` if there are none.
    """
    any_there = False
    for path in sorted(path for path in Path(root).rglob("*") if path.suffix.lower() in VIDEOS):
        if (text := spelled(path.stem)) is None:
            continue
        any_there = True
        folders = [part for part in path.relative_to(root).parts[:-1] if re.match(r"s\d+", part)]
        speaker = re.match(r"s\d+", folders[0])[0] if folders else path.stem  # type: ignore[index]
        yield Recording(
            name=f"grid-{speaker}-{path.stem}" if folders else f"grid-{path.stem}",
            audio=path,
            speaker=f"grid_{speaker}",
            licence=LICENCE,
            source="GRID",
            emotion="neutral",
            text=text,
        )
    if not any_there:
        raise UserError(f"{root} holds no videos of GRID, such as s1/bbaf2n.mpg")


def spelled(name: str) -> str | None:
    """The sentence that a name of six letters stands for, or None."""
    if len(name) != len(_WORDS) or any(letter not in words for letter, words in zip(name, _WORDS, strict=True)):
        return None
    return " ".join(words[letter] for letter, words in zip(name, _WORDS, strict=True))
