"""Progress bars for whatever takes over two seconds, on a terminal only."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0


def unwatched(share: float) -> None:
    """Where nobody wants to know the share done."""


@contextmanager
def bar(text: str, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """Give a function to be told the share done, 0..1; the bar appears after two seconds and goes when the block ends."""
    if quiet or not sys.stderr.isatty():
        yield unwatched
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    task = shown.add_task(text, total=1.0)
    # A timer, so that the bar also appears over work that has nothing to tell yet, such as compiling.
    patience = threading.Timer(PATIENCE, shown.start)
    patience.start()
    try:
        yield lambda share: shown.update(task, completed=share)
    finally:
        patience.cancel()
        patience.join()
        if shown.live.is_started:
            shown.stop()
