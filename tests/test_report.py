"""Reports: numbers of clips whose faults are known, words for them, and files that rank them."""

import json

import numpy as np
import pytest
import soundfile
from command_line import animate  # noqa: F401

from speechface import heads, lips, rigs
from speechface.animation import Animation
from speechface.demands import Demands
from speechface.errors import UserError
from speechface.evaluation import report_page
from speechface.evaluation.report import report
from speechface.evaluation.report_sound import of_sound
from speechface.visemes import INDEX, Segment

OPEN, FPS = rigs.load("open"), 25.0
TIMES = np.arange(100) / FPS


@pytest.fixture(scope="module")
def head():
    return heads.load("open:arkit")


def clip(head, jaw, about=None, **curves):
    muscles = np.zeros((len(TIMES), len(OPEN)), np.float32)
    muscles[:, OPEN.index["jawOpen"]] = jaw
    for name, curve in curves.items():
        muscles[:, OPEN.index[name]] = curve
    return Animation(head.from_muscles(muscles), head.rig.names, FPS, "arkit", about=about or {})


def tone(loudness):
    """A sound whose loudness is (100,) over four seconds."""
    at = np.arange(64000) / 16000
    return (np.interp(at, TIMES, loudness) * np.sin(2 * np.pi * 200 * at)).astype(np.float32)


def test_closures_and_vowels_by_phones(head):
    phones = [Segment(0.0, 0.9, "sil", INDEX["SIL"]), Segment(0.9, 1.0, "m", INDEX["PBM"]), Segment(1.0, 1.4, "aa", INDEX["AA"]),
              Segment(1.4, 1.5, "p", INDEX["PBM"]), Segment(1.5, 4.0, "iy", INDEX["IY"])]  # fmt: skip
    jaw = np.full(100, 0.3)
    jaw[(TIMES < 1.0) | (TIMES > 1.6)] = 0.0  # shut at m, open at p, shut in iy
    found = report(clip(head, jaw), tone(np.ones(100)), head, phones)
    assert found["known_phones"]
    assert found["closures"]["demanded"] == 2
    assert [one["time"] for one in found["closures"]["missed"]] == pytest.approx([1.45], abs=0.02)
    assert found["closures"]["missed"][0]["gap"] > 2.0
    assert [one["time"] for one in found["false_closures"]["found"]] == pytest.approx([2.75], abs=0.02)
    assert found["rest"] == 1.0
    assert "1 of 2 closures missed" in found["warnings"]


def test_what_was_heard_is_used_without_phones_and_keeping_it_mends_it(head):
    asked = Demands(touch=np.array([[1.0, 1.1], [2.0, 2.1]]))
    free = clip(head, 0.3, {"heard": asked.as_lists()})
    kept = lips.keep(free, asked, head)
    sound = tone(np.ones(100))
    assert len(report(free, sound, head)["closures"]["missed"]) == 2
    assert not report(kept, sound, head)["closures"]["missed"]
    assert report(free, sound, head)["score"] > report(kept, sound, head)["score"]


@pytest.mark.parametrize("late", [-3, 0, 4])
def test_an_offset_is_found(head, late):
    draw = np.random.default_rng(0)
    loud = np.clip(np.convolve(draw.uniform(-1, 1, 120), np.ones(4) / 2, "same"), 0.02, 1)[10:110]
    mouth = np.roll(np.log10(loud) + 2.0, late) * 0.2
    found = report(clip(head, mouth), tone(loud), head)
    assert found["sync_offset"] == pytest.approx(late / FPS, abs=0.021)
    assert any("the sound" in line for line in found["warnings"]) == (abs(late) / FPS > 0.06)


