"""Readers of curves in files made here: tables, Audio2Face, FLAME parameters, FACEGOOD."""

import json
import zipfile

import numpy as np
import pytest

from render.export import csv as table
from speechface import load, plugins, rigs
from speechface.animation import Animation
from speechface.errors import UserError


@pytest.mark.parametrize("name", plugins.names("speechface.readers"))
def test_every_reader_refuses_what_is_not_its_own(name, tmp_path):
    reader = plugins.load("speechface.readers", name, "reader")
    assert len(plugins.summary("speechface.readers", name)) > 20
    for number, content in enumerate((b"", b"\x00\x93NUMPY", b"PK\x03\x04", b"a,b\nc\n", b"{}")):
        for suffix in reader.SUFFIXES:
            path = tmp_path / f"{number}{suffix}"
            path.write_bytes(content)
            if hasattr(reader, "recognises"):
                assert not reader.recognises(path)
            with pytest.raises(UserError) as told:
                load(path)
            assert "\n" not in str(told.value)
    with pytest.raises(UserError):
        load(tmp_path / f"gone{reader.SUFFIXES[0]}")


@pytest.fixture
def curves():
    return np.random.default_rng(0).uniform(0, 1, (12, 3)).astype(np.float32)


@pytest.mark.parametrize("rig", ["arkit", "face_board", "open"])
def test_a_table_that_was_exported_is_read_back(rig, tmp_path):
    names = rigs.load(rig).names
    controls = np.random.default_rng(0).uniform(0, 1, (9, len(names)))
    table.write(Animation(controls, names, 30.0, rig), tmp_path / "x.csv")
    found = load(tmp_path / "x.csv")
    assert (found.rig, found.names, found.fps) == (rig, names, 30.0)
    assert found.controls == pytest.approx(controls, abs=1e-5)


def test_the_face_board_without_names_has_60_frames_a_second(tmp_path):
    names = rigs.load("face_board").names
    controls = np.random.default_rng(0).uniform(-1, 1, (5, len(names)))
    table.write(Animation(controls, names, 60.0, "face_board"), tmp_path / "x.csv", time=False, header=False)
    found = load(tmp_path / "x.csv")
    assert (found.rig, found.names, found.fps, len(found)) == ("face_board", names, 60.0, 5)


def test_audio2face_tables_have_prefixes_and_capitals(tmp_path, curves):
    lines = ["timeCode,blendShapes.JawOpen,blendShapes.MouthFunnel,blendShapes.Unknown"]
    lines += [f"{number / 60},{','.join(map(str, row))}" for number, row in enumerate(curves.tolist())]
    (tmp_path / "a2f.csv").write_text("\n".join(lines) + "\n")
    found = load(tmp_path / "a2f.csv")
    assert (found.rig, found.names, found.fps) == ("arkit", ("jawOpen", "mouthFunnel"), 60.0)
    assert found["jawOpen"] == pytest.approx(curves[:, 0])


def test_uneven_times_are_made_even_and_no_times_are_a_guess(tmp_path):
    (tmp_path / "gap.csv").write_text("time,jawOpen\n0,0\n0.1,0.1\n0.2,0.2\n0.5,0.5\n0.6,0.6\n")
    found = load(tmp_path / "gap.csv")
    assert len(found) == 7
    assert found["jawOpen"] == pytest.approx(np.arange(7) / 10, abs=1e-6)
    (tmp_path / "bare.csv").write_text("jawOpen,mouthFunnel\n0,0\n1,1\n")
    assert load(tmp_path / "bare.csv").about["fps"] == "assumed"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time,jawOpen\n0,0\n0.1\n", "line 3: 1 cells"),
        ("time,jawOpen\n0,0\n0.1,x\n", "line 3"),
        ("time,jawOpen\n0,0\n0.1,nan\n", "line 3: a number is missing"),
        ("time,jawOpen\n0,0\n0,1\n", "does not rise after row 1"),
        ("time,jawOpen\n", "no rows"),
        ("apples,pears\n1,2\n", "no take of Live Link Face"),
    ],
)
def test_damaged_tables_are_told_in_one_line(text, says, tmp_path):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(UserError, match=says) as told:
        load(tmp_path / "x.csv")
    assert "\n" not in str(told.value)


