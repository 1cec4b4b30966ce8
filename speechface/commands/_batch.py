"""Many lines at once: worker processes, lines that are done already left as they are, a report on all, the worst first."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechface.commands import _report
from speechface.commands._records import Records
from speechface.commands._targets import place
from speechface.commands._workers import outcomes
from speechface.errors import UserError

if TYPE_CHECKING:
    from speechface.commands._targets import Target
    from speechface.commands.animate import Arguments
    from speechface.emotion import Emotion
    from speechface.evaluation.report import Report

ASIDE = {"sounds", "out", "report", "jobs", "again", "quiet"}
"""Options that do not change what is made of a sound."""
NAMED = 5
"""Lines that the terminal names as the worst."""


def animate_all(
    arguments: Arguments, feelings: dict[str, Emotion], targets: Sequence[list[Target]], files: Sequence[Path]
) -> int:
    """Animate every sound in worker processes; returns the exit code. files: of the report, if one is asked for."""
    from speechface.progress import bar

    records = Records(files[0].with_suffix(".jsonl")) if files else None
    folder = files[0].parent if files else Path()
    settings = fingerprint(arguments, feelings)
    failed: dict[str, str] = {}
    names = [_relative(sound, folder) for sound in arguments.sounds]
    todo = []
    for number, sound in enumerate(arguments.sounds):
        try:
            line = _Line(names[number], sound, targets[number], _stamps(sound))
            if arguments.again or records is None or not done(records.get(line.name), line, settings, folder):
                todo.append(line)
        except UserError as error:
            _fail(failed, names[number], str(error))
    with bar(f"animating {len(todo)} lines", arguments.quiet) as progress:
        for count, (number, result) in enumerate(outcomes(prepare, (arguments, feelings), todo, workers(arguments))):
            line = todo[number]
            if isinstance(result, Exception):
                words = str(result)
                _fail(failed, line.name, words if str(line.sound) in words else f"{line.sound}: {words}")
            elif records is not None:
                records.add({"name": line.name, "settings": settings, "stamps": line.stamps,
                             "outputs": _outputs(line, folder), "report": result})  # fmt: skip
            progress((count + 1) / len(todo))
    made = len(todo) - sum(line.name in failed for line in todo)
    if not arguments.quiet:
        print(f"{made} made, {len(names) - made - len(failed)} as they were, {len(failed)} failed")
    if records is not None:
        records.tidy()
        _conclude(records, [name for name in names if name not in failed], failed, files, arguments.quiet)
    return 2 if failed else 0


def workers(arguments: Arguments) -> int:
    """How many processes: those asked for, or one a processor."""
    from render.processors import processors

    if arguments.jobs is not None and arguments.jobs < 1:
        raise UserError(f"--jobs takes a number from 1, not {arguments.jobs}")
    return arguments.jobs or processors()


def prepare(arguments: Arguments, feelings: dict[str, Emotion]) -> Callable[[_Line], dict[str, Any] | None]:
    """In a worker: load what all lines need, once; gives what makes one line and reports on it, as plain data."""
    import torch

    from speechface import heads
    from speechface.api import engine
    from speechface.commands.animate import animate_one

    torch.set_num_threads(1)
    engine(arguments.model, arguments.device)
    quiet = dataclasses.replace(arguments, quiet=True)

    def work(line: _Line) -> dict[str, Any] | None:
        clip = animate_one(line.sound, line.targets, quiet, feelings)
        if arguments.report is None:
            return None
        shown = heads.load(heads.played_by(arguments.head or heads.default(clip.rig), arguments.character))
        return _report.examine(line.sound, clip, shown, line.name).as_json()

    return work


@dataclasses.dataclass(frozen=True)
class _Line:
    """A sound by its name in the report, what is made of it, and size and time of it and of its labels."""

    name: str
    sound: Path
    targets: list[Target]
    stamps: list[list[int]]


def done(record: dict[str, Any] | None, line: _Line, settings: str, folder: Path) -> bool:
    """Whether all that is to be made of a line is there, made of the same sound and with the same settings."""
    if record is None or record.get("settings") != settings or record.get("stamps") != line.stamps:
        return False
    if record.get("outputs") != _outputs(line, folder) or not isinstance(record.get("report"), dict):
        return False
    made = [place(target) for target in line.targets]
    return all(path.exists() and path.stat().st_mtime_ns >= line.stamps[0][1] for path in made)


def fingerprint(arguments: Arguments, feelings: dict[str, Emotion]) -> str:
    """A short text that differs where options, model or version differ, so that lines have to be made again."""
    from speechface import __version__
    from speechface.evaluation.report import FORMAT

    options = {key: value for key, value in dataclasses.asdict(arguments).items() if key not in ASIDE}
    options |= {"feelings": {name: [feeling.times.tolist(), feeling.strengths.tolist(), feeling.text]
                             for name, feeling in feelings.items()}}  # fmt: skip
    options |= {"version": __version__, "format": FORMAT, "model": _model(arguments.model)}
    return hashlib.sha256(json.dumps(options, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _model(name: str) -> str:
    """What tells a model from another that was trained later in the same place: a hash of its weights."""
    import speechface

    own = Path(speechface.__file__).parent / "models" / name
    weights = (own if own.is_dir() else Path(name)) / "weights.safetensors"
    return hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else name


def _stamps(sound: Path) -> list[list[int]]:
    """Size and time of a sound and of the labels beside it; `UserError` for a sound that a glance shows to be none."""
    from data_prep.labels import find_labels
    from speechface.audio import load

    load.check(sound)
    labels = find_labels(sound)
    return [[path.stat().st_size, path.stat().st_mtime_ns] for path in (sound, labels) if path is not None]


def _outputs(line: _Line, folder: Path) -> list[str]:
    return [_relative(place(target), folder) for target in line.targets]


def _relative(path: Path, folder: Path) -> str:
    """A path as seen from the report, which may be moved together with it."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _fail(failed: dict[str, str], name: str, words: str) -> None:
    failed[name] = words
    print(f"animate: {words}", file=sys.stderr)


