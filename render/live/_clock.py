"""Frames at their times: sleep until shortly before, then watch the clock; what is too late is left out, not piled up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SPIN = 0.002
"""Seconds before a frame in which the clock is watched: systems wake a sleeper a millisecond or so late."""


@dataclass
class Pace:
    """What was sent and what was left out, and the largest lateness of a frame in seconds."""

    sent: int = 0
    dropped: int = 0
    latest: float = 0.0


def pace(
    frames: Iterable[list[bytes]],
    fps: float,
    send: Callable[[bytes], object],
    start: float,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> Pace:
    """Send frame n at `start` + n / fps on the clock. A frame that would be over one frame late is dropped."""
    done = Pace()
    for number, messages in enumerate(frames):
        due = start + number / fps
        while (left := due - clock()) > 0:
            if left > SPIN:
                sleep(left - SPIN)
        late = clock() - due
        if late > 1.0 / fps:
            done.dropped += 1
            continue
        for message in messages:
            send(message)
        done.sent, done.latest = done.sent + 1, max(done.latest, late)
    return done
