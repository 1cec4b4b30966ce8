"""How good a motion prior is on its own: how it rebuilds held-out motion, and whether what is drawn from it is a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from priors.flint import STRIDE, Flint
from priors.flint_training import Moved
from speechface.face import Face

SHARE = 0.02
"""Share of the face that may be farther out than nearly all recorded motion before a frame counts as none of a face."""


@dataclass(frozen=True, eq=False)
class Latents:
    """How latents follow each other in recorded motion: z' - mean = keep (z - mean) + spread n, n drawn from a unit Gaussian.

    mean (D,), keep (D, D), spread (D, D); start (D, D) is the spread of a first latent; axes (D, D) are the directions in
    which latents differ, one a row, the most important first, each as long as one standard deviation.
    """

    mean: np.ndarray
    keep: np.ndarray
    spread: np.ndarray
    start: np.ndarray
    axes: np.ndarray

    @staticmethod
    def of(runs: Sequence[np.ndarray]) -> Latents:
        """Fit to runs of latents (L, D), by least squares with a little shrinkage."""
        every = np.concatenate(runs).astype(np.float64)
        mean = every.mean(axis=0)
        before = np.concatenate([run[:-1] for run in runs if len(run) > 1]) - mean
        after = np.concatenate([run[1:] for run in runs if len(run) > 1]) - mean
        whole = np.cov(every.T) + 1e-6 * np.eye(len(mean))
        gram = before.T @ before + 1e-2 * len(before) * whole
        keep = np.linalg.solve(gram, before.T @ after).T
        left = np.cov((after - before @ keep.T).T) + 1e-8 * np.eye(len(mean))
        values, vectors = np.linalg.eigh(whole)
        order = np.argsort(values)[::-1]
        axes = np.sqrt(np.maximum(values[order], 0.0))[:, None] * vectors[:, order].T
        return Latents(mean, keep, np.linalg.cholesky(left), np.linalg.cholesky(whole), axes)

    def draw(self, count: int, length: int, seed: int = 0) -> np.ndarray:
        """(count, length, D) float32 runs of latents as they follow each other."""
        draw = np.random.default_rng(seed)
        now = draw.normal(size=(count, len(self.mean))) @ self.start.T
        out = [now]
        for _ in range(length - 1):
            now = now @ self.keep.T + draw.normal(size=now.shape) @ self.spread.T
            out.append(now)
        return (np.stack(out, axis=1) + self.mean).astype(np.float32)


@torch.inference_mode()
def encoded(prior: Flint, clips: Sequence[Moved]) -> list[np.ndarray]:
    """(L, D) latents (their means) of each clip that is eight frames long or longer."""
    out = []
    for clip in clips:
        frames = len(clip.motion) // STRIDE * STRIDE
        if frames and clip.valid[:frames].all():
            out.append(prior.encode(torch.from_numpy(clip.motion[:frames])[None])[0][0].numpy())
    return out


@torch.inference_mode()
def decoded(prior: Flint, latents: np.ndarray) -> np.ndarray:
    """(N, 8 L, C) motion of runs of latents (N, L, D)."""
    return prior.decode(torch.from_numpy(np.ascontiguousarray(latents, dtype=np.float32))).numpy()


@torch.inference_mode()
def measure(
    prior: Flint, face: Face, known: Sequence[Moved], held_out: Sequence[Moved], seed: int = 0
) -> dict[str, dict]:
    """Rows `rebuilt` (millimetres: mean, 95th percentile of frames, upper face, lip gap), `recorded`, `drawn` and
    `standard`: share of frames that are no face (%), speed and opening of the lips (mm a frame, mm), and `latents`.

    known: motion the latents' course is learnt from; held_out: what is rebuilt. `drawn` are latents as they follow each
    other in known motion (`Latents`), `standard` ones from a unit Gaussian, as the KL term would have them.
    """
    runs = encoded(prior, known)
    course = Latents.of(runs)
    error, upper, gaps, recorded, made = [], [], [], [], []
    for clip in held_out:
        frames = len(clip.motion) // STRIDE * STRIDE
        if not frames or not clip.valid[:frames].all():
            continue
        motion = torch.from_numpy(clip.motion[:frames])[None]
        truth, built = face(motion)[0], face(prior.decode(prior.encode(motion)[0]))[0]
        away = (truth - built).norm(dim=-1)
        error.append(away.mean(dim=1).numpy())
        upper.append(away[:, face.upper].mean(dim=1).numpy())
        gaps.append((Face.gap(truth) - Face.gap(built)).abs().numpy())
        recorded.append(truth)
        made.append(motion[0].numpy())
    middle, reach = _reach(torch.cat(recorded))
    length = 12
    samples = course.draw(64, length, seed)
    unit = np.random.default_rng(seed).normal(size=samples.shape)
    rows: dict[str, dict] = {
        "rebuilt": {
            "mm": 1e3 * _mean(error), "mm_p95": 1e3 * float(np.percentile(np.concatenate(error), 95)),
            "upper_mm": 1e3 * _mean(upper), "gap_mm": 1e3 * _mean(gaps),
        },
        "recorded": _faces(recorded, middle, reach),
        "drawn": _faces(list(face(torch.from_numpy(decoded(prior, samples)))), middle, reach),
        "standard": _faces(list(face(torch.from_numpy(decoded(prior, unit)))), middle, reach),
    }  # fmt: skip
    spread = np.linalg.norm(course.axes, axis=1) ** 2
    rows["latents"] = {
        "numbers": float(len(spread)), "for_90": float((np.cumsum(spread) < 0.9 * spread.sum()).sum() + 1),
        "clips": float(len(error)),
    }  # fmt: skip
    return rows


def _reach(vertices: Tensor) -> tuple[Tensor, Tensor]:
    """Mean places (V, 3) and how far (V,) nearly every recorded frame stays from them."""
    middle = vertices.mean(dim=0)
    away = (vertices - middle).norm(dim=-1)
    return middle, 1.1 * away.kthvalue(max(1, int(0.999 * len(away))), dim=0).values + 1e-4


def _faces(runs: Sequence[Tensor], middle: Tensor, reach: Tensor) -> dict[str, float]:
    """Share of frames that are no face (%), mean speed (mm a frame) and opening of the lips (mm) of runs (T, V, 3)."""
    far = torch.cat([((run - middle).norm(dim=-1) > reach).float().mean(dim=1) for run in runs])
    speed = torch.cat([run.diff(dim=0).norm(dim=-1).mean(dim=1) for run in runs])
    gap = torch.cat([Face.gap(run) for run in runs])
    return {
        "no_face": 100.0 * float((far > SHARE).float().mean()), "speed_mm": 1e3 * float(speed.mean()),
        "gap_mm": 1e3 * float(gap.mean()),
    }  # fmt: skip


def _mean(parts: Sequence[np.ndarray]) -> float:
    return float(np.concatenate(parts).mean())
