"""The model file of MediaPipe's Face Landmarker: where it is, whether it is the right one, and how to get it."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from pathlib import Path

from speechface.errors import UserError
from speechface.files import writing

NAME = "face_landmarker.task"
URL = "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
VARIABLE = "SPEECHFACE_FACE_MODEL"
"""Environment variable that may say where the file is."""


def find(given: Path | None = None, download: bool = False) -> Path:
    """The file: the given one, that of the environment variable, or the one in the cache, downloaded if that is allowed.

    Raises `UserError` if there is none, or its SHA-256 is not that of the published file.
    """
    named = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    path = named or cached()
    if named is None and not path.is_file():
        if not download:
            raise UserError(
                f"faces are tracked with {NAME} (3.8 MB, Apache-2.0), which is not here: give --model-file, or --download"
            )
        _fetch(path)
    if not path.is_file():
        raise UserError(f"no such file: {path}; it should be {NAME} from {URL}")
    if (found := hashlib.sha256(path.read_bytes()).hexdigest()) != SHA256:
        raise UserError(f"{path} is not the {NAME} of {URL} (its SHA-256 is {found[:12]}..., not {SHA256[:12]}...)")
    return path


def cached() -> Path:
    """Where the file is kept once it was downloaded."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "speechface" / NAME


def _fetch(path: Path) -> None:
    try:
        with urllib.request.urlopen(URL, timeout=60) as answer, writing(path) as part:
            part.write_bytes(answer.read())
    except OSError as error:
        raise UserError(f"cannot download {URL} ({error}); fetch it yourself and give --model-file") from None
