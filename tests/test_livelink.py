"""Takes of Live Link Face: what is in the table comes out, at the rate of its timecodes; anything else is one line."""

import csv

import numpy as np
import pytest
from command_line import SHARED

import speechface as sf
from speechface import rigs
from speechface.errors import UserError

ARKIT = rigs.load("arkit")
SHAPES = [name for name in ARKIT.names if not name.startswith("head")]
HEADER = ["Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in SHAPES)]
HEADER += [f"{part}{axis}" for part in ("Head", "LeftEye", "RightEye") for axis in ("Yaw", "Pitch", "Roll")]
REAL = SHARED / "livelink"


def code(seconds):
    whole = int(seconds)
    return f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{60 * (seconds - whole):06.3f}"


def take(path, values, fps=60.0, start=3600.0, skip=()):
    lines = [",".join(HEADER)]
    for number, row in enumerate(values):
        if number not in skip:
            lines.append(",".join([code(start + number / fps), "61", *(f"{value:.10f}" for value in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def values():
    return np.random.default_rng(0).uniform(0, 1, (40, len(HEADER) - 2)).astype(np.float32)


@pytest.mark.parametrize("fps", [24000 / 1001, 24, 25, 30000 / 1001, 30, 60])
def test_curves_and_rate(values, tmp_path, fps):
    clip = sf.load(take(tmp_path / "take.csv", values, fps))
    assert (clip.rig, clip.fps) == ("arkit", pytest.approx(fps, rel=1e-6))
    assert set(clip.names) == set(ARKIT.names)
    for column, name in enumerate(SHAPES):
        assert np.allclose(clip[name], values[:, column], atol=1e-6), name
    for column, (name, sign) in enumerate((("headYaw", -1), ("headPitch", 1), ("headRoll", -1)), start=len(SHAPES)):
        assert np.allclose(clip[name], sign * values[:, column], atol=1e-6), name


def test_dropped_and_faceless_frames_are_filled(values, tmp_path):
    path = take(tmp_path / "take.csv", values, 30.0, skip=(7, 20, 21))
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[31] = ",".join([lines[31].split(",")[0], "0"])
    path.write_text("\n".join(lines), encoding="utf-8")
    clip = sf.load(path)
    assert len(clip) == 40
    assert clip.fps == 30
    assert clip["jawOpen"][7] == pytest.approx(values[[6, 8], SHAPES.index("jawOpen")].mean())
    assert clip["jawOpen"][8] == pytest.approx(values[8, SHAPES.index("jawOpen")])


def test_past_midnight(values, tmp_path):
    clip = sf.load(take(tmp_path / "take.csv", values, 60.0, start=24 * 3600 - 0.25))
    assert (len(clip), clip.fps) == (40, 60)


def test_one_frame_and_a_byte_order_mark(values, tmp_path):
    path = take(tmp_path / "take.csv", values[:1])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(sf.load(path)) == 1


def spoilt(path, fault):
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[5].split(",")
    if fault == "no number":
        cells[9] = "x"
    elif fault == "short line":
        cells = cells[:30]
    elif fault == "no timecode":
        cells[0] = "0.08"
    elif fault == "not finite":
        cells[9] = "nan"
    elif fault == "back in time":
        cells[0] = lines[2].split(",")[0]
    lines[5] = ",".join(cells)
    if fault == "other table":
        lines[0] = lines[0].replace("Timecode", "time")
    elif fault == "no shapes":
        lines[0] = "Timecode,BlendShapeCount,A,B"
    elif fault == "no rows":
        lines = lines[:1]
    text = "" if fault == "empty" else "\n".join(lines)
    path.write_bytes(b"\xff\xfe\x00\x80" if fault == "no text" else text.encode())


FAULTS = {
    "no number": "line 6: could not convert", "short line": "line 6: 30 cells", "no timecode": "line 6: '0.08' is no timecode",
    "not finite": "line 6: a number is not finite", "back in time": "line 6: its timecode is not after",
    "other table": "does not begin with", "no shapes": "none of ARKit's shapes", "no rows": "no frame", "empty": "does not begin",
    "no text": "not a table of text",
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_one_line(values, tmp_path, fault):
    path = take(tmp_path / "take.csv", values)
    spoilt(path, fault)
    with pytest.raises(UserError, match=FAULTS[fault]) as caught:
        sf.load(path)
    assert "\n" not in str(caught.value)
    assert "take.csv" in str(caught.value)


def test_nowhere(tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        sf.load(tmp_path / "take.csv")


@pytest.mark.skipif(not REAL.is_dir(), reason="the recordings are not here")
def test_real_takes():
    """Eyes and their shapes agree, which is what the signs of the head's rotation rest on."""
    for path in sorted(REAL.glob("*.csv")):
        clip = sf.load(path)
        assert clip.fps == 30
        rows = len(path.read_text(encoding="utf-8").splitlines()) - 1
        assert rows <= len(clip) <= rows + 10
        assert np.isfinite(clip.controls).all()
        assert clip.controls.max() < 1.1
        with open(path, encoding="utf-8", newline="") as file:
            raw = {
                name: np.array([float(row[name]) for row in rows])
                for rows in [list(csv.DictReader(file))]
                for name in HEADER[2:]
            }
        left = raw["EyeLookOutLeft"] - raw["EyeLookInLeft"]
        down = raw["EyeLookDownLeft"] - raw["EyeLookUpLeft"]
        assert np.corrcoef(raw["LeftEyeYaw"], left)[0, 1] < -0.99
        assert np.corrcoef(raw["LeftEyePitch"], down)[0, 1] > 0.99
