"""`Document`: a glTF 2.0 file just as it is, its JSON and its bytes, to be read and written back with all it had.

Khronos glTF 2.0: sections 3.6 (buffers, accessors, sparse accessors), 4 (the GLB container). Nothing is interpreted that
need not be, so that extensions nobody here knows come through unharmed.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from speechface.errors import UserError

WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
PACKED = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "meshopt",
    "KHR_meshopt_compression": "meshopt",
}
_JSON, _BINARY = 0x4E4F534A, 0x004E4942


class Document:
    """json: the file's JSON, every buffer joined into one. blob: its bytes. path: where it came from."""

    def __init__(self, path: Path, content: dict[str, Any], blob: bytes) -> None:
        self.path, self.json, self.blob = path, content, blob

    def list(self, name: str) -> list[dict[str, Any]]:
        """One of the JSON's lists, empty where the file has none."""
        return self.json.get(name) or []

    def extension(self, name: str) -> dict[str, Any]:
        """An extension of the whole file, empty where it has none of that name."""
        return (self.json.get("extensions") or {}).get(name) or {}

    def accessor(self, number: int) -> np.ndarray:
        """(N, K) values of an accessor as they are meant: strides, sparse values and normalised integers resolved."""
        one = self.list("accessors")[number]
        kind, width, count = np.dtype(TYPES[one["componentType"]]), WIDTHS[one["type"]], int(one["count"])
        rows = np.zeros((count, width), dtype=kind)
        if one.get("bufferView") is not None:
            rows = self._rows(one["bufferView"], one.get("byteOffset", 0), count, width, kind)
        if one.get("sparse"):
            part = one["sparse"]
            where, what = part["indices"], part["values"]
            index_kind = np.dtype(TYPES[where["componentType"]])
            used = int(part["count"])
            index = self._rows(where["bufferView"], where.get("byteOffset", 0), used, 1, index_kind)[:, 0]
            rows = rows.copy()
            rows[index] = self._rows(what["bufferView"], what.get("byteOffset", 0), used, width, kind)
        if one.get("normalized") and kind.kind in "iu":
            return np.maximum(rows.astype(np.float32) / np.iinfo(kind).max, -1.0)
        return rows

    def image(self, number: int) -> bytes:
        """The encoded bytes of an image; empty where they are elsewhere and cannot be read."""
        one = self.list("images")[number]
        if one.get("bufferView") is not None:
            return self._view(one["bufferView"])
        try:
            return _fetch(self.path, one.get("uri", ""))
        except UserError:
            return b""

    def with_animation(self, name: str, times: np.ndarray, tracks: Sequence[tuple[int, str, np.ndarray]]) -> bytes:
        """The file as a .glb with one more animation: times (T,) seconds; node, "weights" or "rotation", and values."""
        out, data = copy.deepcopy(self.json), bytearray(self.blob)
        for number, image in enumerate(out.get("images") or []):
            content = self.image(number) if image.get("uri") and not image["uri"].startswith("data:") else b""
            if content:
                suffix = Path(unquote(image.pop("uri"))).suffix.lower()
                image.setdefault("mimeType", "image/png" if suffix == ".png" else "image/jpeg")
                image["bufferView"] = _append(out, data, content)
        clock = _accessor(out, data, times.astype("<f4")[:, None], bounds=True)
        animated: dict[str, Any] = {"name": name, "samplers": [], "channels": []}
        for node, what, values in tracks:
            _unpack_matrix(out["nodes"][node])
            rows = values.astype("<f4").reshape(-1, 4 if what == "rotation" else 1)
            target = {"node": node, "path": what}
            animated["channels"].append({"sampler": len(animated["samplers"]), "target": target})
            sampler = {"input": clock, "output": _accessor(out, data, rows), "interpolation": "LINEAR"}
            animated["samplers"].append(sampler)
        if tracks:
            out.setdefault("animations", []).append(animated)
        return pack(out, bytes(data))

    def _view(self, number: int) -> bytes:
        view = self.list("bufferViews")[number]
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or start + length > len(self.blob):
            raise _damaged(self.path, "it points beyond its own data")
        return self.blob[start : start + length]

    def _rows(self, view: int, offset: int, count: int, width: int, kind: np.dtype) -> np.ndarray:
        """(count, width) elements that lie in a view, one every `byteStride` bytes."""
        data = self._view(view)
        stride = self.list("bufferViews")[view].get("byteStride") or width * kind.itemsize
        if count < 0 or offset < 0 or (count and offset + stride * (count - 1) + width * kind.itemsize > len(data)):
            raise _damaged(self.path, "it points beyond its own data")
        return (
            np.ndarray((count, width), kind, data, offset, (stride, kind.itemsize)) if count else np.zeros((0, width))
        )


