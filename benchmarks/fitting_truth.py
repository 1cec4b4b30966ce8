"""Known motion, real pictures: the open head is drawn speaking, tracked, fitted, and compared with what it did.

People, lights, lines and cameras of `test` are others than those of `train`, from which the tracker's errors are learnt.

    python benchmarks/fitting_truth.py draw CLIPS WORK MODEL train 80     # CLIPS: of `prepare synthetic`; 3 s a clip
    python benchmarks/fitting_truth.py draw CLIPS WORK MODEL test 6
    python benchmarks/fitting_truth.py learn WORK data_prep/fitting/learnt.npz
    python benchmarks/fitting_truth.py score WORK test open:preview [weight=value ...]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from data_prep import trackers
from data_prep.fitting import Fit, FitConfig, Weights, fit, learnt
from data_prep.fitting.landmarks import on_open
from data_prep.track import Track
from data_prep.trackers import Face
from render.backends import software
from render.camera import Camera
from render.scene import PORTRAIT, Light, Scene
from speechface import conversion, heads, rigs
from speechface.animation import Animation
from speechface.clips import ClipFolder
from speechface.heads import Head
from speechface.heads.open import skin_metric
from speechface.mouth import mouth_of

OPEN = rigs.load("open")
TURNS = ("headPitch", "headYaw", "headRoll")
PEOPLE = {"train": ("mira", "otto", "amara"), "test": ("jun",)}
CHANGES = (
    "jawWidth", "chinForward", "chinWidth", "noseWidth", "cheekbones", "cheekFullness", "browRidge", "browHeight", "faceWidth",
    "jawLength", "noseLength", "noseTip", "mouthWidth", "eyeSize", "eyeSpacing", "eyeTilt", "lipFullness", "browThickness",
)  # fmt: skip
FRAMES, STEP = {"train": 64, "test": 64}, {"train": 4, "test": 1}
"""Frames of a clip, and of how many one is drawn."""

RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0)
LEAST, LEAST_TURN = 0.02, 0.003
"""Amount of a muscle, and radians, by which the rule always errs."""


@dataclass(frozen=True, eq=False)
class Truth:
    """What a drawn clip showed: muscles (T, 92) with the head's turns, the person's spec, and the track of its pictures."""

    name: str
    muscles: np.ndarray
    spec: str
    field_of_view: float
    track: Track


def draw(clips: Path, work: Path, model: Path, split: str, numbers: range) -> None:
    """Draw and track clips; pictures of the test are kept. What is there is not done again."""
    folder, tracker = ClipFolder.read(clips), trackers.load("opencv", model)
    lines = [clip for clip in folder.split(split) if 2.2 < clip.seconds < 8.0]
    work.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        path = work / f"{split}{number:03d}.npz"
        if path.exists():
            continue
        chance = np.random.default_rng([number, split == "test", 7])
        clip = lines[int(chance.integers(len(lines)))]
        muscles = _motion(clip.folder / clip.name / "face_board.npz", chance, FRAMES[split], other=number % 2 == 1)
        muscles = muscles[:: STEP[split]]
        spec = _person(chance, split)
        pictures, view = _pictures(heads.load(spec), muscles, chance)
        found = tracked(pictures, tracker)
        found.save(work / f"{split}{number:03d}.track.npz")
        if split == "test":
            np.savez_compressed(work / f"{split}{number:03d}.pictures.npz", pictures=pictures)
        np.savez_compressed(path, muscles=muscles, spec=spec, field_of_view=view)
        print(
            path.stem, clip.name, spec, f"{np.degrees(view):.0f} degrees, {found.valid.mean():.0%} tracked", flush=True
        )


def _motion(path: Path, chance: np.random.Generator, frames: int, other: bool) -> np.ndarray:
    """(T, 92) muscles of generated speech, a head that turns, a gaze, blinks; other: and faces that no speech makes."""
    with np.load(path) as file:
        board = Animation(file["controls"].astype(np.float32), tuple(file["names"].tolist()), 60.0, "face_board")
    moved = conversion.muscles(board.resample(25.0))
    start = int(chance.integers(max(len(moved) - frames, 1)))
    moved = moved[start : start + frames] * chance.uniform(0.8, 1.3)
    count = len(moved)
    if other:
        free = [name for name in OPEN.names if not name.startswith(("tongue", "throat", "neck", "head", "eyeLook"))]
        for name in chance.choice(free, 6, replace=False):
            twin = name.replace("Left", "Right") if chance.uniform() < 0.6 else name
            curve = np.maximum(_wander(chance, count, 8), 0.0) * chance.uniform(0.2, 0.8)
            for one in {name, twin}:
                moved[:, OPEN.index[one]] += curve
    for name, size in zip(TURNS, (0.17, 0.30, 0.12), strict=True):
        moved[:, OPEN.index[name]] = chance.uniform(0.2, 1.0) * size * _wander(chance, count, 15)
        moved[:, OPEN.index[name]] += chance.normal(0.0, 0.25 * size)
    across, up = 0.5 * _wander(chance, count, 5), 0.4 * _wander(chance, count, 5)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        for name, value in (("Out", sign * across), ("In", -sign * across), ("Up", up), ("Down", -up)):
            moved[:, OPEN.index[f"eyeLook{name}{side}"]] = np.maximum(value, 0.0)
    for at in chance.integers(4, max(count - 6, 5), 2):
        for late, value in enumerate((0.3, 0.9, 1.0, 0.6, 0.25)):
            for side in ("Left", "Right"):
                if at + late < count:
                    shut = moved[at + late, OPEN.index[f"eyeBlink{side}"]]
                    moved[at + late, OPEN.index[f"eyeBlink{side}"]] = max(shut, value)
    return OPEN.clip(moved).astype(np.float32)


def _wander(chance: np.random.Generator, frames: int, width: int) -> np.ndarray:
    """(T,) a smooth curve about 0 that reaches 1 or -1."""
    kernel = np.hanning(2 * width + 1)
    walk = np.convolve(np.cumsum(chance.normal(size=frames + 4 * width)), kernel / kernel.sum(), "same")
    walk = walk[2 * width : 2 * width + frames]
    return (walk - walk.mean()) / max(np.abs(walk - walk.mean()).max(), 1e-9)


def _person(chance: np.random.Generator, split: str) -> str:
    words = [f"character={chance.choice(PEOPLE[split])}"]
    words += [f"{name}={chance.uniform(-1.2, 1.2):.2f}" for name in chance.permuted(CHANGES)[: chance.integers(0, 9)]]
    return "open:" + ",".join(words)


def _pictures(head: Head, muscles: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, float]:
    """(T, H, W, 3) pictures in a light and with a camera of chance, and its vertical field of view."""
    marks = head.rest[[head.landmarks[f"lm68_{number:02d}"] for number in range(68)]]
    view, side = math.radians(chance.uniform(18.0, 32.0)), int(chance.integers(288, 420))
    tall = np.ptp(marks[:, 1]) / chance.uniform(0.34, 0.55)
    middle = (marks.min(axis=0) + marks.max(axis=0)) / 2.0 + chance.normal(0.0, 0.01, 3)
    far = tall / 2.0 / math.tan(view / 2.0)
    camera = Camera((middle[0], middle[1], middle[2] + far), tuple(middle), view)
    tone = 1.0 + chance.uniform(-0.15, 0.15, 3)
    key = Light(
        math.radians(chance.uniform(-75, 75)), math.radians(chance.uniform(-5, 50)),
        tuple(chance.uniform(1.2, 2.6) * tone), math.radians(chance.uniform(8, 20)),
    )  # fmt: skip
    fill = replace(PORTRAIT[1], azimuth=-key.azimuth, colour=tuple(chance.uniform(0.2, 0.8) * tone[::-1]))
    ground = tuple(chance.uniform(0.05, 0.6, 3))
    scene = Scene.of(
        head, "front", (side, side), "draft", camera=camera, lights=(key, fill, *PORTRAIT[2 : 2 + chance.integers(0, 3)]),
        exposure=chance.uniform(0.45, 0.85), background=(ground, ground), vignette=0.0,
    )  # fmt: skip
    pictures = np.array(list(software.draw(head.vertices(muscles), scene)))[..., :3]
    noisy = pictures + chance.normal(0.0, chance.uniform(1.0, 7.0), pictures.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), view


def tracked(pictures: np.ndarray, tracker: trackers.Tracker) -> Track:
    """The track of one face in pictures (T, H, W, 3), as the stages of videos make it."""
    from scipy.ndimage import gaussian_filter1d

    faces = [max(tracker.faces(picture), key=lambda face: face.side, default=None) for picture in pictures]
    at = [number for number, face in enumerate(faces) if face is not None]
    rows = np.array([[*face.centre, face.side, face.angle, face.score] for face in faces if face is not None])
    rows = np.array([np.interp(np.arange(len(pictures)), at, column) for column in rows.T]).T
    rows[:, :4] = gaussian_filter1d(rows[:, :4], 3.0, axis=0, mode="nearest")
    seen = [tracker.look(picture, Face(row[:2], *row[2:])) for picture, row in zip(pictures, rows, strict=True)]
    sure = np.array([one.presence for one in seen])
    return Track(
        np.array([one.landmarks for one in seen]), np.array([one.scores for one in seen]), sure, sure > 0.16,
        pictures.shape[2:0:-1], 25.0,
    )  # fmt: skip


def truths(work: Path, split: str) -> Iterator[Truth]:
    """What was drawn, in order."""
    for path in sorted(work.glob(f"{split}???.npz")):
        with np.load(path) as file:
            yield Truth(
                path.stem, file["muscles"], str(file["spec"]), float(file["field_of_view"]),
                Track.load(path.with_suffix(".track.npz")),
            )  # fmt: skip


def compared(found: Fit, truth: Truth) -> dict[str, float]:
    """Errors of a fit of the light open head. Millimetres, degrees, correlations of what moves about its own mean."""
    light = heads.load(truth.spec.replace("open:", "open:preview,"))
    got, wanted = (head.vertices(_upright(controls)) for head, controls in ((found.head, found.animation.controls),
                                                                            (light, truth.muscles)))  # fmt: skip
    skin = np.flatnonzero(light.look.part == light.look.parts.index("skin"))
    skin = np.setdiff1d(skin, light.mouth_bag)
    corners = light.rest[[light.landmarks["mouth_corner_left"], light.landmarks["mouth_corner_right"]]].mean(axis=0)
    mouth = skin[np.linalg.norm(light.rest[skin] - corners, axis=1) < 0.035]
    face = skin[light.rest[skin, 2] > 0.03]
    laid = _laid(got[:, face].mean(axis=0), wanted[:, face].mean(axis=0))
    moved = [1e3 * (points - rest) for points, rest in ((got, found.head.rest), (wanted, light.rest))]
    gaps = [mouth_of(head).gaps(_upright(controls))[0] for head, controls in ((found.head, found.animation.controls),
                                                                              (light, truth.muscles))]  # fmt: skip
    shut = gaps[1] < 0.4e-3
    turns = [OPEN.index[name] for name in TURNS]
    return {
        "place": 1e3 * float(np.linalg.norm(laid(got[:, mouth]) - wanted[:, mouth], axis=-1).mean()),
        "move": float(np.linalg.norm((moved[0] - moved[1])[:, mouth], axis=-1).mean()),
        "face r": _together(got[:, face], wanted[:, face]),
        "mouth r": _together(got[:, mouth], wanted[:, mouth]),
        "flat r": _together(got[:, face, :2], wanted[:, face, :2]),
        "gap r": float(np.corrcoef(*gaps)[0, 1]),
        "gap shut": 1e3 * float(gaps[0][shut].mean()) if shut.any() else np.nan,
        "turn": float(np.degrees(np.abs(found.animation.controls[:, turns] - truth.muscles[:, turns])).mean()),
        "marks": 100.0 * float(found.error.mean()),
    }


def _upright(controls: np.ndarray) -> np.ndarray:
    out = controls.copy()
    out[:, [OPEN.index[name] for name in TURNS]] = 0.0
    return out


def _together(got: np.ndarray, wanted: np.ndarray) -> float:
    one, two = ((points - points.mean(axis=0)).ravel() for points in (got, wanted))
    return float(one @ two / np.sqrt((one @ one) * (two @ two)))


def _laid(got: np.ndarray, wanted: np.ndarray):
    """The similarity that lays points on others (Umeyama, 1991)."""
    one, two = got.mean(axis=0), wanted.mean(axis=0)
    left, size, right = np.linalg.svd((wanted - two).T @ (got - one))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn, scale = (left * sign) @ right, (size * sign).sum() / np.square(got - one).sum()
    return lambda points: scale * (points - one) @ turn.T + two


def score(work: Path, split: str, spec: str, config: FitConfig) -> dict[str, float]:
    """Fit every clip and print its errors; the mean."""
    rows = []
    for truth in truths(work, split):
        rows.append(compared(fit(truth.track, heads.load(spec), config), truth))
        print(truth.name, " ".join(f"{name} {value:.2f}" for name, value in rows[-1].items()), flush=True)
    means = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    print("mean    ", " ".join(f"{name} {value:.3f}" for name, value in means.items()))
    return means


def learn(work: Path, out: Path) -> None:
    """Write `data_prep/fitting/learnt.npz` from the clips of `train`, and print what the rule is worth on those of `test`."""
    known = list(truths(work, "train"))
    reference = on_open("preview").places(heads.load("open:preview").rest)
    reference = np.mean([learnt.upright(truth.track, reference)[0].mean(axis=0) for truth in known], axis=0)
    seen = [learnt.features(truth.track, reference) for truth in known]
    wanted = [_beside_seen(truth, reference) for truth in known]
    best = min((_left_out(seen, wanted, ridge) for ridge in RIDGES), key=lambda found: found[0])
    _, ridge, errors = best
    means, scales, weights = _ridge(np.concatenate(seen), np.concatenate(wanted), ridge)
    turns = np.isin(OPEN.names, TURNS)
    covariance = errors.T @ errors / len(errors) + np.diag(np.where(turns, LEAST_TURN, LEAST) ** 2)
    np.savez_compressed(
        out, reference=reference.astype(np.float32), means=means.astype(np.float32), scales=scales.astype(np.float32),
        weights=weights.astype(np.float16), precision=np.linalg.inv(covariance).astype(np.float32),
    )  # fmt: skip
    right = np.concatenate(wanted)
    by_scores = np.concatenate([learnt.by_scores(truth.track.scores) for truth in known])
    print(f"{len(errors)} frames, ridge {ridge:g}: off by {_worth(errors):.3f} mm")
    print(
        f"turns off by {np.degrees(errors[:, turns].std()):.2f} degrees, as seen by {np.degrees(right[:, turns].std()):.2f}"
    )
    print(
        f"by the scores' table {_worth(by_scores - right):.3f} mm, by the mean face {_worth(right - right.mean(axis=0)):.3f}"
    )


def _beside_seen(truth: Truth, reference: np.ndarray) -> np.ndarray:
    """(T, 92) muscles; in place of the head's turns, what they are beside those that the landmarks show."""
    out = truth.muscles.copy()
    out[:, [OPEN.index[name] for name in TURNS]] -= learnt.upright(truth.track, reference)[1]
    return out


