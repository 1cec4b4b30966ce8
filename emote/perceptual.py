"""Stage 2 of EMOTE: what is said must be read from the lips, what is felt from the face, also when feelings are exchanged.

Pictures are handed in (`Watching`): this package does not know how they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import torch
from torch import Generator, Tensor, nn

from emote.config import Watched
from emote.exchange import exchanged, partners
from emote.training import Lessons, Objective
from speechface import losses

Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Watching:
    """Two differentiable cameras, motion (B, T, C) -> pictures (B, T, 1, H, W), and the nets that look through them.

    reader: pictures of the mouth -> (B, T, D). judge: pictures of the face, `rate` a second -> (B, D).
    """

    mouth: nn.Module
    face: nn.Module
    reader: nn.Module
    judge: nn.Module
    config: Watched = field(default_factory=Watched)

    @property
    def weights(self) -> dict[str, float]:
        """Weights of the terms that watch."""
        return {name: value for name, value in asdict(self.config).items() if isinstance(value, float)}

    def objective(self, first: Objective, fps: float) -> WatchedObjective:
        """The objective of stage 2, from that of stage 1; terms without weight are not computed."""
        return WatchedObjective(first, self, fps, [name for name, weight in self.weights.items() if not weight])

    def pairs(self, lessons: Lessons) -> Pairs:
        """The batches of stage 2, from those of stage 1."""
        return Pairs(lessons)


class Pairs:
    """Batches of lessons, and for each clip the partner (B,) whose feelings it borrows."""

    def __init__(self, lessons: Lessons) -> None:
        self.lessons = lessons

    def batch(self, step: int, generator: Generator) -> Batch:
        """Features (B, T, 2 D), style (B, T, 43), motion (B, T, C), mask (B, T), partners (B,)."""
        features, style, motion, mask = self.lessons.batch(step, generator)
        return features, style, motion, mask, partners(style, generator)


class WatchedObjective:
    """The terms of stage 1 on the clips as they were, and four that watch: `lip_reading` and `video_emotion` as they were,
    `lip_reading_exchanged` against the clip that gave the sound, `video_emotion_exchanged` against the one that gave the feeling.

    Terms whose weight is 0 are not computed (`skip`), and what is exchanged is not made where nothing watches it.
    """

    def __init__(self, first: Objective, watching: Watching, fps: float, skip: Sequence[str] = ()) -> None:
        self.first, self.watching, self.skip = first, watching, set(skip)
        self.every = max(1, round(fps / float(getattr(watching.judge, "rate", fps / 3.0))))

    def to(self, device: torch.device) -> None:
        """Take the face where the net is."""
        self.first.to(device)

    def __call__(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        features, style, motion, mask, order = batch
        watch = self.watching
        for net in (watch.mouth, watch.face, watch.reader, watch.judge):
            net.to(motion.device)
        swaps = not {"lip_reading_exchanged", "video_emotion_exchanged"} <= self.skip
        made = model(
            torch.cat([features, features]) if swaps else features,
            torch.cat([style, exchanged(style, order)]) if swaps else style,
            torch.cat([mask, mask]) if swaps else mask,
        )
        own, swapped = made.chunk(2) if swaps else (made, made)
        terms = self.first.compare(own, motion, mask)
        cosine = losses.load("cosine")
        lips = {"lip_reading": own, "lip_reading_exchanged": swapped}
        feelings = {"video_emotion": (own, None), "video_emotion_exchanged": (swapped, order)}
        if not set(lips) <= self.skip:
            with torch.no_grad():
                said = watch.reader(watch.mouth(motion))
            for name, moved in lips.items():
                if name not in self.skip:
                    terms[name] = cosine(watch.reader(watch.mouth(moved)), said, mask)
        if not set(feelings) <= self.skip:
            with torch.no_grad():
                felt = self._felt(motion)
            for name, (moved, donors) in feelings.items():
                if name not in self.skip:
                    wanted = felt if donors is None else felt[donors]
                    terms[name] = cosine(self._felt(moved)[:, None], wanted[:, None])
        return terms

    def _felt(self, motion: Tensor) -> Tensor:
        """(B, D) what the judge sees in motion (B, T, C), at its own rate."""
        return self.watching.judge(self.watching.face(motion[:, self.every // 2 :: self.every]))
