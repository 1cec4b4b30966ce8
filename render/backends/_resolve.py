"""From light to numbers: albedo times light, the tone table, and the backdrop where nothing covers it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from render.compiling import compiled_single, inlined_single
from render.tone import BRIGHTEST


@inlined_single
def _noise(x, y):
    """A fixed pattern in 0..1 without visible structure (interleaved gradient noise, Jimenez 2014)."""
    wave = 0.06711056 * np.float32(x) + 0.00583715 * np.float32(y)
    wave = 52.9829189 * (wave - np.float32(int(wave)))
    return wave - np.float32(int(wave))


@compiled_single
def resolve(diffuse, albedo, rest, cover, under, strands, change, coarse, tones, backdrop, picture):
    """Fill picture (H, W, 3 or 4) uint8 from the buffers of `_shade.Shading`, a tone table and a backdrop (H, W, 3) in 0..1.

    strands (H, W, 4) lie over them (see `_strands`). change (h, w, 3) on the coarse grid is added to diffuse light, as far
    as light goes under a surface (see `_scatter`).

    A fixed pattern below one step of brightness is added before rounding, so that soft gradients show no bands. Where
    nothing covers the backdrop, the picture is left as it is: it holds the backdrop already. With four channels there is no
    backdrop, and the last one is the share of the pixel that is covered.
    """
    height, width = cover.shape
    finer: Any = 1.0 / np.float32(coarse)
    top, clear = np.float32(len(tones) - 1), picture.shape[2] == 4
    for y in range(height):
        for x in range(width):
            thin = strands[y, x, 3]
            if cover[y, x] == 0.0 and thin == 0.0:
                continue
            # Strands that overlap may cover more than all of a pixel.
            level = 1.0 / max(thin, 1.0)
            behind = 1.0 - thin * level
            share = thin * level + behind * cover[y, x]
            scale = 1.0 / (share * BRIGHTEST)
            noise = _noise(x, y)
            solid = cover[y, x] > 0.0  # else the buffers of light hold nothing here
            soft = under[y, x] if solid else 0.0
            left, above, right, below, a, b, c, d = 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0
            if soft > 0.0:
                at_x = max((np.float32(x) + 0.5) * finer - 0.5, 0.0)
                at_y = max((np.float32(y) + 0.5) * finer - 0.5, 0.0)
                left, above = int(at_x), int(at_y)
                right, below = min(left + 1, change.shape[1] - 1), min(above + 1, change.shape[0] - 1)
                at_x, at_y = at_x - np.float32(left), at_y - np.float32(above)
                a, b = soft * (1.0 - at_y) * (1.0 - at_x), soft * (1.0 - at_y) * at_x
                c, d = soft * at_y * (1.0 - at_x), soft * at_y * at_x
            for channel in range(3):
                light = level * strands[y, x, channel]
                if solid:
                    arriving = diffuse[y, x, channel]
                    if soft > 0.0:
                        arriving += a * change[above, left, channel] + b * change[above, right, channel]
                        arriving += c * change[below, left, channel] + d * change[below, right, channel]
                    light += behind * (max(arriving, 0.0) * albedo[y, x, channel] + rest[y, x, channel])
                entry = int(math.sqrt(min(scale * light, 1.0)) * top + 0.5)
                shown = tones[entry]
                if not clear:
                    shown = share * shown + (1.0 - share) * backdrop[y, x, channel]
                picture[y, x, channel] = int(min(shown * 255.0 + noise, 255.0))
            if clear:
                picture[y, x, 3] = int(min(share, 1.0) * 255.0 + 0.5)


def paint(backdrop: np.ndarray, transparent: bool = False) -> np.ndarray:
    """(H, W, 3) uint8 picture of nothing but a backdrop (H, W, 3) in 0..1; (H, W, 4) of zeros if it is transparent."""
    if transparent:
        return np.zeros((*backdrop.shape[:2], 4), dtype=np.uint8)
    y, x = np.indices(backdrop.shape[:2])
    wave = 52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1.0)
    noise = np.asarray(wave % 1.0)[..., None]
    return np.minimum(backdrop * 255.0 + noise, 255.0).astype(np.uint8)
