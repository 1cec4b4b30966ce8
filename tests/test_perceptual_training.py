"""Stage 2 from files to a model, through pictures and nets that watch, on tiny nets."""

from pathlib import Path

import made_up
import numpy as np
import pytest
import torch

from emote import engine as emote_engine
from render.portrait import Portrait
from speechface import api, checkpoint, cli
from speechface.audio.load import read
from speechface.emotion import LABELS, Emotion
from speechface.heads import flame
from speechface.perception import lip_reader, video_emotion, watchers
from speechface.perception.config import FeelingConfig, LipConfig

SMALL = {"size": 16, "first": 4, "widths": (8, 8), "width": 16, "dropout": 0.0}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with clips, a small EMOTE, and small nets that watch."""
    folder = tmp_path_factory.mktemp("stage2")
    line = "sil m ay b ih g f ae t p sil"
    made_up.clips(folder / "clips", ("sad", "happy"), ("one", "two"), line, {"train": ["one"], "validation": ["two"]})
    made_up.engine(folder / "emote")
    torch.manual_seed(0)
    lip_reader.save(folder / "reader", lip_reader.LipReader(LipConfig(**SMALL)), {})
    judge = video_emotion.VideoEmotion(FeelingConfig(**SMALL, heads=2, hidden=16))
    video_emotion.save(folder / "judge", judge, {})
    return folder


def command(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["speechface", "train", "emote", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code or 0


@pytest.mark.slow
def test_stage_2_goes_on_from_a_model_and_says_so(files, tmp_path, monkeypatch, capsys):
    start = checkpoint.default("emote")  # the made-up one moves a few controls only, training moves them all
    code = command(
        monkeypatch, files / "clips", "--stage", 2, "--start", start, "--out", tmp_path / "run",
        "--watched.reader", files / "reader", "--watched.judge", files / "judge", "--data.batch", 2, "--data.frames", 16,
        "--data.views", 1, "--training.steps", 2, "--training.validate", 2, "--training.accelerator", "cpu",
        "--no-pictures",
    )  # fmt: skip
    assert code == 0, capsys.readouterr().err
    about = checkpoint.describe(tmp_path / "run" / "model")
    assert about["stage"] == 2
    assert about["weights"]["lip_reading_exchanged"] == 25.0
    for term in ("lip_reading", "lip_reading_exchanged", "video_emotion", "video_emotion_exchanged"):
        assert 0.0 < about["validation"][term] < 2.0
    before, after = emote_engine.load(start).model, emote_engine.load(tmp_path / "run" / "model").model
    assert not torch.equal(before.audio.weight, after.audio.weight)
    for one, other in zip(before.prior.state_dict().values(), after.prior.state_dict().values(), strict=True):
        assert torch.allclose(one.float(), other.float(), atol=1e-3)  # the prior stays as it was


def test_stage_2_wants_a_model_and_a_judge(files, monkeypatch, capsys):
    assert command(monkeypatch, files / "clips", "--stage", 2) == 2
    assert "--start" in capsys.readouterr().err
    assert command(monkeypatch, files / "clips", "--stage", 3) == 2
    assert "no stage 3" in capsys.readouterr().err
    given = ("--start", files / "emote", "--watched.reader", files / "reader", "--watched.judge", files / "nothing")
    assert command(monkeypatch, files / "clips", "--stage", 2, *given) == 2
    assert "nothing is not a model folder" in capsys.readouterr().err


@torch.inference_mode()
def test_the_judge_that_ships_tells_what_the_default_face_feels():
    """EMOTE's own sentences through the differentiable camera, which the judge has not been taught on."""
    judge = watchers.video_emotion()
    camera = Portrait(flame.require("flame:preview"), "face", judge.size)
    engine = api.engine("emote")
    sound = read(Path(__file__).parent.parent / "examples" / "hello.wav")
    told = []
    for label in LABELS:
        motion = engine.animate(sound, Emotion.parse(label), alive=False).columns(engine.names)[1::3]
        vector = judge(camera(torch.from_numpy(np.ascontiguousarray(motion, dtype=np.float32))[None]))
        told.append(LABELS[int(judge.judge(vector)[0].argmax())])
    assert sum(one == label for one, label in zip(told, LABELS, strict=True)) >= 6, told
