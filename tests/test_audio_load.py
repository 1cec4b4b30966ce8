"""Whatever sound people have is heard the same, at the same times as in the video's sound track, and what is none is refused."""

import os
from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile

from render.sound import Sound
from speechface.audio.load import RATE, convert, read
from speechface.errors import UserError

SECONDS = 0.9


def voice(rate: int) -> np.ndarray:
    """(S,) something like syllables: a chord under a changing envelope, the same at every rate."""
    time = np.arange(round(SECONDS * rate)) / rate
    chord = sum(np.sin(2 * np.pi * pitch * time + pitch) for pitch in (180, 610, 1730))
    return 0.2 * chord * np.sin(np.pi * time * 3.3) ** 2 * np.exp(-time)


def delay(heard: np.ndarray, other: np.ndarray) -> int:
    """Samples by which one sound comes after another."""
    size = len(heard) + len(other)
    matched = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(other, size)), size)
    best = int(matched.argmax())
    return best if best < size // 2 else best - size


def encode(path, codec, rate=48000, layout="mono", pictures=0, late=0.0):
    """Write `voice` by FFmpeg, perhaps beside pictures and later than they begin."""
    with av.open(str(path), "w") as container:
        if pictures:
            video = container.add_stream("libx264", rate=25)
            video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        stream = container.add_stream(codec, rate=rate, layout=layout)
        block = np.tile(voice(rate).astype(np.float32), (1 if layout == "mono" else 2, 1))
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), round(late * rate)
        for _ in range(pictures):
            container.mux(video.encode(av.VideoFrame(32, 32, "yuv420p")))
        if pictures:
            container.mux(video.encode(None))
        wanted = av.AudioResampler(format=stream.codec_context.format or "fltp", layout=layout, rate=rate)
        for piece in (*wanted.resample(frame), *wanted.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def assert_heard(path, tolerance=0.01, extra=0.06):
    """The file is heard as `voice` is, in time with the sound track that a video of it gets."""
    heard, wanted = read(path), voice(RATE)
    assert heard.dtype == np.float32
    assert -2 <= len(heard) - len(wanted) <= extra * RATE
    count = min(len(heard), len(wanted))
    assert np.abs(heard[:count] - wanted[:count])[200:-200].max() < tolerance
    sound = Sound.open(path)
    track = convert(sound.read(), sound.rate)
    assert abs(delay(heard, track)) <= 1
    np.testing.assert_allclose(heard.std(), track.std(), rtol=0.02)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
def test_any_rate(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", voice(rate), rate)
    assert_heard(tmp_path / "a.wav")


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_any_sample_format(tmp_path, subtype):
    soundfile.write(tmp_path / "a.wav", voice(16000), 16000, subtype=subtype)
    assert_heard(tmp_path / "a.wav", tolerance=0.02)


@pytest.mark.parametrize("ending", ["flac", "ogg", "aiff", "caf", "w64"])
def test_other_files_that_libsndfile_reads(tmp_path, ending):
    soundfile.write(tmp_path / f"a.{ending}", voice(44100), 44100)
    assert_heard(tmp_path / f"a.{ending}", tolerance=0.05)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [("a.mp3", "libmp3lame", 44100, "mono"), ("b.mp3", "libmp3lame", 22050, "stereo"), ("a.opus", "libopus", 48000, "mono"),
     ("a.webm", "libopus", 48000, "stereo"), ("a.m4a", "aac", 44100, "stereo"), ("b.m4a", "alac", 44100, "mono"),
     ("a.mka", "ac3", 48000, "stereo")],
)  # fmt: skip
def test_compressed_sound_is_on_time(tmp_path, name, codec, rate, layout):
    encode(tmp_path / name, codec, rate, layout)
    assert_heard(tmp_path / name, tolerance=0.06)


def test_sound_of_a_video(tmp_path):
    encode(tmp_path / "a.mp4", "aac", 44100, "stereo", pictures=24)
    assert_heard(tmp_path / "a.mp4", tolerance=0.06)


def test_sound_that_starts_after_the_pictures_stays_there(tmp_path):
    encode(tmp_path / "late.mkv", "flac", 48000, pictures=40, late=0.5)
    heard = read(tmp_path / "late.mkv")
    assert delay(heard, voice(RATE)) == pytest.approx(0.5 * RATE, abs=RATE / 500)
    sound = Sound.open(tmp_path / "late.mkv")
    assert abs(delay(heard, convert(sound.read(), sound.rate))) <= 1


def test_channels_are_averaged_by_either_reader(tmp_path):
    left = np.stack([voice(16000), np.zeros_like(voice(16000))], axis=1)
    soundfile.write(tmp_path / "left.wav", left, 16000)
    np.testing.assert_allclose(read(tmp_path / "left.wav"), voice(16000) / 2, atol=1e-3)
    six = np.repeat(voice(16000)[:, None], 6, axis=1)
    soundfile.write(tmp_path / "six.wav", six, 16000)
    np.testing.assert_allclose(read(tmp_path / "six.wav"), voice(16000), atol=1e-3)


def test_any_file_name(tmp_path):
    names = ["mein schöner Tag – 日本 [1].wav", "a.b.c.wav", "no ending"]
    if os.name == "posix":
        names.append(os.fsdecode(b"latin \xe9.wav"))
    for name in names:
        path = tmp_path / name
        try:
            with open(path, "wb") as file:
                soundfile.write(file, voice(16000), 16000, format="WAV")
        except OSError:
            continue  # this file system knows only UTF-8
        assert_heard(path)


def test_arrays_are_read_as_files_are(tmp_path):
    samples = np.stack([voice(44100), 0.5 * voice(44100)], axis=1)
    soundfile.write(tmp_path / "a.wav", samples, 44100, subtype="FLOAT")
    np.testing.assert_allclose(convert(samples, 44100), read(tmp_path / "a.wav"), atol=1e-5)
    for wrong in (np.zeros((0,)), np.zeros((2, 2, 2)), np.zeros(100, dtype=np.int16)):
        with pytest.raises(UserError, match="floats of shape"):
            convert(wrong, 16000)
    with pytest.raises(UserError, match="not a rate"):
        convert(samples, 0)
    with pytest.raises(UserError, match="not numbers"):
        convert(np.array([0.0, np.nan]), 16000)


def write_wav(path, samples, **options):
    soundfile.write(path, samples, 16000, **options)


def test_what_is_no_sound(tmp_path, capfd):
    good, bad = tmp_path / "good.wav", tmp_path / "bad.wav"
    write_wav(good, voice(16000))
    whole = good.read_bytes()
    broken = voice(16000).copy()
    broken[500] = np.nan
    cases = {
        "is empty": lambda: bad.write_bytes(b""),
        "is not a sound or video file": lambda: bad.write_text("to whom it may concern\n" * 20),
        r"cut short \(44 of": lambda: bad.write_bytes(whole[:44]),
        r"is cut short \(9000 of": lambda: bad.write_bytes(whole[:9000]),
        "holds no sound": lambda: write_wav(bad, np.zeros(0)),
        "not numbers": lambda: write_wav(bad, broken, subtype="FLOAT"),
        "full scale is 1": lambda: write_wav(bad, 20000 * voice(16000), subtype="FLOAT"),
    }
    for message, make in cases.items():
        make()
        with pytest.raises(UserError, match=message):
            read(bad)
    for path, message in ((tmp_path, "is a folder"), (tmp_path / "none.wav", "no such file")):
        with pytest.raises(UserError, match=message):
            read(path)
    noise = tmp_path / "noise.mp3"
    noise.write_bytes(np.random.default_rng(0).bytes(20000))
    with pytest.raises(UserError, match="is not a sound or video file"):
        read(noise)
    assert capfd.readouterr() == ("", "")  # neither library says a word of its own


def test_wrong_but_usual_headers_are_forgiven(tmp_path):
    write_wav(tmp_path / "a.wav", voice(16000))
    good = (tmp_path / "a.wav").read_bytes()
    for size in (0xFFFFFFFF, 0x7FFFFFFF, len(good) + 36, 0):  # a pipe's unknown size, the header counted twice, none
        (tmp_path / "a.wav").write_bytes(good[:4] + size.to_bytes(4, "little") + good[8:])
        assert len(read(tmp_path / "a.wav")) == len(voice(16000))


def test_a_cut_mp3_is_used_without_a_word(tmp_path, capfd):
    encode(tmp_path / "a.mp3", "libmp3lame", 44100)
    data = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(data[: len(data) // 2])
    assert 0.2 < len(read(tmp_path / "a.mp3")) / RATE < 0.7
    assert capfd.readouterr() == ("", "")
