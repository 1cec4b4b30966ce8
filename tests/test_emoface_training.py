"""Training EmoFace from files to a face: two clips are learnt by heart, batches are what they say, and tables are read."""

import json
import re

import made_up
import numpy as np
import pytest
import soundfile
import torch

from data_prep.board_motion import add_board
from emoface import curves
from emoface.config import Config, Data
from emoface.engine import RIG, load
from emoface.training import FLOOR, Lesson, Lessons, spread, train
from speechface import checkpoint
from speechface.audio.frames import at_frames
from speechface.clip_checks import Need, check
from speechface.clips import ClipFolder
from speechface.emotion import Emotion
from speechface.errors import UserError
from speechface.training_config import Training

LINE = "sil m ay b ih f ae p ah z sil"


def heard(path):
    """A small encoder in a folder, as `Config.encoder` names it."""
    net = made_up.encoder()
    checkpoint.save(path, net, "encoder", {"config": vars(net.config)})
    return f"viseme:{path}"


def small(path, **net):
    return Config(
        encoder=heard(path), subjects=2, width=48, emotion=32, layers=2, heads=4, hidden=64, dropout=0.0, **net
    )


def test_two_clips_are_learnt_by_heart(tmp_path):
    """One sound, said sadly and happily: only the emotion tells the clips apart."""
    folder = made_up.clips(
        tmp_path / "clips", ("sad", "happy"), ("one", "same"), LINE, {"train": ["one"], "validation": ["same"]}
    )
    add_board(folder, seed=0)
    training = Training(steps=150, validate=150, rate=4e-3, warmup=15, accelerator="cpu", decay=0.0)
    data = Data(batch=4, frames=96, views=1)
    drawn = {}
    terms = train(
        [folder], tmp_path / "run", net=small(tmp_path / "ears"), data=data, training=training, quiet=True,
        show=lambda animations, path: drawn.update({path.name: animations}),
    )  # fmt: skip
    assert terms["explained"] > 0.5
    (pair,) = drawn.values()
    assert list(pair) == ["held out", "as it is heard"]
    assert {(one.rig, one.fps, one.controls.shape) for one in pair.values()} == {("face_board", 60.0, (96, 174))}
    about = checkpoint.describe(tmp_path / "run" / "model")
    assert about["data"] == {"clips": {"made up": pytest.approx(7.04 / 3600)}}
    assert about["clips"] == {"train": 2, "validation": 2}
    assert "licence: made up" in (tmp_path / "run" / "data.txt").read_text()
    engine = load(tmp_path / "run" / "model")
    for clip in ClipFolder.read(folder).split("train"):
        wanted = clip.motion("board").controls
        error = {}
        for feeling in ("sad", "happy"):
            made = engine.animate(clip.audio(), Emotion.parse(feeling), alive=False, lips=False).controls
            error[feeling] = np.sqrt(np.square(made - wanted).mean())
        right = error.pop(clip.about["emotion"])
        assert right < 0.8 * wanted.std(axis=0).mean() + 0.02
        assert right < 0.6 * min(error.values())


def lesson(frames):
    """A lesson whose features, controls, levels and mask all say the time."""
    times = (np.arange(int(frames / 60 * 50)) + 0.5) / 50
    controls = np.tile((np.arange(frames) / 60.0).astype(np.float16)[:, None], (1, 174))
    labels, levels = np.zeros((frames, 8), np.float32), np.zeros((frames, 3), np.float32)
    levels[:, 0] = np.arange(frames) / 60.0
    return Lesson([times.astype(np.float16)[:, None]], controls, np.arange(frames) % 3 > 0, labels, levels, 1)


def test_windows_of_a_lesson_belong_together_and_short_ones_are_filled_up():
    data, net = Data(batch=64, frames=24), Config(subjects=2)
    features, felt, steps, controls, valid = Lessons([lesson(100)], 50.0, net, data).batch(
        0, torch.Generator().manual_seed(0)
    )
    assert features.shape == (64, 12, 2)
    assert felt.shape == (64, 12, 13)
    assert controls.shape == (64, 24, 174)
    assert steps.all()
    assert torch.allclose(felt[..., 8], controls[:, ::2, 0], atol=2e-3)  # float16
    assert torch.allclose(features.mean(dim=-1)[:, 1:-1], controls[:, ::2, 0][:, 1:-1], atol=3e-3)
    assert torch.equal(valid, (controls[..., 0] * 60).round() % 3 > 0)
    features, felt, steps, controls, valid = Lessons([lesson(15)], 50.0, net, data).batch(0, torch.Generator())
    assert (steps.sum(dim=1) == 8).all()
    assert not valid[:, 15:].any()
    assert (controls[:, 15:] == 0).all()
    with pytest.raises(UserError, match="multiple of 2"):
        Lessons([lesson(100)], 50.0, net, Data(frames=25))
    with pytest.raises(UserError, match="no clip"):
        Lessons([], 50.0, net, data)


