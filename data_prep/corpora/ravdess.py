"""RAVDESS (Livingstone and Russo, 2018): 24 actors, two sentences, eight emotions in two strengths; speech, not song."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data_prep.recording import Recording
from speechface.errors import UserError

LICENCE = "CC BY-NC-SA 4.0"
EMOTIONS = {
    "01": "neutral", "02": "neutral", "03": "happy", "04": "sad", "05": "angry", "06": "fear", "07": "disgusted",
    "08": "surprised",
}  # fmt: skip
"""02 is 'calm', which is neutral on our scale."""
STRENGTHS = {"01": 0.5, "02": 1.0}
SENTENCES = {"01": "kids are talking by the door", "02": "dogs are sitting by the door"}


def recordings(root: Path) -> Iterator[Recording]:
    """Files of seven numbers, such as Actor_06/01-01-06-01-02-01-06.mp4, that have picture and sound and speak.

    The numbers are kind (01: picture and sound, 02: picture only, 03: sound only), speech or song, emotion, strength,
    sentence, take and actor. Raises `UserError` if there are none.
    """
    any_there = False
    for path in sorted(Path(root).rglob("*-*-*-*-*-*-*.mp4")):
        numbers = path.stem.split("-")
        kind, channel, emotion, strength, sentence, _, actor = numbers
        if len(numbers) != 7 or kind != "01" or channel != "01" or emotion not in EMOTIONS or sentence not in SENTENCES:
            continue
        any_there = True
        yield Recording(
            name=f"ravdess-{path.stem}",
            audio=path,
            speaker=f"ravdess_{actor}",
            licence=LICENCE,
            source="RAVDESS",
            emotion=EMOTIONS[emotion],
            intensity=None if EMOTIONS[emotion] == "neutral" else STRENGTHS.get(strength),
            text=SENTENCES[sentence],
        )
    if not any_there:
        raise UserError(f"{root} holds no videos of RAVDESS, such as Actor_01/01-01-03-01-01-01-01.mp4")
