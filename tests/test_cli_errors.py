"""Every mistake ends with one line that says what is wrong, code 2, and nothing half-written."""

import errno
import json
import os

import numpy as np
import pytest
import soundfile
from command_line import animate, speech  # noqa: F401
from PIL import Image
from test_render_head import Egg

from speechface import plugins
from speechface.animation import Animation
from speechface.errors import UserError


def contents(folder):
    """Every file below a folder, hidden ones too, with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def refused(animate, tmp_path):  # noqa: F811
    """Run a command that is to fail: one line with a message, and the folder as it was."""

    def run(message: str, *words: object) -> None:
        before = contents(tmp_path)
        code, out, err = animate(*words)
        assert code == 2, (words, out, err)
        assert out == ""
        assert err.startswith("animate: ")
        assert err.count("\n") == 1, err
        assert message in err
        assert contents(tmp_path) == before

    return run


def test_files_that_are_no_speech(refused, tmp_path):
    whole = (tmp_path / "speech.wav").read_bytes()
    (tmp_path / "notes.txt").write_text("hello\n")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "header.wav").write_bytes(whole[:44])
    (tmp_path / "half.wav").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (8, 8)).save(tmp_path / "picture.png")
    soundfile.write(tmp_path / "nan.wav", np.array([0.0, np.nan, 0.0]), 16000, subtype="FLOAT")
    refused("no such file: missing.wav", "missing.wav")
    refused("is a folder", tmp_path)
    refused("notes.txt is not a sound or video file", "notes.txt")
    refused("picture.png holds no sound", "picture.png")
    refused("empty.wav is empty", "empty.wav")
    refused("header.wav is cut short", "header.wav")
    refused("half.wav is cut short", "half.wav")
    refused("nan.wav has samples that are not numbers", "nan.wav")
    refused("name a sound file")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("unknown emotion 'hapy'; did you mean 'happy'?", ["--emotion", "hapy"]),
        ("choose from neutral, happy", ["--emotion", "xyzzy"]),
        ("timeline, entry 2: '1,5' is not a time", ["--emotion", "0 neutral; 1,5 sad"]),
        ("timeline, entry 2: time 1 does not come after 2", ["--emotion", "2 neutral; 1 sad"]),
        ("strength 1.5 of 'sad' is not between 0 and 1", ["--emotion", "sad:1.5"]),
        ("no such file: none.json", ["--emotion-track", "none.json"]),
        ("style 32 is not one of this model's styles, 0 to 31", ["--style", "32"]),
        ("seed -1 is negative", ["--seed", "-1"]),
        ("unknown head 'opn'; did you mean open?", ["--head", "opn"]),
        ("unknown model 'emot'; did you mean emote", ["--model", "emot"]),
        ("is not a model folder", ["--model", "."]),
        ("unknown renderer 'sofware'; did you mean software?", ["--renderer", "sofware"]),
        ("unknown device 'gpu'; known: cpu, cuda", ["--device", "gpu"]),
        ("no device 'cuda:99' that torch can use", ["--device", "cuda:99"]),
        ("fps 0 is not between 1 and 240", ["--fps", "0"]),
        ("fps nan is not between 1 and 240", ["--fps", "nan"]),
        ("give sides of 16 to 16384", ["--size", "8"]),
        ("known endings: .a2f.json, .bareboard.csv, ", ["-o", "a.xyz"]),
        ("x.csv would be written for speech.wav, twice", ["-o", "x.csv", "-o", "./x.csv"]),
        ("obj needs a folder or a file that ends in .obj", ["--mesh", "obj", "-o", "x.mp4"]),
        ("speech.wav is in the way", ["-o", "speech.wav/x.csv"]),
        ("cannot write /proc/none/x.csv", ["-o", "/proc/none/x.csv"]),
    ],
)
def test_choices_that_are_not_there(refused, message, words):
    refused(message, "speech.wav", *words)


def test_score_files(refused, tmp_path):
    (tmp_path / "cut.json").write_text('{"keys": [{"time": 0')
    (tmp_path / "word.json").write_text(json.dumps({"keys": [{"time": 0, "emotion": "saad"}]}))
    (tmp_path / "blend.json").write_text('{"keys": [{"time": 0, "emotion": "sad"}], "blend": NaN}')
    refused("cut.json, line 1, column 21", "speech.wav", "--emotion-track", "cut.json")
    refused("word.json, key 1: unknown emotion 'saad'", "speech.wav", "--emotion-track", "word.json")
    refused('"blend" is a number of seconds', "speech.wav", "--emotion-track", "blend.json")
    refused("is not a text file", "speech.wav", "--emotion-track", "speech.wav")
    refused("not both", "speech.wav", "--emotion-track", "word.json", "--emotion", "sad")


def test_an_input_is_never_overwritten(refused, tmp_path):
    (tmp_path / "sub").mkdir()
    speech(tmp_path / "talk.wav").rename(tmp_path / "talk.mp4")  # a wav by its contents
    (tmp_path / "link.mp4").symlink_to("talk.mp4")
    refused("talk.mp4 is an input", "talk.mp4", "-o", "talk.mp4")
    refused("talk.mp4 is an input", "talk.mp4", "-o", "sub/../talk.mp4")
    refused("talk.mp4 is an input", "talk.mp4", "-o", ".")
    refused("link.mp4 is an input", "talk.mp4", "-o", "link.mp4")


def test_two_sounds_never_share_a_file(refused, tmp_path):
    (tmp_path / "sub").mkdir()
    speech(tmp_path / "sub" / "speech.wav")
    two = ("speech.wav", "sub/speech.wav")
    refused("out/speech.npz would be written for speech.wav and sub/speech.wav", *two, "-o", "out/", "--mesh", "npz")
    refused("speech-neutral.mp4 would be written for", *two)
    refused("several sounds cannot all go to the file x.mp4", *two, "-o", "x.mp4")


def test_one_bad_sound_does_not_stop_the_others(animate, tmp_path):  # noqa: F811
    (tmp_path / "bad.wav").write_text("no sound")
    speech(tmp_path / "last.wav")
    code, out, err = animate(
        "speech.wav", "bad.wav", "none.wav", "last.wav", "-o", "out/", "--mesh", "npz", "--head", "flame:preview"
    )
    assert code == 2
    assert out.split() == ["out/speech.npz", "out/last.npz"]
    assert [line.split(" ")[:2] for line in err.splitlines()] == [["animate:", "no"], ["animate:", "bad.wav"]]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["last.npz", "speech.npz"]


def test_usage_errors_of_the_parser_have_the_same_code(animate, tmp_path):  # noqa: F811
    before = contents(tmp_path)
    for words in (["--nonsense"], ["--mesh", "stl"], ["--size", "big"], ["--seed"]):
        code, out, err = animate("speech.wav", *words)
        assert (code, out) == (2, "")
        assert words[0] in err
        assert "Traceback" not in err
    assert contents(tmp_path) == before


@pytest.mark.parametrize("kind", ["csv", "npz", "glb", "obj", "ply"])
def test_a_full_disk_leaves_nothing(refused, monkeypatch, kind):
    def no_space(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", no_space)
    refused("no space left on device", "speech.wav", "-o", f"x.{kind}", "--head", "flame:preview")


@pytest.mark.parametrize("ending", ["csv", "npz", "mp4"])
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_disk_that_fills_up_while_writing(tmp_path, ending):
    clip = Animation(np.zeros((40, 3)), ("open", "turn", "wide"), 25.0, "egg")
    part = tmp_path / f".talk.part{os.getpid()}.{ending}"
    part.symlink_to("/dev/full")  # where everything is written before it gets its name
    with pytest.raises(UserError, match="no space left on device"):
        plugins.load("render.export", ending, "exporter").write(clip, tmp_path / f"talk.{ending}", Egg())
    assert not list(tmp_path.iterdir())
