"""The shipped files are what the program makes."""

import numpy as np
import pytest

from speechface import heads
from speechface.heads.open import read_asset
from speechface.sculpt import asset
from speechface.sculpt.build import build_head, write
from speechface.sculpt.field import Field
from speechface.sculpt.proportions import Proportions

FLOATS = {"shape_delta": 0.02, "identity_delta": 0.06, "weights": 2e-3, "regressor_share": 1e-3}
"""Arrays in millimetres or shares, and how far libraries' rounding may move them; others 1e-6."""


@pytest.fixture(scope="module")
def built():
    return build_head(density=1)


def test_the_shipped_preview_is_the_program(built):
    shipped, _ = read_asset("preview")
    assert set(shipped) == set(built)
    for name, array in shipped.items():
        if name in ("shape_index", "shape_ends", "shape_delta", "identity_index", "identity_ends", "identity_delta"):
            continue  # compared as shapes below: what barely moves may or may not be listed
        assert built[name].shape == array.shape, name
        if array.dtype.kind == "f":
            assert np.abs(built[name].astype(float) - array.astype(float)).max() <= FLOATS.get(name, 1e-5), name
        elif array.dtype == np.uint8:
            assert np.mean(np.abs(built[name].astype(int) - array.astype(int)) > 2) < 0.01, name
        else:
            assert np.array_equal(built[name], array), name
    for prefix in ("shape", "identity"):
        one, two = asset.Sparse.of(built, prefix), asset.Sparse.of(shipped, prefix)
        assert len(one) == len(two)
        for number in range(len(one)):
            gap = one.dense(number, len(shipped["vertices"])) - two.dense(number, len(shipped["vertices"]))
            assert 1000 * np.abs(gap).max() < 0.1, (prefix, number)


def test_files_are_small_and_hold_only_numbers_and_names(tmp_path, built):
    path = tmp_path / "head.npz"
    asset.write(path, built)
    assert path.stat().st_size < 2e6
    again = asset.read(path)
    assert all(np.array_equal(again[name], array) for name, array in built.items())
    for name, array in read_asset("")[0].items():
        assert array.dtype.kind in "fiuU", name


def test_full_and_preview_agree():
    """The same person at both densities: landmarks within a few millimetres, of the rest and of an open mouth."""
    full, light = heads.load("open"), heads.load("open:preview")
    assert full.controls == light.controls
    assert np.array_equal(full.pairs, light.pairs)
    assert np.allclose(full.joints, light.joints)
    posed = []
    for head in (full, light):
        controls = np.zeros((2, len(head.rig)), dtype=np.float32)
        controls[1, [head.rig.index[name] for name in ("jawOpen", "mouthSmileLeft", "browInnerUpRight")]] = 0.7
        posed.append(head.vertices(controls)[:, list(head.landmarks.values())])
    assert 1000 * np.linalg.norm(posed[0] - posed[1], axis=-1).max() < 4.5


def test_other_proportions_make_another_head():
    m = Proportions(nose_tip_depth=11.1, chin_height=-10.5)
    field, other = Field(m), Field()
    middle = np.zeros(2)
    heights = np.array([m.nose_tip_height, -10.2])
    assert np.all(field.depth(middle, heights) - other.depth(middle, heights) > 0.2)


def test_writing_makes_a_file_that_loads(tmp_path, monkeypatch, built):
    monkeypatch.setattr("speechface.sculpt.build.build_head", lambda density: {**built, "density": np.array(density)})
    write(tmp_path / "x" / "head.npz", density=1)
    assert asset.read(tmp_path / "x" / "head.npz")["density"] == 1


def test_another_format_is_refused(tmp_path, built):
    asset.write(tmp_path / "old.npz", {**built, "format": np.array(0)})
    with pytest.raises(ValueError, match="format 0"):
        asset.read(tmp_path / "old.npz")
