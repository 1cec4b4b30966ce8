"""From RGB to what video encoders take: luma at every pixel, chroma at every second one (BT.709, 16 to 235)."""

from __future__ import annotations

import numpy as np

from render.compiling import compiled_single

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
"""Share of each primary in luma (ITU-R BT.709)."""
LUMA, TO_CB, TO_CR = 219.0 / 255.0, 224.0 / 255.0 / (2.0 - 2.0 * BLUE), 224.0 / 255.0 / (2.0 - 2.0 * RED)


@compiled_single
def to_yuv420(picture, luma, cb, cr):
    """Fill luma (H, W or more), cb and cr (H / 2, W / 2 or more), all uint8, from a picture (H, W, 3) uint8 of even sides.

    A chroma sample is the mean of the 2 x 2 pixels it stands for.
    """
    for row in range(0, picture.shape[0], 2):
        for y in range(row, row + 2):
            for x in range(picture.shape[1]):
                red, green, blue = picture[y, x, 0], picture[y, x, 1], picture[y, x, 2]
                shade = RED * np.float32(red) + GREEN * np.float32(green) + BLUE * np.float32(blue)
                luma[y, x] = np.uint8(LUMA * shade + 16.5)
        for column in range(picture.shape[1] // 2):
            x = 2 * column
            above, below = picture[row], picture[row + 1]
            red = np.float32(above[x, 0]) + np.float32(above[x + 1, 0])
            red += np.float32(below[x, 0]) + np.float32(below[x + 1, 0])
            green = np.float32(above[x, 1]) + np.float32(above[x + 1, 1])
            green += np.float32(below[x, 1]) + np.float32(below[x + 1, 1])
            blue = np.float32(above[x, 2]) + np.float32(above[x + 1, 2])
            blue += np.float32(below[x, 2]) + np.float32(below[x + 1, 2])
            shade = RED * red + GREEN * green + BLUE * blue
            cb[row // 2, column] = np.uint8(0.25 * TO_CB * (blue - shade) + 128.5)
            cr[row // 2, column] = np.uint8(0.25 * TO_CR * (red - shade) + 128.5)
