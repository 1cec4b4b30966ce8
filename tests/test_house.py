"""The house stands: who imports whom, what the public API is, and that help is quick."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import speechface
from speechface import plugins

ROOT = Path(speechface.__file__).parent.parent
MAY_IMPORT = {
    "speechface": {"speechface"},
    "priors": {"speechface", "priors"},
    "render": {"speechface", "render"},
    "data_prep": {"speechface", "data_prep"},
    "emote": {"speechface", "priors", "emote"},
    "emoface": {"speechface", "priors", "emoface"},
}
LAYERS = (
    (
        "errors",
        "metahuman",
        "files",
        "plugins",
        "animation",
        "emotion",
        "rigs",
        "readers",
        "bounded",
        "look",
        "visemes",
        "progress",
        "retarget",
        "demands",
        "rates",
        "resampling",
        "timecode",
        "smoothing",
        "least_jerk",
        "liveliness",
    ),
    (
        "attention",
        "device",
        "skinning",
        "checkpoint",
        "audio",
        "heads",
        "sculpt",
        "losses",
        "face",
        "flame_face",
        "conversion",
        "lips",
        "mouth",
        "board_face",
        "board_mouth",
    ),
    (
        "clips",
        "clip_checks",
        "training",
        "training_average",
        "training_config",
        "training_estimate",
        "training_kept",
        "training_watch",
        "metrics",
        "evaluation",
        "perception",
    ),
    ("api", "layers", "locking", "cli", "commands"),
)
WORKSHOP_IN_NETS = {"speechface/audio/viseme_training.py"}  # teaches the encoder beside the encoder


def modules(package: str) -> list[Path]:
    return sorted(path for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module a file imports, also inside functions and under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_only_downwards(package):
    for path in modules(package):
        if "commands" in path.parts:  # doors look packages up
            continue
        ours = {name.split(".")[0] for name in imports(path)} & set(MAY_IMPORT)
        assert ours <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {ours - MAY_IMPORT[package]}"


def test_kernel_layers_import_only_downwards():
    level = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    for path in modules("speechface"):
        parts = path.relative_to(ROOT / "speechface").with_suffix("").parts
        if parts == ("__init__",) or str(path.relative_to(ROOT)) in WORKSHOP_IN_NETS:
            continue
        assert parts[0] in level, f"say in LAYERS which layer {parts[0]} belongs to"
        for name in imports(path):
            words = name.split(".")
            if words[0] == "speechface" and len(words) > 1 and words[1] in level and parts[:1] != ("animation",):
                assert level[words[1]] <= level[parts[0]], f"{path.relative_to(ROOT)} imports {name}, which is above it"


def test_public_api_is_the_list():
    assert sorted(speechface.__all__) == sorted(
        ["Animation", "Emotion", "UserError", "animate", "available", "evaluate", "export", "load", "render", "train"]
    )
    assert all(hasattr(speechface, name) for name in speechface.__all__)


@pytest.mark.parametrize(
    "words",
    [["animate"], ["speechface"], ["speechface", "train", "encoder"], ["speechface", "train", "emote"],
     ["speechface", "prepare", "synthetic"], ["speechface", "doctor"]],
)  # fmt: skip
def test_help_does_not_import_torch(words):
    code = (
        "import sys; sys.argv = [*sys.argv[1:], '--help']\n"
        "import speechface.cli as cli\n"
        "try: getattr(cli, 'animate' if sys.argv[0] == 'animate' else 'main')()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'torch', 'numba', 'librosa', 'transformers', 'lightning'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout.lower()


def test_every_plugin_says_what_it_is():
    folders = ("speechface.heads", "speechface.audio.encoders", "speechface.losses", "render.export", "render.backends")
    for folder in folders:
        assert plugins.names(folder), folder
        for name in plugins.names(folder):
            assert len(plugins.summary(folder, name)) > 20, f"{folder}.{name} has no docstring"


def test_no_generic_module_names():
    banned = {"utils", "util", "helpers", "common", "misc"}
    found = [path for package in MAY_IMPORT for path in modules(package) if path.stem in banned]
    assert not found


def test_no_pickle_anywhere():
    for package in MAY_IMPORT:
        for path in modules(package):
            text = path.read_text(encoding="utf-8")
            assert "allow_pickle=True" not in text, path
            assert "weights_only=False" not in text, path
