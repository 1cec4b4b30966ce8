"""`speechface evaluate motion` on files made here: vertices curves, folders, baselines, and what may be wrong."""

import json
import math

import made_up
import made_up_flame
import numpy as np
import pytest
import soundfile
from scipy.spatial.transform import Rotation

import speechface
from data_prep.phone_table import write_phones
from data_prep.track import Track as VideoTrack
from render.export import csv as table
from render.export import npz
from speechface import cli, heads
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.evaluation import motion
from speechface.evaluation.regions import of_file, of_head
from speechface.evaluation.trace import Trace, of_animation, on_one_grid

MASK = {"lips": [0, 1, 2, 3], "upper": [4, 5, 6, 7, 8],
        "landmarks": {"inner_lip_upper": 0, "inner_lip_lower": 1, "mouth_corner_left": 2, "mouth_corner_right": 3}}  # fmt: skip
REST = np.array(
    [[0, 0, 90], [0, -0.9, 90], [25, 0, 85], [-25, 0, 85], [0, 60, 90], [-30, 60, 80], [30, 60, 80], [-30, 40, 80], [30, 45, 85],
     [0, -80, 60]], dtype=float,
)  # fmt: skip


def command(*words):
    """The exit code of `speechface evaluate motion ...`."""
    return cli._run("speechface evaluate motion", "speechface.commands.evaluate.motion", [str(word) for word in words])


def face(fps=30.0, seconds=2.0, late=0.0, much=1.0):
    """(T, 10, 3) millimetres of a small face whose lower lip opens four times and whose brow rises."""
    times = np.arange(round(fps * seconds)) / fps
    out = np.repeat(REST[None], len(times), axis=0)
    opening = much * sum(np.exp(-(((times - at - late) / 0.08) ** 2)) for at in (0.3, 0.7, 1.2, 1.6))
    out[:, 1, 1] -= 12.0 * opening
    out[:, [2, 3], 0] -= 3.0 * opening[:, None] * [1.0, -1.0]
    out[:, 4, 1] += 2.0 * much * np.sin(2.0 * np.pi * times)
    return out


@pytest.fixture
def files(tmp_path):
    (tmp_path / "mask.json").write_text(json.dumps(MASK))
    np.save(tmp_path / "true.npy", face())
    np.save(tmp_path / "late.npy", face(late=0.1))
    soundfile.write(tmp_path / "line.wav", np.random.default_rng(0).normal(0, 0.1, 32000), 16000)
    return tmp_path


def measured(folder, *predictions, truth="true.npy", **settings):
    names = tuple(str(folder / name) for name in predictions)
    given = {"mask": folder / "mask.json", "fps": 30.0, "unit": "mm", "truth": folder / truth} | settings
    rows = speechface.evaluate("motion", predictions=names, **given)
    return [rows[name] for name in names]


def test_vertices_of_any_mesh_with_a_mask(files):
    late, same = measured(files, "late.npy", "true.npy")
    away = np.linalg.norm(face(late=0.1)[:, :4] - face()[:, :4], axis=-1).max(axis=1)
    assert late["lve"] == pytest.approx(away.mean())
    assert late["lve_squared"] == pytest.approx((1e-6 * away**2).mean() * 1e5)
    assert late["mtm"] == pytest.approx(100.0, abs=5.0)
    assert late["lag"] == pytest.approx(100.0)
    assert late["gap_size"] == pytest.approx(1.0, abs=0.02)
    assert late["fdd"] == pytest.approx(0.0, abs=1e-6)
    assert math.isnan(late["jaw_r"])  # nose and chin are not in the mask
    assert math.isnan(late["slcc"])
    assert (same["lve"], same["mve"], same["upper"], same["mtm"]) == pytest.approx((0, 0, 0, 0), abs=1e-6)
    assert (same["gap_r"], same["width_r"]) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1.0), ("cm", 0.1), ("m", 0.001), ("0.0125", 0.08)])
