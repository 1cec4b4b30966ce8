"""How long the first use of `animate` takes, until there is a video of five seconds; and how long the next one.

Run `python benchmarks/bench_first_use.py` on a machine that does nothing else. The first run starts with an empty cache: the
renderer is compiled in it (see `render/compiling.py`). The last line draws the same video once more in a process that has
drawn before. Targets: 45 s for the first use, 15 frames a second.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sample_speech

COMMAND = "from speechface.cli import animate; animate()"


def seconds(code: str, words: list[str], cache: Path) -> tuple[float, float, str]:
    """Wall clock and processor time of a fresh Python with a folder for compiled kernels, and what it printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processor, done.stdout


def draw(sound: str, path: str, size: int) -> None:
    """Print frames, and seconds of wall clock and processor it takes to draw and write them, the second time."""
    from speechface import api

    clip = api.animate(sound, "sad")
    api.render(clip.trim(0.0, 0.2), path, size=size)
    wall, processor = time.perf_counter(), time.process_time()
    api.render(clip, path, size=size)
    print(len(clip), time.perf_counter() - wall, time.process_time() - processor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sound", nargs="?", type=Path, help="a recording, of which five seconds are used")
    parser.add_argument("--size", type=int, default=512)
    chosen = parser.parse_args()
    print(f"{'':30s}{'wall, s':>9s}{'processor, s':>14s}{'frames/s':>10s}{'load':>7s}")
    with tempfile.TemporaryDirectory() as temporary:
        folder, cache = Path(temporary), Path(temporary) / "compiled"
        sound = sample_speech.write(folder / "speech.wav", 5.0, chosen.sound)
        words = [str(sound), "--emotion", "sad", "--size", str(chosen.size), "-o", str(folder / "speech.mp4"), "-q"]
        for name in ("first use, to a 5 s video", "second use"):
            wall, processor, _ = seconds(COMMAND, words, cache)
            print(f"{name:30s}{wall:9.1f}{processor:14.1f}{'':10s}{os.getloadavg()[0]:7.1f}", flush=True)
        drawing = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import bench_first_use as bench; "
        drawing += f"bench.draw(sys.argv[1], sys.argv[2], {chosen.size})"
        printed = seconds(drawing, [str(sound), str(folder / "again.mp4")], cache)[2]
        frames, wall, processor = map(float, printed.split())
        load = os.getloadavg()[0]
        print(f"{'drawing and writing the video':30s}{wall:9.1f}{processor:14.1f}{frames / wall:10.1f}{load:7.1f}")


if __name__ == "__main__":
    main()
