"""Contracts: what every plug-in of a kind keeps, run over every module that is found.

Heads, encoders, renderers and synthesisers have theirs in `test_head_contract.py`, `test_encoder_contract.py`,
`test_render_backends.py` and `test_synthesis_voices.py`.
"""

import ast
import dataclasses
import importlib
import inspect
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from test_render_head import Egg

from data_prep import corpora, synthesisers
from data_prep.phone_table import write_phones
from data_prep.recording import Recording
from speechface import cli, losses, plugins, rigs
from speechface.animation import Animation
from speechface.clips import SPLITS
from speechface.emotion import LABELS
from speechface.errors import UserError
from speechface.visemes import INDEX, Segment

# Rigs and the tables between them


@pytest.mark.parametrize("name", rigs.available())
def test_rig_is_consistent(name):
    rig = rigs.load(name)
    assert rig.about
    assert len(set(rig.names)) == len(rig) == len(rig.low) == len(rig.high) == len(rig.groups) == len(rig.mirrors)
    assert all(rig.groups)
    assert (rig.low <= 0).all()
    assert (rig.high > 0).all()
    assert all(rig.mirrors[rig.index[other]] == mine for mine, other in zip(rig.names, rig.mirrors, strict=True))
    controls = np.random.default_rng(0).uniform(-1, 1, (3, len(rig)))
    assert np.array_equal(rig.mirror(rig.mirror(controls)), controls)
    assert rig.subset(rig.names[::-1]).names == rig.names[::-1]


@pytest.mark.parametrize("path", sorted(Path(rigs.__file__).parent.glob("*_to_*.json")), ids=lambda path: path.stem)
def test_table_between_rigs_knows_both(path):
    first, second = (set(rigs.load(name).names) for name in path.stem.split("_to_"))
    words = set(strings(json.loads(path.read_text(encoding="utf-8"))))
    assert words & first, "no control of the rig it starts from"
    assert words & second, "no control of the rig it ends at"
    assert not {word for word in words if word.startswith("CTRL_")} - first - second


