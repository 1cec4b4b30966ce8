"""Plots of a table of motion: every measure with its interval, and the opening of the lips in one clip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speechface.errors import UserError
from speechface.evaluation.motion import CURVES, MEASURES
from speechface.evaluation.trace import Trace
from speechface.files import writing

SECONDS = 8.0
"""Length of the clip that is drawn."""


def check() -> None:
    """Raise `UserError` where Matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise UserError("plots need Matplotlib; run \"pip install 'speechface[train]'\"") from None


def write(rows: Mapping[str, Mapping[str, Any]], traces: Mapping[str, Trace], folder: str | Path) -> list[Path]:
    """Write `measures.png` and `lips.png` into a folder; returns them."""
    import matplotlib

    matplotlib.use("Agg")
    folder = Path(folder)
    drawn = {"measures": _measures(rows), "lips": _lips(traces)}
    out = []
    for name, figure in drawn.items():
        with writing(folder / f"{name}.png") as part:
            figure.savefig(part, dpi=120)
        out.append(folder / f"{name}.png")
    return out


def _measures(rows: Mapping[str, Mapping[str, Any]]):
    """A small picture a measure: a dot a system, a line for its interval."""
    from matplotlib.figure import Figure

    systems = [name for name in rows if name != "by clip"]
    shown = [name for name in MEASURES if any(rows[system][name] == rows[system][name] for system in systems)]
    across = 4
    down = -(-len(shown) // across)
    figure = Figure(figsize=(4.0 * across, (1.2 + 0.24 * len(systems)) * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for axis, name in zip(axes, shown, strict=False):
        for row, system in enumerate(systems):
            value, low, high = (rows[system][f"{name}{end}"] for end in ("", "_low", "_high"))
            axis.plot([low, high], [row, row], color="0.5", linewidth=2, zorder=1)
            axis.scatter([value], [row], s=24, color=f"C{row % 10}", zorder=2)
        axis.set_title(f"{MEASURES[name].says} ({MEASURES[name].unit})", fontsize=9)
        axis.set_yticks(range(len(systems)), [name[-24:] for name in systems], fontsize=8)
        axis.set_ylim(len(systems) - 0.5, -0.5)
        axis.tick_params(axis="x", labelsize=8)
        axis.grid(axis="x", alpha=0.3)
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    return figure


def _lips(traces: Mapping[str, Trace]):
    """The curves of the mouth over time, one under the other."""
    from matplotlib.figure import Figure

    labels = {"gap": "lips apart (mm)", "jaw": "nose to chin (mm)", "width": "corners apart (mm)"}
    figure = Figure(figsize=(12.0, 7.0), layout="constrained")
    for axis, (name, ends) in zip(figure.subplots(len(CURVES), 1, sharex=True), CURVES.items(), strict=True):
        for number, (system, trace) in enumerate(traces.items()):
            curve = trace.apart(*ends)
            if curve is not None:
                kept = slice(0, round(SECONDS * trace.fps))
                times = [frame / trace.fps for frame in range(len(curve[kept]))]
                style = {"color": "black", "linewidth": 1.8} if system == "truth" else {"color": f"C{number % 10}"}
                axis.plot(times, 1e3 * curve[kept], label=system, **style)
        axis.set_ylabel(labels[name])
        axis.grid(alpha=0.3)
    axis.set_xlabel("seconds")
    if traces:
        axis.legend(fontsize=8)
    return figure
