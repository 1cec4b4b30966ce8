"""Shots: what can be asked for, alpha that is right in every renderer and file, turntables, and comparisons."""

import math
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image
from test_render_backends import NEAR, draw
from test_render_head import Egg

from render import backends, comparison, motion, video
from render.export import mov, mp4, png
from render.scene import Scene
from render.shot import Shot, feeling
from render.sound import Sound
from speechface.animation import Animation
from speechface.errors import UserError

SMALL = {"size": (64, 48), "quality": "draft"}


@pytest.fixture(scope="module")
def head():
    return Egg(16, 24)


def animation(frames=4, **about):
    curves = np.zeros((frames, 3), np.float32)
    curves[:, 1] = np.linspace(-0.5, 0.5, frames)
    return Animation(curves, ("open", "turn", "wide"), 25.0, "egg", about=about)


@pytest.mark.parametrize("name", backends.available())
def test_a_transparent_picture_over_a_background_is_the_picture_with_it(name, head):
    white = Scene.of(head, size=(96, 64), background=((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)), vignette=0.0)
    (opaque,) = draw(name, [head.rest], white)
    (clear,) = draw(name, [head.rest], replace(white, transparent=True))
    assert clear.shape == (64, 96, 4)
    assert clear.dtype == np.uint8
    assert (clear[0] == 0).all()
    assert clear[32, 48, 3] == 255
    assert ((clear[..., 3] > 0) & (clear[..., 3] < 255)).sum() > 30, "edges are not smooth"
    share = clear[..., 3:] / 255.0
    over = clear[..., :3] * share + 255.0 * (1.0 - share)
    assert np.abs(over - opaque).max() <= 3.0
    # Straight alpha: what is at the edge is as bright as what is beside it, not darkened by being half covered.
    edge = (clear[..., 3] > 20) & (clear[..., 3] < 120)
    assert clear[edge][:, :3].max(axis=1).min() > 25
    assert np.array_equal(clear, draw(name, [head.rest], replace(white, transparent=True))[0])
    assert name in NEAR


def test_alpha_survives_in_files(tmp_path, head):
    clip, options = animation(), {"size": 64, "background": "transparent"}
    drawn = list(Shot(**options).film(clip, head))
    png.write(clip, tmp_path / "talk.png", head, **options)
    read = [np.asarray(Image.open(tmp_path / "talk" / f"talk_{number:05d}.png")) for number in range(4)]
    assert all(np.array_equal(a, b) for a, b in zip(read, drawn, strict=True))
    assert len(list((tmp_path / "talk").iterdir())) == 4
    mov.write(clip, tmp_path / "talk.mov", head, **options)
    with av.open(str(tmp_path / "talk.mov")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("prores", "yuva444p12le")
        frames = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    assert len(frames) == 4
    for frame, expected in zip(frames, drawn, strict=True):
        assert np.abs(frame[..., 3].astype(int) - expected[..., 3]).max() <= 1
        solid = expected[..., 3] == 255
        assert np.abs(frame[solid].astype(int) - expected[solid])[:, :3].mean() < 3.0
    with pytest.raises(UserError, match=r"mp4 cannot be transparent; write a \.mov"):
        mp4.write(clip, tmp_path / "talk.mp4", head, **options)
    with pytest.raises(UserError, match=r"cannot be transparent; write a \.mov"):
        video.write(tmp_path / "talk.mp4", drawn, 25)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk", "talk.mov"]


def test_a_mov_has_its_sound(tmp_path):
    samples = np.zeros(8000, np.float32)
    samples[4000:4003] = 0.8
    pictures = [np.full((33, 47, 3), value, np.uint8) for value in (10, 200, 90) * 4]
    video.write(tmp_path / "a.mov", pictures, 25, Sound.of(samples, 16000), video.PRORES)
    with av.open(str(tmp_path / "a.mov")) as container:
        picture, track = container.streams.video[0], container.streams.audio[0]
        assert (picture.width, picture.height, track.codec_context.name) == (47, 33, "pcm_s16le")
        read = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)]
    assert np.allclose(read, [10, 200, 90] * 4, atol=2)
    heard = Sound.open(tmp_path / "a.mov").read()
    assert abs(len(heard) - 12 * 640) <= 1
    assert 4000 <= int(np.argmax(np.abs(heard))) <= 4002


