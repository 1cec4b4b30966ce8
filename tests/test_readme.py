"""Every block of the README runs, on half a second of sound; command lines of the other pages are at least understood."""

import dataclasses
import importlib
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import tyro

from speechface import cli
from speechface.commands._picture import Picture

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
VERBS = {"animate": "speechface.commands.animate"} | {f"speechface {verb}": at for verb, at in cli._verbs().items()}
RUN = ("animate", "speechface export", "speechface list", "speechface doctor")
"""Commands that are run; the others take hours, and their tests are elsewhere."""


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(path: Path) -> list[list[str]]:
    """Our command lines of a page: those of its bash blocks and of its indented ones, `a && b` taken apart."""
    text = path.read_text(encoding="utf-8")
    lines = "".join(blocks(path, "bash")) + "\n".join(re.findall(r"^    (.*)$", text, re.MULTILINE))
    parts = re.sub(r"\\\n", " ", lines).replace("&&", "\n").splitlines()
    return [shlex.split(part, comments=True) for part in parts if part.lstrip().startswith(("animate ", "speechface "))]


def parse(words: list[str]):
    """The module of a command line and its arguments; what it does not understand ends the test."""
    if words[:2] == ["speechface", "evaluate"] and words[2].startswith(
        "runs/"
    ):  # as cli.py reads it where that folder is
        words = ["speechface", "evaluate", "motion", words[2], "--truth", *words[3:]]
    for length in (3, 2, 1):
        module = VERBS.get(" ".join(words[:length]))
        if module and len(words) >= length:
            command = importlib.import_module(module)
            if "--help" in words:
                return command, None
            return command, tyro.cli(command.Arguments, args=words[length:])
    raise AssertionError(f"no such command: {' '.join(words)}")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with every file that the README names, each half a second of the example."""
    import soundfile

    samples, rate = soundfile.read(ROOT / "examples" / "hello.wav", dtype="float32")
    piece = samples[rate // 4 : rate // 4 + rate // 2]
    (tmp_path / "examples").mkdir()
    for name in ("speech.wav", "talk.mp3", "a.wav", "b.wav", "c.flac", "examples/hello.wav"):
        soundfile.write(tmp_path / name, piece, rate)
    score = {"keys": [{"time": 0, "emotion": "neutral"}, {"time": 0.2, "emotion": "sad:0.8"}]}
    (tmp_path / "score.json").write_text(json.dumps(score))
    (tmp_path / "edited.csv").write_text("time,browInnerUp,eyeBlinkLeft\n0,0.1,0\n0.04,0.2,0\n0.08,0.3,0\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", commands(ROOT / "README.md"), ids=" ".join)
def test_command_of_the_readme(words, folder, capsys):
    command, arguments = parse(words)
    if arguments is None or " ".join(words[: 1 + (words[0] == "speechface")]) not in RUN:
        return
    if words[0] == "animate" and any(word.startswith("runs/") for word in words):
        return  # a model that the lines before it trained
    if words[0] == "animate":
        arguments = dataclasses.replace(arguments, picture=Picture(size="128"))
    assert not command.run(arguments)
    said = capsys.readouterr().out.splitlines()
    assert said
    if words[0] == "animate" and "--live" not in words:
        assert all((folder / name).exists() for name in said)


@pytest.mark.parametrize("code", blocks(ROOT / "README.md", "python"))
def test_python_of_the_readme(code, folder):
    exec(compile(code, "README.md", "exec"), {})
    import speechface as sf

    assert np.isfinite(sf.load("sad-curves.npz").controls).all()
    assert {"sad.mp4", "sad.glb"} <= {path.name for path in folder.iterdir()}


def test_examples_of_plugins_keep_their_contract(tmp_path):
    import torch

    from speechface.animation import Animation

    made = [{} for _ in blocks(ROOT / "CONTRIBUTING.md", "python")]
    for names, code in zip(made, blocks(ROOT / "CONTRIBUTING.md", "python"), strict=True):
        exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    loss, exporter = made
    still, moved = torch.zeros(1, 3, 4, 3), torch.ones(1, 3, 4, 3)
    assert loss["loss"](moved, still, torch.tensor([[True, False, True]])) == 1
    clip = Animation(np.array([[0.1], [0.2]]), ("jaw_x",), 25.0, "flame")
    exporter["write"](clip, tmp_path / f"talk{exporter['SUFFIXES'][0]}")
    assert (tmp_path / "talk.jaw").read_text() == "0.1000\n0.2000\n"


def test_bash_of_the_readme_is_ours_or_pip():
    for line in "".join(blocks(ROOT / "README.md", "bash")).replace("&&", "\n").splitlines():
        words = shlex.split(line, comments=True)
        assert not words or words[0] in ("python3", ".", "pip", "pytest", "animate", "speechface"), line


@pytest.mark.parametrize("path", PAGES[1:], ids=lambda path: path.name)
def test_command_lines_of_a_page_are_understood(path):
    for words in commands(path):
        parse(words)


def test_readme_is_short_and_its_links_lead_somewhere():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200
    for path in [*PAGES, ROOT / "CHANGELOG.md", ROOT / "examples" / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+?)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
    assert "<!-- .ci/run -->\n```bash\n" in (ROOT / "README.md").read_text(encoding="utf-8")
