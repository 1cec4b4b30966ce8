"""What a training is told of its clips before it begins: each fault by name, and nothing where there is none."""

import json

import numpy as np
import pytest
import soundfile

from data_prep.phone_table import write_phones
from speechface.clip_checks import Need, check
from speechface.clips import ClipFolder, append
from speechface.errors import UserError
from speechface.visemes import Segment

NAMES = ("expression_000", "expression_001", "jaw_x")
NEED = Need(NAMES, fps=25.0, frames=16, styles=4, emotion=True, sound=True)


def put(path, name, speaker="ann", seconds=1.0, sound=None, motion=None, phones=None, **about):
    """A good clip, or one that is as bad as the arguments say."""
    draw = np.random.default_rng(list(name.encode()))
    (path / name).mkdir(parents=True)
    samples = 0.1 * draw.standard_normal(int(16000 * seconds)) if sound is None else sound
    soundfile.write(path / name / "audio.wav", samples, 16000, subtype="FLOAT")
    frames = round(25 * seconds)
    good = {"controls": 0.1 * draw.standard_normal((frames, 3)), "names": np.array(NAMES), "fps": 25.0,
            "valid": np.ones(frames, bool)}  # fmt: skip
    given = good | (motion(good) if callable(motion) else motion or {})
    np.savez(path / name / "motion.npz", **given)
    if phones is not None:
        write_phones(path / name / "phones.tsv", phones)
    append(path, {"name": name, "speaker": speaker, "seconds": seconds, "licence": "CC0", "emotion": "sad"} | about)


def folder(path, *bad, splits=None, **kwargs):
    put(path, "good", "ann")
    put(path, "held", "bob")
    for keywords in bad:
        put(path, **keywords)
    (path / "splits.json").write_text(json.dumps(splits or {"train": ["ann"], "validation": ["bob"]}))
    return ClipFolder.read(path)


def change(**arrays):
    return arrays


def at(frame, column, value):
    def changed(good):
        controls = good["controls"].copy()
        controls[frame, column] = value
        return {"controls": controls}

    return changed