def test_a_colour_is_the_colour_of_the_whole_background(head):
    for text, colour in (("#20c040", (0x20, 0xC0, 0x40)), ("white", (255, 255, 255))):
        picture = next(Shot(**SMALL, background=text).film(animation(), head))
        assert picture.shape == (48, 64, 3)
        for corner in (picture[0, 0], picture[0, -1], picture[-1, 0], picture[-1, -1]):
            assert np.abs(corner.astype(int) - colour).max() <= 1


def test_a_turntable_goes_round_once(head):
    still = animation(8).with_curves({"turn": np.zeros(8, np.float32)})
    scene = Scene.of(head)
    frames = list(motion.turned(motion.vertices(still, head), scene.camera.target, 2 * math.pi / 8))
    tip = int(head.rest[:, 2].argmax())
    assert np.allclose(frames[0], head.rest, atol=1e-6)
    middle = np.array(scene.camera.target)
    x, y, z = head.rest[tip] - middle
    assert np.allclose(frames[2][tip] - middle, [z, y, -x], atol=1e-6)
    assert frames[2][tip, 0] > 0.05  # a quarter later it faces its own left, the right of the picture
    assert np.allclose(frames[4][tip] - middle, [-x, y, -z], atol=1e-6)
    once, plain = (list(Shot(**SMALL, turntable=turn).film(still, head)) for turn in (True, False))
    fixed = list(Shot(**SMALL, turntable=4 / 25).film(still, head))
    assert np.array_equal(once[0], plain[0])
    assert not np.array_equal(once[4], plain[4])
    assert np.array_equal(fixed[4], plain[4])  # round again after 4 of 25 frames a second
    assert np.array_equal(fixed[2], once[4])


def test_what_does_not_go_together_is_said_at_once():
    for options, message in (
        ({"camera": "fromt"}, "unknown view 'fromt'"),
        ({"quality": "best"}, "unknown quality"),
        ({"size": (20000, 64)}, "20000 x 64"),
        ({"renderer": "sofware"}, "did you mean software"),
        ({"background": "grue"}, "'grue' is not a background"),
        ({"turntable": -1.0}, "more than 0 seconds"),
        ({"turntable": True, "camera": "mouth"}, "choose another camera"),
        ({"overlay": True, "background": "transparent"}, "overlay needs a background"),
    ):
        with pytest.raises(UserError, match=message):
            Shot(**options)


def test_the_overlay_says_what_is_felt_now():
    assert feeling(animation(emotion="sad:0.8")) == "sad:0.8"
    assert feeling(animation(emotion="what; ever")) == "what; ever"
    said = feeling(animation(emotion="0 neutral; 1 happy; 3 angry:0.5"))
    assert [said(seconds) for seconds in (0.0, 2.0, 4.0)] == ["neutral", "happy", "angry:0.5"]


def test_a_comparison_shows_each_animation_in_its_place(tmp_path, head):
    clips = [animation(6), animation(4).with_curves({"open": np.ones(4, np.float32)}), animation(6).resample(50.0)]
    shot = Shot(**SMALL, background="#000000")
    comparison.write(tmp_path / "all.mp4", clips, [head] * 3, ["a", "b", "c"], shot, Sound.of(np.zeros(4000), 16000))
    with av.open(str(tmp_path / "all.mp4")) as container:
        assert float(container.streams.video[0].average_rate) == 50.0
        assert container.streams.audio
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 8  # as long as the shortest
    assert frames[0].shape == (48, 192, 3)
    for number, clip in enumerate(clips):
        alone = next(shot.film(clip, head))
        shown = frames[0][:, 64 * number : 64 * number + 64]
        assert np.abs(shown[24:].astype(int) - alone[24:]).mean() < 4.0
    assert [comparison.columns(count) for count in (2, 4, 5, 8, 9)] == [2, 4, 3, 4, 3]


def test_what_a_comparison_cannot_be(tmp_path):
    with pytest.raises(UserError, match=r"\.mp4 or \.mov, not 'a.png'"):
        comparison.check("a.png", Shot(), 2)
    with pytest.raises(UserError, match=r"cannot be transparent; write a \.mov"):
        comparison.check("a.mp4", Shot(background="transparent"), 2)
    with pytest.raises(UserError, match="24000 x 512"):
        comparison.check("a.mp4", Shot(size=(6000, 512)), 4)
