"""The options of all commands that write curves into files, and which exporter takes them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, Any

import tyro

from speechface.errors import UserError


@dataclass(frozen=True)
class Keys:
    """How curves are keyed."""

    reduce: Annotated[float | None, tyro.conf.arg(metavar="NUMBER", help_behavior_hint="(default: a key a frame)")] = (
        None
    )
    """Leave out keys where straight lines stay as near as this: 0.005 is half a per cent of a curve. For files with keys
    (glb, unreal, maya, blender, rigmapper, vrma, usd)."""
    timecode: Annotated[
        str | None, tyro.conf.arg(metavar="HH:MM:SS:FF", help_behavior_hint="(default: 00:00:00:00)")
    ] = None
    """Timecode of the first frame; 01:00:00;00 with a semicolon is drop-frame, for 29.97 and 59.94 frames a second."""

    def options(self, exporter: ModuleType) -> dict[str, Any]:
        """Those that were given and that an exporter takes."""
        taken = inspect.signature(exporter.write).parameters
        return {name: value for name, value in vars(self).items() if value is not None and name in taken}

    def check(self, exporters: Iterable[ModuleType], fps: float | None) -> None:
        """Raise `UserError` for what cannot be read, and for what none of the exporters takes; fps: None where not known."""
        from speechface import timecode

        if self.reduce is not None and not 0.0 <= self.reduce < float("inf"):
            raise UserError(f"--reduce takes a tolerance such as 0.005, not {self.reduce:g}")
        if self.timecode is not None:
            timecode.start(self.timecode, fps or 240.0)
        exporters = list(exporters)
        for name, value in vars(self).items():
            if value is not None and not any(name in self.options(exporter) for exporter in exporters):
                raise UserError(
                    f"--{name} means nothing for {', '.join(exporter.__name__.rpartition('.')[2] for exporter in exporters)}"
                )
