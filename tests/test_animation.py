import numpy as np
import pytest

from speechface import Animation, UserError
from speechface.files import writing


def clip(frames: int = 50, fps: float = 25.0) -> Animation:
    time = np.arange(frames) / fps
    curves = np.stack([np.sin(time), np.cos(3 * time)], axis=1)
    return Animation(curves, ("jawOpen", "browInnerUp"), fps, "arkit", about={"seed": 3, "text": "schön"})


def test_curves_by_name():
    one = clip()
    np.testing.assert_array_equal(one["jawOpen"], one.controls[:, 0])
    columns = one.columns(("browInnerUp", "absent"), default=0.5)
    np.testing.assert_array_equal(columns[:, 0], one.controls[:, 1])
    assert (columns[:, 1] == 0.5).all()
    with pytest.raises(KeyError):
        one["absent"]


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="3 names"):
        Animation(np.zeros((4, 2)), ("a", "b", "c"), 25, "arkit")
    with pytest.raises(ValueError, match="unique"):
        Animation(np.zeros((4, 2)), ("a", "a"), 25, "arkit")
    with pytest.raises(ValueError, match="positive"):
        Animation(np.zeros((4, 1)), ("a",), 0, "arkit")


@pytest.mark.parametrize("fps", [12.5, 23.976, 30.0, 60.0, 59.94])
def test_resampling_keeps_time_and_range(fps):
    one = clip(100)
    new = one.resample(fps)
    assert abs(new.duration - one.duration) <= 1 / fps
    inside = new.times <= one.times[-1]
    np.testing.assert_allclose(new["jawOpen"][inside], np.sin(new.times[inside]), atol=2e-3)
    assert new.controls.max() <= one.controls.max() + 1e-6
    assert new.controls.min() >= one.controls.min() - 1e-6


def test_resampling_one_frame_and_none():
    assert len(clip(1).resample(60)) in (2, 3)
    assert len(clip(0).resample(60)) == 0


def test_saved_and_loaded(tmp_path):
    (tmp_path / "höre.wav").write_bytes(b"")
    one = Animation(clip().controls, clip().names, 29.97, "arkit", tmp_path / "höre.wav", {"seed": 3, "text": "schön"})
    one.save(tmp_path / "klipp.npz")
    again = Animation.load(tmp_path / "klipp.npz")
    np.testing.assert_array_equal(again.controls, one.controls)
    assert (again.names, again.fps, again.rig, again.about) == (one.names, one.fps, one.rig, one.about)
    assert again.audio == tmp_path / "höre.wav"
    with np.load(tmp_path / "klipp.npz", allow_pickle=False) as data:
        assert "/" not in str(data["audio"])


def test_loading_something_else(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        Animation.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(UserError, match="not an animation"):
        Animation.load(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(UserError, match="not an animation"):
        Animation.load(tmp_path / "other.npz")


def test_curves_replaced_and_joined():
    one = clip()
    new = one.with_curves({"jawOpen": np.ones(50), "tongueOut": np.full(50, 0.2)})
    assert new.names == ("jawOpen", "browInnerUp", "tongueOut")
    assert (new["jawOpen"] == 1).all()
    np.testing.assert_array_equal(new["browInnerUp"], one["browInnerUp"])
    assert one["jawOpen"].max() < 1.0


def test_nothing_half_written_is_left(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def interrupted():
        with writing(target) as part:
            part.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        interrupted()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_folder_output_leaves_other_files_alone(tmp_path):
    folder = tmp_path / "meshes"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep")
    with writing(folder) as part:
        part.mkdir()
        (part / "0.obj").write_text("new")
    assert sorted(path.name for path in folder.iterdir()) == ["0.obj", "mine.txt"]


def test_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"), writing(tmp_path / "file" / "x.npz"):
        pass
