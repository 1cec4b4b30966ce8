"""Motion for clips that have sound and phones: every clip gets an emotion, a speaking style and the teacher's face.

Written per clip: motion.npz (parameters of the open head in FLAME's layout, 25 fps), face_board.npz (174 controls, 60 fps)
and arkit.npz (52 shapes and the head, 60 fps). `clips.jsonl` gains the fields emotion and style.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.teacher.style import STYLES
from data_prep.teacher.teach import teach
from speechface import rigs
from speechface.clips import Clip, ClipFolder
from speechface.emotion import LABELS, Emotion
from speechface.files import writing
from speechface.heads import flame
from speechface.heads.flame import OpenFlame
from speechface.retarget import face_board_to_open, open_to_arkit

FPS, BOARD_FPS = 25.0, 60.0
PARALLEL = 24
"""Clips of the test voices that are said in every emotion, so that one can be held against another."""


@dataclass(frozen=True)
class Feeling:
    """What a clip is said with: an emotion as `Emotion.parse` reads it, a style number, and the seed of the take."""

    emotion: str
    style: int
    seed: int


def assign(name: str, seconds: float, seed: int) -> Feeling:
    """The feeling of a clip, from its name and the seed alone.

    One in eight is neutral, one in six a mixture, one in five changes in the middle; strengths are anything from 0.2 to
    1, full strength the most likely.
    """
    draw = np.random.default_rng([seed, *name.encode()])

    def state() -> str:
        if draw.random() < 0.125:
            return "neutral"
        strength = 1.0 if draw.random() < 0.25 else draw.uniform(0.2, 1.0)
        labels = draw.choice(LABELS[1:], size=2, replace=False)
        if draw.random() < 0.17:
            share = draw.uniform(0.25, 0.75)
            return f"{labels[0]}:{strength * share:.3f},{labels[1]}:{strength * (1 - share):.3f}"
        return f"{labels[0]}:{strength:.3f}"

    emotion = state()
    if seconds > 2.0 and draw.random() < 0.2:
        emotion = f"0 {emotion}; {draw.uniform(0.3, 0.7) * seconds:.2f} {state()}"
    return Feeling(emotion, int(draw.integers(STYLES)), int(draw.integers(2**31)))


def add_motion(path: Path, seed: int, workers: int = 1, progress: Callable[[float], None] = lambda share: None) -> None:
    """Give every clip of a folder motion; clips that have it are left, so that a stopped run goes on.

    The first clips of the test voices are repeated in all eight emotions, under NAME-EMOTION.
    """
    folder = ClipFolder.read(path)
    clips = [clip for clip in folder.clips if "take" not in clip.about]
    jobs = [(clip, assign(clip.name, clip.seconds, seed)) for clip in clips]
    jobs += [
        (_repeat(clip, label), Feeling(label, assign(clip.name, clip.seconds, seed).style, number))
        for number, clip in enumerate([clip for clip in folder.split("test") if "take" not in clip.about][:PARALLEL])
        for label in LABELS
    ]
    about = []
    for number, line in enumerate(_run(jobs, workers), start=1):
        about.append(line)
        progress(number / len(jobs))
    with writing(path / "clips.jsonl") as part:
        part.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in about), encoding="utf-8")


def _run(jobs: list[tuple[Clip, Feeling]], workers: int) -> Iterable[dict[str, Any]]:
    if workers <= 1:
        yield from map(_one, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_one, jobs, chunksize=8)


def _one(job: tuple[Clip, Feeling]) -> dict[str, Any]:
    """Write the motion of one clip, unless it is there; returns its line of `clips.jsonl`."""
    clip, feeling = job
    about = clip.about | {"name": clip.name, "emotion": feeling.emotion, "style": feeling.style}
    target = clip.folder / clip.name / "motion.npz"
    if target.exists():
        return about
    samples = clip.audio()
    take = teach(samples, clip.phones(), Emotion.parse(feeling.emotion), feeling.style, feeling.seed)
    seconds = len(samples) / 16000
    board = take.at(BOARD_FPS, seconds)
    face, metric = _face()
    arkit = open_to_arkit(face_board_to_open(board), metric)
    _write(target.with_name("face_board.npz"), board.astype(np.float16), rigs.load("face_board").names, BOARD_FPS)
    _write(target.with_name("arkit.npz"), arkit.astype(np.float16), rigs.load("arkit").names, BOARD_FPS)
    muscles = face_board_to_open(take.at(FPS, seconds))
    _write(target, face.from_muscles(muscles, lids=False), face.rig.names, FPS)
    return about


@cache
def _face() -> tuple[OpenFlame, np.ndarray]:
    """The FLAME face of the open head and the metric of its muscles."""
    head = flame.require("flame")
    return head, head.metric()


def _repeat(clip: Clip, label: str) -> Clip:
    """The same sound and phones under a name of its own."""
    again = replace(clip, name=f"{clip.name}-{label}", about=clip.about | {"take": label})
    target = clip.folder / again.name
    if not target.is_dir():
        with writing(target) as part:
            part.mkdir()
            for file in ("audio.wav", "phones.tsv"):
                shutil.copyfile(clip.folder / clip.name / file, part / file)
    return again


def _write(path: Path, controls: np.ndarray, names: tuple[str, ...], fps: float) -> None:
    with writing(path) as part, open(part, "wb") as file:
        valid = np.ones(len(controls), dtype=bool)
        np.savez_compressed(file, controls=controls, names=np.array(names), fps=fps, valid=valid)
