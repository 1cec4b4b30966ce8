"""List everything that is a plug-in: engines, heads, exporters, renderers, encoders, emotions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arguments:
    """Nothing to choose."""


def run(arguments: Arguments) -> None:
    """Print a group a line."""
    from speechface.api import available

    groups = available()
    width = max(map(len, groups))
    for group, names in groups.items():
        print(f"{group:{width}}  {' '.join(names)}")
