"""`speechface export`: an edited file becomes any other, and what cannot be is one line."""

import sys

import numpy as np
import pygltflib
import pytest

import speechface as sf
from speechface import cli, rigs
from speechface.animation import Animation

ARKIT = rigs.load("arkit")


@pytest.fixture
def speechface(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    values = np.zeros((30, len(ARKIT)), np.float32)
    values[:, ARKIT.index["browInnerUp"]] = np.linspace(0, 0.8, 30)
    Animation(values, ARKIT.names, 30.0, "arkit").export("edited.csv")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["speechface", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capfd.readouterr()

    return run


def test_an_edit_goes_anywhere(speechface, tmp_path):
    code, said = speechface(
        "export", "edited.csv", "line.glb", "take.livelink.csv", "--head", "open:arkit", "--reduce", "0.01"
    )
    assert code == 0, said.err
    assert said.out.split() == ["line.glb", "take.livelink.csv"]
    found = pygltflib.GLTF2().load(str(tmp_path / "line.glb"))
    assert "browInnerUp" in str(found.meshes[0].extras)
    again = sf.load(tmp_path / "take.livelink.csv")
    assert again["browInnerUp"] == pytest.approx(np.linspace(0, 0.8, 30), abs=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["edited.csv"], "name a file"),
        (["gone.csv", "a.glb"], "no such"),
        (["edited.csv", "a.xyz"], "xyz"),
        (["edited.csv", "edited.csv"], "overwritten"),
        (["edited.csv", "a.glb", "--camera", "mouth"], "is for pictures"),
        (["edited.csv", "a.glb", "--sound", "gone.wav"], "no such sound"),
        (["edited.csv", "a.glb", "--fps", "0"], "between 1 and 240"),
    ],
)
def test_what_cannot_be_is_one_line(speechface, tmp_path, words, said):
    code, printed = speechface("export", *words)
    assert code == 2
    assert said in printed.err
    assert [path.name for path in tmp_path.iterdir()] == ["edited.csv"]
