"""The photometric term: its slope is that of its cost, and it brings a drawn head nearer to what was drawn."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from made_up_track import SIZE, VIEW, motion, track
from scipy.spatial.transform import Rotation

from data_prep.fitting import Crops, FitConfig, Weights, fit, optimised
from data_prep.fitting.camera import Camera
from data_prep.fitting.motion import State
from data_prep.fitting.photometric import Photometric, painted
from data_prep.fitting.subject import subject
from data_prep.fitting.surface import beside
from data_prep.fitting.terms import Objective
from render import differentiable
from render.painting import beside as beside_there
from speechface import heads, rigs

HEAD, PLACE, FRAMES = "open:preview", (0.01, 0.02, -0.9), 8
CONFIG = FitConfig(field_of_view=VIEW, known=True, rounds=6, weights=Weights(score=0.2))
OPEN = rigs.load("open")


@pytest.fixture(scope="module")
def drawn():
    """Muscles, a track with much noise, the true state, and the pictures of a face with freckles."""
    head = heads.load(HEAD)
    person, muscles = subject(head, known=True), motion(24)[4 : 4 + FRAMES]
    turn = Rotation.from_rotvec(muscles[:, person.turning]).as_matrix()
    pivot = head.joints[1]
    place = np.array(PLACE) + pivot - turn @ pivot
    state = State(
        *(torch.tensor(one, dtype=torch.float32) for one in (muscles[:, person.free], turn, place, np.zeros(0)))
    )
    seen = track(muscles, HEAD, noise=0.008, place=PLACE)
    blank = Crops.of(
        [np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)] * FRAMES, track(muscles, HEAD, noise=0, place=PLACE)
    )
    surface = person.surface().of_person(state.shape)
    draw = np.random.default_rng(3)
    waves = np.sin(surface.points.rest.numpy() @ draw.normal(0, 450, (3, 12)) + draw.uniform(0, 6, 12)) @ draw.normal(
        0, 1, (12, 3)
    )
    term = Photometric(
        **{field.name: None for field in fields(Objective)} | {"camera": Camera.of(SIZE, VIEW)}, surface=surface,
        pictures=None, windows=torch.from_numpy(blank.windows), mask=None,
        colours=torch.tensor(np.clip(0.5 + 0.06 * waves, 0.1, 0.9), dtype=torch.float32),
        light=torch.tensor([0.8, 0.1, 0.15, -0.1, 0, 0, 0, 0, 0]), noise=0.02, rasteriser=differentiable.load("compiled"),
    )  # fmt: skip
    pictures = term.drawn(state, term.windows)[..., :3].clamp(0, 1)
    noisy = pictures + 0.01 * torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0))
    return muscles, seen, state, replace(blank, pictures=(255 * noisy.clamp(0, 1)).byte().numpy()), term


def test_slope_is_that_of_the_cost(drawn):
    _, seen, state, crops, term = drawn
    objective, _, observed = optimised(seen, heads.load(HEAD), replace(CONFIG, rounds=1))
    term = replace(
        term, **{field.name: getattr(objective, field.name) for field in fields(Objective)},
        pictures=torch.from_numpy(crops.pictures).float() / 255,
    )  # fmt: skip
    with torch.no_grad():
        term = painted(term, state, observed)
        draw = torch.Generator().manual_seed(1)
        start = replace(state, controls=(state.controls + 0.05 * torch.rand(state.controls.shape, generator=draw)))
        rows, free = torch.arange(FRAMES), torch.full((state.controls.shape[1],), np.inf)
        slope = term._slope(start, rows)
        for _ in range(4):
            way = torch.randn(slope.shape, generator=draw) * torch.tensor([1.0] * len(free) + [0.1] * 3 + [0.01] * 3)
            step = 2e-3 * way / way.norm()
            above, below = (
                term._photo(start.moved(sign * step, state.shape, -free, free, 1.0), rows).sum() for sign in (1, -1)
            )
            assert float(2 * (slope * step).sum()) == pytest.approx(
                float((above - below) / 2), rel=0.1, abs=2e-3 * float(above)
            )


def test_pictures_bring_the_motion_nearer(drawn):
    muscles, seen, _, crops, _ = drawn
    head, turns = heads.load(HEAD), [OPEN.index[name] for name in ("headPitch", "headYaw", "headRoll")]
    wanted = head.vertices(muscles)
    skin = np.flatnonzero((head.look.part == 0) & (head.rest[:, 2] > 0.05) & (np.abs(head.rest[:, 0]) < 0.05))
    off, angle = [], []
    for pictures in (None, crops):
        found = fit(seen, head, CONFIG, pictures)
        got = head.vertices(found.animation.controls) + (found.place - PLACE)[:, None]
        off.append(np.linalg.norm((got - wanted)[:, skin, :2], axis=-1).mean())
        angle.append(np.abs(found.animation.controls[:, turns] - muscles[:, turns]).mean())
    assert off[1] < 0.88 * off[0]
    assert angle[1] < angle[0]
    assert "photo" not in found.terms


def test_colours_light_and_noise_come_from_the_pictures(drawn):
    _, seen, state, crops, term = drawn
    _, _, observed = optimised(seen, heads.load(HEAD), replace(CONFIG, rounds=1))
    with torch.no_grad():
        found = painted(
            replace(term, pictures=torch.from_numpy(crops.pictures).float() / 255, weights=Weights()), state, observed
        )
    drawn_again = found.drawn(state, term.windows)
    inside = found.mask > 0.99
    off = (drawn_again[..., :3] - found.pictures)[inside]
    assert off.abs().mean() < 0.05
    assert found.noise < 0.04
    assert inside.float().mean() > 0.15


def test_crops_are_the_face_and_the_last_picture_stays():
    seen = track(motion(10)[:3], HEAD)
    picture = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
    x, y = seen.landmarks[0, 1, :2].astype(int)
    picture[y - 3 : y + 4, x - 3 : x + 4] = 255
    crops = Crops.of([picture, picture // 2], seen)
    row, column = np.unravel_index(crops.pictures[0, ..., 0].argmax(), crops.pictures.shape[1:3])
    at = crops.windows[0, :2] + (np.array([column, row]) + 0.5) * crops.windows[0, 2] / crops.pictures.shape[1]
    np.testing.assert_allclose(at, seen.landmarks[0, 1, :2], atol=4.0)
    np.testing.assert_array_equal(crops.pictures[2], crops.pictures[1])


def test_neighbours_are_those_of_the_renderer():
    faces = heads.load(HEAD).faces[:3000]
    np.testing.assert_array_equal(beside(faces), beside_there(faces))
