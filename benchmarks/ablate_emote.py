"""What each idea of EMOTE's stage 2 is worth: the same training without it, and one table.

Example:
  python benchmarks/ablate_emote.py clips/synthetic clips/real --start runs/emote/model --reader runs/lipreader/model \\
    --judge runs/videoemotion/model --other runs/other/model --direct runs/direct/model --speech clips/real --out runs/ablation

Every variant begins at the model of stage 1 and takes the same steps on the same batches; `no_prior` begins at --direct, a
stage 1 of its own that was trained with `--net.decoder direct`. All figures are of the net alone: what keeps the lips afterwards
would hide them. A variant whose folder holds a model is not trained again; with --steps 0 nothing is
trained, only what is there is measured.

closure, false, tuck: `speechface evaluate lips` (per cent). told, weak: share of the emotions that a classifier of landmarks,
which has seen only the teacher, tells at strengths 1 and 1/3. seen, faint: the same of --other, a net that judges pictures and
taught nobody. Every recording is said in every emotion, so all are exchanged.
lve_mm, jitter, speed: against the teacher's motion on held-out voices; millimetres, mm/s3 and mm/s of the face.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emote.commands.train.emote import watch
from emote.config import Data, Watched
from emote.training import train
from priors.flint_training import read_motion
from speechface import api, heads
from speechface.animation import Animation
from speechface.clips import Clip, ClipFolder
from speechface.commands.evaluate import _tables
from speechface.emotion import LABELS, Emotion
from speechface.evaluation import feeling, lips
from speechface.training_config import Training

VARIANTS: dict[str, dict[str, float]] = {
    "stage2": {},
    "no_lip_loss": {"lip_reading": 0.0, "lip_reading_exchanged": 0.0},
    "no_emotion_loss": {"video_emotion": 0.0, "video_emotion_exchanged": 0.0},
    "no_exchange": {"lip_reading_exchanged": 0.0, "video_emotion_exchanged": 0.0},
}
COLUMNS = ["closure", "false", "tuck", "told", "weak", "seen", "faint", "lve_mm", "jitter", "speed"]


def main() -> None:
    """Train what is missing, measure everything, print the table and write it."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("clips", nargs="+", type=Path, help="clip folders with motion")
    words.add_argument("--start", type=Path, required=True, help="model folder of stage 1")
    words.add_argument("--reader", default="", help="lip reader: a model folder or a TorchScript file")
    words.add_argument("--judge", default="", help="net that sees feelings, likewise")
    words.add_argument("--other", default="", help="another net that sees feelings, which only judges")
    words.add_argument("--direct", type=Path, help="model folder of a stage 1 without the motion prior")
    words.add_argument("--speech", type=Path, required=True, help="clip folder with phones, for closures and sounds")
    words.add_argument(
        "--out", type=Path, default=Path("runs/ablation"), help="folder of the variants and of table.json"
    )
    words.add_argument("--steps", type=int, default=1000, help="steps of every variant; 0 measures what is there")
    words.add_argument("--rate", type=float, default=2e-4)
    words.add_argument("--batch", type=int, default=4)
    words.add_argument("--frames", type=int, default=64)
    words.add_argument("--most", type=int, default=40, help="recordings that are measured")
    words.add_argument("--also", nargs="*", default=[], metavar="NAME=MODEL", help="other models to measure")
    a = words.parse_args()
    models = {"stage1": a.start} | {name: Path(model) for name, _, model in (word.partition("=") for word in a.also)}
    starts = dict.fromkeys(VARIANTS, a.start) | ({"no_prior": a.direct} if a.direct else {})
    models |= {"stage1_no_prior": a.direct} if a.direct else {}
    for name, start in starts.items():
        folder = a.out / name
        if a.steps and not (folder / "model" / "model.json").is_file():
            training = Training(
                steps=a.steps, rate=a.rate, warmup=a.steps // 20, average=0.99, validate=max(1, a.steps // 5)
            )
            watching = watch("flame", Watched(**{"reader": a.reader, "judge": a.judge, **VARIANTS.get(name, {})}))  # type: ignore[arg-type]
            data = Data(batch=a.batch, frames=a.frames)
            train(a.clips, folder, start=start, data=data, training=training, watching=watching)
        if (folder / "model" / "model.json").is_file():
            models[name] = folder / "model"
    rows = measure(models, a.clips[0], a.speech, a.most, a.other)
    _tables.show(rows, COLUMNS, a.out / "table.json")


