"""What is measured, from Python and from the command line, on small nets and made-up clips."""

import json
import math

import made_up
import numpy as np
import pytest

import speechface
from data_prep.board_motion import add_board
from emoface.engine import save as save_board
from emote.engine import save
from priors.flint_training import controls
from speechface import cli, heads, plugins
from speechface.clips import ClipFolder
from speechface.emotion import LABELS
from speechface.errors import UserError

LINE = "sil m aa f iy sil p uw sil"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    feelings = ("happy", "sad", "neutral")
    path = tmp_path_factory.mktemp("data") / "clips"
    made_up.clips(path, feelings, ("one", "two"), line=LINE, splits={"train": ["one"], "test": ["two"]})
    add_board(path, seed=0)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small engine with random weights in FLAME's parameters."""
    path = tmp_path_factory.mktemp("model")
    names = controls(heads.load("flame").rig.names)
    save(path / "emote", made_up.engine(path / "encoder", names), {})
    return path / "emote"


def command(what, *words):
    """The exit code of `speechface evaluate WHAT ...`."""
    return cli._run(
        f"speechface evaluate {what}", f"speechface.commands.evaluate.{what}", [str(word) for word in words]
    )


def made_up_curves(path):
    """A few frames of a jaw that opens, smiles and cheeks that fill, in ARKit's shapes."""
    curves = np.outer(np.sin(np.linspace(0, 3, 12)) ** 2, [0.6, 0.5, 0.5, 0.4]).astype(np.float32)
    speechface.Animation(curves, ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "cheekPuff"), 25.0, "arkit").save(
        path
    )


@pytest.mark.parametrize("what", plugins.names("speechface.commands.evaluate"))
def test_python_and_the_command_give_the_same_table(what, folder, model, tmp_path, capsys):
    encoder = model.parent / "encoder"
    settings = {
        "lips": {"data": folder, "model": model, "emotion": "sad", "split": "train"},
        "hearing": {"data": str(folder), "encoder": encoder},
        "feeling": {"clips": folder, "model": str(model), "most": 1},
        "retarget": {"files": (folder.parent / "curves.npz",), "sparse": 0.01},
        "controls": {"clips": folder, "model": str(model), "split": "train", "most": 2},
        "richness": {"clips": folder, "split": "train"},
        "motion": {"predictions": ("still",), "truth": folder, "most": 2},
        "prior": {"clips": folder, "split": "train", "most": 2},
    }[what]
    made_up_curves(folder.parent / "curves.npz")
    table = speechface.evaluate(what, **settings)
    assert all(isinstance(value, float | dict) for row in table.values() for value in row.values())
    named = {key: value for key, value in settings.items() if key not in ("data", "clips", "files", "predictions")}
    words = [
        *settings.get("files", settings.get("predictions", [folder])),
        *(word for key, value in named.items() for word in (f"--{key}", value)),
    ]
    assert command(what, *words, "--out", tmp_path / "table.json") == 0
    written = json.loads((tmp_path / "table.json").read_text(), parse_constant=lambda word: pytest.fail(word))

    def same(one, other):
        """Rates of work are no two times the same."""
        if isinstance(one, dict):
            return one.keys() == other.keys() and all(key == "fps" or same(one[key], other[key]) for key in one)
        return other is None if math.isnan(one) else other == pytest.approx(one)

    assert same(table, written)
    assert next(row for row in table if row != "scaling") in capsys.readouterr().out


def test_both_engines_are_judged_on_the_same_clips_in_one_table(folder, model, tmp_path):
    save_board(tmp_path / "board", made_up.board_engine(tmp_path / "ears"), {})
    both = f"{model},{tmp_path / 'board'}"
    table = speechface.evaluate("lips", data=folder, model=both)
    assert list(table) == [f"{row} {name}" for row in ("tests", "all") for name in both.split(",")]
    for name in both.split(","):
        alone = speechface.evaluate("lips", data=folder, model=name)
        assert all(table[f"{row} {name}"] == pytest.approx(found, nan_ok=True) for row, found in alone.items())
    assert table[f"all {model}"]["closures"] == table[f"all {tmp_path / 'board'}"]["closures"] > 0


def test_lips_are_counted_as_the_line_has_them(folder, model):
    table = speechface.evaluate("lips", data=folder, model=model)
    assert set(table) == {"tests", "all"}
    assert table["all"]["closures"] == 3 * 2
    assert table["all"]["vowels"] == 3 * 3
    assert 0 <= table["all"]["closure_rate"] <= 100
    every = speechface.evaluate("lips", data=folder, model=model, emotion="every")
    assert list(every) == list(LABELS)
    assert every["neutral"] == pytest.approx(table["all"], nan_ok=True)


def test_feeling_knows_its_teacher(folder, model):
    """The classifier was taught these three faces by one voice and tells them from another's."""
    table = speechface.evaluate("feeling", clips=folder, model=model, most=1)
    assert table["teacher"] == {"neutral": 100, "happy": 100, "sad": 100, "all": 100}
    assert set(table[str(model)]) == {*LABELS, "all"}
    assert set(table["scaling"]) == set(LABELS[1:])


def test_a_setting_that_is_wrong_or_missing(folder):
    with pytest.raises(UserError, match="emotion"):
        speechface.evaluate("lips", data=folder, emotions="sad")
    with pytest.raises(UserError, match="needs the setting data"):
        speechface.evaluate("lips")
    with pytest.raises(UserError, match="out"):  # a table is returned, files are the command's
        speechface.evaluate("lips", data=folder, out="table.json")
    with pytest.raises(UserError, match="lips"):
        speechface.evaluate("lip", data=folder)


@pytest.mark.parametrize("what", ["lips", "hearing", "feeling"])
@pytest.mark.parametrize("fault", ["no test clips", "no clips", "broken splits", "no labels", "nowhere"])
def test_data_that_cannot_be_judged_by_is_a_users_mistake(what, fault, folder, model, tmp_path, capsys):
    path = tmp_path / "clips"
    if fault != "nowhere":
        path.mkdir()
        lines = (folder / "clips.jsonl").read_text(encoding="utf-8")
        (path / "clips.jsonl").write_text("" if fault == "no clips" else lines, encoding="utf-8")
        (path / "splits.json").write_text({"broken splits": "{"}.get(fault, '{"train": []}'), encoding="utf-8")
        for clip in ClipFolder.read(folder).clips:
            (path / clip.name).symlink_to(folder / clip.name)
    if fault == "no labels":
        (path / "clips.jsonl").unlink()
    words = [] if what == "hearing" else ["--model", model]
    assert command(what, path, *words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"speechface evaluate {what}: ")
    assert said.count("\n") == 1