def test_frozen_faces_blinks_and_limits(head):
    still = report(clip(head, 0.2), tone(np.ones(100)), head)
    assert still["upper_face"]["frozen"]
    assert still["blinks_per_minute"] == 0
    shut = ((np.arange(100) % 50) > 45).astype(float)
    turn = 0.3 * np.sin(TIMES)
    alive = clip(
        head, 0.2, eyeBlinkLeft=shut, eyeBlinkRight=shut, browInnerUpLeft=0.5 + 0.5 * np.sin(3 * TIMES), headYaw=turn
    )
    found = report(alive, tone(np.ones(100)), head)
    assert not found["upper_face"]["frozen"]
    assert found["blinks_per_minute"] == pytest.approx(30, abs=1)
    assert report(clip(head, 0.2, headYaw=turn), tone(np.ones(100)), head)["upper_face"][
        "frozen"
    ]  # a turning head is no expression
    wide = clip(head, 1.0)
    assert report(wide, tone(np.ones(100)), head)["clipped"]["jawOpen"] == 1.0


def test_silence_and_very_short_clips_have_a_report(head):
    short = clip(head, 0.2).trim(0.0, 0.1)
    found = report(short, np.zeros(1600, np.float32), head)
    assert found["jitter"] is None
    assert found["loudness_correlation"] is None
    json.dumps(found, allow_nan=False)


def test_the_worst_comes_first_and_names_are_escaped(head, tmp_path):
    asked = Demands(touch=np.array([[1.0, 1.1]]))
    bad = report(clip(head, 0.3, {"heard": asked.as_lists()}), tone(np.ones(100)), head)
    good = bad | {"score": 0.0, "warnings": []}
    report_page.write(tmp_path / "r.json", {"good": good, "<bad>": bad})
    assert list(json.loads((tmp_path / "r.json").read_text())) == ["<bad>", "good"]
    report_page.write(tmp_path / "r.html", {"good": good, "<bad>": bad})
    page = (tmp_path / "r.html").read_text()
    assert page.index("&lt;bad&gt;") < page.index(">good<")
    assert "<bad>" not in page
    assert "1.05 s" in page
    with pytest.raises(UserError, match=r"writes \.json or \.html"):
        report_page.check(tmp_path / "r.txt")


def test_from_the_command_line(animate, tmp_path):  # noqa: F811
    for name in ("one", "two"):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 16000)
    (tmp_path / "bad.wav").write_text("no sound")
    done = animate("one.wav", "bad.wav", "two.wav", "-o", "out/", "--mesh", "npz", "--report", "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    assert set(found) == {"one.wav", "two.wav"}
    assert all({"closures", "score", "warnings"} <= set(one) for one in found.values())
    assert done.code == 2
    assert "bad.wav" in done.err


def test_a_batch_in_processes_survives_a_bad_file_and_resumes(animate, tmp_path):  # noqa: F811
    for name in ("one", "two", "three"):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 16000)
    (tmp_path / "bad.wav").write_text("no sound")
    words = ("one.wav", "bad.wav", "two.wav", "three.wav", "-o", "out/", "--mesh", "csv", "--report", "r.json")
    done = animate(*words, "--jobs", "2")
    assert done.code == 2
    assert "bad.wav" in done.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["one.csv", "three.csv", "two.csv"]
    assert set(json.loads((tmp_path / "r.json").read_text())) == {"one.wav", "two.wav", "three.wav"}
    alone = animate("one.wav", "-o", "alone.csv")
    assert alone.code == 0
    assert (tmp_path / "alone.csv").read_bytes() == (tmp_path / "out" / "one.csv").read_bytes()
    before = (tmp_path / "out" / "one.csv").stat().st_mtime_ns
    (tmp_path / "out" / "two.csv").unlink()
    again = animate(*words, "--resume")
    assert again.out.split() == ["out/two.csv", "r.json"]
    assert (tmp_path / "out" / "one.csv").stat().st_mtime_ns == before
    assert set(json.loads((tmp_path / "r.json").read_text())) == {"one.wav", "two.wav", "three.wav"}
    assert animate("one.wav", "--jobs", "0").code == 2