def test_units_change_nothing(unit, scale, files):
    expected = measured(files, "late.npy")[0]
    for name, late in (("a", 0.0), ("b", 0.1)):
        np.save(files / f"{name}.npy", scale * face(late=late))
    found = measured(files, "b.npy", truth="a.npy", unit=unit)[0]
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4, nan_ok=True)


def test_flat_rows_and_npz_say_the_same(files):
    expected = measured(files, "late.npy")[0]
    np.save(files / "flat.npy", face(late=0.1).reshape(60, 30))
    np.savez(files / "keyed.npz", vertices=face(late=0.1), fps=30.0)
    for found in measured(files, "flat.npy", "keyed.npz"):
        assert found == pytest.approx(expected, nan_ok=True)


def test_another_order_of_vertices_with_its_own_mask_is_the_same_face(files):
    order = np.random.default_rng(0).permutation(10)
    place = np.argsort(order)
    moved = {key: [int(place[v]) for v in MASK[key]] for key in ("lips", "upper")}
    moved["landmarks"] = {name: int(place[v]) for name, v in MASK["landmarks"].items()}
    (files / "moved.json").write_text(json.dumps(moved))
    for name, late in (("a", 0.0), ("b", 0.1)):
        np.save(files / f"{name}.npy", face(late=late)[:, order])
    found = measured(files, "b.npy", truth="a.npy", mask=files / "moved.json")[0]
    assert found == pytest.approx(measured(files, "late.npy")[0], nan_ok=True)


def test_a_head_that_moves_counts_unless_it_is_held_still(files):
    turned = face(late=0.1)
    for number, frame in enumerate(turned):
        frame[:] = Rotation.from_rotvec([0.0, 0.004 * number, 0.1]).apply(frame) + [5.0, 0.1 * number, 0.0]
    np.save(files / "turned.npy", turned)
    np.save(files / "rest.npy", REST)
    still = {"align": True, "neutral": files / "rest.npy"}
    plain = measured(files, "late.npy", neutral=files / "rest.npy")[0]
    held, moving = measured(files, "turned.npy", **still)[0], measured(files, "turned.npy")[0]
    assert moving["lve"] > 3.0 * plain["lve"]
    assert held == pytest.approx(measured(files, "late.npy", **still)[0], abs=1e-3, nan_ok=True)
    assert held["gap_r"] == pytest.approx(plain["gap_r"], abs=1e-5)


def test_frame_rates_are_brought_to_the_lower_one(files):
    np.savez(files / "fast.npz", vertices=face(fps=120.0, late=0.1), fps=120.0)
    np.savez(files / "slow.npz", vertices=face(), fps=30.0)
    expected = measured(files, "late.npy")[0]
    found = measured(files, "fast.npz", truth="slow.npz", fps=None)[0]
    for name in ("lve", "mve", "gap_r", "mtm", "lag", "fdd"):
        assert found[name] == pytest.approx(expected[name], rel=0.02, abs=1e-3), name


def test_closures_need_phones_and_a_distance_at_which_lips_touch(files):
    phones = made_up.segments("sil m aa m sil")
    write_phones(files / "line.tsv", phones)
    sounds = {"sound": files / "line.wav", "phones": files / "line.tsv"}
    shut = np.repeat(REST[None], 60, axis=0)
    np.save(files / "shut.npy", shut)
    np.save(files / "true.npy", shut)
    assert measured(files, "shut.npy", **sounds)[0]["closure_rate"] == 100.0
    shut[:, 1, 1] -= 0.8  # the vertices are 1.7 mm apart
    np.save(files / "shut.npy", shut)
    assert measured(files, "shut.npy", **sounds)[0]["closure_rate"] == 0.0
    assert measured(files, "shut.npy", **sounds, touch=2.0)[0]["closure_rate"] == 100.0


def test_one_file_prints_a_table_and_writes_json_and_plots(files, capsys):
    words = ("--mask", files / "mask.json", "--fps", 30, "--unit", "mm", "--sound", files / "line.wav")
    target = ("--out", files / "x.json", "--plots", files / "plots")
    assert command(files / "late.npy", "--truth", files / "true.npy", *words, *target) == 0
    out = capsys.readouterr().out
    assert "lip vertex error" in out
    assert "loudness and lips, within" in out
    written = json.loads((files / "x.json").read_text(), parse_constant=lambda word: pytest.fail(word))
    assert written["by clip"]["true"][str(files / "late.npy")]["lag"] == pytest.approx(100.0)
    assert {path.name for path in (files / "plots").iterdir()} == {"measures.png", "lips.png"}


