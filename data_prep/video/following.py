"""Following one face: detections become chains, one a person; the longest and largest is the one that counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_prep.trackers import Face
from data_prep.video.scan import Scan

SMOOTH = 3.0
"""Frames of the Gaussian that smooths the crop, as EMOTE's data had it."""
REACH = 0.35
"""Of its side: how far a face moves between two sightings and is still the same."""
GROWTH = 1.5
GONE = 1.0
"""Seconds without a sighting after which a face that comes is another one."""
NEAR = 0.5
"""Seconds from the nearest sighting within which a place between two is believed."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Sightings of one face: frame (n,) of the scan, rows (n, 5) as `Scan.faces` has them."""

    frame: np.ndarray
    rows: np.ndarray

    @property
    def weight(self) -> float:
        """How much of the film it fills: summed area."""
        return float(np.square(self.rows[:, 2], dtype=float).sum())


def chains(scan: Scan, first: int, end: int) -> list[Chain]:
    """Every face in the frames [first, end), the one that counts first."""
    open_: list[list[int]] = []
    closed: list[list[int]] = []
    inside = np.arange(*np.searchsorted(scan.frame, [first, end]))
    for frame in np.unique(scan.frame[inside]):
        now = [int(at) for at in inside[scan.frame[inside] == frame]]
        gone = [chain for chain in open_ if scan.times[frame] - scan.times[scan.frame[chain[-1]]] > GONE]
        closed += gone
        open_ = [chain for chain in open_ if chain not in gone]
        pairs = sorted(
            (_distance(scan.faces[chain[-1]], scan.faces[at]), number, at)
            for number, chain in enumerate(open_)
            for at in now
        )
        taken: set[int] = set()
        for distance, number, at in pairs:
            if distance < 1 and at in now and number not in taken:
                open_[number].append(at)
                taken.add(number)
                now.remove(at)
        open_ += [[at] for at in now]
    found = [Chain(scan.frame[np.array(chain)], scan.faces[np.array(chain)]) for chain in closed + open_]
    return sorted(found, key=lambda chain: -chain.weight)


def places(chain: Chain, scan: Scan, first: int, end: int) -> list[Face | None]:
    """Where a face is in every frame [first, end): between sightings interpolated, smoothed; None far from any.

    The score falls from 1 at a sighting to a half at `NEAR` seconds from the nearest.
    """
    times = scan.times[first:end]
    seen = scan.times[chain.frame]
    rows = chain.rows.astype(float)
    rows[:, 2] = np.log(rows[:, 2])
    rows[:, 3] = np.unwrap(rows[:, 3])
    smooth = _smoothed(np.stack([np.interp(times, seen, row) for row in rows.T[:4]], axis=1))
    away = _away(times, seen)
    return [
        Face(row[:2], float(np.exp(row[2])), float(row[3]), float(1 - 0.5 * far / NEAR)) if far <= NEAR else None
        for row, far in zip(smooth, away, strict=True)
    ]


def _distance(one: np.ndarray, two: np.ndarray) -> float:
    """How unlike two sightings are; under 1 they may be the same face."""
    moved = float(np.hypot(*(one[:2] - two[:2]))) / (REACH * max(one[2], two[2]))
    grown = abs(float(np.log(one[2] / two[2]))) / np.log(GROWTH)
    return max(moved, grown)


def _smoothed(rows: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(rows, SMOOTH, axis=0, mode="nearest")


def _away(times: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Seconds to the nearest of some increasing times."""
    at = np.searchsorted(seen, times)
    before, after = seen[np.maximum(at - 1, 0)], seen[np.minimum(at, len(seen) - 1)]
    return np.minimum(np.abs(times - before), np.abs(times - after))
