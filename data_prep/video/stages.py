"""The stages of one recording, one after the other, each only if its file is not there: what a worker does.

recordings/NAME.json   stage 1, or a failure: {"failed": {"stage": ..., "reason": ...}}
CLIP/track.npz         stage 2, `data_prep.track.Track`
CLIP/fit.npz           stage 3, `data_prep.video.fitted.Fitted`: an `Animation` of the head, its shape, place and camera
CLIP/judgement.json    stage 4; or a failure of a stage of the clip. With CLIP/motion.npz where there is a fit
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from data_prep import trackers
from data_prep.recording import Recording
from data_prep.track import Track
from data_prep.trackers import Tracker
from data_prep.video import fitted
from data_prep.video.film import pictures_at, probe
from data_prep.video.following import chains
from data_prep.video.ingest import Settings, ingest
from data_prep.video.judge import Judgement, Thresholds, judge
from data_prep.video.lips import asked
from data_prep.video.scan import Scan
from data_prep.video.speaker import rivals, speaker
from data_prep.video.tracking import track
from speechface import heads
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.files import writing
from speechface.heads import Head

ATTEMPTS = 3
"""Times that a recording may end the process that works on it (by a fault in a decoder, or for want of memory)."""


def prepare(recording: Recording, out: Path, settings: Settings, model: Path) -> None:
    """Take a recording through all stages; what goes wrong is written down and stops nothing.

    Doing it again costs nothing, and two workers that do it at once write the same.
    """
    record = out / "recordings" / f"{recording.name}.json"
    tries = record.with_suffix(".tries")
    count = int(tries.read_text() or 0) if tries.exists() else 0
    if count >= ATTEMPTS and not record.exists():
        _fail(record, recording, "ingest", f"ended its process {count} times")
        return
    if settings.asserted and _failure(record).startswith("refused"):
        record.unlink()
    record.parent.mkdir(parents=True, exist_ok=True)
    tries.write_text(str(count + 1))
    try:
        about = ingest(recording, out, settings, _tracker(settings.tracker, model))
        for clip in about.get("clips", []):
            if count >= ATTEMPTS and not (out / clip["name"] / "judgement.json").exists():
                _reject(out / clip["name"], "track", f"ended its process {count} times")
            else:
                _clip(recording, out, settings, clip, model)
    except UserError as error:
        _fail(record, recording, "ingest", str(error))
    except Exception as error:  # one recording among thousands must not stop the others
        _fail(record, recording, "ingest", f"{type(error).__name__}: {error}")
    finally:  # also when the user stops it: that is no fault of the recording
        tries.unlink(missing_ok=True)


def done(recording: Recording, out: Path, settings: Settings) -> bool:
    """Whether a recording has gone through all stages, and nothing would be otherwise if it did again."""
    record = out / "recordings" / f"{recording.name}.json"
    try:
        about = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if settings.asserted and _failure(record).startswith("refused"):
        return False
    return all((out / clip["name"] / "judgement.json").exists() for clip in about.get("clips", []))


def _failure(record: Path) -> str:
    """Why a recording has failed; empty if it has not."""
    if not record.exists():
        return ""
    return json.loads(record.read_text(encoding="utf-8")).get("failed", {}).get("reason", "")


def _clip(recording: Recording, out: Path, settings: Settings, clip: dict[str, Any], model: Path) -> None:
    folder = out / clip["name"]
    if (folder / "judgement.json").exists():
        return
    stage = "track"
    try:
        samples, _ = soundfile.read(folder / "audio.wav", dtype="float32")
        found, faces = _tracked(recording, out, settings, clip, model, samples)
        stage = "fit"
        moved = _fitted(recording, clip, folder, found, settings)
        stage = "judge"
        verdict = judge(found, asked(samples), None if moved is None else moved[1], Thresholds())
        if moved is not None:
            _write_motion(folder / "motion.npz", moved[0], verdict)
        _write_verdict(folder, verdict, faces)
    except UserError as error:
        _reject(folder, stage, str(error))
    except Exception as error:
        _reject(folder, stage, f"{type(error).__name__}: {error}")


def _tracked(
    recording: Recording, out: Path, settings: Settings, clip: dict[str, Any], model: Path, samples: np.ndarray
) -> tuple[Track, int]:
    """The track of the speaker's face, and among how many faces of a like size it is."""
    seen = Scan.load(out / "recordings" / f"{recording.name}.npz")
    start, frames = float(clip["start"]), int(clip["frames"])
    first = max(0, int(np.searchsorted(seen.times, start + 1e-3)) - 1)
    end = min(len(seen.times), int(np.searchsorted(seen.times, start + frames / settings.fps)) + 1)
    found = rivals(chains(seen, first, end))
    path = out / clip["name"] / "track.npz"
    if not path.exists():
        film, tracker = probe(recording.film), _tracker(settings.tracker, model)
        speaker(
            found,
            lambda chain: track(film, seen, chain, start, frames, settings.fps, tracker),
            lambda: asked(samples),
        ).save(path)
    return Track.load(path), len(found)


def fits(settings: Settings) -> bool:
    """Whether heads are fitted, or only faces tracked."""
    return settings.head != "none"


def _fitted(
    recording: Recording, clip: dict[str, Any], folder: Path, found: Track, settings: Settings
) -> tuple[Animation, np.ndarray] | None:
    """The head's motion and (T,) how far its landmarks are from those seen, in distances between the eyes."""
    if not fits(settings):
        return None
    path = folder / "fit.npz"
    if not path.exists():
        from data_prep.fitting import Crops, fit

        crops = None
        if settings.photometric:
            times = float(clip["start"]) + np.arange(len(found)) / found.fps
            crops = Crops.of(pictures_at(probe(recording.film), times), found)
        fitted.save(path, fit(found, _head(settings.head), crops=crops), settings.head)
    read = fitted.Fitted.load(path)
    return read.animation, read.error


def _write_motion(path: Path, animation: Animation, verdict: Judgement) -> None:
    with writing(path) as part, open(part, "wb") as file:
        np.savez_compressed(
            file, allow_pickle=False, controls=animation.controls, names=np.array(animation.names), fps=animation.fps,
            valid=verdict.valid,
        )  # fmt: skip


def _write_verdict(folder: Path, verdict: Judgement, faces: int) -> None:
    about = asdict(verdict)
    about["valid"] = "".join("1" if good else "0" for good in verdict.valid)
    about["measures"] = {name: round(value, 4) for name, value in verdict.measures.items()}
    _json(folder / "judgement.json", about | {"accepted": verdict.accepted, "faces": faces})


def _reject(folder: Path, stage: str, reason: str) -> None:
    _json(folder / "judgement.json", {"accepted": False, "reasons": [reason], "stage": stage, "measures": {}})


def _fail(record: Path, recording: Recording, stage: str, reason: str) -> None:
    reason = reason.replace(str(recording.film), recording.film.name)  # reports carry no place of this machine
    about = {
        "name": recording.name, "file": recording.film.name, "speaker": recording.speaker, "source": recording.source,
        "licence": recording.licence, "failed": {"stage": stage, "reason": reason},
    }  # fmt: skip
    _json(record, about)


def _json(path: Path, about: dict[str, Any]) -> None:
    with writing(path) as part:
        part.write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")


@cache
def _head(name: str) -> Head:
    return heads.load(name)


@cache
def _tracker(name: str, model: Path) -> Tracker:
    import cv2

    cv2.setNumThreads(1)  # processes share the cores
    return trackers.load(name, model)
