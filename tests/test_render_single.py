"""Kernels in single precision and their short cuts, against the plain way to the same thing."""

import math

import numpy as np
import pytest

from render.backends import _grain, _light, _occlusion, _raster, _shade
from render.compiling import compiled, compiled_single

THIRD, PAIR = 1.0 / 3.0, (0.1, 0.7)


def _third(values, out):
    """Fill out with values / 3 and more; gives the last one."""
    last = values[0] * THIRD
    for i in range(len(values)):
        last = values[i] * THIRD + PAIR[1] * 1e-3 + (0.25 if values[i] > 0.5 else 1.0 / np.float32(i + 3))
        out[i] = last
    return last


def test_a_single_kernel_computes_in_float32_and_differs_by_rounding_only():
    values = np.random.default_rng(0).uniform(size=100)
    plain, single, double = np.empty(100), np.empty(100, np.float32), np.empty(100)
    _third(values, plain)
    compiled(_third)(values, double)
    kernel = compiled_single(_third)
    kernel(values.astype(np.float32), single)
    assert np.allclose(double, plain, rtol=1e-6)  # 1 / np.float32(i + 3) is float32 in Python, too
    assert np.allclose(single, plain, rtol=1e-6)
    assert [str(signature.return_type) for signature in kernel.nopython_signatures] == ["float32"]
    assert kernel.py_func.__doc__ == _third.__doc__


def test_whole_numbers_round_the_way_they_should():
    values = np.concatenate([np.random.default_rng(1).uniform(-40.0, 40.0, 200), np.arange(-3.0, 4.0)])
    for value in values:
        assert _grain._down(value) == math.floor(value)
        assert _raster._up(abs(value)) == math.ceil(abs(value))


@pytest.mark.parametrize("samples", [1, 4, 16])
def test_samples_fall_into_the_surfaces_one_would_sort_them_into(samples):
    rng = np.random.default_rng(samples)
    surfaces, likely = np.zeros((samples, 3), dtype=np.int32), np.zeros(128, dtype=np.uint8)
    for _ in range(400):
        kind = rng.choice([0, 3, _shade.ALONE], samples, p=[0.7, 0.2, 0.1]).astype(np.int32)
        depth = rng.choice([0.0, 1.0, 1.2], p=[0.2, 0.6, 0.2], size=samples)  # empty, near, nearer
        face = rng.integers(0, 6, samples) + 8 * (kind % 5) + 40 * (depth > 1.1)  # a triangle is of one kind and depth
        label = (face | kind << _raster.KIND).astype(np.int32)
        near = (depth * (1.0 + rng.uniform(0.0, 0.0015, samples))).astype(np.float32)
        likely[:] = 0
        count = _shade.group_samples(0, 0, near[None, None], label[None, None], surfaces, likely)
        seen = near > 0.0
        slow = {}
        for sample in np.flatnonzero(seen):
            alone = kind[sample] == _shade.ALONE
            slow.setdefault((kind[sample], depth[sample], label[sample] if alone else None), []).append(sample)
        found = sorted(surfaces[:count].tolist(), key=lambda row: row[1])
        assert sorted(row[2] for row in found) == sorted(len(group) for group in slow.values())
        for name, sample, size in found:
            (group,) = [group for group in slow.values() if sample in group]
            assert name == label[sample]
            assert size == len(group)
            assert samples // 2 not in group or sample == samples // 2
        assert np.array_equal(np.flatnonzero(likely), np.unique(label[seen] & _raster.FACE))


def test_occlusion_is_the_sum_over_its_taps():
    rng = np.random.default_rng(3)
    height, width, radius, reach = 13, 18, 0.3, 4.0
    surface = rng.normal(0.0, 0.1, (height, width, 7)).astype(np.float32)
    normal = surface[..., 3:6]
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    depth = rng.choice([1.0, 1.005, 1.1], (height, width)).astype(np.float32)
    group = rng.integers(0, 3, (height, width), dtype=np.uint8)
    offsets, raw, out = _occlusion.tap_offsets(), np.zeros_like(depth), np.zeros_like(depth)
    _occlusion.occlude(surface, depth, group, offsets, np.float32(radius), np.float32(reach), raw, out)
    slow, bias = np.zeros((height, width)), 0.02 * radius
    for y, x in np.argwhere(group):
        for tap in offsets[y % 4 * 4 + x % 4]:
            at = np.clip((np.array([x, y]) + 0.5 + reach * depth[y, x] * tap).astype(int), 0, [width - 1, height - 1])
            if not group[at[1], at[0]]:
                continue
            way = (surface[at[1], at[0], :3] - surface[y, x, :3]).astype(float)
            rise, fade = way @ normal[y, x] - bias, 1.0 - way @ way / radius**2
            slow[y, x] += rise * fade / math.sqrt(way @ way + bias**2) if rise > 0.0 and fade > 0.0 else 0.0
        slow[y, x] = max(0.0, 1.0 - 2.6 * slow[y, x] / _occlusion.TAPS)
    solid = group > 0
    assert (slow[solid] < 0.9).mean() > 0.3
    assert np.allclose(raw[solid], slow[solid], atol=1e-4)
    for y, x in np.argwhere(solid):
        window = (slice(max(y - 2, 0), y + 2), slice(max(x - 2, 0), x + 2))
        same = (group[window] == group[y, x]) & (np.abs(depth[window] / depth[y, x] - 1.0) < _occlusion.TOUCH)
        assert out[y, x] == pytest.approx(slow[window][same].mean(), abs=2e-4)


def test_a_lamp_alone_shines_like_its_formula_in_double_precision():
    rng = np.random.default_rng(4)
    count = 64
    points = np.zeros((_light.FIELDS, _light.CHUNK))
    points[: _light.RED // _light.CHUNK, :count] = rng.normal(size=(6, count))
    points[_light.RED // _light.CHUNK : _light.LIGHT_R // _light.CHUNK, :count] = rng.uniform(0.05, 0.95, (8, count))
    lamp = np.array([0.3, 0.5, 0.81, 2.0, 1.9, 1.8, 4.0, 0.0, -1.5, 0.0, 3.0, -1.9, 0.22, 5.0, 0.0])
    sky = np.array([[0.3, 0.31, 0.34], [0.13, 0.12, 0.11]])
    single = points.astype(np.float32).reshape(-1)
    _light.light_points(single, count, sky.astype(np.float32), lamp.astype(np.float32)[None])
    double = points.reshape(-1).copy()
    _light.light_sky.py_func(double, count, sky)  # not compiled, on float64
    _light.light_lamp.py_func(double, count, lamp, 1.0)
    _light.light_fuzz.py_func(double, count)
    first = _light.LIGHT_R // _light.CHUNK
    fast, slow = (array.reshape(points.shape)[first : first + 6, :count] for array in (single, double))
    assert (slow > 0.01).mean() > 0.5
    assert np.allclose(fast, slow, rtol=2e-3, atol=1e-4)