def _left_out(seen: list[np.ndarray], wanted: list[np.ndarray], ridge: float) -> tuple[float, float, np.ndarray]:
    """Error, ridge and the errors (n, 92) of clips by the others, a fifth of the clips at a time."""
    errors = []
    for part in range(5):
        inside = [number for number in range(len(seen)) if number % 5 != part]
        means, scales, weights = _ridge(
            np.concatenate([seen[number] for number in inside]),
            np.concatenate([wanted[number] for number in inside]),
            ridge,
        )
        for number in range(part, len(seen), 5):
            got = np.clip((seen[number] - means) / scales, -learnt.LIMIT, learnt.LIMIT) @ weights[:-1] + weights[-1]
            errors.append(OPEN.clip(got) - wanted[number])
    found = np.concatenate(errors)
    print(f"ridge {ridge:g}: {_worth(found):.3f} mm", flush=True)
    return _worth(found), ridge, found


def _ridge(seen: np.ndarray, wanted: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and scales (F,) of features (n, F), and weights (F + 1, 92). The many landmarks count together as much as the
    other kinds of features do."""
    means, count = seen.mean(axis=0), 3 * len(on_open("preview").numbers)
    scales = seen.std(axis=0) + 1e-4
    scales[:count] = seen[:, :count].std() + 1e-6  # one size: what moves much tells much
    scales[count : 2 * count] = 3.0 * seen[:, count : 2 * count].std() + 1e-6
    plain = np.clip((seen - means) / scales, -learnt.LIMIT, learnt.LIMIT)
    gram = plain @ plain.T + ridge * len(plain) * np.eye(len(plain))
    middle = wanted.mean(axis=0)
    return means, scales, np.concatenate([plain.T @ np.linalg.solve(gram, wanted - middle), middle[None]])


def _worth(errors: np.ndarray) -> float:
    """Root mean square movement of the skin, millimetres."""
    return float(np.sqrt(np.einsum("nc,cd,nd->n", errors, skin_metric(), errors).mean()))


def _config(words: list[str]) -> FitConfig:
    values = {name: float(value) for name, value in (word.split("=") for word in words)}
    known = {field.name for field in fields(Weights)}
    weights = {name: value for name, value in values.items() if name in known}
    return FitConfig(**{name: value for name, value in values.items() if name not in known}, weights=Weights(**weights))


if __name__ == "__main__":
    step, *rest = sys.argv[1:]
    if step == "draw":
        draw(Path(rest[0]), Path(rest[1]), Path(rest[2]), rest[3], range(*map(int, rest[4:])))
    elif step == "learn":
        learn(Path(rest[0]), Path(rest[1]))
    else:
        score(Path(rest[0]), rest[1], rest[2], _config(rest[3:]))