def _conclude(
    records: Records, names: Sequence[str], failed: dict[str, str], files: Sequence[Path], quiet: bool
) -> None:
    """Rank the lines, write the reports and say what was found."""
    from speechface.evaluation.ranking import ranked, summarise
    from speechface.evaluation.report_page import SHOWN, batch_page

    lines = ranked([_read(records, name, curves=False) for name in names])
    summary = summarise(lines, len(failed))
    outputs = {name: (records.get(name) or {}).get("outputs", []) for name in names}
    drawn = [_read(records, line.name) for line in lines[:SHOWN]] + lines[SHOWN:]
    for file in files:
        if file.suffix.lower() == ".json":
            each = [line.as_json(curves=False) | {"outputs": outputs[line.name]} for line in lines]
            _report.write_json(file, {"format": 1, "summary": summary, "failed": failed, "lines": each})
        else:
            with _report.writing(file) as part:
                part.write_text(batch_page(drawn, failed, summary, outputs), encoding="utf-8")
    if quiet:
        return
    rate = summary["closures hit, %"]
    print(
        f"closures hit: {'none demanded' if rate is None else f'{rate:.1f} %'}; median score {summary['median score']}"
    )
    for line in lines[:NAMED]:
        if line.faults and line.faults[0].points > 0:
            print(f"{line.score:6.1f}  {line.name}: {line.faults[0].words}")
    for file in files:
        print(file, flush=True)


def _read(records: Records, name: str, curves: bool = True) -> Report:
    from speechface.evaluation.report import Report

    data = dict((records.get(name) or {})["report"])
    if not curves:
        data |= {"curves": {}, "demands": {}, "phones": []}
    return Report.of_json(data)
