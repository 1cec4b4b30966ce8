"""`animate` as its help promises it: what is written where, in sync, and nothing printed that was not asked for."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from command_line import SHARED, animate, speech  # noqa: F401

import emote.engine
import speechface as sf
from speechface import api, plugins
from speechface.audio.load import read
from speechface.emotion import SYNONYMS, Emotion

LIGHT = ("--head", "flame:preview", "--size", "32")
DOCS = Path(sf.__file__).parent.parent / "docs"


def assert_talks(path, seconds, fps=25.0, side=32):
    """A video of the right length with sound of the same length, both from the start."""
    with av.open(str(path)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.width, picture.height, float(picture.average_rate)) == (side, side, fps)
        assert abs(picture.frames - seconds * fps) <= 1
        assert float((picture.start_time or 0) * picture.time_base) == 0.0
        assert abs(float((sound.start_time or 0) * sound.time_base)) < 0.001
        assert float(sound.duration * sound.time_base) == pytest.approx(picture.frames / fps, abs=0.03)


def test_a_video_is_made_in_this_folder(animate, tmp_path):  # noqa: F811
    assert animate("speech.wav", "--emotion", "sad", *LIGHT) == (0, "speech-sad.mp4\n", "")
    assert_talks(tmp_path / "speech-sad.mp4", 0.5)


def test_several_outputs_in_a_new_folder(animate, tmp_path):  # noqa: F811
    places = ("out/talk.mp4", "out/talk.npz", "out/talk.csv")
    words = [word for place in places for word in ("-o", place)]
    said = animate("speech.wav", "--emotion", "angry:0.6", "--fps", 30, *words, *LIGHT)
    assert said == (0, "".join(f"{place}\n" for place in places), "")
    assert_talks(tmp_path / "out/talk.mp4", 0.5, fps=30)
    with np.load(tmp_path / "out/talk.npz", allow_pickle=False) as data:
        assert data["vertices"].shape[0] in (14, 15)
        assert data["vertices"].dtype == np.float32
        assert data["faces"].max() < data["vertices"].shape[1]
        assert float(data["fps"]) == 30.0
        named = dict(zip(data["landmark_names"].tolist(), data["landmark_vertices"].tolist(), strict=True))
        sides = ("mouth_corner_left", "mouth_corner_right")
        edges = ("inner_lip_upper", "inner_lip_lower", "upper_incisor_edge", "lower_incisor_edge")
        assert {*sides, *edges, *(f"lm68_{number:02d}" for number in range(68))} <= set(named)
        left, right = (data["vertices"][0, named[name], 0] for name in sides)
        assert left > 0.01 > -0.01 > right  # metres, X to the character's left
    again = sf.load(tmp_path / "out/talk.npz")
    fresh = sf.animate(tmp_path / "speech.wav", "angry:0.6", fps=30)
    np.testing.assert_array_equal(again.controls, fresh.controls)
    assert (again.names, again.fps, again.rig, again.about) == (fresh.names, 30.0, "flame", fresh.about)


def test_mixture_and_timeline_name_the_file(animate):  # noqa: F811
    for text, name in (
        ("happy:0.6,surprised:0.4", "happy-surprised"),
        ("0 neutral; 0.1 sad:0.8; 0.3 angry", "neutral-sad-angry"),
    ):
        assert animate("speech.wav", "--emotion", text, "--mesh", "npz", *LIGHT).out == f"speech-{name}.npz\n"


def test_a_score_file_is_the_timeline(animate, tmp_path):  # noqa: F811
    keys = [{"time": 0, "emotion": "neutral"}, {"time": 0.2, "emotion": {"happy": 0.6, "surprised": 0.4}}]
    (tmp_path / "score.json").write_text(json.dumps({"keys": keys}), encoding="utf-8-sig")  # as Windows writes it
    assert animate("speech.wav", "--emotion-track", "score.json", "-o", "a.csv").code == 0
    assert animate("speech.wav", "--emotion", "0 neutral; 0.2 happy:0.6,surprised:0.4", "-o", "b.csv").code == 0
    assert animate("speech.wav", "-o", "c.csv").code == 0
    a, b, c = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.parametrize("kind", ["obj", "ply"])
def test_a_mesh_a_frame(animate, tmp_path, kind):  # noqa: F811
    assert animate("speech.wav", "-o", "meshes/", "--mesh", kind, *LIGHT) == (0, "meshes\n", "")
    names = sorted(path.name for path in (tmp_path / "meshes").iterdir())
    assert names == ["landmarks.json", *(f"meshes_{number:05d}.{kind}" for number in range(13))]
    assert "lm68_67" in json.loads((tmp_path / "meshes/landmarks.json").read_text())["vertices"]
    speech(tmp_path / "short.wav", 0.2)
    animate("short.wav", "-o", "meshes/", "--mesh", kind, *LIGHT)
    assert len(list((tmp_path / "meshes").iterdir())) == 5 + 1, "frames of the longer animation are still there"
    (tmp_path / "a.b.wav").write_bytes((tmp_path / "short.wav").read_bytes())
    assert animate("a.b.wav", "--mesh", kind, *LIGHT).out == "a.b-neutral\n"
    assert animate("a.b.wav", "short.wav", "--mesh", kind, "-o", "all", *LIGHT).out == "all/a.b\nall/short\n"
    assert len(list((tmp_path / "all/a.b").iterdir())) == 6


def test_several_sounds_share_one_engine(animate, tmp_path, monkeypatch):  # noqa: F811
    loads, load = [], emote.engine.load
    monkeypatch.setattr(emote.engine, "load", lambda *given: loads.append(given) or load(*given))
    api._loaded.cache_clear()
    sounds = [speech(tmp_path / name, 0.3) for name in ("a.wav", "b.flac", "ü 3.wav")]
    said = animate(*sounds, "--emotion", "neutral", "-o", "out/", "--mesh", "npz", *LIGHT)
    assert said == (0, "out/a.npz\nout/b.npz\nout/ü 3.npz\n", "")
    assert len(loads) == 1


def test_a_folder_may_have_dots_and_be_there(animate, tmp_path):  # noqa: F811
    (tmp_path / "take.2").mkdir()
    for out, made in (("take.2", "take.2/speech.npz"), ("v1.0/", "v1.0/speech.npz"), (".", "speech.npz")):
        assert animate("speech.wav", "-o", out, "--mesh", "npz", *LIGHT).out == f"{made}\n"
        assert (tmp_path / made).is_file()
    assert not list(tmp_path.rglob(".*"))


def test_quiet_means_quiet(animate, tmp_path):  # noqa: F811
    assert animate("speech.wav", "-q", "-o", "x.csv") == (0, "", "")
    assert (tmp_path / "x.csv").is_file()


@pytest.mark.parametrize("seconds", [0.01, 0.2, 1.0])
def test_short_sounds(animate, tmp_path, seconds):  # noqa: F811
    speech(tmp_path / "short.wav", seconds)
    assert animate("short.wav", *LIGHT).code == 0
    assert_talks(tmp_path / "short-neutral.mp4", seconds)


@pytest.mark.parametrize("gain", [0.0, 1e-9, 1e-3, 50.0])
def test_silent_quiet_and_clipped_sounds(gain):
    time = np.arange(16000) / 16000
    sound = np.clip(gain * 0.3 * np.sin(2 * np.pi * 150 * time) * np.sin(np.pi * time * 4), -1.0, 1.0)
    clip = sf.animate((sound, 16000))
    assert len(clip) == 25
    assert clip.audio is None
    assert np.isfinite(clip.controls).all()


def test_same_seed_same_bytes(animate, tmp_path):  # noqa: F811
    sound = tmp_path / "speech.wav"
    for fps in (None, 25.0, 30.0, 60.0):
        first, second = (sf.animate(sound, "sad", seed=3, fps=fps) for _ in range(2))
        assert first.controls.tobytes() == second.controls.tobytes()
        assert first.fps == (fps or 25.0)
        other = sf.animate(sound, "sad", seed=4, fps=fps)
        assert other.controls.tobytes() != first.controls.tobytes()
        still = [sf.animate(sound, "sad", seed=seed, fps=fps, alive=False).controls.tobytes() for seed in (3, 4)]
        assert still[0] == still[1]
    api._loaded.cache_clear()
    assert (
        sf.animate(sound, "sad", seed=3, fps=60.0).controls.tobytes()
        == sf.animate(sound, "sad", seed=3, fps=60.0).controls.tobytes()
    )


def test_arrays_give_what_their_file_gives(tmp_path):
    sound = speech(tmp_path / "speech.wav")
    np.testing.assert_array_equal(sf.animate((read(sound), 16000)).controls, sf.animate(sound).controls)


def test_python_writes_what_the_command_writes(animate, tmp_path):  # noqa: F811
    animate("speech.wav", "-e", "fear", "-o", "a.csv", "--style", 2, "--seed", 5)
    sf.animate("speech.wav", "fear", style=2, seed=5).export("b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    sf.render(sf.animate("speech.wav"), "c.mp4", head="flame:preview", size=32)
    assert_talks(tmp_path / "c.mp4", 0.5)


@pytest.mark.parametrize("kind", plugins.names("render.export"))
def test_every_exporter_tells_how_far_it_is(tmp_path, kind):
    shares = []
    clip = sf.animate(speech(tmp_path / "speech.wav"))
    options = {"size": 32} if kind in ("mp4", "mov", "png") else {}
    if kind == "usd":
        pytest.importorskip("pxr", reason="usd-core is not installed")
    ending = plugins.load("render.export", kind, "exporter").SUFFIXES[0]
    sf.export(clip, tmp_path / f"x{ending}", "flame:preview", progress=shares.append, **options)
    assert len(shares) >= 12
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_help_can_be_read(animate):  # noqa: F811
    code, out, err = animate("--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 90
    assert "None" not in out
    for option in (
        "--emotion",
        "--emotion-track",
        "-o",
        "--mesh",
        "--style",
        "--seed",
        "--fps",
        "--size",
        "--device",
        "-q",
    ):
        assert option in out


def test_a_fresh_process_is_quick_and_says_nothing(tmp_path):
    """Imports that `animate` has no use for cost seconds at every start."""
    sound = speech(tmp_path / "speech.wav")
    code = (
        "import sys, speechface.cli as cli\n"
        "try: cli.animate()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'numba', 'sklearn', 'lightning', 'matplotlib', 'transformers', 'librosa', 'pandas', 'cv2', 'trimesh'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sound, "-o", tmp_path / "x.csv"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'x.csv'}\n", "")


@pytest.mark.parametrize("word", ["list", "doctor", "--help"])
def test_the_other_command(word):
    done = subprocess.run([sys.executable, "-c", "from speechface.cli import main; main()", word],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert {"list": "emotions", "doctor": "ok  model emote", "--help": "animate"}[word] in done.stdout


def test_the_page_on_emotion_tells_the_truth(tmp_path):
    page = (DOCS / "emotion.md").read_text(encoding="utf-8")
    for label, words in SYNONYMS.items():
        row = re.search(rf"\| `{label}` \| (.*) \|", page)
        assert row is not None
        assert row[1].split(", ") == words.split()
    score = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "score.json").write_text(score[1])
    emotion = Emotion.read(tmp_path / "score.json")
    assert (len(emotion.times), emotion.blend, emotion.name) == (3, 0.4, "neutral-sad-happy")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recordings in ../shared/data")
@pytest.mark.parametrize(
    "name",
    ["speech/praatio/bobby.wav", "speech/mfa/cold_corpus_24bit.wav", "speech/mfa/cold_corpus_32bit_float.wav",
     "speech/mfa/common_voice_en_22058264.mp3", "speech/lhotse/2412-153948-0000.flac", "video/grid/bbaf2n.mpg"],
)  # fmt: skip
def test_real_recordings(name):
    clip = sf.animate(SHARED / name)
    assert len(clip) == math.ceil(len(read(SHARED / name)) / 640)
    assert np.isfinite(clip.controls).all()
