"""The four lines of docs/training.md as a user types them, tiny: recordings, prior, EMOTE in both stages, figures, a face."""

import json
import sys

import made_up
import numpy as np
import pytest
import soundfile

pytest.importorskip("lightning")

from data_prep.teacher.teach import teach
from speechface import checkpoint, cli, heads
from speechface.animation import Animation
from speechface.conversion import convert
from speechface.emotion import Emotion
from speechface.retarget import face_board_to_open

TINY = "--net.width 16 --net.heads 2 --net.hidden 16 --training.accelerator cpu --training.average 0"


@pytest.fixture
def say(tmp_path, monkeypatch, capfd):
    """Run a command line in an empty folder and give what it printed; it must end well."""
    monkeypatch.chdir(tmp_path)

    def run(line):
        words = line.split()
        monkeypatch.setattr(sys, "argv", words)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            (cli.animate if words[0] == "animate" else cli.main)()
        out, err = capfd.readouterr()
        assert not ended.value.code, err
        return out + err

    return run


def record(root):
    """Six takes of two feelings with what the face did as ARKit curves at 60 frames a second."""
    root.mkdir()
    phones = made_up.segments("sil m ay b ih g f ae t p ae p ah z v eh r iy sil")
    heard = made_up.sound(phones)
    rows = ["file,speaker,emotion,intensity,licence"]
    for number in range(6):
        feeling = ("sad", "happy")[number % 2]
        soundfile.write(root / f"take_{number}.wav", heard, 16000)
        board = teach(heard, phones, Emotion.parse(feeling), 0, seed=number).at(60.0, len(heard) / 16000)
        moved = Animation(face_board_to_open(board), heads.load("open").rig.names, 60.0, "open")
        convert(moved, "arkit").save(root / f"take_{number}.npz")
        rows.append(f"take_{number}.wav,ann,{feeling},1,CC0")
    (root / "metadata.csv").write_text("\n".join(rows) + "\n")


@pytest.mark.slow
def test_the_four_lines(say, tmp_path):
    record(tmp_path / "my_recordings")
    said = say("speechface prepare folder my_recordings/ clips/")
    assert "6 clips of 6 recordings" in said
    train = f"{TINY} --training.steps 4 --training.validate 4 --data.batch 4 --data.frames 32"
    said = say(f"speechface train prior clips/ {train} --dry-run --out runs/prior")
    assert "steps of" in said
    assert not (tmp_path / "runs").exists()
    said = say(f"speechface train prior clips/ {train} --out runs/prior --no-pictures")
    assert "licence: CC0" in said
    assert "millimetres" in said
    say(
        f"speechface train emote clips/ --prior runs/prior --stage 1 --out runs/emote1 --encoder viseme {train} "
        "--net.subjects 2 --no-pictures"
    )
    assert json.loads((tmp_path / "runs/emote1/model/model.json").read_text())["data"] == {"clips": {"CC0": pytest.approx(
        sum(json.loads(line)["seconds"] for line in (tmp_path / "clips/clips.jsonl").read_text().splitlines()
            if json.loads(line)["split"] != "test") / 3600)}}  # fmt: skip
    say(
        "speechface train emote clips/ --from runs/emote1 --stage 2 --out runs/emote2 --training.accelerator cpu "
        "--training.steps 1 --training.validate 1 --data.batch 2 --data.frames 16 --no-pictures "
        "--watched.video-emotion 0 --watched.video-emotion-exchanged 0"
    )
    assert checkpoint.describe(tmp_path / "runs/emote2")["stage"] == 2
    said = say("speechface evaluate runs/emote2 clips/ --split test")
    assert "emote2" in said
    soundfile.write(tmp_path / "speech.wav", soundfile.read(tmp_path / "my_recordings/take_0.wav")[0], 16000)
    say("animate speech.wav --model runs/emote2 --emotion sad -o sad.npz -o sad.csv")
    made = Animation.load(tmp_path / "sad.npz") if (tmp_path / "sad.npz").exists() else None
    assert made is not None
    assert np.isfinite(made.controls).all()
    say("speechface train emote clips/ --from default --out runs/mine --training.accelerator cpu --training.steps 1 "
        "--training.validate 1 --data.batch 2 --data.frames 32 --no-pictures")  # fmt: skip
    assert checkpoint.describe(tmp_path / "runs/mine")["clips"] == {"train": 4, "validation": 1}
