"""What came of a folder of recordings: `clips.jsonl`, `splits.json`, `CARD.md`, and `report.json` with an entry for each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_prep import cards
from data_prep.clip_folder import Clip, write_index
from data_prep.recorded import split_of
from data_prep.recording import Recording
from speechface.files import writing


@dataclass(frozen=True)
class VideoClip(Clip):
    """A clip of a video. style: number of its speaker. file, start: where it is from, seconds. right: to train on it.
    reprojection: of the fit, where there is one."""

    style: int = 0
    file: str = ""
    start: float = 0.0
    right: str = ""
    reprojection: float | None = None


def entries(recordings: Sequence[Recording], out: Path) -> list[dict[str, Any]]:
    """What is known of every recording, with its clips and their judgements; 'status' says how far it came."""
    found = []
    for recording in recordings:
        about = _read(out / "recordings" / f"{recording.name}.json")
        if about is None:
            found.append({"name": recording.name, "file": recording.film.name, "status": "not done"})
            continue
        clips = [clip | (_read(out / clip["name"] / "judgement.json") or {}) for clip in about.get("clips", [])]
        accepted = sum(clip.get("accepted", False) for clip in clips)
        status = "failed" if "failed" in about else "accepted" if accepted else "rejected"
        found.append(about | {"status": status, "clips": clips})
    return found


def gather(recordings: Sequence[Recording], out: Path, fps: float, fitted: bool) -> list[dict[str, Any]]:
    """Write the index of the accepted clips (with motion, if heads are `fitted`) and the report's entries; the entries."""
    found = entries(recordings, out)
    speakers = sorted({entry["speaker"] for entry in found if entry["status"] == "accepted"})
    splits = _splits(found)
    clips = [
        _clip(entry, clip, fps, speakers.index(entry["speaker"]), splits[entry["speaker"]])
        for entry in found
        for clip in entry.get("clips", [])
        if clip.get("accepted") and (not fitted or (out / clip["name"] / "motion.npz").exists())
    ]
    rejected = Counter(reason for entry in found for reason in reasons(entry))
    write_index(out, clips, cards.of_video(clips, rejected))
    with writing(out / "report.json") as part:
        part.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    return found


def reasons(entry: dict[str, Any]) -> list[str]:
    """Why a recording or clips of it are not used, one a clip."""
    if entry["status"] == "not done":
        return ["not done"]
    if "failed" in entry:
        return [_short(entry["failed"]["reason"])]
    return [_short(clip.get("reasons", ["not done"])[0]) for clip in entry["clips"] if not clip.get("accepted")]


def _short(reason: str) -> str:
    """A reason without what is particular to a file."""
    return reason.split(" (")[0]


def _splits(found: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The split of every speaker: what most of the recordings say, else drawn by name. Never two for one speaker.

    Where the draw leaves nobody of several speakers for validation, the last by name is taken: training needs one.
    """
    said: dict[str, Counter[str]] = {}
    for entry in found:
        if entry["status"] == "accepted":
            said.setdefault(entry["speaker"], Counter()).update([entry["split"]] if entry.get("split") else [])
    splits = {who: counts.most_common(1)[0][0] if counts else split_of(who) for who, counts in said.items()}
    free = sorted(who for who, split in splits.items() if split == "train" and not said[who])
    if "validation" not in splits.values() and len(splits) > 1 and free:
        splits[free[-1]] = "validation"
    return splits


def _clip(entry: dict[str, Any], clip: dict[str, Any], fps: float, style: int, split: str) -> VideoClip:
    emotion = entry.get("emotion")
    if emotion and entry.get("intensity") is not None:
        emotion = f"{emotion}:{entry['intensity']:g}"
    return VideoClip(
        name=clip["name"],
        speaker=entry["speaker"],
        language=entry.get("language", "en"),
        text=entry.get("text", "") if len(entry["clips"]) == 1 else "",
        seconds=round(clip["frames"] / fps, 4),
        source=entry["source"],
        licence=entry["licence"],
        split=split,
        emotion=emotion,
        style=style,
        file=entry["file"],
        start=round(clip["start"], 4),
        right=entry["right"],
        reprojection=clip["measures"].get("reprojection"),
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
