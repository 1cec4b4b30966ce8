"""How fast sound becomes controls, step by step, and how fast a net of EmoFace's size would be on the same sound.

Run `python benchmarks/bench_animate.py` on a machine that does nothing else. Start-up (imports, weights) is not counted, nor
is it for the peer. Of several tries the fastest counts. Steps are processor time, summed over threads; other programs on
the machine lengthen the wall clock much and processor time little. Target: 50 x real time on two cores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import emoface_sized
import sample_speech
import torch

from emote import engine as emote_engine
from emote.model import Emote
from speechface import api
from speechface.audio import load
from speechface.audio.windows import Listener
from speechface.emotion import Emotion

STEPS = ("load", "encoder", "emote", "lips", "life")


@dataclass
class Run:
    """Seconds of wall clock and of processor time that one run took, and processor time by step."""

    wall: float
    processor: float
    steps: dict[str, float] = field(default_factory=dict)


def timed(work: Callable[[], object], tries: int, steps: dict[str, float]) -> Run:
    """The fastest of several runs of `work`, which adds to `steps`."""
    runs = []
    for _ in range(tries):
        steps.clear()
        wall, processor = time.perf_counter(), time.process_time()
        work()
        runs.append(Run(time.perf_counter() - wall, time.process_time() - processor, dict(steps)))
    return min(runs, key=lambda run: run.wall)


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """Within it, seconds of processor time of every step of the engine are added up in the dictionary it gives."""
    places: list[tuple[str, Any, str]] = [
        ("load", load, "read"), ("encoder", Listener, "__init__"), ("encoder", Listener, "features"),
        ("emote", Emote, "forward"), ("life", emote_engine, "enliven"), ("lips", emote_engine, "keep"),
    ]  # fmt: skip
    spent: dict[str, float] = defaultdict(float)
    lock = Lock()

    def watch(function: Callable, step: str) -> Callable:
        def run(*arguments: object, **named: object) -> object:
            start = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                seconds = time.thread_time() - start
                with lock:
                    spent[step] += seconds

        return run

    originals = [getattr(owner, name) for _, owner, name in places]
    for (step, owner, name), original in zip(places, originals, strict=True):
        setattr(owner, name, watch(original, step))
    try:
        yield spent
    finally:
        for (_, owner, name), original in zip(places, originals, strict=True):
            setattr(owner, name, original)


def ours(sound: Path, tries: int) -> Run:
    """From a sound file to controls, by the engine that comes with speechface."""
    engine, feeling = api.engine("emote"), Emotion.parse("sad")
    with watched() as steps:
        return timed(lambda: engine.animate(load.read(sound), feeling), tries, steps)


def peer(sound: Path, tries: int) -> Run:
    """The same sound through the peer."""
    torch.manual_seed(0)
    net = emoface_sized.EmoFaceSized().eval()
    audio = torch.from_numpy(load.read(sound))[None]
    return timed(lambda: emoface_sized.run(audio, net), tries, {})


def row(name: str, seconds: float, threads: int, run: Run) -> str:
    """One line of the table."""
    steps = "".join(f"{run.steps[step]:9.3f}" if step in run.steps else f"{'':9s}" for step in STEPS)
    return (f"{name:14s}{seconds:6.0f}{threads:8d}{steps}{run.processor:11.3f}{run.wall:8.3f}"
            f"{seconds / run.wall:8.0f}{os.getloadavg()[0]:7.1f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sound", nargs="?", type=Path, help="a recording, repeated to the lengths below")
    parser.add_argument("--seconds", nargs="*", type=float, default=[5.0, 60.0, 600.0])
    parser.add_argument("--tries", type=int, default=5, help="for the shortest; long sounds are tried fewer times")
    parser.add_argument(
        "--peer-seconds", type=float, default=60.0, help="the longest sound the peer is given; 0: no peer"
    )
    chosen = parser.parse_args()
    usual = torch.get_num_threads()
    print(f"{'':14s}{'sound':>6s}{'threads':>8s}" + "".join(f"{step:>9s}" for step in STEPS)
          + f"{'processor':>11s}{'wall':>8s}{'x real':>8s}{'load':>7s}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for seconds in chosen.seconds:
            sound = sample_speech.write(Path(folder) / f"{seconds:g}.wav", seconds, chosen.sound)
            tries = max(1, min(chosen.tries, round(300.0 / seconds)))
            for threads in dict.fromkeys((usual, 1)):
                torch.set_num_threads(threads)
                print(row("emote", seconds, threads, ours(sound, tries)), flush=True)
            if seconds <= chosen.peer_seconds:
                torch.set_num_threads(usual)
                run = peer(sound, 2 if seconds < 30.0 else 1)
                print(row("EmoFace-sized", seconds, usual, run), flush=True)


if __name__ == "__main__":
    main()
