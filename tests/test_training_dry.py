"""`--dry-run` tells what a training takes and leaves nothing behind; pictures are drawn while it trains; half precision."""

import made_up
import numpy as np
import pytest
import torch

pytest.importorskip("lightning")

from emote import training as emote_training
from emote.config import Config, Data
from priors import flint_training
from priors.flint_config import Config as FlintConfig
from priors.flint_config import Data as FlintData
from speechface import checkpoint, heads
from speechface.animation import Animation
from speechface.clips import ClipFolder
from speechface.face import Face
from speechface.training_config import Training
from speechface.training_estimate import Estimate

TINY = FlintConfig(width=16, heads=2, hidden=16, dropout=0.0)
LINE = "sil m ay b ih g f ae t p ae p ah z v eh r iy sil"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "clips"
    splits = {"train": ["one"], "validation": ["other"]}
    return made_up.clips(path, ("sad", "happy"), ("one", "other"), LINE, splits)


def test_a_dry_run_trains_nothing_and_says_time_and_memory(folder, tmp_path, capsys):
    config = Training(steps=4000, validate=1000, accelerator="cpu")
    found = flint_training.train([folder], tmp_path / "run", net=TINY, data=FlintData(8, 32), training=config, dry=True)
    said = capsys.readouterr()
    assert "train: 2 clips of 1 speakers" in said.err
    assert "licence: made up" in said.err
    assert "4000 steps of" in said.out
    assert "GiB" in said.out
    assert not (tmp_path / "run").exists()
    assert found["total"] == pytest.approx(found["prepare"] + 4000 * found["step"] + 4 * found["validation"])
    assert 1e-4 < found["step"] < 5.0
    assert found["memory"] > 1e8


def test_memory_of_clips_not_read_is_added():
    from speechface import clip_checks

    clips = {"train": tuple(made_clip(number) for number in range(100)), "validation": (made_clip(0),)}
    checked = clip_checks.Checked(clips, (), (), 0)
    few, share = checked.few(8)
    assert len(few["train"]) <= 8
    assert few["train"][-1].name > "090"[:2]
    assert share == pytest.approx((len(few["train"]) + 1) / 101)
    assert "1.0 min to read the clips, 7 steps of 500 ms" in Estimate(60, 0.5, 2, 70, 2**30, 0).report(7)


def made_clip(number):
    from pathlib import Path

    from speechface.clips import Clip

    return Clip(Path("x"), f"{number:03d}", "ann", 1.0)


def test_pictures_of_a_held_out_clip(folder, tmp_path):
    shown = []

    def show(animations, path):
        shown.append((path, animations))

    config = Training(steps=4, validate=2, accelerator="cpu", average=0.5)
    flint_training.train([folder], tmp_path / "prior", net=TINY, data=FlintData(4, 32), training=config, quiet=True,
                         show=show)  # fmt: skip
    heard = made_up.encoder()
    checkpoint.save(tmp_path / "encoder", heard, "encoder", {"config": vars(heard.config)})
    net = Config(encoder=f"viseme:{tmp_path / 'encoder'}", subjects=2, width=8, heads=2, hidden=8)
    emote_training.train([folder], tmp_path / "emote", tmp_path / "prior" / "model", net=net,
                         data=Data(batch=4, frames=32, views=1), training=config, quiet=True, show=show)  # fmt: skip
    assert [path.name for path, _ in shown] == ["000002.png", "000004.png"] * 2
    held = [clip.motion().controls for clip in ClipFolder.read(folder).split("validation")]
    for _, animations in shown:
        wanted, made = animations.values()
        assert made.controls.shape == wanted.controls.shape == (32, 38)
        assert np.isin(wanted.controls[:, 0], np.concatenate(held)[:, 0]).all()
    about = checkpoint.describe(tmp_path / "emote" / "model")
    assert about["data"] == {"clips": {"made up": pytest.approx(4 * len(held[0]) / 25 / 3600, rel=0.05)}}
    assert about["clips"] == {"train": 2, "validation": 2}


def test_a_sheet_of_animations_on_one_head(tmp_path, monkeypatch):
    from PIL import Image

    from render import sheet

    head, asked = heads.load("flame:preview"), {}
    monkeypatch.setattr(
        sheet, "draw_sheet", lambda rows, **how: asked.update(how, rows=rows) or Image.new("RGB", (9, 9))
    )
    one = Animation(np.zeros((50, len(head.rig))), head.rig.names, 25.0, "flame")
    sheet.write_together({"one": one, "two": one}, tmp_path / "sheet.png", head)
    assert [(row.label, row.head) for row in asked["rows"]] == [("one", head), ("two", head)]
    assert asked["rate"] * one.duration == asked["columns"]
    assert (tmp_path / "sheet.png").is_file()


def test_a_face_is_in_full_precision_where_the_net_is_not():
    face = Face(heads.load("flame"), count=40)
    motion = 0.3 * torch.randn(1, 4, len(face.mix) + 3, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = face(motion)
    assert half.dtype == torch.float32
    assert torch.equal(half, face(motion))


def test_half_precision_trains(folder, tmp_path):
    config = Training(steps=3, validate=3, accelerator="cpu", precision="bf16-mixed")
    terms = flint_training.train([folder], tmp_path, net=TINY, data=FlintData(4, 32), training=config, quiet=True)
    assert np.isfinite(terms["vertex"])