def test_a_batch_that_was_killed_loses_no_report_and_other_options_are_done_again(animate, tmp_path):  # noqa: F811
    for name in ("one", "two"):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 16000)
    words = ("one.wav", "two.wav", "-o", "out/", "--mesh", "csv", "--report", "r.html")
    assert animate(*words).code == 0
    first = report_page.read(tmp_path / "r.html")
    assert set(first) == {"one.wav", "two.wav"}
    (tmp_path / "r.html").unlink()  # killed before the page was written, in the middle of a line
    report_page.note(tmp_path / "r.html", {"one.wav": first["one.wav"]})
    with report_page.journal(tmp_path / "r.html").open("a") as file:
        file.write('{"two.wav": {"sco')
    assert animate(*words, "--resume").out.split() == ["out/two.csv", "r.html"]
    assert report_page.read(tmp_path / "r.html") == first
    assert not report_page.journal(tmp_path / "r.html").exists()
    assert animate(*words, "--resume").out.split() == ["r.html"]
    assert animate(*words, "--resume", "--style", "3").out.split() == ["out/one.csv", "out/two.csv", "r.html"]


def test_what_keeping_the_lips_did_is_said_and_drawn(head):
    asked = Demands(touch=np.array([[1.0, 1.1], [2.0, 2.1]]), tuck=np.array([[3.0, 3.1]]))
    free = clip(head, 0.3, {"demands": asked.as_lists()})
    found = report(lips.keep(free, asked, head), tone(np.ones(100)), head, free=free)
    assert found["net_alone"] == {"closures_missed": 2, "false_closures": 0, "tucks_missed": 1, "rest": None}
    assert not found["closures"]["missed"] + found["tucks"]["missed"]
    page = report_page.page({"line": found})
    assert page.count("<polyline") == 2
    assert page.count("×") == 0
    assert report_page.page({"line": report(free, tone(np.ones(100)), head)}).count("×") == 2


def test_beyond_the_limits_of_coefficients(head):
    flame = heads.load("flame")
    controls = np.zeros((100, len(flame.rig)), np.float32)
    controls[20:60, flame.rig.index["expression_012"]] = 14.0
    controls[:10, flame.rig.index["expression_003"]] = -9.0
    controls[:, flame.rig.index["expression_005"]] = 6.1  # a hair beyond is nothing
    found = report(Animation(controls, flame.rig.names, FPS, "flame"), tone(np.ones(100)), flame)
    assert found["clipped"] == {"expression_003": 0.1, "expression_012": 0.4}


def noise(size):
    return (size * np.random.default_rng(0).standard_normal(64000)).astype(np.float32)


@pytest.mark.parametrize(
    ("sound", "clarity", "note"),
    [
        (np.zeros(64000, np.float32), {}, "silence"),
        (tone(np.ones(100)) * 2, {"vowels": 0.3, "sure": 0.6}, "sound clipped"),
        (noise(0.1), {"vowels": 0.3, "sure": 0.6}, "whispered"),
        (tone(np.ones(100)), {"vowels": 0.3, "sure": 0.45}, "singing, music"),
        (tone(np.ones(100)), {"vowels": 0.05, "sure": 0.45}, "hardly any speech"),
        (tone(np.ones(100)) * 0.002, {"vowels": 0.3, "sure": 0.6}, "very quiet"),
        (tone(np.ones(100)), {"vowels": 0.3, "sure": 0.6}, "dB between speech and pauses"),
    ],
)
def test_odd_sounds_are_named(sound, clarity, note):
    assert any(note in line for line in of_sound(np.clip(sound, -1, 1), clarity)["notes"])


def test_clean_speech_has_no_note():
    loud = 0.3 * (np.arange(100) % 25 < 18)
    found = of_sound(tone(loud), {"vowels": 0.3, "sure": 0.6})
    assert found["notes"] == []
    assert found["voiced"] > 0.9
    assert found["range"] > 30