BAD = {
    "nan": ({"motion": at(7, 2, np.nan)}, "jaw_x is not a number in frame 7"),
    "degrees": ({"motion": at(3, 2, 12.0)}, "jaw_x is 12 in frame 3.*radians"),
    "far": ({"motion": at(3, 1, -90.0)}, "expression_001 is -90 in frame 3"),
    "fps": ({"motion": change(fps=30.0)}, "30 frames a second, not 25.*prepare folder"),
    "rig": ({"motion": change(rig="arkit")}, "rig 'arkit', not 'flame'"),
    "lacks": ({"motion": change(names=np.array(["expression_000", "expression_001", "x"]))}, "lacks the control jaw_x"),
    "masked": ({"motion": change(valid=np.zeros(25, bool))}, "none of its frames is valid"),
    "shape": ({"motion": change(valid=np.ones(24, bool))}, "masks differ"),
    "still": ({"motion": change(controls=np.ones((26, 3)), valid=np.ones(26, bool))}, "never moves"),
    "long": ({"motion": lambda good: {"controls": np.tile(good["controls"], (2, 1)), "valid": np.ones(50, bool)}},
             r"lasts 2\.00 s, its sound 1\.00 s"),
    "silent": ({"sound": np.zeros(16000)}, "silent"),
    "noise": ({"sound": np.full(16000, np.nan)}, "sound is not all numbers"),
    "style": ({"style": 4}, "style 4 is not one of the net's 4"),
    "word": ({"style": "x"}, "'x' is not a whole number"),
    "feeling": ({"emotion": "xyzzy"}, "xyzzy"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_broken_clip_is_named_and_left_out_or_refused(tmp_path, case, capsys):
    bad, said = BAD[case]
    read = folder(tmp_path / "clips", {"name": "bad", **bad})
    checked = check([read], NEED, out=tmp_path / "run")
    assert [clip.name for clip in checked.clips["train"]] == ["good"]
    assert [name for name, _ in checked.broken] == ["bad"]
    with pytest.raises(UserError, match=said):
        check([read], NEED, "refuse", quiet=True)
    assert "left out: bad: " in capsys.readouterr().err
    assert "left out: bad: " in (tmp_path / "run" / "data.txt").read_text()
    assert checked.about()["left_out"][0].startswith("bad: ")


def test_good_clips_pass_and_their_licences_are_counted(tmp_path):
    read = folder(tmp_path / "clips", {"name": "more", "licence": "CC BY 4.0", "seconds": 2.0})
    checked = check([read], NEED, "refuse", quiet=True)
    assert (checked.broken, checked.odd, checked.short) == ((), (), 0)
    about = checked.about()
    assert about["data"] == {"clips": {"CC0": pytest.approx(2 / 3600), "CC BY 4.0": pytest.approx(2 / 3600)}}
    assert about["clips"] == {"train": 2, "validation": 1}


def test_what_is_odd_is_said_and_used(tmp_path):
    half = np.arange(25) < 10
    loud = np.sign(np.random.default_rng(0).standard_normal(16000))
    read = folder(
        tmp_path / "clips", {"name": "odd", "motion": change(valid=half), "sound": loud, "licence": "unknown"}
    )
    checked = check([read], NEED, "refuse", quiet=True)
    assert len(checked.clips["train"]) == 2
    assert [why for _, why in checked.odd] == [
        "its sound is clipped", "only 40 % of its frames are valid", "nobody says under which licence it is"
    ]  # fmt: skip


def test_nothing_that_is_not_needed_is_asked_for(tmp_path):
    """A prior needs no sound, ears need no motion."""
    read = folder(tmp_path / "clips", {"name": "silent", "sound": np.zeros(16000), "phones": [Segment(0, 1, "?", -1)]})
    assert not check([read], Need(NAMES, fps=25.0), "refuse", quiet=True).broken
    for clip in ("good", "held"):
        write_phones(tmp_path / "clips" / clip / "phones.tsv", [Segment(0, 1, "m", 1)])
    broken = check([read], Need(phones=True), quiet=True).broken
    assert broken == (("silent", "no phone of it is known"),)


def test_speakers_do_not_leak(tmp_path):
    one = folder(tmp_path / "one")
    other = folder(tmp_path / "other", splits={"train": ["bob"], "validation": ["ann"]})
    with pytest.raises(UserError, match=r"speakers bob are in train in one folder and in validation in another|ann"):
        check([one, other], NEED, quiet=True)


def test_a_sound_that_is_held_out_and_trained_on_is_said_and_a_clip_named_twice_is_used_once(tmp_path):
    sound = 0.1 * np.random.default_rng(0).standard_normal(16000)
    same = [{"name": name, "speaker": who, "sound": sound} for name, who in (("a", "ann"), ("b", "bob"))]
    read = folder(tmp_path / "clips", *same)
    append(tmp_path / "clips", {"name": "good", "speaker": "ann", "seconds": 1.0, "licence": "CC0"})
    read = ClipFolder.read(tmp_path / "clips")
    checked = check([read], NEED, quiet=True)
    assert checked.broken == (("good", "clips.jsonl names it twice"),)
    assert checked.odd == (("b", "held out, but a, which is trained on, has the same sound"),)


def test_nothing_to_learn_from(tmp_path):
    alone = folder(tmp_path / "alone", splits={"train": ["ann", "bob"]})
    with pytest.raises(UserError, match=r"validate with \(split 'validation' is empty\); give speakers"):
        check([alone], NEED, quiet=True)
    short = folder(tmp_path / "short")
    with pytest.raises(UserError, match=r"as long as a window of 96 frames \(3\.8 s\)"):
        check([short], Need(NAMES, fps=25.0, frames=96), quiet=True)
    with pytest.raises(UserError, match="1 are broken, for instance good: its motion lacks the control jaw_y"):
        check([short], Need((*NAMES, "jaw_y"), fps=25.0), quiet=True)


def test_clips_of_one_speaker_are_held_out_by_name(tmp_path):
    read = folder(tmp_path / "clips", splits={"by": "clip", "validation": ["held"]})
    assert read.by == "clip"
    assert {split: [clip.name for clip in read.split(split)] for split in ("train", "validation", "test")} == {
        "train": ["good"], "validation": ["held"], "test": []
    }  # fmt: skip
    with pytest.raises(UserError, match="clips in more than one split: held"):
        folder(tmp_path / "twice", splits={"by": "clip", "validation": ["held"], "train": ["held"]})
    with pytest.raises(UserError, match="expected"):
        folder(tmp_path / "what", splits={"by": "hour", "validation": ["held"]})
