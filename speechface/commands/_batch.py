"""Many sounds in one go: side by side in processes, and only those that are not done yet."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from speechface.commands._targets import Target, place
from speechface.errors import UserError

Line = tuple[Path, list[Target]]
"""A sound and what is to be written of it."""


def done(line: Line, said: Mapping[str, Any] | None, made_with: str) -> bool:
    """Whether everything of a sound is there, newer than the sound, and made with the same options.

    said: reports of an earlier run by clip, where reports are wanted: a sound without one is not done.
    """
    sound, targets = line
    made = [place(target) for target in targets]
    if said is not None:
        mine = [found for name, found in said.items() if found.get("sound_file") == str(sound)]
        if not mine or any(found.get("made_with") != made_with for found in mine):
            return False
    return all(path.exists() and path.stat().st_mtime > sound.stat().st_mtime for path in made)


def digest(options: Mapping[str, Any]) -> str:
    """A short name for options that change what comes out; a path stands for what is in it."""
    seen = {}
    for name, value in sorted(options.items()):
        held = (
            value.read_text(encoding="utf-8", errors="replace") if isinstance(value, Path) and value.is_file() else ""
        )
        seen[name] = [repr(value), held]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


def spread(work: Callable[[Line], Any], lines: Sequence[Line], jobs: int) -> Iterator[tuple[Line, Any]]:
    """Every line with what `work` (a function of a module, with picklable data) gives for it, as they are finished.

    Each process loads the model once and uses one thread. What was begun when the caller stops is finished, nothing else.
    """
    threads = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")}
    os.environ.update(dict.fromkeys(threads, "1"))  # children read it when they start
    try:
        with ProcessPoolExecutor(min(jobs, len(lines)), mp_context=get_context("spawn")) as pool:
            waiting = {pool.submit(work, line): line for line in lines}
            try:
                for future in as_completed(waiting):
                    yield waiting[future], future.result()
            except BrokenProcessPool:
                raise UserError(
                    "a process was ended from outside, perhaps for want of memory; go on with fewer --jobs and --resume"
                ) from None
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    finally:
        for name, value in threads.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
