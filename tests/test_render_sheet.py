"""Contact sheets, overlays and side-by-side videos."""

import numpy as np
import pytest
from PIL import Image
from test_render_head import Egg

from render.drawing import PAPER, WAVE, Waveform, draw_phones
from render.overlay import draw_over, side_by_side
from render.sheet import LANE, Row, draw_sheet, write
from render.sheet import WAVE as WAVE_HEIGHT
from render.sound import Sound
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.visemes import Segment

SOUND = Sound.of(np.where(np.arange(32000) // 8000 == 1, 0.8, 0.0) * np.sin(np.arange(32000)), 16000)
"""Two seconds, of which only the second half of the first is not silent."""


def animation(frames=50, fps=25.0):
    curves = np.zeros((frames, 3), np.float32)
    curves[:, 1] = np.linspace(-0.5, 0.5, frames)
    return Animation(curves, ("open", "turn", "wide"), fps, "egg")


def test_sheet_puts_frames_over_their_times():
    head = Egg(10, 14)
    segments = [Segment(0.0, 0.5, "sil", 0), Segment(0.5, 1.0, "aa", 16)]
    rows = [Row("one", animation(), head, SOUND, segments), Row("two", animation(30), head)]
    sheet = draw_sheet(rows, rate=4.0, columns=4, size=64)
    assert sheet.width == 256
    picture = np.asarray(sheet)
    lines = 2
    assert sheet.height % lines == 0
    tall = sheet.height // lines
    # Frames 0.5 s and 0.75 s (columns 2 and 3 of the first line) stand over the loud part of the wave.
    wave = picture[64 : 64 + WAVE_HEIGHT]
    loud = (np.abs(wave.astype(int) - WAVE).sum(axis=2) < 60).sum(axis=0)
    columns = np.flatnonzero(loud > 10)
    assert columns.min() == pytest.approx(2.5 * 64, abs=3)
    assert (picture[64 + WAVE_HEIGHT : 64 + WAVE_HEIGHT + LANE] != PAPER).any()
    # The second row ends after 1.2 s: its last two frames of the second line are missing.
    second = picture[tall + 64 + WAVE_HEIGHT + LANE :][:64]
    assert (second[:, 128:] == PAPER).all()
    assert (second[:, :64] != PAPER).any()


def test_sheet_is_written_as_png_or_jpeg(tmp_path):
    image = Image.new("RGB", (20, 10), (200, 100, 50))
    for name in ("sheet.png", "sheet.jpg"):
        write(tmp_path / name, image)
        assert Image.open(tmp_path / name).size == (20, 10)
    with pytest.raises(UserError, match=r"\.png or a \.jpg"):
        write(tmp_path / "sheet.bmp", image)
    with pytest.raises(UserError, match="nothing to draw"):
        draw_sheet([Row("", animation(), Egg(4, 5))], start=9.0)


def test_overlay_runs_past_the_playhead_and_leaves_the_face_alone():
    pictures = [np.full((180, 160, 3), 90, np.uint8)] * 51
    drawn = list(draw_over(pictures, 25.0, "sad:0.8", SOUND, [Segment(0.5, 1.0, "aa", 16)]))
    assert len(drawn) == 51
    assert drawn[0].shape == (180, 160, 3)
    assert all((frame[:130] == 90).all() for frame in drawn)
    wave = [(np.abs(frame[155:165].astype(int) - frame[155:165, :1]).sum(axis=2) > 60).sum(axis=0) for frame in drawn]
    # 107 columns a second: the loud half second is in the future (right) at the start, in the past (left) a second on.
    assert wave[0][135:155].sum() > 100 > wave[0][30:75].sum()
    assert wave[25][30:75].sum() > 100 > wave[25][85:155].sum()


def test_names_of_phones_stand_where_there_is_room():
    def drawn(*segments):
        image = Image.new("RGB", (100, 16))
        draw_phones(image, (0, 0, 100, 16), segments, 0.0, 1.0)
        return np.asarray(image).max(axis=(0, 2)) > 0

    halves = [Segment(0.2, 0.5, "ay", 15), Segment(0.5, 0.8, "ay", 13)]
    assert np.array_equal(drawn(*halves), drawn(Segment(0.2, 0.8, "ay", 15)))
    assert drawn(*halves)[45:55].any()
    assert np.flatnonzero(drawn(Segment(0.2, 0.24, "ay", 15))).tolist() == [20]  # only its line
    assert np.flatnonzero(drawn(Segment(0.2, 0.8, "pau", 0))).tolist() == [20]


def test_side_by_side_ends_with_the_shortest():
    videos = [[np.full((40, 30, 3), value, np.uint8)] * count for value, count in ((50, 3), (100, 5))]
    frames = list(side_by_side(videos, ["a", "b"]))
    assert len(frames) == 3
    assert frames[0].shape == (40, 60, 3)
    assert frames[0][39, 0, 0] == 50
    assert frames[0][39, 59, 0] == 100


def test_waveform_is_silent_outside_the_sound():
    wave = Waveform(SOUND)
    low, high = wave.between(-1.0, 3.0, 40)
    assert (low[:9] == 0).all()
    assert (high[31:] == 0).all()
    assert high[17] == pytest.approx(1.0, abs=0.05)
