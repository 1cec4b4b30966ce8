"""`Records`: what is known of every line of a batch, one JSON object a line of a file, added to as lines are done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from speechface.errors import UserError
from speechface.files import writing


class Records:
    """The last record of every name in a file; only where they are is kept in memory.

    A record that was cut off by a crash is left out. Raises `UserError` where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at: dict[str, int] = {}
        self.whole = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "ab+") as file:
                file.seek(0)
                place = 0
                for line in file:
                    record = _parsed(line)
                    if record is not None:
                        self.at[record["name"]] = place
                    place += len(line)
                    self.whole = line.endswith(b"\n")
        except OSError as error:
            raise UserError(
                f"cannot use {path}: {(error.strerror or str(error)).lower()}; name another --report"
            ) from None

    def get(self, name: str) -> dict[str, Any] | None:
        """The last record of a name, or None."""
        if name not in self.at:
            return None
        with open(self.path, "rb") as file:
            file.seek(self.at[name])
            return _parsed(file.readline())

    def add(self, record: dict[str, Any]) -> None:
        """Write one record, which has a `name`; it is on the disk when this returns, whole or not at all."""
        line = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        try:
            with open(self.path, "ab") as file:
                self.at[record["name"]] = file.tell() + (0 if self.whole else 1)
                file.write(line if self.whole else b"\n" + line)
        except OSError as error:
            raise UserError(f"cannot write {self.path}: {(error.strerror or str(error)).lower()}; make room") from None
        self.whole = True

    def tidy(self) -> None:
        """Leave out records that later ones took the place of."""
        moved, place = {}, 0
        with writing(self.path) as part, open(self.path, "rb") as old, open(part, "wb") as new:
            for name, start in self.at.items():
                old.seek(start)
                line = old.readline()
                new.write(line)
                moved[name], place = place, place + len(line)
        self.at = moved


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The record of a line, if it is one."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("name"), str) else None
