"""Fitting finds what is known: motion, head, gaze and blinks of a head whose landmarks were projected, with noise."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_up_flame import other, own
from made_up_track import OPEN, VIEW, motion, track

from data_prep.fitting import FitConfig, Weights, fit, optimised
from data_prep.fitting.eyes import blinks, openness, without_blinks
from data_prep.fitting.landmarks import INNER_LIPS, on_open
from data_prep.fitting.subject import subject
from speechface import heads
from speechface.errors import UserError
from speechface.mouth import mouth_of

CONFIG = FitConfig(field_of_view=VIEW, weights=Weights(landmark=0.6, score=0.3))
"""Landmarks here have noise, and not the errors of a tracker that the rule knows."""
PERSON = "open:preview,jawWidth=0.6,noseWidth=0.5,eyeSize=-0.4,mouthWidth=0.3"
TURNS = ["headPitch", "headYaw", "headRoll"]


@pytest.fixture(scope="module")
def truth():
    muscles = motion()
    return muscles, track(muscles, PERSON)


@pytest.fixture(scope="module")
def found(truth):
    return fit(truth[1], heads.load("open:preview"), CONFIG)


@pytest.fixture(scope="module", params=["own", "other"])
def flame(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("flame") / "head.npz"
    np.savez(path, **(own() if request.param == "own" else other()))
    return heads.load(f"flame:{path}")


def upright(controls):
    out = controls.copy()
    out[:, [OPEN.index[name] for name in TURNS]] = 0.0
    return out


def near_mouth(head):
    corners = head.rest[[head.landmarks["mouth_corner_left"], head.landmarks["mouth_corner_right"]]]
    skin = head.look.part == head.look.parts.index("skin")
    skin[head.mouth_bag] = False
    return np.flatnonzero(skin & (np.linalg.norm(head.rest - corners.mean(axis=0), axis=1) < 0.035))


def test_motion_is_recovered_under_two_millimetres(truth, found):
    muscles, person = truth[0], heads.load(PERSON)
    at = near_mouth(person)
    got, wanted = found.head.vertices(upright(found.animation.controls)), person.vertices(upright(muscles))
    assert 1e3 * np.linalg.norm(got - wanted, axis=-1)[:, at].mean() < 2.0
    moved = [points[:, at] - points[:, at].mean(axis=0) for points in (got, wanted)]
    assert np.corrcoef(moved[0].ravel(), moved[1].ravel())[0, 1] > 0.9


def test_head_and_place_are_recovered(truth, found):
    turns = [OPEN.index[name] for name in TURNS]
    assert np.degrees(np.abs(found.animation.controls[:, turns] - truth[0][:, turns])).mean() < 1.5
    np.testing.assert_allclose(found.place, np.tile((0.01, 0.02, -0.9), (40, 1)), atol=0.03)
    assert found.error.mean() < 0.01


def test_head_in_its_place_projects_to_the_landmarks_it_reports(found):
    placed = on_open("preview").places(found.head.vertices(found.animation.controls)) + found.place[:, None]
    flat = found.camera.focal * placed[..., :2] / -placed[..., 2:] * [1, -1] + found.camera.centre
    assert (
        np.linalg.norm(flat - found.marks, axis=-1).max() < 0.5
    )  # pixels: shapes of another person's eyes are redrawn


def test_lips_shut_where_they_were_shut(truth, found):
    person = heads.load(PERSON)
    gaps = [mouth_of(head).gaps(upright(controls))[0]
            for head, controls in ((person, truth[0]), (found.head, found.animation.controls))]  # fmt: skip
    shut = gaps[0] < 0.3e-3
    assert shut.sum() >= 3
    assert gaps[1][shut].mean() < 0.8e-3  # noise of 0.3 % moves each of the lips by 0.3 mm
    assert np.corrcoef(*gaps)[0, 1] > 0.95


def test_shut_lips_are_level_and_open_ones_free(truth):
    muscles, seen = truth
    objective, state, observed = optimised(seen, heads.load("open:preview"), replace(CONFIG, rounds=1, shape_rounds=1))
    gap = mouth_of(heads.load(PERSON)).gaps(upright(muscles))[0]
    between, shut = observed.lips()
    assert shut[gap < 0.3e-3].mean() > 20.0 * shut[gap > 6e-3].mean()
    upright_ = objective.points.places(state.controls, state.shape)
    ahead = upright_ + torch.tensor([0.0, 0.0, 0.002]) * (between.sum(dim=0) > 0)[:, None]  # upper lips
    apart = objective._before(ahead, state, between) - objective._before(upright_, state, between)
    np.testing.assert_allclose(apart, 0.002 / 0.09, rtol=1e-3)


def test_gaze_and_blinks(truth, found):
    for name in ("eyeLookOutLeft", "eyeLookInLeft", "eyeBlinkLeft"):
        assert np.corrcoef(found.animation[name], truth[0][:, OPEN.index[name]])[0, 1] > 0.8, name
    ((start, end),) = blinks(truth[1])
    assert start <= 21 / 25 <= end
    assert openness(truth[1])[:15].mean() > 0.8
    curve = np.zeros(50, dtype=np.float32)
    curve[10:14], curve[25:] = 1.0, 0.6
    np.testing.assert_allclose(without_blinks(curve, 25.0), np.where(np.arange(50) < 25, 0.0, 0.6))


def test_points_are_those_of_the_mesh():
    person, draw = subject(heads.load("open:preview")), np.random.default_rng(0)
    controls = draw.uniform(0, 0.6, (3, person.points.controls)).astype(np.float32)
    whole = np.zeros((3, len(OPEN)), dtype=np.float32)
    whole[:, person.free] = controls
    fast = person.points.places(torch.tensor(controls), torch.zeros(len(person.shape_names)))
    slow = person.marks.places(heads.load("open:preview").vertices(whole))
    assert np.abs(fast.numpy() - slow).max() < 5e-5


def test_points_of_a_flame_file_are_those_of_the_mesh(flame):
    person, draw = subject(flame), np.random.default_rng(0)
    controls = draw.uniform(-0.3, 0.3, (3, person.points.controls)).astype(np.float32)
    shape = draw.uniform(-1, 1, len(person.shape_names)).astype(np.float32)
    whole = np.zeros((3, len(flame.rig)), dtype=np.float32)
    whole[:, person.free] = controls
    fast = person.points.places(torch.tensor(controls), torch.tensor(shape))
    assert (
        np.abs(fast.numpy() - person.marks.places(person.person(shape).vertices(whole))).max() < 8e-5
    )  # single precision, far from the joints


@pytest.mark.parametrize("weak", [False, True])
def test_quadratic_has_the_slope_of_the_terms(truth, weak):
    """What Gauss-Newton steps on, against autograd on the named terms."""
    objective, state, seen = optimised(
        truth[1], heads.load("open:preview"), replace(CONFIG, weak=weak, rounds=1, shape_rounds=1)
    )
    draw = torch.Generator().manual_seed(0)
    state = replace(state, controls=state.controls + 0.1 * torch.rand(state.controls.shape, generator=draw))
    form, moves = (
        objective.quadratic(state, seen),
        torch.zeros(len(state.controls), len(objective.calm), requires_grad=True),
    )
    free = torch.full((state.controls.shape[1],), np.inf)
    objective.cost(state.moved(moves, state.shape, -free, free, 1.0), seen).backward()
    slope = form.slope + objective.link_slope(state)
    error = (2.0 * slope - moves.grad).abs().max() / moves.grad.abs().max()
    assert error < 2e-3


def test_chunks_join_without_a_seam(truth):
    head, calm = heads.load("open:preview"), replace(CONFIG, chunk=16, overlap=10)
    whole, parts = fit(truth[1], head, CONFIG), fit(truth[1], head, calm)
    assert parts.animation.controls.shape == whole.animation.controls.shape
    steps = np.abs(np.diff(parts.animation.controls, axis=0)).max(axis=1)
    assert np.abs(parts.animation.controls - whole.animation.controls).mean() < 0.02
    assert steps.max() < 1.3 * np.abs(np.diff(whole.animation.controls, axis=0)).max()


def test_frames_without_a_face_are_filled(truth):
    seen = truth[1]
    valid = seen.valid.copy()
    valid[10:14] = False
    landmarks = seen.landmarks.copy()
    landmarks[10:14] = landmarks[9] + 300.0
    result = fit(replace(seen, landmarks=landmarks, valid=valid), heads.load("open:preview"), CONFIG)
    assert np.abs(result.place[10:14] - result.place[9]).max() < 0.02
    assert np.isfinite(result.animation.controls).all()


def test_one_frame_is_enough(truth):
    seen = truth[1]
    one = replace(seen, **{name: getattr(seen, name)[:1] for name in ("landmarks", "scores", "confidence", "valid")})
    assert len(fit(one, heads.load("open:preview"), CONFIG).animation) == 1


def test_a_users_flame_file_is_fitted(flame, truth):
    result = fit(truth[1], flame, CONFIG)
    assert result.animation.rig == "flame_file"
    assert result.error.mean() < 0.03
    seen = truth[1].landmarks
    opening = np.linalg.norm(seen[:, 13, :2] - seen[:, 14, :2], axis=1)
    upper, lower = np.searchsorted(result.numbers, INNER_LIPS[0])
    assert np.corrcoef(opening, np.linalg.norm(result.marks[:, upper] - result.marks[:, lower], axis=1))[0, 1] > 0.95


def test_flame_face_gets_blinks_apart_from_what_is_learnt(truth):
    result = fit(truth[1], heads.load("flame:preview"), CONFIG)
    lid = result.animation["left_eyelid"]
    assert lid[20:24].max() > 0.5
    assert np.abs(lid[:15]).max() < 0.3
    assert np.abs(result.animation.controls).max() <= 6.0
    assert result.animation.names == result.head.rig.names


def test_a_known_person_keeps_its_shape(truth):
    result = fit(truth[1], heads.load(PERSON), replace(CONFIG, known=True))
    assert result.shape.size == 0
    assert result.head is heads.load(PERSON)
    assert result.error.mean() < 0.01


def test_what_cannot_be_fitted_is_said(truth):
    with pytest.raises(UserError, match="no frame"):
        fit(replace(truth[1], valid=np.zeros(40, bool)), heads.load("open:preview"))

    class Other:
        name, rig = "other", heads.load("open:arkit,preview").rig

    with pytest.raises(UserError, match="cannot be fitted"):
        fit(truth[1], Other())
