"""How much memory an animation takes at its peak, for short and for very long recordings.

Run `python benchmarks/bench_memory.py`. Every line is a process of its own; its peak is what it had in memory at most
(`ru_maxrss`). The imports alone are the first line. Target: less than 2 GB for 30 minutes.
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


def peak(sound: Path | None) -> float:
    """MB at the peak of a fresh process that imports the engine and, if a sound is given, animates it.

    A process starts with the peak of the one it comes from, so this one must stay small: it imports neither torch nor ours.
    """
    asked = [sys.executable, __file__, "--child", str(sound or "")]
    return float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def child(sound: str) -> None:
    """What is measured; prints its own peak in MB."""
    from speechface import api

    if sound:
        api.animate(sound, "sad")
    else:
        api.engine("emote")
    unit = 1024.0 if sys.platform != "darwin" else 1024.0**2
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sound", nargs="?", type=Path, help="a recording, repeated to the lengths below")
    parser.add_argument("--minutes", nargs="*", type=float, default=[1.0, 10.0, 30.0])
    parser.add_argument("--child", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        child(chosen.child)
        return
    print(f"{'sound':24s}{'peak, MB':>10s}{'seconds':>9s}{'load':>7s}")
    with tempfile.TemporaryDirectory() as folder:
        for minutes in [0.0, *chosen.minutes]:
            sound = None
            if minutes:
                sound = sample_speech.write(Path(folder) / "long.wav", 60.0 * minutes, chosen.sound)
            start = time.perf_counter()
            megabytes = peak(sound)
            name = f"{minutes:g} min" if minutes else "none: imports, weights"
            took = time.perf_counter() - start
            print(f"{name:24s}{megabytes:10.0f}{took:9.1f}{os.getloadavg()[0]:7.1f}", flush=True)


if __name__ == "__main__":
    main()
