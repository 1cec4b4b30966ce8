"""Where `animate` writes: what `-o`, `--format` and `--mesh` say becomes one path and one exporter for every file or folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from speechface import plugins
from speechface.api import exporter_for
from speechface.errors import UserError

Target = tuple[Path, str]
"""A path as its exporter wants it, and the name of the exporter."""

FOLDERS = ("obj", "ply", "png")
"""Exporters that write a folder, named as the path without its ending."""


def targets(
    sounds: Sequence[Path], outs: Sequence[str], mesh: str | None, feeling: str, usual: str = "mp4"
) -> list[list[Target]]:
    """What to write for each sound; `UserError` for anything that would go wrong there, before any work is done.

    usual: the exporter where nothing says which.
    """
    kind = mesh or usual
    several = len(sounds) > 1
    if outs:
        chosen = [[_target(sound, out, kind, several) for out in outs] for sound in sounds]
    else:
        chosen = [[(Path(f"{sound.stem}-{feeling}{_endings(kind)[0]}"), kind)] for sound in sounds]
    if mesh and all(name != mesh for _, name in chosen[0]):
        what = "--frames" if mesh == "png" else f"--format {mesh}"
        raise UserError(f"{what} needs a folder or a file that ends in {_endings(mesh)[0]} to write to, not {outs[0]}")
    _check(sounds, chosen)
    return chosen


def place(target: Target) -> Path:
    """The file or folder that comes to be."""
    path, kind = target
    return path.with_suffix("") if kind in FOLDERS else path


def _endings(kind: str) -> tuple[str, ...]:
    """Endings of an exporter's files, the usual one first; `UserError` for an unknown exporter."""
    return plugins.load("render.export", kind, "format").SUFFIXES


def _target(sound: Path, out: str, kind: str, several: bool) -> Target:
    path, endings = Path(out), _endings(kind)
    if out.endswith(("/", "\\")) or path.is_dir() or not path.suffix:
        if kind in FOLDERS and not several:
            path = path if path.name.strip(".") else path.resolve()
            return path.with_name(f"{path.name}.{kind}"), kind
        return path / f"{sound.stem}{endings[0]}", kind
    chosen = exporter_for(path, kind)
    if several:
        raise UserError(f"several sounds cannot all go to the file {out}; give a folder: -o {path.with_suffix('')}/")
    return path, chosen


def _check(sounds: Sequence[Path], chosen: Sequence[Sequence[Target]]) -> None:
    """No sound is overwritten, and nothing is written twice."""
    inputs = {sound.resolve() for sound in sounds}
    taken: dict[Path, Path] = {}
    for sound, files in zip(sounds, chosen, strict=True):
        for target in files:
            at = place(target).resolve()
            if at in inputs:
                raise UserError(f"{place(target)} is an input and would be overwritten; choose another place with -o")
            if at in taken:
                whose = f"{taken[at]} and {sound}" if sound != taken[at] else f"{sound}, twice"
                raise UserError(f"{place(target)} would be written for {whose}; choose another place with -o")
            taken[at] = sound
