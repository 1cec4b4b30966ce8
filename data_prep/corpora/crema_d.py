"""CREMA-D (Cao et al., 2014): 91 actors, twelve sentences, six emotions in up to four strengths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data_prep.recording import Recording
from speechface.errors import UserError

LICENCE = "Open Database License (ODbL) 1.0"
EMOTIONS = {"ANG": "angry", "DIS": "disgusted", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
STRENGTHS = {"LO": 0.333, "MD": 0.667, "HI": 1.0}
SENTENCES = {
    "IEO": "it's eleven o'clock", "TIE": "that is exactly what happened", "IOM": "i'm on my way to the meeting",
    "IWW": "i wonder what this is about", "TAI": "the airplane is almost full", "MTI": "maybe tomorrow it will be cold",
    "IWL": "i would like a new alarm clock", "ITH": "i think i have a doctor's appointment", "DFA": "don't forget a jacket",
    "ITS": "i think i've seen this before", "TSI": "the surface is slick", "WSI": "we'll stop in a couple of minutes",
}  # fmt: skip
VIDEOS = frozenset((".flv", ".mp4", ".avi", ".mov", ".mkv"))


def recordings(root: Path) -> Iterator[Recording]:
    """Videos such as VideoFlash/1001_DFA_ANG_XX.flv: actor, sentence, emotion, strength (XX: not said).

    Raises `UserError` if there are none.
    """
    any_there = False
    for path in sorted(path for path in Path(root).rglob("*_*_*_*") if path.suffix.lower() in VIDEOS):
        words = path.stem.split("_")
        if len(words) != 4 or words[1] not in SENTENCES or words[2] not in EMOTIONS:
            continue
        actor, sentence, emotion, strength = words
        any_there = True
        yield Recording(
            name=f"crema_d-{path.stem}",
            audio=path,
            speaker=f"crema_d_{actor}",
            licence=LICENCE,
            source="CREMA-D",
            emotion=EMOTIONS[emotion],
            intensity=None if emotion == "NEU" else STRENGTHS.get(strength),
            text=SENTENCES[sentence],
        )
    if not any_there:
        raise UserError(f"{root} holds no videos of CREMA-D, such as VideoFlash/1001_DFA_ANG_XX.flv")
