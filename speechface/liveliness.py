"""`Liveliness`: how much of what faces do by themselves there is, and what they look at."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from speechface.errors import UserError

VIEWER = (0.0, 0.0, 1.0)
"""Where somebody is whom the face talks to, if nothing is said: a metre straight ahead."""


@dataclass(frozen=True)
class Liveliness:
    """Factors against a usual face: 0 is none, 1 as people do, 2 twice as much. `UserError` if one is not 0 to 3.

    blinks: how often the lids blink. gaze: how often eyes leave what they look at. head: how far the head moves and poses.
    brows: how far brows rise on stressed words. breath: how far breathing shows.
    look_at: (3,) metres from the middle between the eyes of the head at rest, to its left, up and forwards; None is the
    viewer, a metre ahead.
    """

    blinks: float = 1.0
    gaze: float = 1.0
    head: float = 1.0
    brows: float = 1.0
    breath: float = 1.0
    look_at: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "look_at" and not 0.0 <= value <= 3.0:
                raise UserError(f"{field.name} {value:g} is not between 0 (none) and 3; 1 is as people do")
        if self.look_at is not None:
            if len(self.look_at) != 3 or not all(math.isfinite(value) for value in self.look_at):
                raise UserError("what to look at is three numbers, metres to the left, up and forwards of the eyes")
            away = math.hypot(*self.look_at)
            if away < 0.1 or self.look_at[2] < -0.35 * away:
                raise UserError(
                    "eyes cannot look at what is closer than 0.1 m or behind them: the third number is metres ahead"
                )

    def times(self, share: float) -> Liveliness:
        """All of it more or less by a factor 0..3; what is looked at stays."""
        if not 0.0 <= share <= 3.0:
            raise UserError(f"life {share:g} is not between 0 (none) and 3; 1 is as people do")
        factors = [field.name for field in fields(self) if field.name != "look_at"]
        return replace(self, **{name: min(share * getattr(self, name), 3.0) for name in factors})

    @staticmethod
    def of(alive: bool | float | Liveliness) -> Liveliness | None:
        """What `animate(alive=...)` means: True is as people do, False or 0 nothing at all, a number so much of everything."""
        if isinstance(alive, Liveliness):
            return alive
        return Liveliness().times(float(alive)) if alive else None
