"""Sculpt the open head again: the files of the head, or one head of other proportions.

Examples:
  speechface build-head --check                          does the program still make what is shipped?
  speechface build-head --out heads/                     open_head.npz and open_head_preview.npz
  speechface build-head --density 1 --out heads/
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from speechface.errors import UserError

FILES = {2: "open_head.npz", 1: "open_head_preview.npz"}
"""What is shipped, by density."""


@dataclass(frozen=True)
class Arguments:
    """What to build, and where it goes."""

    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")] = None
    """Folder to write to."""
    density: Literal["both", "1", "2"] = "both"
    """1 is the light head (about 7 thousand vertices of skin), 2 the full one (about 28 thousand)."""
    check: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Compare with the files that came with speechface, and write nothing unless a folder is given."""


def run(arguments: Arguments) -> int:
    """Build; print a line a head. Exit code 1 if `--check` finds a difference."""
    from speechface.heads.open import read_asset
    from speechface.sculpt import asset
    from speechface.sculpt.build import build_head

    if arguments.out is None and not arguments.check:
        raise UserError("say where to write, --out FOLDER, or --check to compare with what is shipped")
    if arguments.out is not None and arguments.out.exists() and not arguments.out.is_dir():
        raise UserError(f"{arguments.out} is a file; give a folder with --out")
    different = 0
    for density, name in FILES.items():
        if arguments.density not in ("both", str(density)):
            continue
        made = build_head(density)
        skin = int((made["part"] == 0).sum())
        told = [f"{name}: {skin} vertices of skin, {len(made['vertices'])} in all, {len(made['faces'])} triangles"]
        if arguments.check:
            gaps = asset.differences(made, read_asset("preview" if density == 1 else "")[0])
            told.append(f"not what is shipped: {'; '.join(gaps)}" if gaps else "is what is shipped")
            different += bool(gaps)
        if arguments.out is not None:
            asset.write(arguments.out / name, made)
            told.append(f"{arguments.out / name}, {(arguments.out / name).stat().st_size / 1e6:.1f} MB")
        print(", ".join(told), flush=True)
    return 1 if different else 0