def test_folders_are_matched_by_stem_and_measured_on_what_all_have(files, capsys):
    for folder in ("truth", "ours", "theirs"):
        (files / folder).mkdir()
    for number in range(4):
        np.save(files / "truth" / f"s{number}.npy", face())
        np.save(files / "ours" / f"s{number}_condition_F1.npy", face(late=0.1))
        if number:
            np.save(files / "theirs" / f"s{number}.npy", face(much=0.5))
    words = ("--truth", files / "truth", "--mask", files / "mask.json", "--fps", 30, "--unit", "mm")
    assert command(files / "ours", files / "theirs", *words, "--out", files / "x.json") == 0
    assert "1 of 4 recordings lack a prediction" in capsys.readouterr().err
    rows = json.loads((files / "x.json").read_text())
    assert rows[str(files / "ours")]["clips"] == 3
    assert rows[str(files / "theirs")]["gap_size"] == pytest.approx(0.5)
    assert rows[str(files / "theirs")]["gap_r_low"] == pytest.approx(1.0)
    assert rows[str(files / "theirs")]["fdd"] > 0.0


def test_curves_of_several_formats_are_one_motion(tmp_path):
    """An animation, its table, its vertices on the head and its retargeting on the same mesh."""
    opening = 0.6 * np.sin(np.linspace(0, 9, 60)) ** 2
    clip = Animation(np.stack([opening, 0.3 * opening], 1), ("jawOpen", "mouthPucker"), 30.0, "arkit")
    clip.save(tmp_path / "a.npz")
    table.write(clip, tmp_path / "b.csv")
    head = heads.load("open:arkit")
    npz.write(Animation(clip.columns(head.rig.names), head.rig.names, 30.0, "arkit"), tmp_path / "c.npz", head)
    bare = tmp_path / "d.npz"
    with np.load(tmp_path / "c.npz") as file:
        np.savez(bare, vertices=file["vertices"], fps=30.0)
    names = tuple(str(tmp_path / name) for name in ("b.csv", "c.npz", "d.npz"))
    rows = speechface.evaluate("motion", predictions=names, truth=tmp_path / "a.npz")
    for name in names:
        assert rows[name]["lve"] == pytest.approx(0.0, abs=0.01)
        assert (rows[name]["jaw_r"], rows[name]["width_r"]) == pytest.approx((1.0, 1.0), abs=1e-3)
    assert rows[names[0]]["round_r"] == pytest.approx(1.0)
    assert math.isnan(rows[names[2]]["round_r"])


def test_flame_parameters_move_the_users_flame_file(tmp_path):
    np.savez(tmp_path / "flame.npz", **made_up_flame.own())
    jaw = np.zeros((40, 3))
    jaw[:, 0] = 0.2 * np.sin(np.linspace(0, 9, 40)) ** 2
    expression = np.zeros((40, 10))
    np.savez(tmp_path / "a.npz", expression=expression, jaw_pose=jaw, fps=30.0)
    np.savez(tmp_path / "b.npz", exp=expression, jaw=0.5 * jaw, fps=30.0)
    spec = f"flame:{tmp_path / 'flame.npz'}"
    row = speechface.evaluate("motion", predictions=(str(tmp_path / "b.npz"),), truth=tmp_path / "a.npz", head=spec)
    found = row[str(tmp_path / "b.npz")]
    assert found["jaw_r"] > 0.95
    assert found["jaw_size"] == pytest.approx(0.5, abs=0.1)
    assert found["lve"] > 1.0
    with pytest.raises(UserError, match="--head flame:"):
        speechface.evaluate("motion", predictions=(str(tmp_path / "b.npz"),), truth=tmp_path / "a.npz")


