"""Stage 1: a recording becomes clips: shots with speech in them, and their sound on the clock of the pictures.

Written: recordings/NAME.npz (what was seen, see `scan`), recordings/NAME.json (what it is and which clips it has), and
CLIP/audio.wav for each clip.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data_prep import rights
from data_prep.clip_folder import RATE
from data_prep.recording import Recording
from data_prep.trackers import Tracker
from data_prep.video import sound
from data_prep.video.film import Film, probe
from data_prep.video.scan import Scan, scan
from data_prep.video.shots import shots
from data_prep.video.speech import levels, pieces, speech
from speechface.errors import UserError
from speechface.files import writing

PAD = 0.4
"""Seconds round speech that a clip keeps."""


@dataclass(frozen=True)
class Settings:
    """What every recording of a folder is made with. fps: frames per second of clips. longest, shortest: seconds of a
    clip. tracker: by name. head: what is fitted, as `speechface.heads` loads it, or none. photometric: whether its picture is
    compared with the video's. asserted: whether the user says that all recordings may be trained on."""

    fps: float = 25.0
    longest: float = 20.0
    shortest: float = 1.0
    tracker: str = "opencv"
    head: str = "flame"
    photometric: bool = False
    asserted: bool = False


def ingest(recording: Recording, out: Path, settings: Settings, tracker: Tracker) -> dict[str, Any]:
    """Cut a recording into clips, unless an earlier run has; what is in its .json. Raises `UserError` if it has none."""
    path = out / "recordings" / f"{recording.name}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    if reason := rights.refusal(recording, settings.asserted):
        raise UserError(f"refused: {reason}")
    film = probe(recording.film)
    heard = recording.audio if isinstance(recording.audio, Path) else film.path
    if heard == film.path and not film.sound:
        raise UserError("no sound")
    seen = scan(film, tracker)
    seen.save(path.with_suffix(".npz"))
    if not len(seen.frame):
        raise UserError("no face")
    spans = speech(levels(sound.blocks(heard)))
    if not spans:
        raise UserError("no speech")
    found = list(_clips(recording.name, seen, spans, settings))
    if not found:
        raise UserError(f"no shot with {settings.shortest:g} seconds of speech")
    _write_sound(out, heard, found, settings.fps)
    about = _about(recording, film, seen, settings) | {"clips": found}
    with writing(path) as part:
        part.write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    return about


def _clips(name: str, seen: Scan, spans: list[tuple[float, float]], settings: Settings) -> Iterator[dict[str, Any]]:
    """name, start (seconds, a whole number of frames), frames, and the shot of every clip."""
    found = []
    step = float(np.median(np.diff(seen.times))) if len(seen.times) > 1 else 0.0
    for number, (first, end) in enumerate(shots(seen.times, seen.jumps)):
        until = seen.times[end] if end < len(seen.times) else seen.times[-1] + step
        for start, stop in pieces(spans, float(seen.times[first]), float(until), settings.longest, PAD):
            begin = int(np.ceil(start * settings.fps - 1e-6))
            frames = int(np.floor(stop * settings.fps + 1e-6)) - begin
            if frames >= settings.shortest * settings.fps:
                found.append((begin / settings.fps, frames, number))
    for number, (at, frames, shot) in enumerate(found):
        yield {
            "name": name if len(found) == 1 else f"{name}-{number:03d}",
            "start": at, "frames": frames, "shot": shot,
        }  # fmt: skip


def _write_sound(out: Path, heard: Path, clips: list[dict[str, Any]], fps: float) -> None:
    """CLIP/audio.wav of every clip: exactly as long as its frames, silent where the recording has ended."""
    ends = {clip["name"]: round((clip["start"] + clip["frames"] / fps) * RATE) for clip in clips}
    waiting = sorted(clips, key=lambda clip: clip["start"])
    held, at = np.zeros(0, dtype=np.float32), 0
    for block in sound.blocks(heard):
        held = np.concatenate([held, block])
        while waiting and at + len(held) >= ends[waiting[0]["name"]]:
            _write_clip(out, waiting.pop(0), held, at, fps)
        keep = round(waiting[0]["start"] * RATE) if waiting else at + len(held)
        drop = max(0, min(keep - at, len(held)))
        held, at = held[drop:], at + drop
    for clip in waiting:
        _write_clip(out, clip, held, at, fps)


def _write_clip(out: Path, clip: dict[str, Any], held: np.ndarray, at: int, fps: float) -> None:
    import soundfile

    first = round(clip["start"] * RATE) - at
    length = round(clip["frames"] / fps * RATE)
    samples = held[max(first, 0) : max(first + length, 0)]
    samples = np.pad(samples, (0, length - len(samples)))
    with writing(out / clip["name"] / "audio.wav") as part:
        soundfile.write(part, np.clip(samples, -1, 1), RATE, subtype="PCM_16")


def _about(recording: Recording, film: Film, seen: Scan, settings: Settings) -> dict[str, Any]:
    last = float(seen.times[-1])
    known = {
        "name": recording.name, "file": film.path.name, "speaker": recording.speaker, "source": recording.source,
        "licence": recording.licence, "right": rights.basis(recording, settings.asserted), "language": recording.language,
        "emotion": recording.emotion, "intensity": recording.intensity, "split": recording.split, "text": recording.text,
        "consent": recording.consent, "size": list(film.size), "film_fps": round(film.fps, 3), "seconds": round(last, 3),
    }  # fmt: skip
    if film.seconds > last + 1.0:
        known["note"] = f"cut short: {last:.1f} of {film.seconds:.1f} seconds could be read"
    return {key: value for key, value in known.items() if value is not None}
