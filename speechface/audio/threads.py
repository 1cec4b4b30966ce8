"""Nets on the processor: a thread a window, one window a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

MOST = 4
"""Windows computed at once: each holds some 100 MB, and no machine needs a long recording faster than that."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def one_thread_an_operation() -> Iterator[int]:
    """Within it, and in threads begun within it, torch computes every operation by one thread; gives how many it was.

    Operations of small nets take microseconds. Sharing one among threads means waiting for the slowest of them each time:
    where other programs run too, that made five seconds of sound take 1.7 s and not 0.05. And rounding then depends on
    the number of threads, so that two machines would write different bytes.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield before
    finally:
        torch.set_num_threads(before)


def spread(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """`work` of every item, in order, by up to `threads` threads (at most `MOST`) at once."""
    items = list(items)
    threads = min(threads, MOST, len(items))
    if threads <= 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="window") as pool:
        yield from pool.map(work, items)
