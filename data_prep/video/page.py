"""The page about a folder of videos that became clips: hours, speakers, emotions, what was not used and why, pictures."""

from __future__ import annotations

import base64
import html
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.recording import Recording
from data_prep.track import Track
from data_prep.video.film import pictures_at, probe
from data_prep.video.gather import reasons
from data_prep.video.judge import Thresholds
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.files import writing

Draw = Callable[[Animation, np.ndarray], Sequence[np.ndarray]]
"""Pictures (H, W, 3) uint8 of the head at some times, seconds. Who calls this has it, because drawing is not our business."""

Pairs = Sequence[tuple[dict[str, Any], dict[str, Any]]]
"""Entries of recordings, each with one of its clips."""

SAMPLES, FRAMES, SIDE = 12, 6, 200
"""Clips with pictures, how many of each, and their side in pixels."""
MEASURES = {
    "reprojection": "distance of the fitted landmarks, in distances between the eyes",
    "sync_correlation": "correlation of the opening of the lips with the sound",
    "sync_offset": "lips after the sound, seconds",
    "eyes": "pixels between the eyes",
    "yaw": "degrees turned sideways",
    "pitch": "degrees turned up or down",
    "jitter": "acceleration of eyes and nose",
    "valid": "share of valid frames",
}
_STYLE = (
    "body{font:15px sans-serif;max-width:80em;margin:2em auto;color:#222}td,th{padding:.1em .8em;text-align:left}"
    "img{display:block}.no{color:#a00}figure{display:inline-block;margin:.5em 1.5em .5em 0}svg rect{fill:#468}"
    "svg .limit{stroke:#a00}figcaption{max-width:22em}"
)


def page(found: Sequence[dict[str, Any]], recordings: Sequence[Recording], out: Path, draw: Draw | None = None) -> Path:
    """Write `report.html` from the report's entries and return its path. draw: draws fitted heads, where there are any."""
    clips = [(entry, clip) for entry in found for clip in entry.get("clips", [])]
    used = [(entry, clip) for entry, clip in clips if clip.get("accepted")]
    fps = _fps(clips, out)
    sections = [
        "<h1>From video to clips</h1>",
        _table("Amounts", _amounts(found, clips, used, fps)),
        _table(
            "Not used, by the reason", Counter(reason for entry in found for reason in reasons(entry)).most_common()
        ),
        _table("Frames left out of accepted clips", _masked(used)),
        _table("Speakers (minutes used)", _minutes(used, "speaker", fps)),
        _table("Emotions (minutes used)", _minutes(used, "emotion", fps)),
        _table("Licences (minutes used)", _minutes(used, "right", fps)),
        "<h2>Measures of all clips</h2>",
        *(_histogram(name, title, clips) for name, title in MEASURES.items()),
        "<h2>Pictures</h2>",
        *_samples(clips, recordings, out, draw),
        "<h2>Every recording</h2>",
        _list(found),
    ]
    path = out / "report.html"
    with writing(path) as part:
        part.write_text(
            f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>\n" + "\n".join(sections), encoding="utf-8"
        )
    return path


def _fps(clips: Pairs, out: Path) -> float:
    for _, clip in clips:
        if (out / clip["name"] / "track.npz").exists():
            return Track.load(out / clip["name"] / "track.npz").fps
    return 25.0


def _amounts(found: Sequence[dict], clips: Pairs, used: Pairs, fps: float) -> list[tuple[str, str]]:
    states = Counter(entry["status"] for entry in found)
    seconds = sum(entry.get("seconds", 0) for entry in found)
    return [
        ("recordings", f"{len(found)}: " + ", ".join(f"{count} {state}" for state, count in states.most_common())),
        ("looked through", _time(seconds)),
        ("clips", f"{len(clips)}, of which {len(used)} accepted"),
        ("accepted", _time(sum(clip["frames"] for _, clip in used) / fps)),
        ("speakers", str(len({entry["speaker"] for entry, _ in used}))),
    ]


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.2f} hours" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def _masked(used: Pairs) -> list[tuple[str, str]]:
    total = sum(clip["frames"] for _, clip in used)
    lost: Counter[str] = Counter()
    for _, clip in used:
        lost.update(clip.get("masked", {}))
    return [(name, f"{count} of {total}") for name, count in lost.most_common()]


def _minutes(used: Pairs, key: str, fps: float) -> list[tuple[str, str]]:
    minutes: dict[str, float] = defaultdict(float)
    for entry, clip in used:
        minutes[str(entry.get(key, "not said"))] += clip["frames"] / fps / 60
    return [(name, f"{value:.1f}") for name, value in sorted(minutes.items(), key=lambda item: -item[1])]


def _table(title: str, rows: Iterable[tuple[Any, Any]]) -> str:
    cells = "".join(f"<tr><td>{html.escape(str(name))}<td>{html.escape(str(value))}" for name, value in rows)
    return f"<h2>{html.escape(title)}</h2><table>{cells or '<tr><td>none'}</table>"