def measure(models: dict[str, Path], taught: Path, speech: Path, most: int, other: str) -> dict[str, dict[str, float]]:
    """The columns of every model, on the test split of `speech` and, against the truth, of `taught`."""
    head = heads.load("flame")
    utterances = evenly(_tables.speech(speech, "labelled", "test"), most)
    folder = ClipFolder.read(taught)
    truths = evenly([clip for clip in folder.split("test") if clip.seconds > 2.0], most)
    names = api.engine(str(next(iter(models.values())))).names
    watching = watch("flame", Watched(lip_reading=0.0, lip_reading_exchanged=0.0, judge=other)) if other else None
    judge = feeling.classifier(evenly(folder.split("train"), 1500), names, head)
    sounds = [utterance.samples for utterance in utterances[::4]]
    rows = {}
    for name, model in models.items():
        engine = api.engine(str(model))

        def animate(samples: np.ndarray, text: str, engine: Any = engine) -> Animation:
            return engine.animate(samples, Emotion.parse(text), alive=False, lips=False)

        found = [lips.measure(utterances, lambda one, text=text, animate=animate: animate(one.samples, text), head)["all"]
                 for text in (LABELS[0], LABELS[5])]  # fmt: skip
        rows[name] = {
            "closure": float(np.mean([row["closure_rate"] for row in found])),
            "false": float(np.mean([row["false_closure"] for row in found])),
            "tuck": float(np.mean([row["tuck_rate"] for row in found])),
            "told": feeling.agreement(judge, sounds, animate, names, head)["all"],
            "weak": feeling.agreement(judge, sounds, animate, names, head, strength=1 / 3)["all"],
            "seen": seen(watching, sounds, animate, names, 1.0),
            "faint": seen(watching, sounds, animate, names, 1 / 3),
            **against(truths, engine, names, head),
        }
    return rows


@torch.inference_mode()
def seen(watching: Any, sounds: list[np.ndarray], animate: Any, names: tuple[str, ...], strength: float) -> float:
    """Share (%) of the emotions that a net tells from pictures of the open head, every sound in every emotion."""
    if watching is None:
        return float("nan")
    every, right = max(1, round(25.0 / watching.judge.rate)), []
    for samples in sounds:
        for number, label in enumerate(LABELS):
            motion = animate(samples, f"{label}:{strength:g}").columns(names)[every // 2 :: every]
            vector = watching.judge(watching.face(torch.from_numpy(np.ascontiguousarray(motion))[None].float()))
            right.append(int(watching.judge.judge(vector)[0].argmax()) == number)
    return 100.0 * float(np.mean(right))


def against(clips: list[Clip], engine: Any, names: tuple[str, ...], head: Any) -> dict[str, float]:
    """Lip vertex error (mean over frames of the largest distance of a lip's landmark, mm), jitter (mean third difference of the
    face's landmarks, mm/s3) and their speed (mm/s), each clip in its own emotion and style."""
    fps, lve, jitter, speed = 25.0, [], [], []
    marks = [name for name in head.landmarks if name.startswith("lm68_") and int(name[5:]) >= 17]
    mouth = [number for number, name in enumerate(marks) if int(name[5:]) >= 48]
    columns = [head.rig.index[name] for name in names]
    for clip in clips:
        truth = np.zeros((len(read_motion(clip, names, fps).motion), len(head.rig)), dtype=np.float32)
        truth[:, columns] = read_motion(clip, names, fps).motion
        emotion, style = Emotion.parse(str(clip.about.get("emotion", "neutral"))), int(clip.about.get("style", 0))
        made = engine.animate(clip.audio(), emotion, style, alive=False, lips=False).columns(head.rig.names)
        count = min(len(made), len(truth))
        got, wanted = (1e3 * head.landmark_points(part[:count], *marks) for part in (made, truth))
        lve.append(np.linalg.norm(got - wanted, axis=-1)[:, mouth].max(axis=1))
        jitter.append(np.linalg.norm(np.diff(got, n=3, axis=0), axis=-1).mean(axis=1) * fps**3)
        speed.append(np.linalg.norm(np.diff(got, axis=0), axis=-1).mean(axis=1) * fps)
    parts = {"lve_mm": lve, "jitter": jitter, "speed": speed}
    return {name: float(np.concatenate(found).mean()) for name, found in parts.items()}


def evenly(items: list, most: int) -> list:
    """At most so many of a list, evenly spread."""
    return items[:: max(1, len(items) // most)][:most]


if __name__ == "__main__":
    main()
