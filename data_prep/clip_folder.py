"""Writing a clip folder: a folder of clips with `clips.jsonl`, `splits.json` and `CARD.md` beside them.

A clip is NAME/audio.wav (16 kHz mono, 16 bit) and NAME/phones.tsv. Clips appear whole or not at all, so that a run can
be killed and continued.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from data_prep.phone_table import write_phones
from speechface.files import writing
from speechface.visemes import Segment

RATE = 16000
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Clip:
    """What is known of one clip: a line of `clips.jsonl`.

    seconds: its length. source: where its sound comes from. score: 0..1, how well phones placed by a program fit.
    emotion: as `Emotion.parse` reads it.
    """

    name: str
    speaker: str
    language: str
    text: str
    seconds: float
    source: str
    licence: str
    split: str
    score: float | None = None
    emotion: str | None = None


def write_clip(folder: str | Path, name: str, samples: np.ndarray, segments: Sequence[Segment]) -> float:
    """Write the sound (S,) float32 at 16 kHz and the phones of one clip; its length in seconds."""
    with writing(Path(folder) / name) as part:
        part.mkdir()
        soundfile.write(part / "audio.wav", samples, RATE, subtype="PCM_16")
        write_phones(part / "phones.tsv", segments)
    return len(samples) / RATE


def finished_seconds(folder: str | Path, name: str) -> float | None:
    """Length of a clip that an earlier run has finished, or None."""
    audio = Path(folder) / name / "audio.wav"
    return soundfile.info(audio).duration if audio.exists() else None


def write_index(folder: str | Path, clips: Iterable[Clip], card: str, by: str = "speaker") -> None:
    """Write `clips.jsonl`, `splits.json` (the speakers of every split, or its clips) and `CARD.md` for the clips of a folder."""
    folder = Path(folder)
    clips = sorted(clips, key=lambda clip: clip.name)
    lines = (json.dumps(_present(asdict(clip)), ensure_ascii=False) for clip in clips)
    key = "name" if by == "clip" else "speaker"
    named = {split: sorted({getattr(clip, key) for clip in clips if clip.split == split}) for split in SPLITS}
    splits = ({"by": by} if by == "clip" else {}) | named
    _write(folder / "clips.jsonl", "".join(f"{line}\n" for line in lines))
    _write(folder / "splits.json", json.dumps(splits, indent=1, ensure_ascii=False) + "\n")
    _write(folder / "CARD.md", card)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _write(path: Path, text: str) -> None:
    with writing(path) as part:
        part.write_text(text, encoding="utf-8")
