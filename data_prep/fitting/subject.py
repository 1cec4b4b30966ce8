"""`Subject`: a head as fitting sees it. Its landmarks as a formula, the controls that are free, the people it may become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from data_prep.fitting import learnt
from data_prep.fitting.eyes import without_blinks
from data_prep.fitting.freeform import Freeform
from data_prep.fitting.landmarks import Marks, on_flame, on_open
from data_prep.fitting.points import Points
from data_prep.fitting.surface import Surface, surface
from data_prep.track import Track
from speechface import heads, rigs
from speechface.errors import UserError
from speechface.heads import Head
from speechface.heads.flame import OpenFlame, require
from speechface.heads.open import OpenHead, read_asset, skin_metric
from speechface.mouth import mouth_of
from speechface.rigs import Rig
from speechface.sculpt.asset import Sparse

SPREAD = {"open": 0.5, "flame_file": 1.0}
"""Usual strength of a change of shape, in the units of each head; none is ever stronger than four times that."""
BETAS = 60
"""Identity coefficients of FLAME that are looked for; the later ones hardly show in landmarks."""
UNSEEN = ("hair_", "browThickness", "lashLength", "earSize", "neckWidth", "foreheadSlope", "age", "monolid")
"""Changes of the open head's shape of which landmarks tell nothing."""
ALONE = 0.12
"""Usual amount of a muscle beyond what speech and feeling make all muscles do together."""
FREEDOM = 0.2
"""Cost of a FLAME file's coefficient at one deviation; rolled-in lips take ten of them."""
UNIT = 0.005
"""Square millimetres of skin that one deviation of a coefficient of the open head's FLAME face has to be worth."""
LOOSE = {"jawOpen": 0.5, "eyeBlink": 0.7, "eyeSquint": 0.3, "eyeWide": 0.3, "eyeLookUp": 0.6, "eyeLookDown": 0.6,
         "eyeLookIn": 0.6, "eyeLookOut": 0.6, "browDown": 0.3, "browInnerUp": 0.3, "browOuterUp": 0.3}  # fmt: skip
"""The same of those that are free of the others."""
BLIND = ("tongue", "throat", "neckTense", "head")
"""Muscles of which landmarks tell nothing."""


@dataclass(frozen=True, eq=False)
class Subject:
    """rig: of the head that fitting moves. free: (C,) columns of the rig that are looked for, in the order of `points`.

    marks, points: the landmarks, as places on the mesh and as a formula. shape_names: of the S changes of shape.
    turning: (3,) columns of the rig with the head's axis-angle.
    habit: (C, C) how unusual controls are, as the inverse of their covariance.
    expected: (T, C) free controls that a track stands for; precision: (C, C) inverse covariance of their errors, None where it is
    not known. surface: what the photometric term draws.
    person: the head with changes of shape (S,), moved by its own rig; animated: controls (T, D) of that rig for controls
    (T, len(rig)) at a frame rate.
    """

    rig: Rig
    free: np.ndarray
    marks: Marks
    points: Points
    shape_names: tuple[str, ...]
    turning: tuple[int, int, int]
    habit: np.ndarray
    expected: Callable[[Track], np.ndarray]
    precision: np.ndarray | None
    surface: Callable[[], Surface]
    person: Callable[[np.ndarray], Head]
    animated: Callable[[np.ndarray, float], np.ndarray]


def subject(head: Head, known: bool = False) -> Subject:
    """A head to be fitted; `known` where it is the person in the video already and its shape is not looked for.

    Raises `UserError` for one that is neither the open head nor moved by FLAME's coefficients.
    """
    if isinstance(head, OpenHead):
        return _open(head, known)
    if head.rig.name == "flame_file":
        return _flame(head, known)
    raise UserError(f"head '{head.name}' cannot be fitted to video; take 'open', 'flame' or a FLAME file")