def test_audio2face_json(tmp_path, curves):
    data = {"exportFps": 60, "numPoses": 3, "numFrames": 12, "facsNames": ["jawOpen", "mouthPucker", "tongueIn"],
            "weightMat": curves.tolist()}  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps(data))
    found = load(tmp_path / "x.json")
    assert (found.names, found.fps, found.rig) == (("jawOpen", "mouthPucker"), 60.0, "arkit")
    assert found.controls == pytest.approx(curves[:, :2])
    for broken in ({"exportFps": 60}, data | {"facsNames": ["jawOpen"]}, data | {"facsNames": ["a", "b", "c"]}, []):
        (tmp_path / "x.json").write_text(json.dumps(broken))
        with pytest.raises(UserError):
            load(tmp_path / "x.json")


def test_flame_parameters_under_any_of_their_names(tmp_path):
    draw = np.random.default_rng(0)
    exp, jaw = draw.normal(size=(8, 50)), draw.normal(size=(8, 3))
    np.savez(tmp_path / "a.npz", expression=exp, jaw_pose=jaw, fps=30.0)
    found = load(tmp_path / "a.npz")
    assert (found.rig, found.fps, len(found.names)) == ("flame_file", 30.0, 53)
    assert found.columns(["jaw_x", "jaw_y", "jaw_z"]) == pytest.approx(jaw, abs=1e-6)
    np.savez(tmp_path / "b.npz", exp=exp[None], pose=np.concatenate([np.zeros((8, 3)), jaw], axis=1))
    again = load(tmp_path / "b.npz")
    assert again.about["fps"] == "assumed"
    assert again.columns(found.names) == pytest.approx(found.controls)
    assert {"global_x", "jaw_z"} <= set(again.names)
    for wrong in ({"exp": exp, "jaw_pose": jaw[:5]}, {"exp": exp, "pose": jaw[:, :2]}, {"exp": exp * np.nan}):
        np.savez(tmp_path / "c.npz", **wrong)
        with pytest.raises(UserError, match=r"c\.npz"):
            load(tmp_path / "c.npz")


def sheet(path, rows):
    """A workbook with the three columns that the reader looks at, and nothing else that a spreadsheet would want."""
    words = sorted({word for row in rows for word in row})
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    cell = '<c r="{}{}" t="s"><v>{}</v></c>'
    lines = [
        "".join(cell.format(column, number, words.index(word)) for column, word in zip("ACG", row, strict=True))
        for number, row in enumerate(rows, start=1)
    ]
    table_ = "".join(f"<row>{line}</row>" for line in lines)
    strings = "".join(f"<si><t>{word}</t></si>" for word in words)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst {space}>{strings}</sst>")
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{table_}</sheetData></worksheet>")


def test_facegood_weights_go_through_their_own_table(tmp_path):
    rows = [("ARKIT", "Voice2Face", "Status"), ("jawOpen", "mouth_stretch_c", "valid"), ("browInnerUp", "brow", "Invalid"),
            ("mouthPucker", "max(pucker_l,pucker_r)", "valid")]  # fmt: skip
    sheet(tmp_path / "Voice2Face_blendshape2ARkit.xlsx", rows)
    (tmp_path / "bsname.txt").write_text("5\nbrow\npucker_l\nmouth_stretch_c\npucker_r\nlast\n")
    (tmp_path / "7.wav").touch()
    weights = np.random.default_rng(0).uniform(0, 1, (6, 5))
    np.save(tmp_path / "bs_value_7.npy", weights)
    found = load(tmp_path / "bs_value_7.npy")
    assert (found.names, found.fps, found.audio) == (("jawOpen", "mouthPucker"), 30.0, tmp_path / "7.wav")
    assert found["jawOpen"] == pytest.approx(weights[:, 3])
    assert found["mouthPucker"] == pytest.approx(weights[:, [2, 4]].max(axis=1))
    np.save(tmp_path / "bs_value_7.npy", weights[:, :3])
    with pytest.raises(UserError, match="names 5 weights"):
        load(tmp_path / "bs_value_7.npy")
