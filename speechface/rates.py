"""Frame rates as exact fractions: film and broadcast run at 24000/1001, not at 23.976."""

from __future__ import annotations

from fractions import Fraction

from speechface.errors import UserError

RATES = tuple(
    Fraction(*rate)
    for rate in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
)
"""Rates that engines and editors know."""


def exact_rate(fps: float) -> Fraction:
    """The exact frame rate meant by a number: 29.97 is 30000/1001, 23.98 is 24000/1001, 25 is 25.

    Raises `UserError` for a rate that is not positive.
    """
    if not 0 < fps < 1000:
        raise UserError(f"{fps:g} is not a frame rate a video can have")
    whole = round(fps * 1.001)
    if whole % 6 == 0 and abs(fps - whole / 1.001) < 0.006:
        return Fraction(whole * 1000, 1001)
    return Fraction(fps).limit_denominator(10000)
