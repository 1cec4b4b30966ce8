"""Fitting: the parameters of a head, frame by frame, from the track of a face in a video. See docs/fitting.md.

fit(track, heads.load("open"), FitConfig()).animation
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from data_prep.fitting import learnt
from data_prep.fitting.camera import Camera
from data_prep.fitting.config import FitConfig, Weights
from data_prep.fitting.landmarks import OUTLINE, STILL
from data_prep.fitting.motion import State, begin
from data_prep.fitting.newton import descend
from data_prep.fitting.observed import Observed, observe
from data_prep.fitting.photometric import Crops, refined
from data_prep.fitting.result import Fit
from data_prep.fitting.subject import SPREAD, Subject, subject
from data_prep.fitting.terms import Objective
from data_prep.track import Track
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import Head
from speechface.skinning import rotations

__all__ = ["Crops", "Fit", "FitConfig", "Weights", "fit"]

SHAPING = 0.1
"""How much the rule's turns count while the shape is looked for: afterwards they are told how this person holds the head."""
ASIDE = 0.35
"""Radians sideways from which the outline of a face tells nothing of its shape."""


def fit(track: Track, head: Head, config: FitConfig | None = None, crops: Crops | None = None) -> Fit:
    """Move a head as the face in a track moved. Frames that are not valid are filled from those beside them.

    crops: the face in the video's pictures, for the photometric term; without them there is none.
    head: `open`, `open:preview`, `flame`, or a FLAME file. Raises `UserError` for another kind, and where no frame is valid.
    """
    config = config or FitConfig()
    if not track.valid.any():
        raise UserError("no frame of the track has a face")
    with torch.no_grad():
        person = subject(head, config.known)
        return _result(track, person, *_optimised(track, person, config, crops))


def optimised(track: Track, head: Head, config: FitConfig) -> tuple[Objective, State, Observed]:
    """The objective, the state that it is smallest in, and what was seen: what `fit` makes its result of."""
    with torch.no_grad():
        return _optimised(track, subject(head, config.known), config)[:3]


def _optimised(
    track: Track, person: Subject, config: FitConfig, crops: Crops | None = None
) -> tuple[Objective, State, Observed, Tensor]:
    """The same and the person's shape (S,)."""
    camera = Camera.of(track.size, config.field_of_view, config.weak)
    objective = _objective(person, camera, config, track)
    low, high = (torch.from_numpy(bound[person.free]) for bound in (person.rig.low, person.rig.high))
    rows = torch.from_numpy(person.marks.rows(*sorted(STILL)))
    depth = torch.from_numpy(track.landmarks[:, person.marks.numbers])
    state = begin(person.points, depth, rows, camera)
    seen = observe(track, person.marks, person.expected(track), _turned(track, state), config.weights)
    state = replace(state, controls=seen.expected.clamp(low, high))

    edge = torch.from_numpy(person.marks.regions == OUTLINE)
    whole, seen = seen.weighted(edge, _facing(state.turn)), seen.weighted(edge, torch.zeros(len(track)))
    keys = torch.from_numpy(keyframes(track, person.marks.numbers, config.keyframes))
    only_pose = torch.arange(len(low) + 6) < len(low)
    start = descend(objective, state.frames(keys), seen.frames(keys), low, high, 4, still=True, frozen=only_pose)
    shaping = replace(objective, steady=SHAPING * objective.steady)
    found = descend(shaping, start, whole.frames(keys), low, high, config.shape_rounds, still=True)
    shape, seen = found.shape, seen.turned_by(found.turn, keys)

    objective = replace(objective, points=person.points.of_person(shape))
    state = replace(state, shape=shape[:0])
    refine = partial(refined, surface=person.surface().of_person(shape)) if crops else None
    state = _in_chunks(objective, state, seen, low, high, config, only_pose, crops, refine)
    return objective, state, seen, shape


def _facing(turn: Tensor) -> Tensor:
    """(T,) how much the face's edge is to be believed: on a head that is turned, other skin is its edge."""
    aside = torch.atan2(turn[:, 0, 2], turn[:, 2, 2]) / ASIDE
    return (1.0 - aside.square()).clamp(min=0.0)


