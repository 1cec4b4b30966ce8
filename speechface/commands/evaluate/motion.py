"""Motion of any system against the truth and its sound: LVE, FDD, MTM, SLCC, closures, correlations, jitter, with intervals.

PREDICTIONS are files or folders of curves or vertices (docs/evaluation.md), engines or model folders that animate the sound
(':free' after one leaves out the step that keeps the lips, ':text' tells it what is said), or what needs no net: still, energy,
phones, labels.

Examples:
  speechface evaluate motion theirs.npy --truth true.npy --sound line.wav --fps 30 --unit mm --mask flame.json
  speechface evaluate motion emote emote:free energy --truth clips/real --split test --out motion.json --plots plots
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from speechface.commands.evaluate import _tables

TRUTH = "truth"


@dataclass(frozen=True)
class Arguments:
    """What is measured, and against what."""

    predictions: tyro.conf.Positional[tuple[str, ...]]
    """Files, folders, engines, model folders or baselines; a column of the table each."""
    truth: Path | None = None
    """True motion: a file, a folder with a file for each recording, or a clip folder."""
    sound: Path | None = None
    """The sound: a file, a folder, or a clip folder; not needed where the truth is a clip folder."""
    phones: Path | None = None
    """Phone labels (TextGrid, .phn, .lab, .tsv): a file or a folder; they tell when lips have to close."""
    split: str = "test"
    """Split of a clip folder."""
    head: str = ""
    """Head that curves move and vertices belong to; by default the open head's for the rig."""
    mask: Path | None = None
    """JSON file that says which vertices of another topology are lips, upper face and landmarks."""
    neutral: Path | None = None
    """Face at rest of such a topology (.npy, .obj, .ply), for FDD; the truth's mean by default."""
    unit: str = "m"
    """Unit of vertices: m, cm, mm, or metres a unit."""
    fps: float | None = None
    """Frames a second of files that do not say it, in place of what others say, and of engines."""
    touch: float = 1.0
    """Millimetres between the middles of the inner lips at which they touch; more for a mesh whose lips never meet."""
    align: bool = False
    """Hold the upper face of both still, so that movement of the head does not count."""
    curves: bool = False
    """Compare curves of the mouth only, for systems with different meshes."""
    emotion: str = ""
    """Emotion for engines; by default that of the clip, else neutral."""
    style: int | None = None
    """Speaking style for engines; by default that of the clip, else 0."""
    most: int = 0
    """At most so many recordings, evenly spread; 0 for all."""
    out: Path | None = None
    """JSON file to write, with the figures of every clip."""
    plots: Path | None = None
    """Folder for plots (needs Matplotlib)."""


def run(arguments: Arguments) -> None:
    """Print a line a measure and a column a system, with 95 % intervals (bootstrap over clips)."""
    if arguments.plots:
        from speechface.evaluation import motion_plots

        motion_plots.check()
    rows, traces = _measure(arguments)
    show(rows)
    if arguments.out:
        _tables.write(rows, arguments.out)
    if arguments.plots:
        motion_plots.write(rows, traces, arguments.plots)


def measure(arguments: Arguments) -> dict[str, dict[str, Any]]:
    """A row a system, and one of the truth: figures with `_low` and `_high`; `by clip`: the figures of every clip by system."""
    return _measure(arguments)[0]


def show(rows: dict[str, dict[str, Any]]) -> None:
    """Print measures down and systems across; what nobody could be measured by is left out."""
    from speechface.evaluation.motion import COUNTED, MEASURES

    systems = [name for name in rows if name != "by clip"]
    wide = max(26, *(len(name) + 2 for name in systems))
    print(f"{'':33} {'':11}" + "".join(f"{name:>{wide}}" for name in systems))
    for name, measure_ in MEASURES.items():
        cells = [rows[system] for system in systems]
        if all(cell[name] != cell[name] for cell in cells):
            continue
        texts = [_cell(cell[name], cell[f"{name}_low"], cell[f"{name}_high"]) for cell in cells]
        unit = measure_.unit + (f" of {max(cell[f'{name}_of'] for cell in cells):.0f}" if name in COUNTED else "")
        print(f"{measure_.says:33} {unit:11}" + "".join(f"{text:>{wide}}" for text in texts))
    print(f"{'recordings':33} {'':11}" + "".join(f"{rows[system]['clips']:>{wide}.0f}" for system in systems))