def _open(head: OpenHead, known: bool) -> Subject:
    mesh = "preview" if len(head.rest) == len(read_asset("preview")[0]["vertices"]) else "open"
    arrays = read_asset("preview" if mesh == "preview" else "")[0]
    base = head if known else OpenHead(arrays)
    rig, marks = rigs.load("open"), on_open(mesh)
    changes, names = Sparse.of(arrays, "identity"), arrays["identity_names"].tolist()
    shown = [] if known else [number for number, name in enumerate(names) if not name.startswith(UNSEEN)]
    dense = np.array([changes.dense(number, len(base.rest)) for number in shown]).reshape(-1, len(base.rest), 3)
    free_form = None if known else Freeform.of(marks.places(base.rest))
    free = np.array([column for column, name in enumerate(rig.names) if not name.startswith(BLIND)])
    own = [base.controls.index(rig.names[column]) for column in free]
    weights = base.weights[:, 2:] / np.maximum(1.0 - base.weights[:, :1], 1e-6)
    joint_moves = _joint_moves(arrays, dense)[:, 2:]
    if free_form:
        joint_moves = np.concatenate([joint_moves, free_form.at(base.joints[2:]) / SPREAD["open"]])

    def formula(marks: Marks) -> Points:
        vertices = np.unique(marks.vertices)
        moved, identity = base.shapes_at(vertices), dense[:, vertices]
        products = moved[len(base.controls) :]
        felt = np.isin(base.pairs, own).all(axis=1) & (np.abs(products).max(axis=(1, 2)) > 1e-6)
        if free_form:
            identity = np.concatenate([identity, free_form.at(base.rest[vertices]) / SPREAD["open"]])
        return _points(
            marks, vertices, rest=base.rest[vertices], identity=identity, shapes=moved[own], products=products[felt],
            pairs=np.array([[own.index(number) for number in pair] for pair in base.pairs[felt]]).reshape(-1, 2),
            poses=np.zeros((0, len(vertices), 3)), weights=weights[vertices], joints=base.joints[2:],
            joints_by_shape=joint_moves, joints_by_control=np.zeros((len(free), 3, 3)),
            turning=_muscles_that_turn(base, rig)[free],
        )  # fmt: skip

    shown_names = tuple(names[number] for number in shown)
    return Subject(
        rig, free, marks, formula(marks), shown_names + (free_form.names if free_form else ()),
        (rig.index["headPitch"], rig.index["headYaw"], rig.index["headRoll"]),
        _habit(rig)[np.ix_(free, free)], lambda track: learnt.muscles(track)[:, free],
        np.linalg.inv(np.linalg.inv(learnt.rule()["precision"])[np.ix_(free, free)]), partial(surface, base, marks, formula),
        partial(_person, head, base, mesh, shown_names, free_form),
        partial(_animated, head),
    )  # fmt: skip


def _flame(head: Head, known: bool) -> Subject:
    file, marks = head.file, on_flame(head)  # type: ignore[attr-defined]
    count = file.expression.shape[2]
    betas = 0 if known else min(BETAS, file.identity.shape[2])
    base = file.shaped(head.betas) if known else file.rest  # type: ignore[attr-defined]
    identity = np.moveaxis(file.identity[..., :betas], 2, 0)
    used = np.abs(identity).max(axis=(1, 2)) > 1e-7  # files made from other heads have columns of zeros
    identity, numbers = identity[used], np.flatnonzero(used)
    expression = np.moveaxis(file.expression, 2, 0)
    free = np.r_[np.arange(count), count + 6 + np.arange(9)]
    by_control = np.concatenate([np.einsum("jv,evx->ejx", file.regressor[2:], expression), np.zeros((9, 3, 3))])

    def formula(marks: Marks) -> Points:
        vertices = np.unique(marks.vertices)
        return _points(
            marks, vertices, rest=base[vertices], identity=identity[:, vertices],
            shapes=np.concatenate([expression[:, vertices], np.zeros((9, len(vertices), 3))]),
            products=np.zeros((0, len(vertices), 3)), pairs=np.zeros((0, 2)), poses=np.moveaxis(file.pose, 2, 0)[9:, vertices],
            weights=file.weights[vertices][:, 2:], joints=(file.regressor @ base)[2:],
            joints_by_shape=np.einsum("jv,svx->sjx", file.regressor[2:], identity), joints_by_control=by_control,
            turning=np.concatenate([np.zeros((count, 9)), np.eye(9)]),
        )  # fmt: skip

    def person(shape: np.ndarray) -> Head:
        if known:
            return head
        whole = np.zeros(file.identity.shape[2], dtype=np.float32)
        whole[numbers] = shape
        return type(head)(file, whole)  # type: ignore[call-arg]

    first = head.rig.index["neck_x"]
    return Subject(
        head.rig, free, marks, formula(marks), tuple(f"shape_{number:03d}" for number in numbers), (first, first + 1, first + 2),
        np.diag(np.r_[np.full(count, FREEDOM), 10.0, 400.0, 400.0, np.full(6, 10.0)]),
        lambda track: head.from_muscles(learnt.muscles(track))[:, free], None, partial(surface, head, marks, formula), person,
        lambda controls, fps: controls,
    )  # fmt: skip


def _habit(rig: Rig) -> np.ndarray:
    """(92, 92) inverse covariance of the muscles in speech and feeling: what FLAME's coefficients of the open head, each of
    variance 1, make of them, and a little of everything else. The jaw, the lids and the gaze are free of it.
    """
    mix = require("flame").expression
    loose = np.array([LOOSE.get(name.removesuffix("Left").removesuffix("Right"), ALONE) for name in rig.names])
    at = [rig.index[name] for name in require("flame").controls]
    covariance = np.diag(loose**2)
    covariance[np.ix_(at, at)] += mix.T @ mix
    return np.linalg.inv(covariance)


