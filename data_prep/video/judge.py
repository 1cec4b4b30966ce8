"""Stage 4: which frames of a track may be learnt from, and which clips. Every threshold is in `Thresholds`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from data_prep.track import Track
from data_prep.video.identity import change
from data_prep.video.lips import Sync, between_eyes, opening, sync


@dataclass(frozen=True)
class Thresholds:
    """What is good enough. Distances are in shares of that between the outer corners of the eyes."""

    reprojection: float = 0.035
    """Mean distance of the fitted head's landmarks from the tracked ones in a clip."""
    frame_reprojection: float = 0.08
    """The same in a frame."""
    confidence: float = 0.4
    """Least confidence of a frame."""
    occlusion: float = 0.12
    """Fall of the confidence under that of the clip's clearer frames: a hand or a microphone passes before the face."""
    yaw: float = 40.0
    """Degrees that the head may be turned sideways."""
    pitch: float = 30.0
    """Degrees that it may be turned up or down."""
    outside: float = 0.05
    """Share of landmarks that may lie outside the picture."""
    eyes: float = 24.0
    """Least pixels between the outer corners of the eyes: lips of smaller faces are not resolved."""
    jitter: float = 0.015
    """Median acceleration of eyes and nose a frame squared."""
    jump: float = 0.10
    """Acceleration in one frame from which the tracker has jumped."""
    valid: float = 0.75
    """Least share of valid frames."""
    seconds: float = 1.0
    """Least length of valid frames together."""
    sync_offset: float = 0.12
    """Seconds by which lips and sound may be apart."""
    sync_margin: float = 0.25
    """Correlation that may be missed by taking lips and sound as they are rather than moving them, over the root of the
    clip's seconds: the shorter a clip, the more an offset looks best by chance."""
    sync_correlation: float = 0.25
    """Least correlation of the opening of the lips with the one that the sound asks for."""
    identity: float = 0.03
    """Change of the proportions of the face, see `data_prep.video.identity`."""


@dataclass(frozen=True)
class Judgement:
    """valid: (T,) bool frames that may be learnt from. reasons: why the clip is rejected; empty if it is accepted.
    measures: what was measured. masked: frames lost, by the reason."""

    valid: np.ndarray
    reasons: tuple[str, ...]
    measures: dict[str, float]
    masked: dict[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether the clip may be learnt from."""
        return not self.reasons


def judge(
    track: Track, wanted: np.ndarray, residual: np.ndarray | None = None, thresholds: Thresholds | None = None
) -> Judgement:
    """Judge a track against the opening that its sound asks for (N,) at 100 Hz, see `lips.asked`.

    residual: (T,) mean distance of the fitted head's landmarks from the tracked ones, where there is a fit.
    """
    limit = thresholds or Thresholds()
    eyes = np.maximum(between_eyes(track), 1e-6)
    yaw, pitch = pose(track)
    shaking = _acceleration(track, eyes)
    clear = np.percentile(track.confidence[track.valid], 75) if track.valid.any() else 0.0
    bad = {
        "no face": ~track.valid,
        "unsure": track.confidence < limit.confidence,
        "something before the face": track.confidence < clear - limit.occlusion,
        "turned away": (np.abs(yaw) > limit.yaw) | (np.abs(pitch) > limit.pitch),
        "outside the picture": _outside(track) > limit.outside,
        "jumps": shaking > limit.jump,
    }
    if residual is not None:
        bad["fit"] = ~(residual <= limit.frame_reprojection)
    valid = ~np.any(list(bad.values()), axis=0)
    found = sync(opening(track), track.fps, wanted, valid)
    other = change(track.landmarks, track.valid, track.fps)
    measures = {
        "frames": float(len(track)),
        "valid": float(valid.mean()) if len(valid) else 0.0,
        "eyes": float(np.median(eyes)),
        "yaw": float(np.median(np.abs(yaw))),
        "pitch": float(np.median(np.abs(pitch))),
        "jitter": float(np.median(shaking)),
        "confidence": float(np.median(track.confidence)),
        "identity": float(other.max(initial=0.0)),
        "sync_offset": found.offset,
        "sync_correlation": found.near,
    }
    if residual is not None:
        measures["reprojection"] = float(np.mean(residual[valid])) if valid.any() else 1.0
    reasons = tuple(_reasons(measures, bad, valid, found, track.fps, limit))
    return Judgement(valid, reasons, measures, {reason: int(mask.sum()) for reason, mask in bad.items() if mask.any()})


def pose(track: Track) -> tuple[np.ndarray, np.ndarray]:
    """(T,) yaw and pitch of the head in degrees, from the depth of temples, forehead and chin."""
    points = track.landmarks.astype(float)
    across, down = points[:, 454] - points[:, 234], points[:, 152] - points[:, 10]
    yaw = np.degrees(np.arctan2(across[:, 2], np.hypot(across[:, 0], across[:, 1])))
    pitch = np.degrees(np.arctan2(down[:, 2], np.hypot(down[:, 0], down[:, 1])))
    return yaw, pitch


def _reasons(
    measures: Mapping[str, float],
    bad: Mapping[str, np.ndarray],
    valid: np.ndarray,
    found: Sync,
    fps: float,
    limit: Thresholds,
) -> Iterator[str]:
    if measures["valid"] < limit.valid:
        worst = max(bad, key=lambda name: bad[name].sum())
        yield f"too few good frames: {worst}"
    elif valid.sum() / fps < limit.seconds:
        yield "too short"
    if measures["eyes"] < limit.eyes:
        yield "face too small"
    if measures["jitter"] > limit.jitter:
        yield "jitter"
    if measures["identity"] > limit.identity:
        yield "another person in between"
    if measures.get("reprojection", 0.0) > limit.reprojection:
        yield "the head does not fit"
    margin = limit.sync_margin / np.sqrt(len(valid) / fps)
    apart = abs(found.offset) > limit.sync_offset and found.correlation - found.near > margin
    if apart and found.correlation > 2 * limit.sync_correlation:
        yield "lips and sound are apart"
    elif apart or found.near < limit.sync_correlation:
        yield "lips do not move with the sound"


def _acceleration(track: Track, eyes: np.ndarray) -> np.ndarray:
    """(T,) acceleration of points that no expression moves, a frame squared, in distances between the eyes."""
    points = track.landmarks[:, [1, 4, 33, 133, 168, 263, 362], :2]
    out = np.zeros(len(track))
    if len(track) > 2:
        second = np.linalg.norm(points[2:] - 2 * points[1:-1] + points[:-2], axis=-1).mean(axis=1)
        out[1:-1] = second / eyes[1:-1]
    return out


def _outside(track: Track) -> np.ndarray:
    """(T,) share of landmarks outside the picture."""
    flat = track.landmarks[..., :2]
    return ((flat < 0) | (flat > np.array(track.size))).any(axis=-1).mean(axis=1)