def strings(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


# Losses

OF_LATENTS = ("kl",)
"""Losses of two things that are not frames, so that no mask over frames applies."""


@pytest.mark.parametrize("name", plugins.names("speechface.losses"))
def test_loss_is_a_number_with_a_gradient_over_the_frames_that_count(name):
    loss = losses.load(name)
    generator = torch.Generator().manual_seed(0)
    predicted, target = (1e-3 * torch.randn(2, 6, 5, 3, generator=generator) for _ in range(2))
    predicted.requires_grad_(True)
    value = loss(predicted, target, None)
    assert value.shape == ()
    assert value > 0
    (gradient,) = torch.autograd.grad(value, predicted)
    assert gradient.isfinite().all()
    assert gradient.abs().sum() > 0
    mask = torch.ones(2, 6, dtype=torch.bool)
    assert torch.allclose(loss(predicted, target, mask), value)
    if name in OF_LATENTS:
        return
    assert loss(target, target, None) == 0
    mask[:, 4:] = False
    broken = target.clone()
    broken[:, 4:] = 100.0
    assert torch.allclose(loss(predicted, broken, mask), loss(predicted, target, mask))
    assert loss(predicted, target, torch.zeros_like(mask)) == 0


# Exporters: written and read back


def _rows(path):
    return len(path.read_text(encoding="utf-8").splitlines()) - 1


def _vertices(path):
    with np.load(path, allow_pickle=False) as data:
        return len(data["vertices"])


def _pictures(path):
    import av

    with av.open(str(path)) as video:
        return sum(1 for _ in video.decode(video=0))


def _keys(path):
    import pygltflib

    document = pygltflib.GLTF2().load_binary(str(path))
    return document.accessors[document.animations[0].samplers[0].input].count


def _meshes(suffix):
    def count(path):
        import trimesh

        found = sorted(path.glob(f"*.{suffix}"))
        assert len(trimesh.load(found[-1], process=False, force="mesh").faces)
        return len(found)

    return count


def _usd(path):
    from pxr import Usd, UsdSkel

    stage = Usd.Stage.Open(str(path))
    moving = UsdSkel.Animation(stage.GetPrimAtPath("/Head/Speech"))
    return moving.GetBlendShapeWeightsAttr().GetNumTimeSamples()


def _flame(path):
    with np.load(path, allow_pickle=False) as data:
        return len(data["jaw_pose"])


def _script(path):
    """Frames of a script's keys: the data is the last literal before the script runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (text,) = (
        node.value.args[0].value for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.targets[0].id == "DATA"
    )  # fmt: skip
    return max(len(key["frames"]) for key in json.loads(text)["keys"].values())


READ = {
    "csv": _rows, "npz": _vertices, "mp4": _pictures, "mov": _pictures, "glb": _keys,
    "obj": _meshes("obj"), "ply": _meshes("ply"), "png": lambda path: len(list(path.glob("*.png"))),
    "livelink": _rows, "board": _rows, "a2f": lambda path: len(json.loads(path.read_text())["weightMat"]),
    "rigmapper": lambda path: _rows(path) // 169, "unreal": _script, "maya": _script, "blender": _script,
    "usd": _usd, "vrma": _keys, "flame": _flame,
}  # fmt: skip
"""How many frames a file holds, by its readers' own library."""


@pytest.mark.parametrize("name", plugins.names("render.export"))
def test_exporter_writes_every_frame_and_nothing_else(name, tmp_path):
    assert name in READ, f"say in READ how to read what {name} writes"
    if name == "usd":
        pytest.importorskip("pxr", reason="usd-core is not installed")
    exporter = plugins.load("render.export", name, "exporter")
    egg = Egg()
    clip = Animation(np.linspace(0, 0.5, 15).reshape(5, 3), egg.rig.names, 25.0, "egg")
    if hasattr(exporter, "RIG"):  # curves of a fixed rig, without a head
        names = rigs.load(exporter.RIG).names
        egg, clip = None, Animation(np.linspace(0, 0.5, 5 * len(names)).reshape(5, -1), names, 25.0, exporter.RIG)
    path = tmp_path / "place" / f"talk{exporter.SUFFIXES[0]}"
    exporter.write(clip, path, egg, **({"size": 64, "quality": "draft"} if hasattr(exporter, "shot") else {}))
    written = [path] if path.exists() else list(path.parent.iterdir())
    assert READ[name](written[0]) == 5
    assert list(path.parent.iterdir()) == written, "left something beside what it wrote"
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError):
        exporter.write(clip, tmp_path / "file" / f"talk{exporter.SUFFIXES[0]}", egg)


# Corpora


def _folder(root):
    _sound(root / "anna" / "hello.wav")
    (root / "anna" / "hello.txt").write_text("Hello.")
    (root / "metadata.csv").write_text("file,speaker,emotion,intensity,licence\nhello,anna,joyful,0.5,CC0\n")


def _labelled(root):
    _sound(root / "praatio" / "bobby.wav")
    segments = [Segment(0.0, 0.2, "pau", INDEX["SIL"]), Segment(0.2, 0.5, "ah", INDEX["AH"])]
    write_phones(root / "praatio" / "bobby.tsv", segments)


def _speech_many(root):
    _sound(root / "one.wav")
    row = ("one.wav", "anna", "little", "CC0", "hello")
    (root / "transcripts.tsv").write_text("file\tspeaker\tcorpus\tlicence\ttext\n" + "\t".join(row) + "\n")


def _mead(root):
    for actor, emotion, level in (
        ("M003", "angry", 2),
        ("W009/W009_2", "neutral", 1),
        ("W017", "sad", 1),
        ("M035", "fear", 3),
    ):
        _sound(root / actor / "video" / "front" / emotion / f"level_{level}" / "001.mp4")
    _sound(root / "M003" / "audio" / "angry" / "level_2" / "001.m4a")
    _sound(root / "M003" / "video" / "left_30" / "angry" / "level_2" / "001.mp4")


