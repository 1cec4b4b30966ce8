"""Spoken text with phone times: the values every synthesiser makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speechface.visemes import Segment


@dataclass(frozen=True)
class Voice:
    """One voice of one synthesiser.

    name: what the synthesiser knows it by. language: code such as `en`, `pt`, `cmn`. family: voices that sound alike
    because one engine rule or one human speaker made them all. human: whether recordings of a human are inside.
    speaker: who is heard, whatever the language; voices are held out of training by speaker. licence: of the program
    and the recordings inside the voice.
    """

    name: str
    language: str
    family: str
    human: bool
    speaker: str
    licence: str


@dataclass(frozen=True)
class Style:
    """How a text is spoken: tempo (1 is the voice's own, 1.2 is a fifth faster), pitch and liveliness in 0..1.

    Voices made from recordings follow the tempo only.
    """

    tempo: float = 1.0
    pitch: float = 0.5
    liveliness: float = 0.5


@dataclass(frozen=True, eq=False)
class Utterance:
    """Sound and what is said in it.

    samples: (S,) float32 mono. rate: samples a second. segments: phones in time order, without gaps, as their
    synthesiser names them, from 0 to the end of the sound.
    """

    samples: np.ndarray
    rate: int
    segments: tuple[Segment, ...]
    text: str
    voice: Voice

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.samples) / self.rate


def fit(segments: Sequence[Segment], seconds: float, late: float = 0.0) -> tuple[Segment, ...]:
    """Segments that fill 0..seconds without gaps, with every boundary between them moved `late` seconds later.

    Programs print the plan they spoke by; the sound may start after it, and has a longer or shorter last pause.
    """
    edges = [min(max(segment.start + late, 0.0), seconds) for segment in segments[1:]]
    starts, ends = [0.0, *edges], [*edges, seconds]
    fitted = (segment._replace(start=a, end=b) for segment, a, b in zip(segments, starts, ends, strict=False))
    return tuple(segment for segment in fitted if segment.end > segment.start)
