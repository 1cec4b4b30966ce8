"""Progress bars for whatever takes over two seconds, on a terminal only."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0


@contextmanager
def bar(text: str, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """Give a function to be told the share done, 0..1; the bar appears after two seconds and goes when the block ends."""
    if quiet or not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    task = shown.add_task(text, total=1.0)
    begun = time.monotonic()

    def advance(share: float) -> None:
        if not shown.live.is_started and time.monotonic() - begun > PATIENCE:
            shown.start()
        shown.update(task, completed=share)

    try:
        yield advance
    finally:
        if shown.live.is_started:
            shown.stop()