def _ravdess(root):
    for name in ("01-01-06-01-02-01-06", "01-01-02-01-01-01-06", "02-01-06-01-02-01-06", "01-02-06-01-02-01-06"):
        _sound(root / "Actor_06" / f"{name}.mp4")


def _crema_d(root):
    for name in ("1001_DFA_ANG_XX", "1001_IEO_SAD_MD", "1002_IEO_NEU_XX"):
        _sound(root / "VideoFlash" / f"{name}.flv")


def _grid(root):
    for name in ("s1/bbaf2n.mpg", "s2/video/lwwz9s.mpg", "sbig3p.mpg"):
        _sound(root / name)


def _sound(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 8000), 16000, format="WAV")


MADE_UP = {
    "folder": _folder, "labelled": _labelled, "speech_many": _speech_many, "mead": _mead, "ravdess": _ravdess,
    "crema_d": _crema_d, "grid": _grid,
}  # fmt: skip
"""How to make a small tree of every kind of corpus."""
TEXTLESS = ("mead",)
"""Corpora that do not say what is said."""


@pytest.mark.parametrize("kind", corpora.available())
def test_corpus_gives_recordings_with_their_licence(kind, tmp_path):
    assert kind in MADE_UP, f"say in MADE_UP how a small {kind} looks"
    MADE_UP[kind](tmp_path)
    found = list(corpora.recordings(kind, tmp_path))
    assert found
    assert len({recording.name for recording in found}) == len(found)
    for recording in found:
        assert isinstance(recording, Recording)
        assert recording.speaker
        assert recording.licence
        assert recording.source
        assert not set(recording.name) & set("/\\ ")
        assert len(recording.samples()) == 8000
        assert recording.text or recording.segments or kind in TEXTLESS
        assert recording.emotion is None or recording.emotion in LABELS
        assert recording.intensity is None or 0 <= recording.intensity <= 1
        assert recording.split is None or recording.split in SPLITS
        for one, two in itertools.pairwise(recording.segments or ()):
            assert one.end == two.start
    with pytest.raises(UserError):
        list(corpora.recordings(kind, tmp_path / "nowhere"))


@pytest.mark.parametrize("name", synthesisers.available())
def test_synthesiser_says_how_to_install_it(name):
    module = plugins.load("data_prep.synthesisers", name, "synthesiser")
    assert module.INSTALL.startswith("apt install ")
    assert isinstance(module.voices(), list)


# Commands

VERBS = {"animate": "speechface.commands.animate"} | cli._verbs()


@pytest.mark.parametrize("verb", VERBS)
def test_command_has_help_arguments_and_run(verb):
    module = importlib.import_module(VERBS[verb])
    assert module.__doc__
    assert module.__doc__.split("\n")[0][-1] in ".,:"
    assert dataclasses.is_dataclass(module.Arguments)
    assert module.Arguments.__dataclass_params__.frozen
    assert len(inspect.signature(module.run).parameters) == 1
    (arguments,) = (
        node for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef) and node.name == "Arguments"
    )  # fmt: skip
    for field, after in zip(arguments.body, [*arguments.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and "Config" not in ast.unparse(field.annotation):
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            nested = ast.unparse(field.annotation) in ("Data", "Training", "Watched", "Weights")
            assert told or nested, f"{verb}: {ast.unparse(field.target)} has no line of help"


def test_help_of_every_command_is_quick():
    code = (
        "import importlib, sys, tyro\n"
        "for module in sys.argv[1:]:\n"
        "    command = importlib.import_module(module)\n"
        "    try: tyro.cli(command.Arguments, prog=module, description=command.__doc__, args=['--help'])\n"
        "    except SystemExit as end: assert not end.code, module\n"
        "heavy = {'torch', 'numba', 'librosa', 'transformers', 'lightning', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code, *VERBS.values()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