def _cell(value: float, low: float, high: float) -> str:
    if value != value:
        return "-"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}" + ("" if low != low else f" [{low:.{digits}f}, {high:.{digits}f}]")


def _measure(arguments: Arguments) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The table, and the traces of one clip that is plotted."""
    from speechface.commands.evaluate import _recordings
    from speechface.commands.evaluate._systems import Reader, system
    from speechface.errors import UserError
    from speechface.evaluation import motion

    if len(set(arguments.predictions)) < len(arguments.predictions) or TRUTH in arguments.predictions:
        raise UserError("name every prediction once, and none of them 'truth'")
    if arguments.fps is not None and not 1 <= arguments.fps <= 1000:
        raise UserError(f"{arguments.fps:g} is not a number of frames a second")
    reader = Reader.of(arguments)
    systems = {name: system(name, arguments, reader) for name in map(str, arguments.predictions)}
    files = [one.path for one in systems.values() if one.path]
    truth, sound, phones = (_path(given) for given in (arguments.truth, arguments.sound, arguments.phones))
    found = _recordings.gather(files, truth, sound, phones, arguments.split)
    recordings = _recordings.shared(found, files, _warn)
    if arguments.most:
        recordings = recordings[:: max(1, len(recordings) // arguments.most)][: arguments.most]
    sums: dict[str, list[motion.Sums]] = {name: [] for name in systems}
    truths: list[motion.Sums] = []
    traces: dict[str, Any] = {}
    for number, recording in enumerate(recordings):
        _progress(number, len(recordings), recording.name)
        samples, segments, touch = recording.samples, recording.segments, 1e-3 * arguments.touch
        true = reader.truth(recording) if truth else None
        for name, one in systems.items():  # one after the other: a minute of vertices is a lot of memory
            trace, beside = _prepared(one.trace(recording, len(recordings) == 1), true, arguments)
            sums[name].append(motion.score(trace, beside, samples, segments, not arguments.curves, touch))
            if arguments.plots and number == 0:
                traces |= {name: trace} | ({TRUTH: beside} if beside else {})
        if true:
            truths.append(motion.score(true, None, samples, segments, touch=touch))
    _progress(len(recordings), len(recordings), "")
    if truths:
        sums[TRUTH] = truths
    speakers = [recording.speaker for recording in recordings]
    rows: dict[str, dict[str, Any]] = {name: motion.table(clips, speakers) for name, clips in sums.items()}
    rows["by clip"] = {
        recording.name: {name: motion.alone(clips[number]) for name, clips in sums.items()}
        for number, recording in enumerate(recordings)
    }
    return rows, traces


def _prepared(trace, true, arguments):
    """A trace and the truth, with the head held still where that is asked for; `UserError` where their meshes differ."""
    from speechface.errors import UserError

    if true and not arguments.curves and not trace.regions.comparable(true.regions):
        mine, its = (f"{one.regions.count} vertices ({one.regions.topology})" for one in (trace, true))
        raise UserError(
            f"{trace.name} has {mine}, the truth {its}: these meshes cannot be compared; --curves compares their mouths"
        )
    if not arguments.align:
        return trace, true
    stable = true or trace
    columns, rest = stable.regions.areas.get("upper", []), stable.regions.neutral
    goal = stable.places[0, columns] if rest is None else rest[columns]
    return trace.held_still(goal), true and true.held_still(goal)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def _warn(text: str) -> None:
    print(f"speechface evaluate motion: {text}", file=sys.stderr)


def _progress(done: int, whole: int, name: str) -> None:
    if sys.stderr.isatty() and whole > 1:
        print(f"\r{done}/{whole} {name[:60]:60}", end="" if done < whole else "\n", file=sys.stderr, flush=True)
