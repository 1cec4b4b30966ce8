"""Pictures of sound with its labels: waveform, spectrogram and phone boundaries, to check timing by eye.

`python -m data_prep.label_plots CLIP_FOLDER OUT` draws some clips of every source of a clip folder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from speechface.clips import ClipFolder
from speechface.files import writing
from speechface.visemes import Segment

_TOP = 7500
_DYNAMICS = 60.0


def draw(
    path: str | Path, samples: np.ndarray, rate: int, segments: Sequence[Segment], title: str = "", seconds: float = 2.2
) -> None:
    """Write a PNG of a sound (S,) float32 and its phones, `seconds` of it a row; a phone of no known class has a '?'."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = max(1, round(len(samples) / rate / seconds + 0.4))
    figure = Figure(figsize=(18, 4.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2 * rows, 1, height_ratios=[1, 2] * rows)
    figure.suptitle(title)
    times, frequencies, level = _spectrogram(samples, rate)
    for row in range(rows):
        wave, spectrum = axes[2 * row], axes[2 * row + 1]
        first, last = row * seconds, (row + 1) * seconds
        inside = slice(int(first * rate), int(last * rate))
        wave.plot(np.arange(len(samples))[inside] / rate, samples[inside], linewidth=0.4)
        shown = (times >= first) & (times <= last)
        if shown.sum() > 1:
            spectrum.pcolormesh(times[shown], frequencies, level[:, shown], cmap="gray_r", vmin=-_DYNAMICS, vmax=0.0)
        spectrum.set_ylim(0, min(_TOP, rate / 2))
        for axis in (wave, spectrum):
            axis.set_xlim(first, last)
            for segment in segments:
                if first <= segment.start < last:
                    axis.axvline(segment.start, color="red", linewidth=0.8)
        for segment in segments:
            if first <= segment.start < last:
                middle = (segment.start + segment.end) / 2
                name = segment.phone + ("?" if segment.viseme < 0 else "")
                spectrum.text(middle, 0.9 * _TOP, name, color="blue", horizontalalignment="center", clip_on=True)
    with writing(path) as part:
        figure.savefig(part, dpi=60)


def _spectrogram(samples: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (F,), frequencies (N,) and level (N, F) in dB under the loud parts; 6 ms windows, so that bursts show."""
    from scipy.signal import stft

    window = round(0.006 * rate)
    frequencies, times, values = stft(samples, rate, nperseg=window, noverlap=window - round(0.001 * rate), nfft=512)
    level = 20 * np.log10(np.abs(values) + 1e-9)
    return times, frequencies, level - np.percentile(level, 99.5)


def main(folder: str, out: str, each: int = 2) -> None:
    """Draw the first `each` clips of between one and six seconds of every source of a clip folder into `out`."""
    drawn: dict[str, int] = {}
    for clip in ClipFolder.read(folder).clips:
        source = str(clip.about.get("source", ""))
        kind = source.split()[0] if source.startswith("espeak") else source
        if 1.0 < clip.seconds < 6.0 and drawn.get(kind, 0) < each:
            drawn[kind] = drawn.get(kind, 0) + 1
            title = f"{clip.name}  {source}  {clip.about.get('text', '')}"
            draw(Path(out) / f"{kind.replace(' ', '_')}-{clip.name}.png", clip.audio(), 16000, clip.phones(), title)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
