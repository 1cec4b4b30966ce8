"""The default renderer: order, memory, steadiness, light that behaves, effects that do what they say."""

from dataclasses import replace

import numpy as np
import pytest
from test_render_head import Egg

from render.backends import _grain, _light, _shadow, software
from render.scene import Light, Scene


@pytest.fixture(scope="module")
def head():
    return Egg()


def picture(scene, vertices):
    return next(iter(software.draw([vertices], scene, workers=1)))


def test_frames_come_in_order_and_one_by_one_and_an_array_is_as_good_as_an_iterator(head):
    scene = Scene.of(head, size=(48, 48))
    frames = head.vertices(np.stack([np.linspace(0, 1, 9), np.linspace(-0.5, 0.5, 9), np.zeros(9)], axis=1))
    taken = []

    def feed():
        for number, frame in enumerate(frames):
            taken.append(number)
            yield frame

    drawing = software.draw(feed(), scene, workers=2)
    first = next(drawing)
    assert len(taken) <= 4  # no more than a few frames ahead: length costs no memory
    rest = list(drawing)
    alone = [picture(scene, frame) for frame in frames]
    assert all(np.array_equal(a, b) for a, b in zip([first, *rest], alone, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(software.draw(frames, scene), alone, strict=True))
    assert first.shape == (48, 48, 3)
    assert first.dtype == np.uint8


def test_a_still_head_does_not_flicker_and_a_slow_one_changes_little(head):
    scene = Scene.of(head, size=(96, 96))
    still = list(software.draw(np.repeat(head.rest[None], 4, axis=0), scene, workers=2))
    assert all(np.array_equal(still[0], frame) for frame in still)
    turning = head.vertices(np.stack([np.zeros(12), np.linspace(0.0, 0.04, 12), np.zeros(12)], axis=1))
    steps = np.diff(np.stack(list(software.draw(turning, scene))).astype(int), axis=0)
    assert np.abs(steps).mean() < 1.0
    # A pixel that jumps up in one frame and down in the next is what the eye sees as flicker.
    assert ((steps[:-1] > 12) & (steps[1:] < -12)).mean() < 2e-3


def test_supersampling_converges(head):
    pictures = [
        picture(Scene.of(head, size=(64, 64), supersampling=side), head.rest).astype(float) for side in (1, 2, 4)
    ]
    assert np.abs(pictures[1] - pictures[2]).mean() < np.abs(pictures[0] - pictures[2]).mean()


def test_surfaces_have_two_sides(head):
    inside_out = replace(head.look, part=np.where(head.look.part == 2, 2, 0).astype(np.uint8))
    scene = Scene.of(head, size=(48, 48))
    flipped = replace(scene, look=inside_out, faces=np.ascontiguousarray(head.faces[:, ::-1]))
    straight = replace(scene, look=inside_out)
    assert np.abs(picture(flipped, head.rest).astype(int) - picture(straight, head.rest)).mean() < 1.0


def test_broken_vertices_leave_a_picture(head):
    broken = head.rest.copy()
    broken[::7] = np.nan
    assert picture(Scene.of(head, size=(48, 48)), broken).shape == (48, 48, 3)
    with pytest.raises(ValueError, match="shape"):
        picture(Scene.of(head, size=(48, 48)), head.rest[:-1])


def lit_points(scene, normal, **material):
    lighting = _light.Lighting(scene)
    p = lighting.points
    given = {
        "RED": 0.5,
        "GREEN": 0.5,
        "BLUE": 0.5,
        "ROUGH": 0.5,
        "MIRROR": 0.0,
        "UNDER": 0.0,
        "OPEN": 1.0,
        "SHADOW": 1.0,
    }
    normal = np.atleast_2d(normal)
    for axis in range(3):
        p[(_light.NX, _light.NY, _light.NZ)[axis] :][: len(normal)] = normal[:, axis]
        p[(_light.VX, _light.VY, _light.VZ)[axis] :][: len(normal)] = (0.0, 0.0, 1.0)[axis]
    for name, value in (given | material).items():
        p[getattr(_light, name) :][: len(normal)] = value
    lighting.light(len(normal))
    light = np.stack([p[start : start + len(normal)] for start in (_light.LIGHT_R, _light.LIGHT_G, _light.LIGHT_B)], 1)
    shine = np.stack([p[start : start + len(normal)] for start in (_light.SHINE_R, _light.SHINE_G, _light.SHINE_B)], 1)
    return light, shine


def test_matt_light_is_the_cosine_and_follows_shadow_and_openness(head):
    lamp = Light(0.0, 0.0, (2.0, 1.0, 0.5), 0.2)
    scene = replace(Scene.of(head), lights=(lamp,), sky=(0, 0, 0), ground=(0, 0, 0))
    angle = np.linspace(-1.0, 1.0, 7)
    normal = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    light, shine = lit_points(scene, normal)
    assert np.allclose(light, np.cos(angle)[:, None] * [2.0, 1.0, 0.5], atol=1e-6)
    assert np.allclose(lit_points(scene, normal, SHADOW=0.25)[0], 0.25 * light, atol=1e-6)
    assert np.allclose(lit_points(scene, normal, OPEN=0.5)[0], 0.75 * light, atol=1e-6)
    skin, _ = lit_points(scene, [1.0, 0.0, -0.1], UNDER=1.0)
    assert skin[0, 0] / 2.0 > skin[0, 1] / 1.0 >= skin[0, 2] / 0.5 >= 0.0  # red goes farthest round the edge
    assert (shine >= 0).all()


def test_highlights_grow_sharper_and_eyes_show_the_lamps_shape(head):
    scene = replace(Scene.of(head), lights=(Light(0.0, 0.0, (1.0, 1.0, 1.0), 0.2),), sky=(0, 0, 0), ground=(0, 0, 0))
    tilt = np.linspace(0.0, 0.6, 200)
    normal = np.stack([np.sin(tilt), 0 * tilt, np.cos(tilt)], axis=1)
    rough, smooth, wet = (lit_points(scene, normal, MIRROR=0.04, ROUGH=value)[1][:, 0] for value in (0.6, 0.35, 0.07))
    assert smooth[0] > rough[0]
    assert wet[0] > smooth[0]
    edge = tilt[np.argmax(wet < 0.5 * wet[0])]
    assert abs(2.0 * edge - 0.2) < 0.03  # the reflection of a lamp half as wide as `spread` turns twice as fast


def test_shadow_falls_behind_things_and_not_on_them(head):
    scene = Scene.of(head, shadow_size=256)
    towards = scene.lights[0].direction(scene.camera)
    shadow = _shadow.ShadowMap(scene)
    shadow.draw(head.rest)

    def lit(point):
        return _shadow.lit(shadow.moments, shadow.matrix, *point)

    assert lit(0.2 * towards) == pytest.approx(1.0, abs=1e-3)
    assert lit(-0.12 * towards) < 0.02
    front = head.rest[np.argmax(head.rest @ towards)]
    assert lit(front + 0.002 * towards) > 0.95


def test_scattering_softens_skin_and_leaves_the_rest_alone(head):
    scene = Scene.of(head, size=(96, 96), shadow_blur=0.0005)
    sharp = picture(replace(scene, scatter_radius=1e-6), head.rest).astype(int)
    soft = picture(replace(scene, scatter_radius=0.008), head.rest).astype(int)
    assert np.abs(sharp - soft).max() > 2
    matt = replace(head.look, subsurface=np.zeros_like(head.look.subsurface))
    same = [picture(replace(scene, look=matt, scatter_radius=radius), head.rest) for radius in (1e-6, 0.008)]
    assert np.array_equal(*same)


def test_lashes_are_smooth_at_any_size(head):
    scene = Scene.of(head, size=(64, 64))
    without = replace(scene, faces=np.ascontiguousarray(head.faces[head.look.part[head.faces[:, 0]] != 2]))
    difference = picture(without, head.rest).astype(int).sum(2) - picture(scene, head.rest).astype(int).sum(2)
    darker = difference[difference > 0]
    assert len(darker) > 20
    assert len(np.unique(darker)) > 8  # covered by halves and quarters, not all or nothing


def test_soft_shadows_are_the_same_on_a_coarser_grid(head):
    wide = {"size": (160, 160), "supersampling": 2, "occlusion_radius": 1e-6, "scatter_radius": 1e-6}
    fine, coarse = (picture(Scene.of(head, coarse=side, **wide), head.rest).astype(int) for side in (1, 2))
    assert np.abs(fine - coarse).mean() < 0.1
    assert (np.abs(fine - coarse).max(axis=2) > 12).mean() < 2e-3


def test_the_tone_of_a_strand_is_the_value_of_the_grain():
    for x, y, z in np.random.default_rng(0).uniform(-40.0, 40.0, (50, 3)):
        assert _grain.tone(x, y, z) == pytest.approx(_grain.grain(x, y, z)[0], abs=1e-9)
