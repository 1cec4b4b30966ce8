"""Many recordings at once: processes of this machine, or Ray's on many. A process that dies takes nothing with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from data_prep.recording import Recording
from data_prep.video.ingest import Settings
from data_prep.video.stages import ATTEMPTS, done, prepare
from speechface.progress import unwatched

Progress = Callable[[float], None]


def work(
    recordings: Sequence[Recording], out: Path, settings: Settings, model: Path, jobs: int = 1,
    ray: str | None = None, progress: Progress = unwatched,
) -> None:  # fmt: skip
    """Take every recording through all stages, in `jobs` processes, or on the Ray cluster at an address.

    Everything there is to know afterwards lies in `out`; what an earlier run has done is not done again. progress: told the
    share of recordings done. Raises `UserError` if Ray is asked for and is not there.
    """
    out = out.absolute()
    left = [recording for recording in recordings if not done(recording, out, settings)]
    ready = len(recordings) - len(left)

    def tell(count: int) -> None:
        progress((ready + count) / max(1, len(recordings)))

    tell(0)
    if ray is not None:
        from data_prep.video.cluster import on_ray

        on_ray(left, out, settings, model.absolute(), ray, tell)
    elif jobs <= 1 or len(left) <= 1:
        for count, recording in enumerate(left, start=1):
            prepare(recording, out, settings, model)
            tell(count)
    else:
        _in_processes(left, out, settings, model, jobs, tell)


def _in_processes(
    left: Sequence[Recording], out: Path, settings: Settings, model: Path, jobs: int, tell: Callable[[int], None]
) -> None:
    """As `work`. When a process dies, those it may have died of go on one by one, and the others in a new pool."""
    waiting, finished = list(left), 0
    while waiting:
        running: dict[Future[None], Recording] = {}
        try:
            with ProcessPoolExecutor(min(jobs, len(waiting)), get_context("spawn"), _one_thread) as pool:
                while waiting or running:
                    while waiting and len(running) < jobs:
                        running[pool.submit(prepare, waiting[0], out, settings, model)] = waiting[0]
                        waiting.pop(0)
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        future.result()
                        running.pop(future)
                        finished += 1
                        tell(finished)
        except BrokenProcessPool:
            for suspect in running.values():
                _alone(suspect, out, settings, model)
                finished += 1
                tell(finished)


def _alone(recording: Recording, out: Path, settings: Settings, model: Path) -> None:
    """Prepare one recording in a process of its own, until it is done or has ended too many."""
    for _ in range(ATTEMPTS + 1):
        try:
            with ProcessPoolExecutor(1, get_context("spawn"), _one_thread) as pool:
                pool.submit(prepare, recording, out, settings, model).result()
            return
        except BrokenProcessPool:
            continue


def _one_thread() -> None:
    """Processes share the cores: each does its sums on one. Told before torch is imported."""
    os.environ["OMP_NUM_THREADS"] = "1"