def test_baselines_and_the_truth_of_a_clip_folder(tmp_path):
    folder = made_up.clips(
        tmp_path / "clips", ("neutral", "happy"), ("one", "two"), splits={"train": ["one"], "test": ["two"]}
    )
    rows = speechface.evaluate("motion", predictions=("labels", "energy", "still"), truth=folder)
    assert list(rows) == ["labels", "energy", "still", "truth", "by clip"]
    assert rows["labels"]["clips"] == 2
    assert rows["truth"]["closure_rate"] == 100.0
    labelled = sum(phone in ("m", "b", "p") for phone in made_up.LINE.split())
    assert rows["truth"]["closure_rate_of"] == 2 * labelled
    assert rows["labels"]["jaw_r"] > 0.7
    assert rows["energy"]["loudness_r"] > 0.8
    assert rows["labels"]["width_r"] > rows["energy"]["width_r"]
    assert rows["still"]["gap_size"] == 0.0
    assert math.isnan(rows["still"]["gap_r"])
    assert rows["labels"]["lve"] < rows["still"]["lve"]


def test_the_mouth_of_a_tracked_video_is_compared_by_its_curves(tmp_path):
    """A face of 300 pixels whose lips open as the animation's do, seen at 25 frames a second; it comes nearer meanwhile."""
    frames = 50
    opening = 0.5 * np.sin(np.linspace(0, 12, frames)) ** 2
    landmarks = np.zeros((frames, 478, 3))
    landmarks[:, [33, 263], 0] = [100.0, 190.0]
    places = [[120, 100], [170, 100], [145, 100], [145, 100], [145, 80], [145, 140]]
    landmarks[:, [61, 291, 13, 14, 2, 152], :2] = places
    landmarks[:, [14, 152], 1] += 20.0 * opening[:, None]
    landmarks *= np.linspace(1.0, 1.5, frames)[:, None, None]
    valid = np.ones(frames, bool)
    valid[7], landmarks[7] = False, 0.0
    VideoTrack(landmarks, np.zeros((frames, 52)), valid, valid, (360, 288), 25.0).save(tmp_path / "video.npz")
    Animation(opening[:, None], ("jawOpen",), 25.0, "arkit").save(tmp_path / "ours.npz")
    ours = str(tmp_path / "ours.npz")
    row = speechface.evaluate("motion", predictions=(ours,), truth=tmp_path / "video.npz", curves=True)
    assert row[ours]["gap_r"] > 0.98
    assert row[ours]["jaw_r"] > 0.98
    assert row["truth"]["gap_range"] == pytest.approx(10.0, abs=0.6)  # 90 pixels between the eyes are 90 mm
    assert math.isnan(row[ours]["lve"])
    with pytest.raises(UserError, match="--curves"):
        speechface.evaluate("motion", predictions=(ours,), truth=tmp_path / "video.npz")


def test_lips_and_brows_of_heads_are_where_they_should_be():
    head = heads.load("flame:preview")
    regions = of_head(head)
    rest = regions.neutral
    lips, upper = (rest[regions.areas[name]] for name in ("lips", "upper"))
    mouth = rest[[regions.marks["mouth_corner_left"], regions.marks["mouth_corner_right"]]].mean(axis=0)
    assert len(lips) > 100
    assert np.abs(lips - mouth).max() < 0.035
    assert upper[:, 1].min() > rest[regions.marks["nose_base"], 1] + 0.01
    controls = Animation(np.array([[0.0], [0.3]]), ("jaw_x",), 25.0, "flame")
    trace = of_animation(controls, head, "x")
    moved = np.linalg.norm(np.diff(trace.places, axis=0)[0], axis=-1)
    assert moved[regions.areas["upper"]].max() < 1e-3
    assert moved[regions.areas["lips"]].max() > 5e-3
    for name in ("lips", "upper"):  # both sides alike
        x = rest[regions.areas[name], 0]
        assert (x > 0.001).sum() == pytest.approx((x < -0.001).sum(), rel=0.1)


