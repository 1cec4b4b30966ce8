"""Free changes of shape, and the rule from a tracker's landmarks to muscles."""

from dataclasses import replace

import numpy as np
import torch
from made_up_track import OPEN, motion, track

from data_prep.fitting import learnt
from data_prep.fitting.freeform import MODES, Freeform
from data_prep.fitting.landmarks import on_open
from data_prep.fitting.subject import subject
from speechface import heads


def test_points_of_a_person_with_free_changes_are_those_of_the_mesh():
    person, draw = subject(heads.load("open:preview")), np.random.default_rng(0)
    shape = np.zeros(len(person.shape_names), dtype=np.float32)
    free = np.array([name.startswith("freeform_") for name in person.shape_names])
    shape[free] = draw.uniform(-1, 1, free.sum())
    made = person.person(shape)
    controls = np.zeros((2, len(OPEN)), dtype=np.float32)
    controls[1, [OPEN.index["jawOpen"], OPEN.index["eyeLookUpLeft"]]] = 0.5, 0.8
    fast = person.points.places(torch.tensor(controls[:, person.free]), torch.tensor(shape))
    assert np.abs(fast.numpy() - person.marks.places(made.vertices(controls))).max() < 5e-5
    assert np.abs(made.rest - heads.load("open:preview").rest).max() > 1e-3


def test_free_changes_are_even_smooth_and_end_where_the_face_ends():
    head = heads.load("open:preview")
    form = Freeform.of(on_open("preview").places(head.rest))
    moved = form.at(head.rest)
    assert moved.shape == (2 * MODES, len(head.rest), 3)
    skin = head.look.part == head.look.parts.index("skin")
    np.testing.assert_allclose(moved[:, head.mirror[skin]], moved[:, skin] * [-1, 1, 1], atol=2e-5)
    upper, lower = head.lip_contact
    np.testing.assert_allclose(moved[:, upper], moved[:, lower], atol=2e-4)  # lips stay shut
    assert np.abs(moved[:, head.rest[:, 2] < -0.1]).max() < 1e-5
    spread = np.sqrt(np.square(moved).sum(axis=(0, 2)))[skin].max()
    assert 0.0015 < spread < 0.008


def test_landmarks_are_read_alike_wherever_the_face_is():
    seen = track(motion(12))
    angle, about = 0.3, np.array([[np.cos(0.3), -np.sin(0.3), 0], [np.sin(0.3), np.cos(0.3), 0], [0, 0, 1]])
    moved = replace(seen, landmarks=(1.7 * seen.landmarks @ about.T + [30, -20, 0]).astype(np.float32))
    reference = learnt.rule()["reference"]
    (one, turn), (other, turned) = (learnt.upright(each, reference) for each in (seen, moved))
    marks = on_open("preview").numbers
    assert len(marks) == one.shape[1]
    np.testing.assert_allclose(one, other, atol=1e-4)
    assert np.abs(turned[:, 2] - turn[:, 2]).mean() > 0.5 * angle


def test_the_rule_knows_an_open_mouth_and_stays_in_the_ranges():
    muscles = motion(40)
    found = learnt.muscles(track(muscles))
    assert found.shape == muscles.shape
    jaw = OPEN.index["jawOpen"]
    assert np.corrcoef(found[:, jaw], muscles[:, jaw])[0, 1] > 0.6
    assert (found >= OPEN.low).all()
    assert (found <= OPEN.high).all()
