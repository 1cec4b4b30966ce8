"""Pixels for the video encoder against the ones FFmpeg makes, and against the formula written out."""

from fractions import Fraction

import av
import numpy as np
import pytest

from render.video import _to_frame
from render.yuv import to_yuv420


def planes(picture):
    height, width = picture.shape[:2]
    out = [np.zeros((height, width + 6), np.uint8), *(np.zeros((height // 2, width // 2 + 5), np.uint8) for _ in "bR")]
    to_yuv420(picture, *out)
    return out[0][:, :width], out[1][:, : width // 2], out[2][:, : width // 2]


def smooth(rng, height, width):
    """A picture whose colours change slowly, so that where chroma is taken from hardly matters."""
    y, x = np.mgrid[:height, :width] / 24.0
    waves = [np.sin(a * x + b * y + c) for a, b, c in rng.uniform(0.3, 2.0, (3, 3))]
    return np.rint(127.5 + 127.0 * np.stack(waves, axis=2)).astype(np.uint8)


def test_every_value_is_the_formula_of_bt709():
    picture = np.random.default_rng(0).integers(0, 256, (14, 22, 3), dtype=np.uint8)
    picture[:2, :4] = 255
    picture[:2, 4:8] = 0
    luma, cb, cr = planes(picture)
    red, green, blue = np.moveaxis(picture.astype(float), 2, 0)
    shade = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert np.abs(luma - (16.0 + 219.0 / 255.0 * shade)).max() <= 0.501

    def quarter(values):
        return values.reshape(7, 2, 11, 2).mean(axis=(1, 3))

    assert np.abs(cb - (128.0 + 224.0 / 255.0 * quarter(blue - shade) / 1.8556)).max() <= 0.501
    assert np.abs(cr - (128.0 + 224.0 / 255.0 * quarter(red - shade) / 1.5748)).max() <= 0.501
    assert luma[0, 0] == 235
    assert luma[0, 5] == 16
    assert cb[0, 0] == cr[0, 0] == cb[0, 3] == 128


@pytest.mark.parametrize(("height", "width"), [(64, 96), (33, 51)])
def test_a_frame_is_what_ffmpeg_would_have_made(height, width):
    picture = smooth(np.random.default_rng(1), height, width)
    size = (height + height % 2, width + width % 2)
    ours = _to_frame(picture, size, "yuv420p", 3, Fraction(30))
    padded = np.pad(picture, ((0, size[0] - height), (0, size[1] - width), (0, 0)), mode="edge")
    theirs = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
    theirs = theirs.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
    assert (ours.pts, ours.colorspace, ours.color_range) == (3, theirs.colorspace, theirs.color_range)
    difference = np.abs(ours.to_ndarray().astype(int) - theirs.to_ndarray())
    assert difference.max() <= 4
    assert difference.mean() < 0.6
