"""Contracts: what every plug-in of a kind keeps, run over every module that is found.

Renderers and synthesisers have theirs in `test_render_backends.py` and `test_synthesis_voices.py`.
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

import made_up_ict
import numpy as np
import pytest
import soundfile
import torch
from test_render_head import Egg

from data_prep import corpora, synthesisers
from data_prep.phone_table import write_phones
from data_prep.recording import Recording
from speechface import cli, heads, losses, plugins, rigs
from speechface.animation import Animation
from speechface.audio import encoders
from speechface.audio.windows import Listener
from speechface.clips import SPLITS
from speechface.emotion import LABELS
from speechface.errors import UserError
from speechface.visemes import INDEX, Segment

LANDMARKS = ("inner_lip_upper", "inner_lip_lower", "mouth_corner_left", "mouth_corner_right", "upper_incisor_edge",
             "lower_incisor_edge", *(f"lm68_{number:02d}" for number in range(68)))  # fmt: skip


# Heads


@pytest.fixture(scope="module", params=heads.available())
def head(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("head")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        return heads.load(request.param + HEAD_FILES.get(request.param, lambda _: "")(folder))


def _character(folder):
    from made_character import character

    shapes = {"jawOpen": {"jawOpen": 1.0}, "mouthPucker": {"mouthPucker": 1.0}, "mouthSmile": {"mouthSmile": 1.0}}
    return f":{character(folder / 'anna.glb', shapes)}"


def _kit(folder):
    return f":{made_up_ict.folder(folder)}"


def _mesh(folder):
    from made_mesh import stranger_obj, told

    return f":{told(stranger_obj(folder / 'otto.obj'))}"


HEAD_FILES = {"character": _character, "ict": _kit, "mesh": _mesh}
"""How to make the file of every kind of head that needs one; such a head has the landmarks its file lets us find."""


def test_head_is_a_mesh_moved_by_controls(head):
    rest = head.vertices(np.zeros(len(head.rig), np.float32))
    assert rest.dtype == np.float32
    assert np.isfinite(rest).all()
    assert head.faces.dtype == np.int32
    assert head.faces.shape[1] == 3
    assert head.faces.min() == 0
    assert head.faces.max() == len(rest) - 1
    assert len(head.look.colour) == len(head.look.part) == len(rest)
    batch = np.zeros((2, 3, len(head.rig)), np.float32)
    batch[1, 2] = head.rig.clip(np.linspace(0, 0.3, len(head.rig), dtype=np.float32))
    posed = head.vertices(batch)
    assert posed.shape == (2, 3, len(rest), 3)
    assert np.abs(posed[0, 0] - rest).max() < 1e-6
    assert np.abs(posed[1, 2] - rest).max() > 1e-3
    chosen = [0, len(rest) // 2, len(rest) - 1]
    assert np.abs(head.points(batch[1], chosen) - posed[1][:, chosen]).max() < 1e-5


def test_head_stands_as_the_conventions_say(head):
    rest = head.vertices(np.zeros(len(head.rig), np.float32))
    if head.name in HEAD_FILES:
        assert "chin" in head.landmarks
        return
    assert set(LANDMARKS) <= set(head.landmarks)
    at = {name: rest[vertex] for name, vertex in head.landmarks.items()}
    assert 0.15 < np.ptp(rest[:, 1]) < 0.7  # metres
    assert at["lm68_27"][1] > at["lm68_33"][1] > at["lm68_08"][1]  # Y up: nose bridge, nose, chin
    assert at["mouth_corner_left"][0] > 0.01 > -0.01 > at["mouth_corner_right"][0]  # X to the character's left
    assert at["lm68_30"][2] > at["lm68_00"][2] + 0.03  # Z out of the face: tip of the nose, ear
    assert np.linalg.norm(at["inner_lip_upper"] - at["inner_lip_lower"]) < 1e-3
    assert np.array_equal(head.landmark_points(np.zeros((1, len(head.rig)), np.float32), "chin")[0, 0], at["chin"])


@pytest.mark.parametrize("name", heads.available())
def test_head_refuses_what_it_does_not_know(name):
    with pytest.raises(UserError):
        heads.load(f"{name}:no-such-thing")


# Audio encoders


@pytest.fixture(scope="module", params=encoders.available())
def encoder(request, tmp_path_factory):
    return encoders.load(encoder_spec(request.param, tmp_path_factory)).eval()


def encoder_spec(name: str, folders) -> str:
    """A spec that loads without a download: the pretrained kinds get small nets with random weights."""
    if name not in ("wav2vec2", "hubert", "wavlm"):
        return name
    import transformers

    kind = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert", "wavlm": "WavLM"}[name]
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
             "conv_dim": [8] * 7, "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2}  # fmt: skip
    torch.manual_seed(0)
    network = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**shape))
    folder = folders.mktemp(name)
    network.save_pretrained(folder)
    return f"{name}:{folder}"


@torch.inference_mode()
def test_encoder_gives_features_at_its_rate(encoder):
    for samples in (16000, 16321, 5000):
        features = encoder(torch.randn(2, samples, generator=torch.Generator().manual_seed(1)) * 0.1)
        assert features.shape == (2, int(samples / 16000 * encoder.rate), encoder.width)
        assert features.isfinite().all()
    assert encoder.context > 0
    assert encoder(torch.zeros(1, 16000)).isfinite().all()  # digital silence


@torch.inference_mode()
def test_encoder_hears_a_window_in_the_voice_of_the_whole(encoder):
    sound = torch.randn(1, 48000, generator=torch.Generator().manual_seed(2)) * 0.1
    whole = encoder(sound, voice=encoder.adapt(sound))
    assert torch.allclose(whole, encoder(sound), atol=1e-4)
    stretch = Listener(encoder, sound[0].numpy()).features(60, 90)
    assert stretch.shape == (1, 30, encoder.width)
    assert (stretch - whole[:, 60:90]).abs().mean() < 0.05 * whole.std()


@pytest.mark.parametrize("name", encoders.available())
def test_encoder_without_weights_is_a_user_error(name, tmp_path):
    with pytest.raises(UserError):
        encoders.load(f"{name}:{tmp_path}")


@pytest.mark.parametrize("name", encoders.available())
def test_the_engine_listens_with_every_encoder(name, tmp_path_factory):
    from emote.config import Config
    from emote.engine import Engine
    from emote.model import Emote
    from priors.flint import Flint
    from priors.flint_config import Config as FlintConfig
    from speechface.emotion import Emotion

    listener = encoders.load(encoder_spec(name, tmp_path_factory)).eval()
    prior = Flint(FlintConfig(parameters=6, width=16, heads=2, hidden=16))
    names = ("expression_000", "expression_001", "expression_002", "jaw_x", "jaw_y", "jaw_z")
    engine = Engine(Emote(Config(subjects=2, width=8, heads=2, hidden=16), prior, listener.width), listener, names)
    sound = np.random.default_rng(0).normal(0, 0.1, 24000).astype(np.float32)
    made = engine.animate(sound, Emotion.parse("sad"), alive=False)
    assert made.controls.shape == (38, 6 + 4)  # and the tongue
    assert np.isfinite(made.controls).all()


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

    document = pygltflib.GLTF2().load(str(path))
    return document.accessors[document.animations[0].samplers[0].input].count


def _meshes(suffix):
    def count(path):
        import trimesh

        found = sorted(path.glob(f"*.{suffix}"))
        assert len(trimesh.load(found[-1], process=False, force="mesh").faces)
        return len(found)

    return count


READ = {
    "csv": _rows, "npz": _vertices, "mp4": _pictures, "mov": _pictures, "glb": _keys,
    "obj": _meshes("obj"), "ply": _meshes("ply"), "png": lambda path: len(list(path.glob("*.png"))),
}  # fmt: skip
"""How many frames a file holds, by its readers' own library."""


@pytest.mark.parametrize("name", plugins.names("render.export"))
def test_exporter_writes_every_frame_and_nothing_else(name, tmp_path):
    assert name in READ, f"say in READ how to read what {name} writes"
    exporter = plugins.load("render.export", name, "exporter")
    egg = Egg()
    clip = Animation(np.linspace(0, 0.5, 15).reshape(5, 3), egg.rig.names, 25.0, "egg")
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


def _sound(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 8000), 16000)


MADE_UP = {"folder": _folder, "labelled": _labelled, "speech_many": _speech_many}
"""How to make a small tree of every kind of corpus."""


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
        assert recording.text or recording.segments
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
            nested = ast.unparse(field.annotation) in ("Data", "Training", "Weights")
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
