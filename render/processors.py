"""How many processors there are to draw with."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def processors() -> int:
    """Processors this process may use: those it is let onto, and no more than its container has time on.

    In a container with a quota the machine's own count is no guide: 64 threads in the time of two only take memory.
    """
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(known, math.ceil(quota(_CGROUP) or known)))


def quota(folder: Path) -> float | None:
    """Processors' worth of time a control group (version 2 or 1) is granted; None if there is no limit."""
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            granted, period = " ".join((folder / file).read_text() for file in files).split()
            return int(granted) / int(period) if granted not in ("max", "-1") else None
        except (OSError, ValueError, ZeroDivisionError):
            continue
    return None
