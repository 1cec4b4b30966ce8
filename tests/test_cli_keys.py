"""`animate --format`, `--reduce` and `--timecode`: what is written where, and one line for what cannot be."""

import json

import pytest
from command_line import animate  # noqa: F401

from speechface.api import load


def test_a_format_names_the_file(animate, tmp_path):  # noqa: F811
    said = animate(
        "speech.wav", "-e", "sad", "--format", "unreal", "--fps", 23.976, "--timecode", "01:00:00:00", "--reduce", 0.01
    )
    assert said == (0, "speech-sad.unreal.py\n", "")
    text = (tmp_path / "speech-sad.unreal.py").read_text(encoding="utf-8").partition("DATA = json.loads(")[2]
    data = json.loads(eval(text.partition(")\n")[0], {}))
    assert (data["rate"], data["start"], data["sound"]) == ([24000, 1001], 86400, "speech.wav")
    assert any(len(key["frames"]) < data["frames"] for key in data["keys"].values())


def test_a_format_says_what_an_ending_cannot(animate, tmp_path):  # noqa: F811
    said = animate("speech.wav", "--format", "livelink", "-o", "slate_1_Mira.csv", "-o", "b.board.csv", "--fps", 30)
    assert said == (0, "slate_1_Mira.csv\nb.board.csv\n", "")
    assert (load(tmp_path / "slate_1_Mira.csv").rig, load(tmp_path / "b.board.csv").rig) == ("arkit", "face_board")
    assert animate("speech.wav", "--format", "a2f", "-o", "out/").out == "out/speech.a2f.json\n"
    assert json.loads((tmp_path / "out/speech.a2f.json").read_text())["trackPath"] == "../speech.wav"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("'1h' is no timecode", ["--timecode", "1h", "-o", "x.livelink.csv"]),
        (
            "drop-frame (01:00:00;00) is for 29.97 and 59.94",
            ["--timecode", "01:00:00;00", "--fps", "25", "-o", "x.mov"],
        ),
        ("--timecode means nothing for obj", ["--timecode", "01:00:00:00", "-o", "x.obj"]),
        ("--reduce means nothing for npz, csv", ["--reduce", "0.1", "-o", "x.npz", "-o", "x.csv"]),
        ("--reduce takes a tolerance such as 0.005, not -1", ["--reduce", "-1", "-o", "x.glb"]),
        ("call it x.blender.py or x.maya.py or x.unreal.py", ["-o", "x.py"]),
        ("unknown format 'unrel'; did you mean unreal?", ["--format", "unrel"]),
        ("give one of --frames, --format and --mesh", ["--format", "csv", "--frames"]),
        ("--format maya needs a folder or a file that ends in .maya.py", ["--format", "maya", "-o", "x.mp4"]),
    ],
)
def test_what_cannot_be(animate, tmp_path, message, words):  # noqa: F811
    code, out, err = animate("speech.wav", *words)
    assert (code, out) == (2, "")
    assert err.startswith("animate: ")
    assert err.count("\n") == 1
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["speech.wav"]
