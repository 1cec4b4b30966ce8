"""What going from rig to rig loses: round trips in mm and by curve, and what a rig cannot express.

Example:
  speechface evaluate retarget examples/hello.wav take.csv
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from speechface.commands.evaluate import _tables

READ = (".npz", ".csv")
COLUMNS = {
    "mm": ["moved", "mean", "p95", "max", "lips_mean", "lips_p95", "lips_max"],
    "curves": ["curve", "active_plain", "active", "jitter", "fps"],
}


@dataclass(frozen=True)
class Arguments:
    """Which animations go from rig to rig."""

    files: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Animations (.npz), takes of Live Link Face (.csv), or sounds, said in every emotion; none: single controls only."""
    sparse: float | None = None
    """Millimetres of skin a curve must be worth; the default of the conversion where not given."""
    smooth: float = 0.0
    """Weight of the change from frame to frame."""
    most: int = 300
    """Compare at most so many frames of an animation."""
    out: Path | None = None
    """JSON file to write, with the error of every curve."""


def run(arguments: Arguments) -> None:
    """Print a row a round trip in millimetres, then in curves, the worst curves of each, and what is lost (per cent)."""
    table = measure(arguments)
    trips = {name: row for name, row in table.items() if " > " in name}
    if trips:
        for columns in COLUMNS.values():
            _tables.show(trips, columns, None)
            print()
        for name, row in trips.items():
            worst = ", ".join(f"{curve} {error:.3f}" for curve, error in list(row["curves"].items())[:5])
            print(f"{name}: worst curves {worst}")
        print()
    for name, row in table.items():
        if name == "unseen":
            print(f"{len(row)} controls of the face board move nothing on the open head alone{_names(row)}")
        elif " in " in name:
            print(f"{name}: {len(row)} lost{_names(row)}")
    if arguments.out:
        _tables.write(table, arguments.out)


def _names(row: dict[str, float], most: int = 40) -> str:
    """Up to `most` of the controls and what they lose in per cent; both sides of the face in one."""
    said: dict[str, float] = {}
    for name, share in row.items():
        short = name.replace("Left", "L/R").replace("Right", "L/R").removeprefix("CTRL_").replace("-translate", ".")
        short = f"L/R{short[1:]}" if short.startswith(("L_", "R_")) else short
        said[short] = max(said.get(short, 0.0), share)
    words = [f"{name} {share:.0f}" if share else name for name, share in said.items()]
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return f": {', '.join(words[:most])}{more}" if words else ""


def measure(arguments: Arguments) -> dict[str, dict[str, Any]]:
    """Rows `FILE: RIG > RIG > RIG` of errors, `RIG in RIG` of what single controls lose in per cent, and `unseen`."""
    from speechface import api, retarget
    from speechface.emotion import LABELS
    from speechface.errors import UserError
    from speechface.evaluation import retarget as measured

    sparse = retarget.SPARSE if arguments.sparse is None else arguments.sparse
    if arguments.most < 1 or sparse < 0 or arguments.smooth < 0:
        raise UserError("--most takes a number from 1, --sparse and --smooth numbers from 0")
    rows: dict[str, dict[str, Any]] = {}
    for file in map(Path, arguments.files):
        read = file.suffix.lower() in READ
        clips = [api.load(file)] if read else [api.animate(file, label) for label in LABELS]
        if not len(clips[0]):
            raise UserError(f"{file} has no frames")
        found = measured.trips(clips, sparse, arguments.smooth, arguments.most)
        rows |= {f"{file.stem}: {name}": row for name, row in found.items()}
    return rows | measured.lost()