def _points(marks: Marks, vertices: np.ndarray, **arrays: np.ndarray) -> Points:
    """Landmarks from what is known of some vertices (n,): sums of their properties in the landmarks' shares."""
    column = np.searchsorted(vertices, marks.vertices)
    out = {}
    for name, values in arrays.items():
        if name in ("rest", "identity", "shapes", "products", "poses"):
            values = np.einsum("nk,...nkx->...nx", marks.shares, values[..., column, :])
        elif name == "weights":
            values = np.einsum("nk,nkj->nj", marks.shares, values[column])
        out[name] = _tensor(values) if name != "pairs" else torch.as_tensor(values.astype(np.int64))
    return Points(**out)


def _joint_moves(arrays, dense: np.ndarray) -> np.ndarray:
    """(S, 5, 3) by which changes of shape (S, V, 3) move the open head's joints."""
    out, start = np.zeros((len(dense), 5, 3)), 0
    for joint, end in enumerate(arrays["regressor_ends"]):
        index, share = arrays["regressor_index"][start:end], arrays["regressor_share"][start:end]
        out[:, joint] = np.einsum("v,svx->sx", share, dense[:, index])
        start = end
    return out


def _muscles_that_turn(head: OpenHead, rig: Rig) -> np.ndarray:
    """(92, 9) axis-angles of jaw, left and right eye for one unit of every muscle."""
    out = np.zeros((len(rig), 9))
    out[rig.index["jawOpen"], 0] = head.opening
    yaw, pitch = head.gaze
    for first, side, sign in ((3, "Left", 1.0), (6, "Right", -1.0)):
        for name, axis, amount in (
            ("Down", 0, pitch),
            ("Up", 0, -pitch),
            ("Out", 1, sign * yaw),
            ("In", 1, -sign * yaw),
        ):
            out[rig.index[f"eyeLook{name}{side}"], first + axis] = amount
    return out


def _person(
    head: OpenHead, base: OpenHead, mesh: str, names: tuple[str, ...], free_form: Freeform | None, shape: np.ndarray
) -> Head:
    """The head with changes of shape by name, and free ones; itself where it is the person already."""
    if free_form is None:
        return head
    words = [f"{name}={value:.4f}" for name, value in zip(names, shape[: len(names)], strict=True)]
    words += ["preview"] * (mesh == "preview") + ["arkit"] * (head.rig.name == "arkit")
    named = heads.load(f"{'flame' if isinstance(head, OpenFlame) else 'open'}:" + ",".join(words))
    assert isinstance(named, OpenHead)
    return free_form.applied(named, base, shape[len(names) :] / SPREAD["open"])


def _animated(head: OpenHead, found: np.ndarray, fps: float) -> np.ndarray:
    """Controls of the head for muscles (T, 92). FLAME's eyelid controls get the blinks alone: an engine that learns from
    clips must learn how wide eyes are, but not when they blink.
    """
    if not isinstance(head, OpenFlame):
        return head.from_muscles(found)
    slow, rig = found.copy(), rigs.load("open")
    lids = np.zeros((len(found), 2), dtype=np.float32)
    for column, side in enumerate(("Left", "Right")):
        shut = rig.index[f"eyeBlink{side}"]
        slow[:, shut] = without_blinks(found[:, shut], fps)
        lids[:, column] = found[:, shut] - slow[:, shut]
    out = head.from_muscles(slow, lids=False)
    out[:, : len(head.expression)] = _coefficients(head, slow)
    out[:, [head.rig.index[f"{side}_eyelid"] for side in ("left", "right")]] = lids
    wanted, _ = mouth_of(heads.load("open:preview")).gaps(found)
    mouth = mouth_of(head)  # coefficients alone would leave lips a little apart
    return mouth.open_to(out, mouth.gaps(out)[0], wanted)


def _coefficients(head: OpenFlame, found: np.ndarray) -> np.ndarray:
    """(T, E) coefficients for muscles (T, 92): least squares in the metric of the skin, and small ones.

    `from_muscles` has no need to be told so: what it is given is speech. What was found in a video may lie outside of what
    coefficients can do, and they would go as far as they can for it.
    """
    rig, metric = rigs.load("open"), skin_metric()
    mix = np.zeros((len(head.expression), len(rig)))
    mix[:, [rig.index[name] for name in head.controls]] = head.expression
    joints = [column for column, name in enumerate(rig.names) if name == "jawOpen" or name.startswith("eyeLook")]
    mix[:, joints], found = 0.0, found.copy()
    found[:, joints] = 0.0
    square = mix @ metric @ mix.T + UNIT * np.eye(len(mix))
    found = np.linalg.solve(square, mix @ metric @ found.T).T
    return np.clip(found, head.rig.low[: len(mix)], head.rig.high[: len(mix)])


def _tensor(values: np.ndarray) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values), dtype=torch.float32)
