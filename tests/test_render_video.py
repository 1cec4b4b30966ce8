"""Video files read back: every frame, the exact rate, sound in step with the picture."""

from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile

from render import video
from render.sound import Sound
from speechface.errors import UserError


def flashes(count, flash, size=(64, 48)):
    """Dark pictures, one of them white."""
    for number in range(count):
        yield np.full((size[1], size[0], 3), 250 if number == flash else 12, dtype=np.uint8)


def click(rate, at, seconds, channels=2):
    """Silence with one sharp click at a sample; with two channels it is louder on the left."""
    samples = np.zeros((round(seconds * rate), channels), dtype=np.float32)
    samples[at : at + 3] = [0.9, 0.5][:channels]
    return samples


def read_back(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        about = (stream.average_rate, stream.frames, (stream.width, stream.height), stream.codec_context.pix_fmt)
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return about, pictures


@pytest.mark.parametrize(
    ("fps", "rate", "channels"), [(25, 44100, 2), (29.97, 48000, 2), (30, 16000, 1), (60, 48000, 1), (23.976, 22050, 2)]
)
def test_flash_and_click_meet(tmp_path, fps, rate, channels):
    exact = video.exact_rate(fps)
    moment = Fraction(20) / exact
    at = round(moment * rate)
    soundfile.write(tmp_path / "click.wav", click(rate, at, 40 / float(exact) + 0.3, channels), rate)
    sound = Sound.open(tmp_path / "click.wav")
    assert (sound.rate, sound.channels) == (rate, channels)
    assert video.write(tmp_path / "out.mp4", flashes(40, 20), fps, sound) == 40

    about, pictures = read_back(tmp_path / "out.mp4")
    assert about == (exact, 40, (64, 48), "yuv420p")
    assert int(np.argmax([picture.mean() for picture in pictures])) == 20
    assert pictures[20].mean() == pytest.approx(250, abs=2)
    assert pictures[0].mean() == pytest.approx(12, abs=2)
    with av.open(str(tmp_path / "out.mp4")) as container:
        track = container.streams.audio[0]
        assert (track.rate, track.layout.nb_channels) == (rate, channels)
        assert float(track.duration * track.time_base) == pytest.approx(40 / float(exact), abs=0.001)
    heard = np.concatenate(list(Sound.open(tmp_path / "out.mp4").blocks()), axis=1)
    assert abs(int(np.argmax(np.abs(heard[0]))) - at) <= 2
    if channels == 2:
        assert np.abs(heard[0]).max() > 1.4 * np.abs(heard[1]).max()


def test_short_sound_is_followed_by_silence_and_no_sound_is_no_track(tmp_path):
    video.write(tmp_path / "short.mp4", flashes(50, 0), 25, Sound.of(np.full(8000, 0.3), 16000))
    heard = Sound.open(tmp_path / "short.mp4").read()
    assert len(heard) >= 32000
    assert np.abs(heard[20000:31000]).max() < 0.01
    video.write(tmp_path / "mute.mp4", flashes(5, 0), 25)
    with av.open(str(tmp_path / "mute.mp4")) as container:
        assert not container.streams.audio


def test_the_index_comes_first_and_odd_sides_become_even(tmp_path):
    video.write(tmp_path / "odd.mp4", flashes(3, 1, size=(33, 17)), 25)
    data = (tmp_path / "odd.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    (_, frames, size, _), _ = read_back(tmp_path / "odd.mp4")
    assert (frames, size) == (3, (34, 18))


def test_colours_survive(tmp_path):
    colours = [(200, 40, 40), (40, 180, 60), (50, 60, 210), (220, 180, 150)]
    video.write(tmp_path / "colours.mp4", (np.full((32, 32, 3), colour, np.uint8) for colour in colours), 25)
    for picture, colour in zip(read_back(tmp_path / "colours.mp4")[1], colours, strict=True):
        assert np.abs(picture.mean(axis=(0, 1)) - colour).max() < 4


def test_a_fault_while_drawing_leaves_nothing_behind(tmp_path):
    def faulty():
        yield from flashes(5, 0)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        video.write(tmp_path / "out.mp4", faulty(), 25, Sound.of(np.zeros(100), 16000))
    assert not list(tmp_path.iterdir())


def test_what_the_user_can_get_wrong(tmp_path):
    with pytest.raises(UserError, match="no pictures"):
        video.write(tmp_path / "none.mp4", iter(()), 25)
    with pytest.raises(UserError, match="frame rate"):
        video.exact_rate(0)
    with pytest.raises(UserError, match="no such sound file"):
        Sound.open(tmp_path / "absent.wav")
    (tmp_path / "text.wav").write_text("not a sound")
    with pytest.raises(UserError, match="not a sound or video file"):
        Sound.open(tmp_path / "text.wav")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        video.write(tmp_path / "file" / "out.mp4", flashes(2, 0), 25)


def test_rates_are_exact_fractions():
    assert video.exact_rate(29.97) == Fraction(30000, 1001)
    assert video.exact_rate(23.976) == Fraction(24000, 1001)
    assert video.exact_rate(59.94) == Fraction(60000, 1001)
    assert [video.exact_rate(fps) for fps in (24, 25, 30, 60, 12.5)] == [24, 25, 30, 60, Fraction(25, 2)]


def test_rates_that_aac_does_not_know_are_made_to_fit():
    tone = np.sin(2 * np.pi * 440 * np.arange(6000) / 6000)
    sound = Sound.of(tone, 6000)
    assert sound.rate == 48000
    assert len(sound.read()) == pytest.approx(48000, abs=20)
