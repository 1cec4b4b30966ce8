"""What a character's surface is made of: base colours, textures and vertex colours of glTF as a colour for every vertex."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np

from speechface.heads._gltf_file import Document


class Materials:
    """Colours and roughness of primitives; textures are decoded once. What cannot be decoded is left out and told."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.unread: set[str] = set()
        self.picture = lru_cache(maxsize=16)(self._picture)

    def colours(self, primitive: dict, count: int) -> tuple[np.ndarray, float]:
        """(count, 4) linear RGB and opacity of a primitive's vertices, and the roughness of its material."""
        materials, number = self.document.list("materials"), primitive.get("material")
        material = materials[number] if number is not None else {}
        surface = material.get("pbrMetallicRoughness") or {}
        out = np.tile(np.array(surface.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0)), dtype=np.float32), (count, 1))
        texture, attributes = surface.get("baseColorTexture"), primitive["attributes"]
        if texture:
            moved = (texture.get("extensions") or {}).get("KHR_texture_transform", {})
            where = f"TEXCOORD_{moved.get('texCoord', texture.get('texCoord', 0))}"
            picture = self.picture(texture["index"])
            if picture is not None and where in attributes:
                out *= _sampled(picture, _moved(self.document.accessor(attributes[where]), moved))
        if "COLOR_0" in attributes:
            painted = self.document.accessor(attributes["COLOR_0"]).astype(np.float32)
            out[:, : painted.shape[1]] *= painted
        mode = material.get("alphaMode", "OPAQUE")
        if mode == "OPAQUE":
            out[:, 3] = 1.0
        elif mode == "MASK":
            out[:, 3] = out[:, 3] >= material.get("alphaCutoff", 0.5)
        return out, float(surface.get("roughnessFactor", 1.0))

    def _picture(self, number: int) -> np.ndarray | None:
        """(H, W, 4) float32 linear RGB and opacity of a texture; None where it is of a kind that is not read."""
        from PIL import Image

        source = self.document.list("textures")[number].get("source")
        content = self.document.image(source) if source is not None else b""
        try:
            with Image.open(BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as file:
                file.thumbnail((2048, 2048))
                pixels = np.asarray(file.convert("RGBA"), dtype=np.float32) / 255.0
        except (OSError, ValueError, Image.DecompressionBombError):
            self.unread.add(f"texture {number}")
            return None
        colour = pixels[..., :3]
        linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
        return np.concatenate([linear, pixels[..., 3:]], axis=-1).astype(np.float32)


def _moved(places: np.ndarray, transform: dict) -> np.ndarray:
    """Texture coordinates (N, 2) by KHR_texture_transform."""
    places = places.astype(np.float64) * transform.get("scale", (1.0, 1.0))
    turn = transform.get("rotation", 0.0)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return places @ matrix.T + transform.get("offset", (0.0, 0.0))


def _sampled(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(N, 4) a repeating picture's values at texture coordinates (N, 2), (0, 0) at the top left, between four pixels."""
    height, width = picture.shape[:2]
    at = np.nan_to_num(places) * (width, height) - 0.5
    low = np.floor(at).astype(np.int64)
    share = (at - low)[:, :, None].astype(np.float32)
    x, y = low[:, 0] % width, low[:, 1] % height
    right, down = (x + 1) % width, (y + 1) % height
    top = picture[y, x] * (1.0 - share[:, 0]) + picture[y, right] * share[:, 0]
    bottom = picture[down, x] * (1.0 - share[:, 0]) + picture[down, right] * share[:, 0]
    return top * (1.0 - share[:, 1]) + bottom * share[:, 1]