def keyframes(track: Track, numbers: np.ndarray, count: int) -> np.ndarray:
    """(k,) rising frames, at most so many, that show the face as differently as possible: half of them evenly spread in time,
    half the farthest from those taken already.
    """
    valid = np.flatnonzero(track.valid)
    if len(valid) <= count:
        return valid
    looks = track.landmarks[valid][:, numbers, :2].reshape(len(valid), -1, 2)
    looks = looks - looks.mean(axis=1, keepdims=True)
    looks = (looks / np.linalg.norm(looks, axis=(1, 2), keepdims=True)).reshape(len(valid), -1)
    taken = np.unique(np.linspace(0, len(valid) - 1, count // 2).astype(int)).tolist()
    far = np.min([np.square(looks - looks[one]).sum(axis=1) for one in taken], axis=0)
    while len(taken) < count:
        taken.append(int(far.argmax()))
        far = np.minimum(far, np.square(looks - looks[taken[-1]]).sum(axis=1))
    return valid[np.unique(taken)]


def _turned(track: Track, state: State) -> Tensor:
    """(T, 3, 3) the head's turn by the rule, in the camera's axes: a head aside is seen from aside."""
    ahead = torch.tensor([0.0, 0.0, -1.0]).expand_as(state.place)
    way = torch.nn.functional.normalize(state.place, dim=1)
    across = torch.linalg.cross(ahead, way)
    angle = torch.asin(across.norm(dim=1, keepdim=True).clamp(max=1.0))
    aside = rotations(across * angle / across.norm(dim=1, keepdim=True).clamp(min=1e-6))
    return aside @ rotations(torch.from_numpy(learnt.turns(track)[0]))


def _objective(person: Subject, camera: Camera, config: FitConfig, track: Track) -> Objective:
    """Costs of controls by what they do to landmarks, and by their kind."""
    weights, points = config.weights, person.points
    _, moved, _ = points.derivatives(torch.zeros(1, points.controls), torch.zeros(len(points.identity)))
    names = [person.rig.names[column] for column in person.free]
    flat = 1e3 * moved[0].permute(2, 0, 1).flatten(1)  # millimetres
    gaze = torch.tensor(["eye" in name and ("Look" in name or "eye_" in name) for name in names])
    flat[gaze] = 0.0
    metric = (flat @ flat.T) / len(points.rest)  # where nothing better is known, to a millimetre
    if person.precision is not None:
        metric = torch.as_tensor(person.precision, dtype=torch.float32)
    metric = weights.score * metric
    habit = torch.as_tensor(person.habit, dtype=torch.float32) * weights.amount
    calm = torch.tensor([_calm(name) for name in names]) * weights.smooth
    steady = torch.as_tensor(learnt.turns(track)[1], dtype=torch.float32) * weights.turn
    pose = torch.tensor([3e3, 3e3, 3e3, 5e4, 5e4, 5e4]) * weights.pose
    rate = (track.fps / 25.0) ** 2
    return Objective(
        points, camera, weights, metric, habit, steady, rate * torch.cat([calm, pose]), SPREAD[person.rig.name]
    )


def _calm(name: str) -> float:
    if name.startswith("expression_"):
        return 0.3
    if name.startswith("jaw_"):
        return 30.0
    return 2.0 if name.startswith(("mouth", "jaw", "eyeBlink")) else 6.0


def _in_chunks(
    objective: Objective, state: State, seen: Observed, low: Tensor, high: Tensor, config: FitConfig, only_pose: Tensor,
    crops: Crops | None, refine: Callable[..., State] | None,
) -> State:  # fmt: skip
    """Every frame; neighbouring chunks share some, of which each gives the half that is further from its end."""
    frames, out = len(state.controls), []
    starts = range(0, max(frames - config.overlap, 1), config.chunk)
    for start in starts:
        end = min(start + config.chunk + config.overlap, frames)
        part, look = state.frames(slice(start, end)), seen.frames(slice(start, end))
        part = descend(objective, part, look, low, high, 3, frozen=only_pose)
        part = descend(objective, part, look, low, high, config.rounds)
        if crops and refine:
            part = refine(objective, part, look, low, high, crops=crops.frames(slice(start, end)))
        head = config.overlap // 2 if start else 0
        tail = end if end == frames else start + config.chunk + config.overlap // 2
        out.append(part.frames(slice(head, tail - start)))
    return State(
        torch.cat([part.controls for part in out]), torch.cat([part.turn for part in out]),
        torch.cat([part.place for part in out]), state.shape,
    )  # fmt: skip


def _result(track: Track, person: Subject, objective: Objective, state: State, seen: Observed, shape: Tensor) -> Fit:
    from scipy.spatial.transform import Rotation

    made = person.person(shape.numpy())
    marks = state.pixels(objective.points, objective.camera)
    apart = ((marks - seen.pixels).norm(dim=-1) / seen.unit[:, None]).numpy()
    regions = {
        str(name): apart[:, person.marks.regions == name].mean(axis=1) for name in np.unique(person.marks.regions)
    }
    controls = np.zeros((len(track), len(person.rig)), dtype=np.float32)
    controls[:, person.free] = state.controls.numpy()
    turns = Rotation.from_matrix(state.turn.numpy()).as_rotvec()
    controls[:, person.turning] = turns
    pivot = made.joints[1]  # type: ignore[attr-defined]
    place = state.place.numpy() - pivot + np.einsum("txy,y->tx", state.turn.numpy(), pivot)
    animation = Animation(person.animated(controls, track.fps), made.rig.names, track.fps, made.rig.name)
    terms = {name: float(term.sum()) / len(track) for name, term in objective.terms(state, seen).items()}
    return Fit(
        animation, made, shape.numpy(), person.shape_names, objective.camera, place.astype(np.float32),
        apart[:, person.marks.regions != OUTLINE].mean(axis=1), regions, marks.numpy(), person.marks.numbers, terms, track.valid,
    )  # fmt: skip
