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
from data_prep.video.fitted import Fitted
from data_prep.video.gather import reasons
from data_prep.video.judge import Thresholds
from speechface.errors import UserError
from speechface.files import writing

Draw = Callable[[Fitted, np.ndarray, np.ndarray, int], Sequence[np.ndarray]]
"""Pictures (side, side, 4) uint8, the last how much is covered, of the person's fitted head in some frames, as the video's camera
sees it: of each picture the square whose corner and side (x, y, side) are given in pixels. Who calls this has it, because
drawing is not our business."""

Pairs = Sequence[tuple[dict[str, Any], dict[str, Any]]]
"""Entries of recordings, each with one of its clips."""

SAMPLES, FRAMES, SIDE = 12, 6, 200
"""Clips with pictures, how many of each, and their side in pixels."""
OVER, GREY = 0.55, 60
"""How much of the head is seen where it lies over the video, and what it lies on by itself."""
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
    """Frames of the video with the landmarks on them, under them the fitted head over the video and by itself, as the video's
    camera sees it: a JPEG in base64."""
    import cv2

    found = Track.load(folder / "track.npz")
    frames = np.linspace(0, len(found) - 1, FRAMES).round().astype(int)
    film = probe(recording.film)
    pictures = list(pictures_at(film, clip["start"] + frames / found.fps))
    frames = frames[: len(pictures)]
    if not len(frames):
        raise UserError("no pictures")
    windows = np.array([_window(found.landmarks[frame, :, :2]) for frame in frames])
    seen = [_cut(picture, window) for picture, window in zip(pictures, windows, strict=True)]
    points, valid = found.landmarks[frames, :, :2], found.valid[frames]
    rows = [[_marked(*one) for one in zip(seen, windows, points, valid, strict=True)]]
    fitted = Fitted.load(folder / "fit.npz") if draw is not None and (folder / "fit.npz").exists() else None
    if draw is not None and fitted is not None and fitted.place is not None:
        drawn = list(zip(draw(fitted, frames, windows, SIDE), seen, strict=True))
        rows.append([_over(head, piece, OVER) for head, piece in drawn])
        rows.append([_over(head, np.full_like(piece, GREY), 1.0) for head, piece in drawn])
    _, data = cv2.imencode(
        ".jpg", np.vstack([np.hstack(row) for row in rows])[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85]
    )
    return base64.b64encode(data.tobytes()).decode()


def _window(points: np.ndarray) -> tuple[float, float, float]:
    """Corner and side of the square round a face and a little more, pixels."""
    side = max(1.5 * float(np.ptp(points, axis=0).max()), 1.0)
    x, y = (points.min(axis=0) + points.max(axis=0)) / 2 - side / 2
    return float(x), float(y), side


def _cut(picture: np.ndarray, window: np.ndarray) -> np.ndarray:
    import cv2

    x, y, side = window
    scale = SIDE / side
    warp = np.array([[scale, 0, -scale * x], [0, scale, -scale * y]])
    return cv2.warpAffine(picture, warp, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT)


def _marked(piece: np.ndarray, window: np.ndarray, points: np.ndarray, valid: bool) -> np.ndarray:
    """A piece with the landmarks on it; red ones where the frame is not valid."""
    import cv2

    out = piece.copy()
    for x, y in (points - window[:2]) * (SIDE / window[2]):
        cv2.circle(out, (int(x), int(y)), 0, (60, 230, 90) if valid else (230, 60, 60), -1)
    return out


def _over(head: np.ndarray, piece: np.ndarray, share: float) -> np.ndarray:
    """The head on a piece, that much of it."""
    covered = share / 255.0 * head[..., 3:].astype(np.float32)
    return (piece + covered * (head[..., :3].astype(np.float32) - piece)).round().astype(np.uint8)


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
