"""The options of pictures, of `animate` and of `speechface compare`, as their help promises them."""

import sys

import av
import numpy as np
import pytest
from command_line import animate  # noqa: F401
from PIL import Image
from test_cli_errors import refused  # noqa: F401

import speechface as sf
from speechface import cli

LIGHT = ("--head", "flame:preview", "--quality", "draft")
TABLE = "start\tend\tphone\n0\t0.2\tsil\n0.2\t0.3\taa\n0.3\t0.5\tm\n"


def about(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return (stream.width, stream.height, stream.codec_context.pix_fmt, len(container.streams.audio))


def first(path):
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)


def test_size_camera_and_overlay_change_the_picture(animate, tmp_path):  # noqa: F811
    (tmp_path / "speech.tsv").write_text(TABLE)
    for name, words in {
        "plain": [], "side": ["--camera", "three-quarter"], "over": ["--overlay"], "green": ["--background", "#00ff00"],
        "turn": ["--turntable"],
    }.items():  # fmt: skip
        assert animate("speech.wav", "-o", f"{name}.mp4", "--size", "128x72", *words, *LIGHT).code == 0
        assert about(tmp_path / f"{name}.mp4") == (128, 72, "yuv420p", 1)
    pictures = {path.stem: first(path) for path in tmp_path.glob("*.mp4")}
    assert np.abs(pictures["plain"] - pictures["side"]).mean() > 4
    assert np.abs(pictures["plain"] - pictures["turn"]).mean() < 3  # the first frame looks ahead
    changed = np.abs(pictures["plain"] - pictures["over"]).max(axis=(1, 2)) > 40
    assert changed[-20:].any()
    assert not changed[:10].any()
    assert pictures["green"][2, 2, 1] > 200 > 60 > pictures["green"][2, 2, 0]


def test_transparent_videos_and_frames(animate, tmp_path):  # noqa: F811
    clear = ("--background", "transparent", "--size", 48, *LIGHT)
    assert animate("speech.wav", *clear).out == "speech-neutral.mov\n"
    assert about(tmp_path / "speech-neutral.mov") == (48, 48, "yuva444p12le", 1)
    assert animate("speech.wav", "--frames", "-o", "pictures/", *clear).out == "pictures\n"
    files = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert files == [f"pictures_{number:05d}.png" for number in range(13)]
    picture = np.asarray(Image.open(tmp_path / "pictures" / files[0]))
    assert picture.shape == (48, 48, 4)
    assert picture[0, 0, 3] == 0
    assert picture[24, 24, 3] == 255


def test_emotions_side_by_side(animate, tmp_path):  # noqa: F811
    said = animate("speech.wav", "--compare", "neutral, happy,sad:0.5", "--overlay", "--size", 48, *LIGHT)
    assert said == (0, "speech-neutral-happy-sad.mp4\n", "")
    assert about(tmp_path / "speech-neutral-happy-sad.mp4") == (144, 48, "yuv420p", 1)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("--size takes pixels, as 512 or 1920x1080, not '12x'", ["--size", "12x"]),
        ("unknown view 'font'; did you mean front?", ["--camera", "font"]),
        ("unknown quality 'best'", ["--quality", "best"]),
        ("'#12' is not a background", ["--background", "#12"]),
        ("--turn-seconds takes a number of seconds", ["--turn-seconds", "0"]),
        ("a turntable shows the whole head", ["--turntable", "--camera", "mouth"]),
        ("an mp4 cannot be transparent", ["--background", "transparent", "-o", "a.mp4"]),
        ("an overlay needs a background", ["--background", "transparent", "--overlay"]),
        ("--camera is for pictures, and a.csv has none", ["--camera", "profile", "-o", "a.csv"]),
        ("one of --frames, --format and --mesh", ["--frames", "--mesh", "obj"]),
        ("--frames needs a folder", ["--frames", "-o", "a.mp4"]),
        ("--compare takes the place of --emotion", ["--compare", "sad,happy", "--emotion", "sad"]),
        ("at least two different emotions", ["--compare", "sad"]),
        ("unknown emotion 'hapy'", ["--compare", "sad,hapy"]),
        ("a comparison is a video: .mp4 or .mov, not 'a.npz'", ["--compare", "sad,happy", "-o", "a.npz"]),
    ],
)
def test_pictures_that_cannot_be_had_are_refused_before_listening(refused, monkeypatch, message, words):  # noqa: F811
    monkeypatch.setattr("speechface.api.animate", lambda *_, **__: pytest.fail("was listening already"))
    refused(message, "speech.wav", *words)


@pytest.fixture
def compare(animate, tmp_path, monkeypatch, capfd):  # noqa: F811
    """Run `speechface compare` where two animations of `speech.wav` lie."""
    for label in ("neutral", "angry"):
        sf.animate(tmp_path / "speech.wav", label).save(tmp_path / f"{label}.npz")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["speechface", "compare", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (ended.value.code, *capfd.readouterr())

    return run


def test_saved_animations_side_by_side(compare, tmp_path):
    files = ("neutral.npz", "angry.npz")
    assert compare(*files, "-o", "ab.mp4", "--size", "64x48", *LIGHT) == (0, "ab.mp4\n", "")
    assert about(tmp_path / "ab.mp4") == (128, 48, "yuv420p", 1)
    (tmp_path / "speech.wav").rename(tmp_path / "other.wav")
    assert compare(*files, "-o", "mute.mp4", "-q", "--size", 32, *LIGHT) == (0, "", "")
    assert about(tmp_path / "mute.mp4")[3] == 0
    assert compare(*files, "-o", "ab.mov", "--character", "otto", "--sound", "other.wav", "--size", 32, *LIGHT)[0] == 0
    assert about(tmp_path / "ab.mov")[3] == 1
    for words, message in (
        (files[:1], "at least two animations"),
        ((*files, "--labels", "a"), "--labels has 1 names for 2 animations"),
        ((*files, "--sound", "none.wav"), "no such sound file"),
        (("neutral.npz", "none.npz"), "no such file: none.npz"),
    ):
        code, out, err = compare(*words, "-o", "no.mp4")
        assert (code, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1
    assert not (tmp_path / "no.mp4").exists()
