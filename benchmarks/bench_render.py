"""How fast pictures are drawn: frames a second by renderer and size, and where the time of the software renderer goes.

Run `python benchmarks/bench_render.py` on a machine that does nothing else. The head talks: all vertices move. Processor time
is summed over threads: other programs lengthen the wall clock much and it little.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sized
from pathlib import Path
from typing import TypeVar

import numpy as np

from render import backends, motion, video
from render.backends import _occlusion, _raster, _scatter, _shade, _shadow, _strands, software
from render.normals import Normals
from render.scene import Scene
from render.sound import Sound
from speechface import heads
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import Head

Frames = TypeVar("Frames", bound=Sized)
SIZES = (((512, 512), "review", 96), ((1920, 1080), "review", 16), ((1920, 1080), "final", 6))


def talk(head: Head, frames: int) -> Animation:
    """Every control of the head swings slowly, each at its own pace."""
    rng = np.random.default_rng(0)
    time_ = np.arange(frames)[:, None] / 30.0
    swing = 0.5 + 0.5 * np.sin(time_ * rng.uniform(2.0, 9.0, len(head.rig)) + rng.uniform(0.0, 6.0, len(head.rig)))
    strength = np.where(rng.random(len(head.rig)) < 0.25, 0.5, 0.08)
    return Animation(head.rig.clip((swing * strength).astype(np.float32)), head.rig.names, 30.0, head.rig.name)


def phases(scene: Scene, frames: list[np.ndarray]) -> dict[str, float]:
    """Milliseconds of processor time a frame for each step of the software renderer, drawn by one thread."""
    steps: list[tuple[str, object, str]] = [
        ("normals", Normals, "fill"), ("project", _raster, "project"), ("raster", _raster.Buffers, "fill"),
        ("shadow", _shadow.ShadowMap, "draw"), ("occlusion", _occlusion.Coarse, "draw"), ("shade", _shade.Shading, "draw"),
        ("strands", _strands.Strands, "draw"), ("scatter", _scatter.Scatter, "draw"), ("resolve", software, "resolve"),
    ]  # fmt: skip
    spent: dict[str, float] = defaultdict(float)
    canvas = software.Canvas(scene)
    canvas.draw(frames[0])
    originals = [getattr(owner, name) for _, owner, name in steps]
    for (step, owner, name), original in zip(steps, originals, strict=True):
        setattr(owner, name, _timed(original, step, spent))
    try:
        start = time.thread_time()
        for frame in frames:
            canvas.draw(frame)
        spent["all"] = time.thread_time() - start
    finally:
        for (_, owner, name), original in zip(steps, originals, strict=True):
            setattr(owner, name, original)
    spent["raster"] -= _inner(spent)
    return {step: 1000.0 * seconds / len(frames) for step, seconds in spent.items()}


def _inner(spent: dict[str, float]) -> float:
    """The shadow map is filled by the same step as the picture; that part is counted as shadow."""
    return spent.pop("raster within shadow", 0.0)


def _timed(function: Callable, step: str, spent: dict[str, float]) -> Callable:
    def run(*arguments: object, **named: object) -> object:
        start = time.thread_time()
        try:
            return function(*arguments, **named)
        finally:
            seconds = time.thread_time() - start
            spent[step] += seconds
            if step == "raster" and arguments and getattr(arguments[0], "samples", 0) == 1:
                spent["raster within shadow"] += seconds

    return run


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", default="open:arkit")
    parser.add_argument("--renderers", nargs="*", default=backends.available())
    parser.add_argument("--quick", action="store_true", help="512 x 512 only")
    chosen = parser.parse_args()
    head = heads.load(chosen.head)
    animation = talk(head, 96)
    print(
        f"{chosen.head}: {len(head.look.colour)} vertices, {len(head.faces)} triangles; load {os.getloadavg()[0]:.1f}"
    )
    frames = timed("vertices", lambda: list(motion.vertices(animation, head)))
    for size, quality, count in SIZES[: 1 if chosen.quick else None]:
        scene = Scene.of(head, "front", size, quality)
        print(f"\n{size[0]} x {size[1]}, {quality}")
        for name in chosen.renderers:
            _run(name, scene, frames[:count])
        table = phases(scene, frames[: max(2, count // 4)])
        print("  software, ms a frame on one core: " + ", ".join(f"{step} {ms:.1f}" for step, ms in table.items()))
    scene = Scene.of(head)
    pictures = list(backends.draw(frames[:48], scene))
    with tempfile.TemporaryDirectory() as folder:
        path, sound = Path(folder) / "talk.mp4", _noise(len(animation) / animation.fps)
        timed("\nencode 512 x 512", lambda: range(video.write(path, pictures, animation.fps)))

        def film() -> range:
            return range(
                video.write(path, backends.draw(motion.vertices(animation, head), scene), animation.fps, sound)
            )

        for _ in range(3):
            timed("all of it, 512 x 512", film)


def timed(what: str, work: Callable[[], Frames]) -> Frames:
    """Print the frames a second of some work, which gives its frames, and its processor time a frame; returns them."""
    wall, processor = time.perf_counter(), time.process_time()
    frames = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(
        f"{what}: {len(frames) / wall:.1f} frames/s, {1000.0 * processor / len(frames):.1f} ms of processor time a frame"
    )
    return frames


def _noise(seconds: float) -> Sound:
    """A sound as hard to code as speech, or harder."""
    return Sound.of(np.random.default_rng(0).normal(0.0, 0.05, round(16000 * seconds)).astype(np.float32), 16000)


def _run(name: str, scene: Scene, frames: list[np.ndarray]) -> None:
    """Print the frames a second of one renderer."""
    try:
        next(backends.draw(frames[:1], scene, name))
        timed(f"  {name:10s}", lambda: list(backends.draw(frames, scene, name)))
    except UserError as error:
        print(f"  {name:10s} not here: {str(error)[:90]}")


if __name__ == "__main__":
    main()
