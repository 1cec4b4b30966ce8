"""Model folders: `weights.safetensors` and `model.json`, self-describing, loaded strictly. Never a pickle, never a path."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from speechface.errors import UserError
from speechface.files import writing

Net = TypeVar("Net", bound=nn.Module)

FORMAT = 1
MODELS = Path(__file__).parent / "models"


def default(name: str) -> Path:
    """Folder of a model that comes with speechface."""
    return MODELS / name


def at(folder: str | Path) -> Path:
    """The model folder that is meant: the folder itself, or `model` in the run folder that training left."""
    folder = Path(folder)
    inside = folder / "model"
    return inside if not (folder / "model.json").is_file() and (inside / "model.json").is_file() else folder


def leads() -> bool:
    """Whether this process is the one that writes: the first where several train together, or the only one."""
    together = torch.distributed.is_available() and torch.distributed.is_initialized()
    return not together or torch.distributed.get_rank() == 0


def save(folder: str | Path, model: nn.Module, kind: str, about: dict[str, Any], half: bool = False) -> None:
    """Write a model folder: weights (float16 if `half`), and `about` with the kind, format number and commit added.

    Of several processes that train together only the first writes. `about` is plain data: configuration, training data
    and licences, seed, metrics. Buffers that the net can compute again are not stored (they are not in its `state_dict`).
    """
    from safetensors.torch import save_file

    if not leads():
        return
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if half:
        state = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    with writing(folder) as part:
        part.mkdir()
        save_file(state, str(part / "weights.safetensors"))
        (part / "weights.safetensors").chmod(0o644)  # safetensors makes it private
        text = json.dumps({"kind": kind, "format": FORMAT, **about, "commit": _commit()}, indent=1, ensure_ascii=False)
        (part / "model.json").write_text(text + "\n", encoding="utf-8")


def describe(folder: str | Path) -> dict[str, Any]:
    """The contents of a folder's `model.json`; `UserError` if it is not a model folder this version can read."""
    folder = at(folder)
    file = folder / "model.json"
    if not file.is_file() or not (file.parent / "weights.safetensors").is_file():
        raise UserError(f"{folder} is not a model folder (it needs model.json and weights.safetensors)")
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{file} is not JSON: {error}") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise UserError(f"{file} has format {about.get('format') if isinstance(about, dict) else None}, not {FORMAT}")
    if not isinstance(about.get("kind"), str):
        raise UserError(f"{file} does not say what kind of model it is")
    return about


def load(folder: str | Path, kind: str, build: Callable[[dict[str, Any]], Net]) -> Net:
    """Build the net from `model.json` and fill it, strictly; it comes back in eval mode.

    Raises `UserError` if the folder holds another kind of model or the weights do not fit the net it describes.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder, about = at(folder), describe(folder)
    if about["kind"] != kind:
        raise UserError(f"{folder} holds a model of kind '{about['kind']}', not '{kind}'")
    try:
        model = build(about)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{folder}/model.json does not describe a net of this version ({error})") from None
    try:
        state = load_file(str(Path(folder) / "weights.safetensors"))
    except SafetensorError as error:
        raise UserError(f"{folder}/weights.safetensors is damaged ({error}); copy it again") from None
    state = {name: tensor.float() if tensor.dtype == torch.float16 else tensor for name, tensor in state.items()}
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{folder}: the weights do not fit the net that model.json describes: {reason}") from None
    return model.eval()


def fingerprint(folder: str | Path) -> str:
    """SHA-256 of a folder's weights, by which one model can name another that it was trained on."""
    return hashlib.sha256((at(folder) / "weights.safetensors").read_bytes()).hexdigest()


def encoder_spec(folder: str | Path, spec: str, built_in: str = "viseme") -> str:
    """Spec of the audio encoder that the model in a folder was trained with, by the spec it was saved with.

    The built-in one lies in `folder/encoder`, or is the one that comes with speechface; `UserError` if that is another by now.
    """
    if spec != built_in:
        return spec
    own = Path(folder) / "encoder"
    at = own if own.is_dir() else default("encoder")
    if fingerprint(at) != describe(folder).get("encoder"):
        raise UserError(
            f"{folder} was trained with another audio encoder than the one in {at}: train it again with this one"
        )
    return f"{built_in}:{own}" if own.is_dir() else built_in


def _commit() -> str | None:
    """The commit of the source this runs from, or None where it is not a git checkout."""
    try:
        asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