def test_the_same_sound_is_heard_alike_in_training_and_in_use():
    one = lesson(100)
    whole = at_frames(torch.from_numpy(one.views[0].astype(np.float32))[None], 50.0, 30.0, 50)[0]
    lessons = Lessons([one], 50.0, Config(subjects=2), Data(batch=20, frames=24))
    features, _, _, controls, _ = lessons.batch(0, torch.Generator().manual_seed(1))
    for window, start in zip(features, (controls[:, 0, 0] * 30).round().int().tolist(), strict=True):
        assert torch.allclose(window, whole[start : start + 12], atol=1e-5)


def test_spread_counts_what_counts():
    one = lesson(90)
    one.controls[:, 3] = 0
    one.controls[~one.valid, 4] = 100
    found = spread([one])
    assert found[3] == pytest.approx(FLOOR)
    assert found[4] == pytest.approx(one.controls[one.valid, 5].astype(float).std(), rel=1e-3)


def write(path, rows, header=None):
    lines = [",".join(header)] if header else []
    path.write_text("\n".join(lines + [",".join(f"{value:.5f}" for value in row) for row in rows]) + "\n")


@pytest.fixture
def folder(tmp_path):
    """Eleven sounds of a second with tables of 30 frames."""
    path = tmp_path / "takes"
    path.mkdir()
    for number in range(11):
        noise = np.random.default_rng(number).normal(0, 0.1, 16000)
        soundfile.write(path / f"take{number:02d}.wav", noise, 16000)
        write(path / f"take{number:02d}.csv", np.full((30, 174), 0.01 * number))
    return path


def looked(folder):
    """What the checks say of a folder, whose nets know two styles."""
    need = Need(RIG.names, "face_board", None, file="board", styles=2, emotion=True, sound=True)
    return check([curves.read(folder, 30.0)], need, quiet=True)


def test_a_users_tables_are_takes(folder):
    jaw = "CTRL_C_jaw-translateY"
    write(folder / "take03.csv", np.linspace(0, 1, 30)[:, None], [jaw])
    (folder / "emotions.csv").write_text("name,emotion,style,speaker,licence\ntake03,sad:0.5,1,,CC0\n")
    takes = looked(folder)
    train, held = takes.clips["train"], takes.clips["validation"]
    assert [take.name for take in held] == ["take09", "take10"]
    assert len(train) == 9
    made, valid = curves.at(train[3].motion(), 60.0)
    assert made.shape == (60, 174)
    assert valid.all()
    assert (train[3].about["emotion"], train[3].about["style"]) == ("sad:0.5", "1")
    wanted = np.interp(np.arange(60) / 60, np.arange(30) / 30, np.linspace(0, 1, 30))
    assert np.allclose(made[:, RIG.index[jaw]], wanted, atol=2e-3)
    assert np.count_nonzero(made.any(axis=0)) == 1
    assert np.allclose(curves.at(train[2].motion(), 60.0)[0], 0.02, atol=1e-3)
    assert takes.about()["data"] == {
        "takes": {"the user's own": pytest.approx(10 / 3600), "CC0": pytest.approx(1 / 3600)}
    }
    assert not takes.broken
    assert not takes.odd


def test_whole_speakers_are_held_out_where_all_are_known(folder):
    lines = [f"take{number:02d},neutral,,{'abc'[number % 3]}" for number in range(11)]
    (folder / "emotions.csv").write_text("\n".join(lines))
    takes = looked(folder)
    assert {take.speaker for take in takes.clips["validation"]} == {"c"}
    assert {take.speaker for take in takes.clips["train"]} == {"a", "b"}


def test_one_take_alone_is_learnt_and_validated_and_that_is_said(folder):
    for file in folder.iterdir():
        if file.stem != "take01":
            file.unlink()
    takes = looked(folder)
    assert [[take.name for take in found] for found in takes.clips.values()] == [["take01"], ["take01 again"]]
    assert takes.odd == (("take01 again", "held out, but take01, which is trained on, has the same sound"),)


