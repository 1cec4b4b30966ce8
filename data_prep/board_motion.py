"""Face-board motion for clips that have sound and phones: the rich teacher's 174 controls, 60 frames a second, in board.npz.

A clip's emotion and style are those that `clips.jsonl` gives; where it gives none they are drawn as in `data_prep.motion`
and written there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.motion import BOARD_FPS, assign
from data_prep.teacher.teach import teach
from speechface import rigs
from speechface.clips import Clip, ClipFolder
from speechface.emotion import Emotion
from speechface.files import writing

FILE = "board.npz"


@dataclass(frozen=True)
class Job:
    """One clip and the seed of everybody's feelings."""

    clip: Clip
    seed: int


def add_board(path: Path, seed: int, workers: int = 1, progress: Callable[[float], None] = lambda share: None) -> None:
    """Give every clip of a folder board.npz; clips that have it are left, so that a stopped run goes on."""
    folder = ClipFolder.read(path)
    jobs = [Job(clip, seed) for clip in folder.clips]
    about = []
    for number, line in enumerate(_run(jobs, workers), start=1):
        about.append(line)
        progress(number / len(jobs))
    if about != [clip.about for clip in folder.clips]:
        with writing(path / "clips.jsonl") as part:
            part.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in about), encoding="utf-8")


def _run(jobs: Sequence[Job], workers: int) -> Iterable[dict[str, Any]]:
    if workers <= 1:
        yield from map(_one, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_one, jobs, chunksize=8)


def _one(job: Job) -> dict[str, Any]:
    """Write the motion of one clip, unless it is there; returns its line of `clips.jsonl`."""
    clip, drawn = job.clip, assign(job.clip.name, job.clip.seconds, job.seed)
    about: dict[str, Any] = {"emotion": drawn.emotion, "style": drawn.style} | clip.about
    target = clip.folder / clip.name / FILE
    if not target.exists():
        samples = clip.audio()
        emotion = Emotion.parse(str(about["emotion"]))
        take = teach(samples, clip.phones(), emotion, int(about["style"]), drawn.seed, rich=True)
        board = take.at(BOARD_FPS, len(samples) / 16000)
        with writing(target) as part, open(part, "wb") as file:
            np.savez_compressed(
                file, controls=board.astype(np.float16), names=np.array(rigs.load("face_board").names), fps=BOARD_FPS,
                valid=np.ones(len(board), dtype=bool),
            )  # fmt: skip
    return clip.about | about
