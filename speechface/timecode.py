"""`Timecode`: the name of a frame, hours:minutes:seconds:frames, as SMPTE ST 12-1 counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from speechface.errors import UserError
from speechface.rates import exact_rate

DROPPING = {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}
"""Rates that know drop-frame, and how many names they leave out at the start of each minute but every tenth."""


@dataclass(frozen=True)
class Timecode:
    """frame: number of frames since 00:00:00:00. rate: frames a second. drop: whether names are left out (drop-frame)."""

    frame: int
    rate: Fraction
    drop: bool = False

    @staticmethod
    def parse(text: str, fps: float) -> Timecode:
        """The frame of a name such as 01:00:00:00; a semicolon before the frames (01:00:00;00) means drop-frame.

        Raises `UserError` for what is no name at this rate.
        """
        rate = exact_rate(fps)
        found = re.fullmatch(r"\s*(\d{1,2}):(\d{1,2}):(\d{1,2})([:;])(\d{1,3})\s*", text)
        if not found:
            raise UserError(f"'{text}' is no timecode; give hours:minutes:seconds:frames, as 01:00:00:00")
        hours, minutes, seconds, frames = (int(found[group]) for group in (1, 2, 3, 5))
        drop, base = found[4] == ";", _base(rate)
        if drop and rate not in DROPPING:
            raise UserError(
                f"drop-frame ({text}) is for 29.97 and 59.94 frames a second, not {fps:g}; write it with colons"
            )
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
            raise UserError(
                f"there is no timecode {text} at {fps:g} frames a second; its frames go from 0 to {base - 1}"
            )
        missing = DROPPING[rate] if drop else 0
        if frames < missing and seconds == 0 and minutes % 10:
            raise UserError(f"drop-frame leaves out {text}; give {text.rpartition(';')[0].strip()};{missing:02d}")
        passed = 60 * hours + minutes
        return Timecode(base * (60 * passed + seconds) + frames - missing * (passed - passed // 10), rate, drop)

    @property
    def named(self) -> tuple[int, int, int, int]:
        """Hours (of a day), minutes, seconds and frames that the name says."""
        base, number = _base(self.rate), self.frame
        if self.drop:
            missing = DROPPING[self.rate]
            tens, rest = divmod(number, 600 * base - 9 * missing)
            number += 9 * missing * tens
            if rest >= 60 * base:
                number += missing * (1 + (rest - 60 * base) // (60 * base - missing))
        seconds, frames = divmod(number, base)
        return seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, frames

    def __str__(self) -> str:
        hours, minutes, seconds, frames = self.named
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if self.drop else ':'}{frames:02d}"


def start(text: str | None, fps: float) -> Timecode:
    """The timecode of the first frame: what a text says, or 00:00:00:00."""
    return Timecode(0, exact_rate(fps)) if text is None else Timecode.parse(text, fps)


def _base(rate: Fraction) -> int:
    """How many frames a second has a name for."""
    return max(1, round(rate))