REASON = "made with MetaHuman: its licence forbids training"
BROKEN = {
    "columns": (lambda path: write(path / "take02.csv", np.zeros((30, 173))), r"take02\.csv, line 1: 173 columns, not 174"),
    "control": (lambda path: write(path / "take02.csv", np.zeros((30, 1)), ["CTRL_nothing"]), "'CTRL_nothing' is no control"),
    "fps": (lambda path: write(path / "take02.csv", np.zeros((90, 174))), r"lasts 3\.00 s at 30.*its sound 1\.00 s.*--data.fps"),
    "nan": (lambda path: write(path / "take02.csv", np.full((30, 174), np.nan)), "line 1: a value is not finite"),
    "percent": (lambda path: write(path / "take02.csv", np.full((30, 174), 40.0)), r"is 40 in frame 0, .*\(controls go"),
    "empty": (lambda path: (path / "take02.csv").write_text(""), "holds no frames"),
    "no sound": (lambda path: (path / "take02.wav").unlink(), "no sound of the same name"),
    "no table": (lambda path: (path / "take02.csv").unlink(), r"no table \(\.csv\) of the same name"),
    "silent": (lambda path: soundfile.write(path / "take02.wav", np.zeros(16000), 16000), "its sound is silent"),
    "no wav": (lambda path: (path / "take02.wav").write_text("nothing"), "take02.wav"),
    "style": (lambda path: (path / "emotions.csv").write_text("take02,sad,2\n"), "style 2 is not one of the net's 2"),
    "metahuman curves": (
        lambda path: write(path / "take02.csv", np.zeros((30, 1)), ["CTRL_expressions_jawOpen"]),
        f"line 1: 'CTRL_expressions_jawOpen' is {REASON}",
    ),
    "metahuman licence": (
        lambda path: (path / "emotions.csv").write_text("take02,sad,1,,MetaHuman EULA\n"), f"^{REASON}"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_take_is_named_and_left_out(folder, case):
    change, said = BROKEN[case]
    change(folder)
    takes = looked(folder)
    ((name, why),) = takes.broken
    assert name == "take02"
    assert re.search(said, why)
    assert "take02" not in {take.name for found in takes.clips.values() for take in found}
    assert sum(len(found) for found in takes.clips.values()) == 10


def test_a_curve_out_of_its_range_is_cut_off_and_that_is_said(folder):
    write(folder / "take02.csv", np.full((30, 1), 1.5), ["CTRL_L_brow_down-translateY"])
    takes = looked(folder)
    assert takes.odd == (("take02", "CTRL_L_brow_down-translateY is 1.5 in frame 0, out of its range, and is cut off"),)
    assert curves.at(takes.clips["train"][2].motion(), 60.0)[0].max() == 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: (path / "emotions.csv").write_text("take02,cheesy\n"), "line 1: unknown emotion 'cheesy'"),
        (lambda path: (path / "emotions.csv").write_text("nobody,sad\n"), "there is no clip 'nobody'"),
        (lambda path: (path / "emotions.csv").write_text("take02,sad,x\n"), "style 'x' is not a number"),
        (lambda path: [file.unlink() for file in path.iterdir()], "holds no sounds with tables"),
    ],
)  # fmt: skip
def test_lists_that_cannot_be_read_are_named(folder, change, said):
    change(folder)
    with pytest.raises(UserError, match=said):
        curves.read(folder, 30.0)


def test_clips_of_metahuman_are_left_out_of_every_training(tmp_path):
    splits = {"train": ["one"], "validation": ["same"]}
    folder = made_up.clips(tmp_path / "clips", ("sad", "happy"), ("one", "same"), LINE, splits)
    add_board(folder, seed=0)
    lines = [json.loads(line) for line in (folder / "clips.jsonl").read_text().splitlines()]
    lines[0]["source"] = "MetaHuman Animator"
    (folder / "clips.jsonl").write_text("\n".join(map(json.dumps, lines)))
    for need in (Need(sound=True), Need(RIG.names, "face_board", None, file="board")):
        given = curves.read(folder, 60.0) if need.controls else ClipFolder.read(folder)
        ((name, why),) = check([given], need, quiet=True).broken
        assert (name, REASON in why) == (lines[0]["name"], True)


def test_a_control_that_the_board_has_not_is_a_fault(tmp_path):
    splits = {"train": ["one"], "validation": ["same"]}
    folder = made_up.clips(tmp_path / "clips", ("sad",), ("one", "same"), LINE, splits)
    add_board(folder, seed=0)
    (bad,) = curves.read(folder, 60.0).split("train")
    np.savez(
        folder / bad.name / "board.npz", controls=np.zeros((9, 1)), names=["jawOpen"], fps=60.0, valid=np.ones(9, bool)
    )
    with pytest.raises(UserError, match="'jawOpen' is no control"):
        bad.motion()
