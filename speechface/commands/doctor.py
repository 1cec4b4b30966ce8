"""Check this installation: packages, models, renderers, and what is missing for which feature."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass

NEEDED = ("torch", "numpy", "scipy", "numba", "librosa", "soundfile", "soxr", "av", "trimesh", "safetensors", "Pillow")
OPTIONAL = {
    "pocketsphinx": "forced alignment (pip install -e '.[align]')",
    "lightning": "training (pip install -e '.[train]')",
    "ray": "preparing videos on many machines (pip install -e '.[cluster]')",
    "moderngl": "the moderngl renderer (pip install -e '.[gl]')",
    "usd-core": "USD files (pip install -e '.[usd]')",
    "pyrender": "the pyrender renderer (pip install -e '.[pyrender]')",
    "python-osc": "--live vmc (pip install -e '.[live]')",
    "sounddevice": "the sound of --live (pip install -e '.[live]')",
    "pytorch3d": "the pytorch3d renderer (built from source, see docs/rendering.md)",
}
PROGRAMS = {"espeak-ng": "espeak-ng", "flite": "flite", "festival": "festival"}


@dataclass(frozen=True)
class Arguments:
    """Nothing to choose."""


def run(arguments: Arguments) -> int:
    """Print one line a check; exit code 1 if something that `animate` needs is missing."""
    print(f"python {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    missing = [name for name in NEEDED if not _report(name, "needed: install speechface again")]
    for name, use in OPTIONAL.items():
        _report(name, f"only for {use}")
    for name in ("encoder", "flint", "emote", "emoface"):
        missing += [] if _model(name) else [name]
    _graphics()
    for program, package in PROGRAMS.items():
        at = shutil.which(program)
        print(f"{'ok' if at else '--':3} {program}: {at or f'only for making a corpus (apt install {package})'}")
    print("everything that animate needs is here" if not missing else f"missing: {', '.join(missing)}")
    return 1 if missing else 0


def _report(name: str, otherwise: str) -> bool:
    try:
        print(f"ok  {name} {importlib.metadata.version(name)}")
        return True
    except importlib.metadata.PackageNotFoundError:
        print(f"--  {name}: {otherwise}")
        return False


def _model(name: str) -> bool:
    from speechface import checkpoint
    from speechface.errors import UserError

    try:
        about = checkpoint.describe(checkpoint.default(name))
    except UserError as error:
        print(f"--  model {name}: {error}")
        return False
    size = (checkpoint.default(name) / "weights.safetensors").stat().st_size / 1e6
    print(
        f"ok  model {name}: {size:.1f} MB, sha256 {checkpoint.fingerprint(checkpoint.default(name))[:12]}, {about['kind']}"
    )
    return True


def _graphics() -> None:
    import torch

    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else "none (the CPU is enough)"
    print(f"ok  CUDA device: {cuda}")
