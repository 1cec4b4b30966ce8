"""Clip folders: what is read, what is held out, and what is wrong with them said with its place."""

import json
import pickle

import numpy as np
import pytest
import soundfile

from data_prep.phone_table import write_phones
from speechface.clips import Clip, ClipFolder, append, iterate
from speechface.errors import UserError
from speechface.visemes import INDEX, Segment

GOOD = {"name": "a", "speaker": "ann", "seconds": 1.0, "licence": "CC0", "emotion": "sad"}


def folder(path, *lines, splits=None):
    path.mkdir(exist_ok=True)
    for line in lines:
        append(path, line)
    if splits is not None:
        text = splits if isinstance(splits, str) else json.dumps(splits)
        (path / "splits.json").write_text(text, encoding="utf-8")
    return path


def people(*names):
    return [GOOD | {"name": f"clip-{who}", "speaker": who} for who in names]


def test_speakers_are_held_out_and_the_rest_is_for_training(tmp_path):
    path = folder(tmp_path, *people("ann", "bob", "cy", "zoë"), splits={"validation": ["bob"], "test": ["cy"]})
    read = ClipFolder.read(path)
    found = {split: [clip.speaker for clip in read.split(split)] for split in ("train", "validation", "test")}
    assert found == {"train": ["ann", "zoë"], "validation": ["bob"], "test": ["cy"]}
    assert read.clips[0].about["emotion"] == "sad"
    other = ClipFolder.read(folder(tmp_path / "other", *people("dee")))
    assert [clip.speaker for clip in iterate([read, other], "train")] == ["ann", "zoë", "dee"]
    assert read.licences() == {"CC0": pytest.approx(4 / 3600)}
    with pytest.raises(UserError, match="validation"):
        read.split("val")


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '"a"', "3", "null", '{"name": "a"}', '{"name": "a", "speaker": "b", "seconds": "x"}']
)
def test_the_line_at_fault_is_named(tmp_path, line):
    path = folder(tmp_path, GOOD)
    with open(path / "clips.jsonl", "a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(UserError, match=r"clips\.jsonl, line 2"):
        ClipFolder.read(path)


@pytest.mark.parametrize(
    ("splits", "said"),
    [("{", "not JSON"), ("", "not JSON"), ("[]", "expected"), ('{"train": "ann"}', "expected"), ('{"test": null}', "expected"),
     ({"val": ["ann"]}, "validation"), ({"train": ["ann"], "test": ["ann"]}, "more than one split: ann"),
     ({"test": ["ann", "ann"]}, "ann")],
)  # fmt: skip
def test_broken_splits_are_said(tmp_path, splits, said):
    with pytest.raises(UserError, match=said) as error:
        ClipFolder.read(folder(tmp_path, GOOD, splits=splits))
    assert "splits.json" in str(error.value)


def test_no_clip_folder(tmp_path):
    with pytest.raises(UserError, match="not a clip folder"):
        ClipFolder.read(tmp_path)


@pytest.fixture
def clip(tmp_path):
    (tmp_path / "a").mkdir()
    return Clip(tmp_path, "a", "ann", 1.0)


def test_phones_come_back_as_they_were_written(clip):
    with pytest.raises(UserError, match=r"no phones\.tsv"):
        clip.phones()
    written = [Segment(0.0, 0.25, "m", INDEX["PBM"]), Segment(0.25, 0.5, "ʘ", -1)]
    write_phones(clip.folder / "a" / "phones.tsv", written)
    assert clip.phones() == written


@pytest.mark.parametrize("line", ["0.0\t0.5\tm", "0.0\tx\tm\tPBM", "", "0.0 0.5 m PBM"])
def test_a_malformed_phone_is_said_with_its_line(clip, line):
    text = f"start\tend\tphone\tviseme\n0.0\t0.5\tm\tPBM\n{line}\n"
    (clip.folder / "a" / "phones.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"phones\.tsv, line 3"):
        clip.phones()


def test_sound_is_sixteen_kilohertz_mono(clip):
    path = clip.folder / "a" / "audio.wav"
    with pytest.raises(UserError, match="clip a"):
        clip.audio()
    path.write_bytes(b"RIFF no sound")
    with pytest.raises(UserError, match="clip a"):
        clip.audio()
    for samples, rate in ((np.zeros(100), 8000), (np.zeros((100, 2)), 16000)):
        soundfile.write(path, samples, rate)
        with pytest.raises(UserError, match="16 kHz mono"):
            clip.audio()
    soundfile.write(path, np.full(100, 0.5), 16000)
    assert clip.audio().dtype == np.float32
    assert clip.audio() == pytest.approx(0.5)


def write_motion(clip, **arrays):
    shape = {"controls": np.ones((4, 2), np.float16), "names": np.array(["x", "y"]), "fps": 25.0, "valid": np.ones(4)}
    np.savez(
        clip.folder / "a" / "motion.npz",
        **{name: value for name, value in (shape | arrays).items() if value is not None},
    )


def test_motion_comes_back(clip):
    write_motion(clip, valid=np.array([1, 1, 0, 1]))
    motion = clip.motion()
    assert (motion.names, motion.fps, motion.valid.tolist()) == (("x", "y"), 25.0, [True, True, False, True])
    assert motion.controls.dtype == np.float32


@pytest.mark.parametrize(
    "change",
    [{"controls": np.ones((4, 3))}, {"controls": np.ones((5, 2))}, {"controls": np.ones(4)}, {"valid": np.ones(3)},
     {"names": None}, {"fps": None}, {"valid": None}, {"controls": np.array([[None]])}],
)  # fmt: skip
def test_malformed_motion_is_said(clip, change):
    write_motion(clip, **change)
    with pytest.raises(UserError, match=r"motion\.npz"):
        clip.motion()


def test_motion_is_never_a_pickle(clip):
    class Trap:
        def __reduce__(self):
            return pytest.fail, ("a pickle was read",)

    (clip.folder / "a" / "motion.npz").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match=r"motion\.npz"):
        clip.motion()
    with pytest.raises(UserError, match="other"):
        clip.motion("other")
