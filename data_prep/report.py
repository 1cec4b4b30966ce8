"""A page about a clip folder: hours, voices, emotions, and samples of sound, phones and motion to look at."""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from speechface.clips import SPLITS, Clip, ClipFolder
from speechface.emotion import LABELS, Emotion
from speechface.errors import UserError
from speechface.files import writing
from speechface.visemes import SILENCE

SAMPLES = 8
CURVES = {
    "CTRL_C_jaw-translateY": "jaw", "CTRL_L_mouth_lipsTogetherU-translateY": "lips together",
    "CTRL_L_mouth_purseU-translateY": "purse", "CTRL_L_mouth_lipBiteD-translateY": "lip bite",
    "CTRL_L_mouth_cornerPull-translateY": "corner pull", "CTRL_L_brow_raiseIn-translateY": "brow",
}  # fmt: skip
"""Face-board curves drawn under a sample's sound."""

_STYLE = (
    "body{font:15px sans-serif;max-width:70em;margin:2em auto}td,th{padding:.1em .8em;text-align:left}img{width:100%}"
)


def require() -> None:
    """Notice what a report cannot be drawn without, before hours of work; raises `UserError`."""
    if not find_spec("matplotlib"):
        raise UserError("reports are drawn with matplotlib, which is not installed: pip install -e '.[train]'")


def report(path: str | Path) -> Path:
    """Write `report.html` into a clip folder and return its path."""
    folder = ClipFolder.read(path)
    sections = [
        "<h1>Clips</h1>",
        _table("Hours", _hours(folder)),
        _table("Licences (hours)", {name: f"{hours:.2f}" for name, hours in folder.licences().items()}),
        _table("Emotions (hours, by share of strength)", _emotions(folder.clips)),
        _table("Sources (clips)", Counter(str(clip.about.get("source", "?")).split(" ")[0] for clip in folder.clips)),
        "<h2>Samples</h2>",
        *(_sample(clip) for clip in _spread(folder.clips)),
    ]
    page = Path(path) / "report.html"
    with writing(page) as part:
        part.write_text(f"<meta charset=utf-8><style>{_STYLE}</style>" + "\n".join(sections), encoding="utf-8")
    return page


def _hours(folder: ClipFolder) -> dict[str, str]:
    out = {}
    for split in SPLITS:
        clips = folder.split(split)
        hours = sum(clip.seconds for clip in clips) / 3600
        out[split] = f"{hours:.2f} h, {len(clips)} clips, {len({clip.speaker for clip in clips})} speakers"
    return out


def _emotions(clips: Iterable[Clip]) -> dict[str, str]:
    hours = np.zeros(len(LABELS))
    for clip in clips:
        times = np.linspace(0.0, clip.seconds, 8)
        hours += Emotion.parse(str(clip.about.get("emotion", "neutral"))).at(times).mean(axis=0) * clip.seconds / 3600
    return {label: f"{value:.2f}" for label, value in zip(LABELS, hours, strict=True)}


def _spread(clips: tuple[Clip, ...]) -> list[Clip]:
    """A few clips, each of another source where there are enough."""
    by_source: dict[str, Clip] = {}
    for clip in clips:
        by_source.setdefault(str(clip.about.get("source", "")), clip)
    found = list(by_source.values())
    return found[:: max(1, len(found) // SAMPLES)][:SAMPLES]


def _sample(clip: Clip) -> str:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    FigureCanvasAgg(figure)
    sound, motion = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
    samples = clip.audio()
    sound.plot(np.arange(len(samples)) / 16000, samples, linewidth=0.4, color="0.3")
    for segment in clip.phones():
        sound.axvline(segment.start, color="C3", linewidth=0.5)
        if segment.viseme != SILENCE:
            sound.text(
                (segment.start + segment.end) / 2,
                1.02,
                segment.phone,
                ha="center",
                fontsize=7,
                transform=sound.get_xaxis_transform(),
            )
    if (clip.folder / clip.name / "face_board.npz").is_file():
        board = clip.motion("face_board")
        times = np.arange(len(board.controls)) / board.fps
        for name, label in CURVES.items():
            motion.plot(times, board.controls[:, board.names.index(name)], label=label, linewidth=1)
        motion.legend(loc="upper right", fontsize=7, ncol=len(CURVES))
    motion.set_ylim(-0.05, 1.05)
    motion.set_xlabel("seconds")
    picture = io.BytesIO()
    figure.savefig(picture, dpi=90)
    words = " · ".join(html.escape(str(clip.about.get(key, ""))) for key in ("speaker", "emotion", "text"))
    image = base64.b64encode(picture.getvalue()).decode()
    return f"<p>{html.escape(clip.name)}: {words}</p><img src='data:image/png;base64,{image}'>"


def _table(title: str, rows: dict) -> str:
    cells = "".join(f"<tr><td>{html.escape(str(name))}<td>{html.escape(str(value))}" for name, value in rows.items())
    return f"<h2>{html.escape(title)}</h2><table>{cells}</table>"
