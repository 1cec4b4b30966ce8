"""Worker processes: each prepares itself once, then does one thing after another; one that dies costs what it was at."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from speechface.errors import UserError

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
PATIENCE = 10.0
"""Seconds a worker has to tidy up when it is asked to stop."""

Prepare = Callable[..., Callable[[Any], Any]]


class Lost(UserError):
    """A worker ended while it was at something: killed, out of memory or crashed."""


def outcomes(prepare: Prepare, given: tuple, items: Iterable[Any], jobs: int) -> Iterator[tuple[int, Any]]:
    """The number of every item and what `prepare(*given)` made of it, in the order in which they are done.

    A worker calls `prepare` once; it and all that is given must be picklable, for workers are spawned: nothing is inherited,
    so that threads and locks of this process do no harm. An exception in the work is given in place of a result, and so is
    `Lost`. A `UserError` of `prepare` is raised here, because every worker would meet it. When the iteration ends early
    (Ctrl-C), workers are asked to stop and remove what is half-written.
    """
    waiting = deque(enumerate(items))
    workers: list[_Worker] = []
    try:
        for _ in range(min(jobs, len(waiting))):
            workers.append(_Worker.start(prepare, given))
        while waiting or any(worker.busy is not None for worker in workers):
            for pipe in wait([worker.pipe for worker in workers]):
                worker = next(worker for worker in workers if worker.pipe is pipe)
                number = worker.busy
                try:
                    result = worker.take()
                except (EOFError, OSError):
                    worker.stop()
                    workers.remove(worker)
                    if number is None:
                        raise RuntimeError("a worker process ended before it could begin") from None
                    result = Lost("its worker process ended (killed, or out of memory: try fewer --jobs)")
                    if waiting:
                        workers.append(_Worker.start(prepare, given))
                if number is not None:
                    yield number, result
                if worker in workers and waiting:
                    worker.send(*waiting.popleft())
                elif worker in workers:
                    worker.stop()
                    workers.remove(worker)
    finally:
        for worker in workers:
            worker.ask()
        for worker in workers:
            worker.stop()


@dataclass
class _Worker:
    """One process and our end of the pipe to it. busy: the number of what it is at."""

    process: BaseProcess
    pipe: Connection
    busy: int | None = field(default=None)

    @staticmethod
    def start(prepare: Prepare, given: tuple) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, prepare, given), daemon=True)
        with _one_thread_each(), _deaf():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def send(self, number: int, item: Any) -> None:
        self.busy = number
        self.pipe.send(item)

    def take(self) -> Any:
        """The result of what it was at; raises `UserError` where it could not prepare itself."""
        failed, result = self.pipe.recv()
        if failed:
            raise UserError(result)
        self.busy = None
        return result

    def ask(self) -> None:
        """Ask it to stop."""
        if self.process.is_alive():
            self.process.terminate()

    def stop(self) -> None:
        """Let it end: it does so when the pipe is closed and it is idle."""
        self.pipe.close()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _serve(pipe: Connection, prepare: Prepare, given: tuple) -> None:
    """What a worker does: prepare, then answer until the pipe is closed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is half-written is removed
    try:
        work = prepare(*given)
    except UserError as error:
        pipe.send((True, str(error)))
        return
    try:
        pipe.send((False, None))
        while True:
            item = pipe.recv()
            try:
                result = work(item)
            except Exception as error:
                result = error if isinstance(error, UserError) else RuntimeError(f"{type(error).__name__}: {error}")
            pipe.send((False, result))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes begun within it compute every operation by one thread; libraries read this when they are loaded."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes begun within it do not hear Ctrl-C: this one does, and asks them to stop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
