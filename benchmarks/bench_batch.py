"""A batch of short lines: lines a minute and memory of `animate --jobs` with a report; curves, and nothing drawn.

    python benchmarks/bench_batch.py [LINES]

The limit to compare with is one process; 10,000 lines are worked out from the slope between a third of the lines and all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

EXAMPLE = Path(__file__).parents[1] / "examples" / "hello.wav"


def main() -> None:
    """Print a table."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print(f"{lines} lines of 2 to 3 s, load {os.getloadavg()[0]:.1f}")
    print(" jobs  seconds  lines a minute  10,000 lines, min  peak MB, all processes")
    with tempfile.TemporaryDirectory() as folder:
        sounds = cut(Path(folder), lines)
        for jobs in (1, os.cpu_count() or 1):
            few, _ = run(sounds[: lines // 3], Path(folder) / "out", jobs)
            all_, peak = run(sounds, Path(folder) / "out", jobs)
            each = (all_ - few) / (lines - lines // 3)
            print(
                f"{jobs:5} {all_:8.1f} {60 * lines / all_:15.0f} {(few + each * 10000) / 60:18.1f} {peak:24.0f}",
                flush=True,
            )


def cut(folder: Path, count: int) -> list[Path]:
    """Lines cut from the example at places of their own."""
    sound, rate = soundfile.read(EXAMPLE)
    draw, paths = np.random.default_rng(0), []
    for number in range(count):
        length = int(draw.uniform(2.0, 3.0) * rate)
        start = int(draw.integers(0, len(sound) - length))
        paths.append(folder / f"line{number:05d}.wav")
        soundfile.write(paths[-1], sound[start : start + length], rate)
    return paths


def run(sounds: list[Path], out: Path, jobs: int) -> tuple[float, float]:
    """Seconds of one command, and the largest sum of memory (MB) of its processes, looked at ten times a second."""
    shutil.rmtree(out, ignore_errors=True)
    words = [*map(str, sounds), "-e", "sad", "-o", f"{out}/", "--mesh", "csv", "--jobs", str(jobs)]
    code = "import sys; sys.argv[0] = 'animate'; from speechface.cli import animate; animate()"
    begin, peak = time.perf_counter(), 0.0
    process = subprocess.Popen([sys.executable, "-c", code, *words, "-q", "--report", f"{out}.json"])
    stop = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(0.1):
            peak = max(peak, family_memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    stop.set()
    watcher.join()
    if process.returncode:
        raise SystemExit("animate failed")
    return time.perf_counter() - begin, peak


def family_memory(parent: int) -> float:
    """MB in memory of a process and all that come from it, by Linux' /proc; 0 where there is none."""
    parents, pages = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        parents[int(folder.name)], pages[int(folder.name)] = int(words[1]), int(words[21])
    family = {parent}
    while more := {child for child, of in parents.items() if of in family} - family:
        family |= more
    return sum(pages.get(one, 0) for one in family) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