def test_a_clip_counts_as_much_as_its_frames(files):
    """The pooled figure is that of all frames together, as CodeTalker's script has it."""
    regions = of_file(files / "mask.json", 10)
    clips = [
        motion._against(*on_one_grid(*pair), True)
        for pair in (
            (traced(face(late=0.1), regions), traced(face(), regions)),
            (traced(face(seconds=1.0, late=0.05), regions), traced(face(seconds=1.0), regions)),
        )
    ]
    row = motion.table(clips, ["a", "b"])
    frames = [
        np.linalg.norm(face(seconds=long, late=late)[:, :4] - face(seconds=long)[:, :4], axis=-1).max(axis=1)
        for long, late in ((2.0, 0.1), (1.0, 0.05))
    ]
    assert row["lve"] == pytest.approx(np.concatenate(frames).mean(), rel=1e-4)
    assert row["lve_low"] < row["lve"] < row["lve_high"]


def traced(vertices, regions, fps=30.0):
    return Trace("x", 1e-3 * vertices[:, regions.vertices], fps, regions)


MISTAKES = {
    "nothing there": (["gone.npy"], "no prediction"),
    "other mesh": (["other.npy", "--mask", "mask.json"], "cannot be compared"),
    "another clip": (["long.npy", "--mask", "mask.json"], "not of one recording"),
    "not a number": (["nan.npy", "--mask", "mask.json"], "not finite, first in frame 7"),
    "unit": (["late.npy", "--mask", "mask.json", "--unit", "m"], "--unit"),
    "bad unit": (["late.npy", "--mask", "mask.json", "--unit", "miles"], "no unit"),
    "no mask": (["late.npy"], "--mask"),
    "no rate": (["late.npy", "--mask", "mask.json", "--no-fps"], "--fps"),
    "mask too large": (["late.npy", "--mask", "big.json"], "vertex 10"),
    "mask unknown": (["late.npy", "--mask", "odd.json"], "unknown area"),
    "mask no mask": (["late.npy", "--mask", "line.wav"], "mask"),
    "no sound": (["energy", "--mask", "mask.json"], "--sound"),
    "twice": (["late.npy", "late.npy", "--mask", "mask.json"], "once"),
    "one frame": (["one.npy", "--mask", "mask.json"], "motion needs two"),
    "odd engine": (["emote:loud", "--mask", "mask.json"], "':free' or ':text'"),
    "no overlap": (["theirs", "--mask", "mask.json", "--truth", "ours"], "no file named like one of the 2"),
    "empty folder": (["theirs", "--mask", "mask.json", "--truth", "empty"], "holds no files"),
    "one file of many": (["late.npy", "--mask", "mask.json", "--truth", "ours"], "is one file"),
    "no array": (["words.npy", "--mask", "mask.json"], "plain NumPy"),
    "text": (["late.npy", "--mask", "mask.json", "--truth", "mask.json"], "Audio2Face"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_end_with_one_line_and_code_2(mistake, files, capsys, monkeypatch):
    monkeypatch.chdir(files)
    np.save("other.npy", np.pad(face(), ((0, 0), (0, 1), (0, 0))))
    np.save("long.npy", face(seconds=9.0))
    np.save("one.npy", face()[:1])
    broken = face()
    broken[7, 0, 0] = np.nan
    np.save("nan.npy", broken)
    (files / "words.npy").write_text("no array")
    for folder, names in {"ours": "ab", "theirs": "cd", "empty": ""}.items():
        (files / folder).mkdir()
        for name in names:
            np.save(files / folder / f"{name}.npy", face())
    (files / "big.json").write_text(json.dumps({"lips": [3, 10]}))
    (files / "odd.json").write_text(json.dumps({"lisp": [3]}))
    words, says = MISTAKES[mistake]
    rate = [] if "--no-fps" in words else ["--fps", "30"]
    given = ["--truth", "true.npy"] if "--truth" not in words else []
    unit = ["--unit", "mm"] if "--unit" not in words else []
    words = [word for word in words if word != "--no-fps"]
    assert command(*words, *given, *rate, *unit, "--out", "x.json") == 2
    said = capsys.readouterr().err.strip()
    assert says in said
    assert "\n" not in said
    assert not (files / "x.json").exists()