def read(path: str | Path) -> Document:
    """Read a .glb, .vrm or .gltf file with whatever it refers to.

    Raises `UserError` where it is no glTF 2.0, cut short, compressed by Draco or meshopt, or a part of it is missing.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"cannot read {path}: {reason}; give the path of a .glb, .vrm or .gltf file") from None
    text, binary = _chunks(path, data) if data[:4] == b"glTF" else (data, None)
    try:
        content = json.loads(text)
        version = str(content["asset"]["version"])
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path} is not a glTF file; export the character as .glb (glTF 2.0)") from None
    if not version.startswith("2"):
        raise UserError(f"{path} is glTF {version}, and only 2.0 is read; export the character again as glTF 2.0")
    for name in content.get("extensionsRequired") or content.get("extensionsUsed") or []:
        if name in PACKED:
            raise UserError(f"{path} is compressed with {PACKED[name]}; export it again without compression")
    return Document(path, *_joined(path, content, binary))


def pack(content: dict[str, Any], blob: bytes) -> bytes:
    """The bytes of a .glb with this JSON and these bytes as its one buffer."""
    blob += bytes(-len(blob) % 4)
    content = content | {"buffers": [{"byteLength": len(blob)}]} if blob else content
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), _JSON) + text
    if blob:
        chunks += struct.pack("<II", len(blob), _BINARY) + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _chunks(path: Path, data: bytes) -> tuple[bytes, bytes | None]:
    """The JSON of a .glb and the bytes that lie beside it."""
    if len(data) < 20 or struct.unpack_from("<I", data, 8)[0] > len(data):
        raise _damaged(path, "it is cut short")
    version = struct.unpack_from("<I", data, 4)[0]
    if version != 2:
        raise UserError(f"{path} is glTF {version}, and only 2.0 is read; export the character again as glTF 2.0")
    found: dict[int, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<II", data, at)
        if at + 8 + length > len(data):
            raise _damaged(path, "it is cut short")
        found.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    return found.get(_JSON, b""), found.get(_BINARY)


def _joined(path: Path, content: dict[str, Any], binary: bytes | None) -> tuple[dict[str, Any], bytes]:
    """The JSON with all its buffers made one, and that one: a .glb has room for no more."""
    starts, data = [], bytearray()
    for number, buffer in enumerate(content.get("buffers") or []):
        own = _fetch(path, buffer["uri"]) if buffer.get("uri") else (binary if number == 0 else None)
        if own is None or len(own) < int(buffer.get("byteLength", 0)):
            raise _damaged(path, "it is cut short")
        data += bytes(-len(data) % 8)
        starts.append(len(data))
        data += own[: int(buffer["byteLength"])]
    for view in content.get("bufferViews") or []:
        if not 0 <= view.get("buffer", -1) < len(starts):
            raise _damaged(path, "it names data that it does not have")
        view["byteOffset"] = view.get("byteOffset", 0) + starts[view["buffer"]]
        view["buffer"] = 0
    return content, bytes(data)


def _fetch(path: Path, uri: str) -> bytes:
    """What a data URI or a file beside `path` holds."""
    if uri.startswith("data:"):
        head, _, body = uri.partition(",")
        try:
            return (
                base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote(body).encode("latin-1")
            )
        except (binascii.Error, UnicodeEncodeError):
            raise _damaged(path, "data inside it cannot be read") from None
    if "://" in uri:
        raise UserError(f"{path} refers to {uri}, and nothing is downloaded; save it beside the file")
    try:
        return (path.parent / unquote(uri)).read_bytes()
    except (OSError, ValueError):
        raise UserError(
            f"{path} needs {unquote(uri)}, which is not there; put it beside the file or give a .glb"
        ) from None


def _unpack_matrix(node: dict[str, Any]) -> None:
    """Say a node's matrix as translation, rotation and scale: glTF lets only these be animated."""
    if "matrix" in node:
        from scipy.spatial.transform import Rotation

        matrix = np.array(node.pop("matrix"), dtype=np.float64).reshape(4, 4).T
        scale = np.linalg.norm(matrix[:3, :3], axis=0)
        turn = Rotation.from_matrix(matrix[:3, :3] / np.maximum(scale, 1e-12)).as_quat()
        node |= {"translation": matrix[:3, 3].tolist(), "rotation": turn.tolist(), "scale": scale.tolist()}


def _append(content: dict[str, Any], data: bytearray, added: bytes) -> int:
    """Number of a new view of bytes put at the end of the data, at a multiple of four."""
    data += bytes(-len(data) % 4)
    views = content.setdefault("bufferViews", [])
    views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(added)})
    data += added
    return len(views) - 1


def _accessor(content: dict[str, Any], data: bytearray, rows: np.ndarray, bounds: bool = False) -> int:
    """Number of a new accessor of float32 rows (N, K)."""
    kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[rows.shape[1]]
    view = _append(content, data, np.ascontiguousarray(rows).tobytes())
    one: dict[str, Any] = {"bufferView": view, "componentType": 5126, "count": len(rows), "type": kind}
    if bounds:
        one |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
    content.setdefault("accessors", []).append(one)
    return len(content["accessors"]) - 1


def _damaged(path: Path, why: str) -> UserError:
    return UserError(f"{path} is damaged: {why}; export it or copy it again")
