"""The contract of heads, run over every kind that is found: see `test_plugins.py` for the other plug-ins."""

import made_up_ict
import numpy as np
import pytest

from speechface import heads
from speechface.errors import UserError

LANDMARKS = ("inner_lip_upper", "inner_lip_lower", "mouth_corner_left", "mouth_corner_right", "upper_incisor_edge",
             "lower_incisor_edge", *(f"lm68_{number:02d}" for number in range(68)))  # fmt: skip


@pytest.fixture(scope="module", params=heads.available())
def head(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("head")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        return heads.load(request.param + HEAD_FILES.get(request.param, lambda _: "")(folder))


def _character(folder):
    from made_character import character

    shapes = {"jawOpen": {"jawOpen": 1.0}, "mouthPucker": {"mouthPucker": 1.0}, "mouthSmile": {"mouthSmile": 1.0}}
    return f":{character(folder / 'anna.glb', shapes)}"


def _kit(folder):
    return f":{made_up_ict.folder(folder)}"


def _mesh(folder):
    from made_mesh import stranger_obj, told

    return f":{told(stranger_obj(folder / 'otto.obj'))}"


HEAD_FILES = {"character": _character, "ict": _kit, "mesh": _mesh}
"""How to make the file of every kind of head that needs one; such a head has the landmarks its file lets us find."""


def test_head_is_a_mesh_moved_by_controls(head):
    rest = head.vertices(np.zeros(len(head.rig), np.float32))
    assert rest.dtype == np.float32
    assert np.isfinite(rest).all()
    assert head.faces.dtype == np.int32
    assert head.faces.shape[1] == 3
    assert head.faces.min() == 0
    assert head.faces.max() == len(rest) - 1
    assert len(head.look.colour) == len(head.look.part) == len(rest)
    batch = np.zeros((2, 3, len(head.rig)), np.float32)
    batch[1, 2] = head.rig.clip(np.linspace(0, 0.3, len(head.rig), dtype=np.float32))
    posed = head.vertices(batch)
    assert posed.shape == (2, 3, len(rest), 3)
    assert np.abs(posed[0, 0] - rest).max() < 1e-6
    assert np.abs(posed[1, 2] - rest).max() > 1e-3
    chosen = [0, len(rest) // 2, len(rest) - 1]
    assert np.abs(head.points(batch[1], chosen) - posed[1][:, chosen]).max() < 1e-5


def test_head_stands_as_the_conventions_say(head):
    rest = head.vertices(np.zeros(len(head.rig), np.float32))
    if head.name in HEAD_FILES:
        assert "chin" in head.landmarks
        return
    assert set(LANDMARKS) <= set(head.landmarks)
    at = {name: rest[vertex] for name, vertex in head.landmarks.items()}
    assert 0.15 < np.ptp(rest[:, 1]) < 0.7  # metres
    assert at["lm68_27"][1] > at["lm68_33"][1] > at["lm68_08"][1]  # Y up: nose bridge, nose, chin
    assert at["mouth_corner_left"][0] > 0.01 > -0.01 > at["mouth_corner_right"][0]  # X to the character's left
    assert at["lm68_30"][2] > at["lm68_00"][2] + 0.03  # Z out of the face: tip of the nose, ear
    assert np.linalg.norm(at["inner_lip_upper"] - at["inner_lip_lower"]) < 1e-3
    assert np.array_equal(head.landmark_points(np.zeros((1, len(head.rig)), np.float32), "chin")[0, 0], at["chin"])


@pytest.mark.parametrize("name", heads.available())
def test_head_refuses_what_it_does_not_know(name):
    with pytest.raises(UserError):
        heads.load(f"{name}:no-such-thing")
