"""`Trace`: places of a face's vertices in time, whatever they came from, as measures of motion take them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from speechface.animation import Animation
from speechface.errors import UserError
from speechface.evaluation.regions import Regions, of_head
from speechface.heads import Head
from speechface.metrics.rigid import held_still

TURNS = ("head", "neck_", "global_")
BLOCK = 200


@dataclass(frozen=True, eq=False)
class Trace:
    """name: what it came from, for messages. places: (T, n, 3) float32 metres of `regions.vertices`; frame t is at t / fps s.

    animation: the curves it came from, if any.
    """

    name: str
    places: np.ndarray
    fps: float
    regions: Regions
    animation: Animation | None = None

    def __post_init__(self) -> None:
        if len(self.places) < 2:
            raise UserError(f"{self.name} has {len(self.places)} frames; motion needs two")
        bad = ~np.isfinite(self.places).all(axis=(1, 2))
        if bad.any():
            raise UserError(f"{self.name} holds numbers that are not finite, first in frame {int(bad.argmax())}")

    def __len__(self) -> int:
        return len(self.places)

    @property
    def seconds(self) -> float:
        """Length, frames / fps."""
        return len(self) / self.fps

    def area(self, name: str) -> np.ndarray | None:
        """(T, k, 3) metres of an area, None where it is not known."""
        at = self.regions.areas.get(name)
        return None if at is None or not len(at) else self.places[:, at]

    def mark(self, name: str) -> np.ndarray | None:
        """(T, 3) metres of a landmark, None where it is not known."""
        return self.places[:, self.regions.marks[name]] if name in self.regions.marks else None

    def apart(self, one: str, other: str) -> np.ndarray | None:
        """(T,) metres between two landmarks, None where one is not known."""
        first, second = self.mark(one), self.mark(other)
        return None if first is None or second is None else np.linalg.norm(first - second, axis=-1)

    def at(self, fps: float, frames: int) -> Trace:
        """The first frames at another rate, by a cubic spline between the frames there are; the last one is held."""
        if fps == self.fps:
            return replace(self, places=self.places[:frames])
        every = round(self.fps / fps)
        if abs(every * fps - self.fps) < 1e-9 and (frames - 1) * every < len(self):
            return replace(self, places=self.places[::every][:frames], fps=fps)
        from scipy.interpolate import CubicSpline

        times = np.arange(len(self)) / self.fps
        wanted = np.minimum(np.arange(frames) / fps, times[-1])
        flat = self.places.reshape(len(self), -1)
        made = [CubicSpline(times, flat[:, start : start + BLOCK])(wanted) for start in range(0, flat.shape[1], BLOCK)]
        return replace(self, places=np.concatenate(made, axis=1, dtype=np.float32).reshape(frames, -1, 3), fps=fps)

    def held_still(self, reference: np.ndarray) -> Trace:
        """Without the movement of the head: the upper face as near as can be to a reference (k, 3); `UserError` without one."""
        stable = self.regions.areas.get("upper")
        if stable is None or len(stable) < 3:
            raise UserError(f"{self.name} has no upper face to hold still by; name it in the mask")
        return replace(self, places=held_still(self.places, stable, reference).astype(np.float32))


def of_animation(animation: Animation, head: Head, name: str) -> Trace:
    """An animation of a head's own rig as a trace; the head is kept from turning."""
    regions = of_head(head)
    still = animation.with_curves(
        {control: np.zeros(len(animation)) for control in animation.names if control.startswith(TURNS)}
    )
    places = head.points(still.columns(head.rig.names), regions.vertices.tolist())
    return Trace(name, np.asarray(places, dtype=np.float32), animation.fps, regions, animation)


def on_one_grid(predicted: Trace, true: Trace) -> tuple[Trace, Trace]:
    """Both at the lower of their frame rates, over the time both have; `UserError` where they are not of one recording."""
    shorter, longer = sorted((predicted.seconds, true.seconds))
    if longer - shorter > max(0.5, 0.2 * longer):
        raise UserError(
            f"{predicted.name} lasts {predicted.seconds:.2f} s, {true.name} {true.seconds:.2f} s: they are not of one recording"
        )
    fps = min(predicted.fps, true.fps)
    frames = min(int((len(one) - 1) / one.fps * fps + 1e-6) + 1 for one in (predicted, true))
    return predicted.at(fps, frames), true.at(fps, frames)
