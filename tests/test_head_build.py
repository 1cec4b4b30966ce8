"""The shipped files are what the program makes."""

import sys

import numpy as np
import pytest

from speechface import cli, heads
from speechface.heads.open import read_asset
from speechface.sculpt import asset
from speechface.sculpt.build import build_head, write
from speechface.sculpt.field import Field
from speechface.sculpt.proportions import Proportions


@pytest.fixture(scope="module")
def built():
    return build_head(density=1)


def test_the_shipped_preview_is_the_program(built):
    assert asset.differences(built, read_asset("preview")[0]) == []


def test_every_kind_of_difference_is_found(built):
    """The check of the check."""

    def changed(name, change):
        array = built[name].copy()
        change(array)
        return asset.differences({**built, name: array}, built)

    def move(array):
        array.reshape(-1)[0] += 0.5

    def other(array):
        array.reshape(-1)[0] += 1

    def repaint(array):
        array[: len(array) // 4] ^= 64

    assert asset.differences(built, dict(built)) == []
    for name, change in (
        ("vertices", move), ("joints", move), ("weights", move), ("shape_delta", move), ("identity_delta", move),
        ("faces", other), ("part", other), ("landmarks", other), ("paint", repaint), ("occlusion", repaint),
        ("character_weights", move), ("character_palettes", move),
    ):  # fmt: skip
        assert len(changed(name, change)) == 1, name
    assert "only one" in asset.differences({**built, "more": np.zeros(1)}, built)[0]
    assert "another size" in asset.differences({**built, "gaze": np.zeros(3)}, built)[0]


@pytest.fixture(autouse=True)
def _signals_stay(monkeypatch):
    """The command line takes SIGTERM for itself, which is not for a test to leave behind."""
    monkeypatch.setattr("signal.signal", lambda *_: None)


def test_the_command_writes_what_loads_and_checks_what_is_shipped(tmp_path, monkeypatch, capsys, built):
    monkeypatch.setattr("speechface.sculpt.build.build_head", lambda density: built)
    monkeypatch.setattr(
        sys, "argv", ["speechface", "build-head", "--density", "1", "--check", "--out", str(tmp_path / "new")]
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    assert "is what is shipped" in said.out
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["open_head_preview.npz"]
    assert asset.differences(asset.read(tmp_path / "new" / "open_head_preview.npz"), built) == []
    moved = {**built, "vertices": built["vertices"] + 0.001}
    monkeypatch.setattr("speechface.sculpt.build.build_head", lambda density: moved)
    monkeypatch.setattr(sys, "argv", ["speechface", "build-head", "--density", "1", "--check"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "vertices differs by 0.001" in capsys.readouterr().out


def test_the_command_asks_where_to_write(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    for words, told in (([], "--out FOLDER"), (["--out", str(tmp_path / "file")], "give a folder")):
        monkeypatch.setattr(sys, "argv", ["speechface", "build-head", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        assert told in capsys.readouterr().err


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