def _histogram(name: str, title: str, clips: Pairs) -> str:
    """Bars of a measure, with the thresholds of that name as lines."""
    values = np.array([clip["measures"][name] for _, clip in clips if name in clip.get("measures", {})])
    if not len(values):
        return ""
    limit = getattr(Thresholds(), name, getattr(Thresholds(), f"{name}_correlation", None))
    low, high = float(min(values.min(), 0)), float(max(values.max(), limit or 0, 1e-6))
    counts, _ = np.histogram(values, bins=24, range=(low, high))
    tall = 80 * counts / max(1, counts.max())
    bars = "".join(f"<rect x={10 * at} y={80 - bar:.1f} width=9 height={bar:.1f} />" for at, bar in enumerate(tall))
    line = "" if limit is None else 240 * (limit - low) / (high - low)
    mark = "" if limit is None else f"<line class=limit x1={line:.1f} x2={line:.1f} y1=0 y2=80 />"
    return (
        f"<figure><svg width=240 height=84>{bars}{mark}</svg><figcaption>{low:.3g} .. {high:.3g} {html.escape(title)}"
        "</figcaption></figure>"
    )


def _samples(clips: Pairs, recordings: Sequence[Recording], out: Path, draw: Draw | None) -> Iterable[str]:
    """Contact sheets of clips of as many speakers as there are, rejected ones among them."""
    by_name = {recording.name: recording for recording in recordings}
    tracked = [(entry, clip) for entry, clip in clips if (out / clip["name"] / "track.npz").exists()]
    first: dict[tuple[str, str], tuple[dict, dict]] = {}
    for entry, clip in tracked:
        first.setdefault((entry["speaker"], *clip.get("reasons", [])[:1]), (entry, clip))
    every = list(first.values()) if len(first) >= SAMPLES else tracked
    for entry, clip in every[:: max(1, -(-len(every) // SAMPLES))]:
        words = [
            clip["name"],
            entry["speaker"],
            entry.get("emotion", ""),
            entry.get("text", ""),
            *clip.get("reasons", []),
        ]
        text = html.escape(" · ".join(word for word in words if word))
        try:
            image = _sheet(by_name[entry["name"]], clip, out / clip["name"], draw)
        except UserError as error:
            yield f"<p>{text}: {html.escape(str(error))}</p>"
            continue
        yield f"<p class={'yes' if clip.get('accepted') else 'no'}>{text}</p><img src='data:image/jpeg;base64,{image}'>"


def _sheet(recording: Recording, clip: dict[str, Any], folder: Path, draw: Draw | None) -> str:
    """Frames of the video with the landmarks on them, and the fitted head under them, as a JPEG in base64."""
    import cv2

    found = Track.load(folder / "track.npz")
    frames = np.linspace(0, len(found) - 1, FRAMES).round().astype(int)
    film = probe(recording.film)
    seen = [
        _cut(picture, found, frame)
        for frame, picture in zip(frames, pictures_at(film, clip["start"] + frames / found.fps), strict=False)
    ]
    rows = [np.hstack(seen)] if seen else []
    if draw is not None and (folder / "fit.npz").exists() and seen:
        heads = draw(Animation.load(folder / "fit.npz"), frames / found.fps)
        rows.append(np.hstack([cv2.resize(head[..., :3], (SIDE, SIDE)) for head in heads][: len(seen)]))
    if not rows:
        raise UserError("no pictures")
    _, data = cv2.imencode(".jpg", np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return base64.b64encode(data.tobytes()).decode()


def _cut(picture: np.ndarray, found: Track, frame: int) -> np.ndarray:
    """The face and a little more, with its landmarks; red ones where the frame is not valid."""
    import cv2

    points = found.landmarks[frame, :, :2]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    side = 1.5 * float(np.ptp(points, axis=0).max())
    scale = SIDE / max(side, 1.0)
    corner = middle - side / 2
    warp = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
    piece = cv2.warpAffine(picture, warp, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT)
    for x, y in (points - corner) * scale:
        cv2.circle(piece, (int(x), int(y)), 0, (60, 230, 90) if found.valid[frame] else (230, 60, 60), -1)
    return piece


def _list(found: Sequence[dict[str, Any]]) -> str:
    rows = []
    for entry in found:
        words = [entry["failed"]["reason"]] if "failed" in entry else []
        words += [entry["note"]] if "note" in entry else []
        for clip in entry.get("clips", []):
            more = f", {clip['faces']} faces" if clip.get("faces", 1) > 1 else ""
            words.append(f"{clip['name']}: {'; '.join(clip.get('reasons', [])) or 'accepted'}{more}")
        about = html.escape(" | ".join(words))
        rows.append(f"<tr><td>{html.escape(entry['file'])}<td class={'yes' if entry['status'] == 'accepted' else 'no'}>"
                    f"{entry['status']}<td>{about}")  # fmt: skip
    return f"<table>{''.join(rows)}</table>"
