"""Names of frames: counting one by one is the slow twin, drop-frame included."""

from fractions import Fraction

import pytest

from speechface.errors import UserError
from speechface.rates import RATES
from speechface.timecode import DROPPING, Timecode, start


def counted(rate, drop, seconds):
    """Every name from 00:00:00:00 on, as a clerk would write them down."""
    base = round(rate)
    for second in range(seconds):
        hours, minutes, rest = second // 3600, second // 60 % 60, second % 60
        for frame in range(base):
            if drop and rest == 0 and minutes % 10 and frame < DROPPING[rate]:
                continue
            yield f"{hours:02d}:{minutes:02d}:{rest:02d}{';' if drop else ':'}{frame:02d}"


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")
@pytest.mark.parametrize("drop", [False, True])
def test_every_name_of_eleven_minutes(rate, drop):
    if drop and rate not in DROPPING:
        with pytest.raises(UserError, match="drop-frame"):
            Timecode.parse("01:00:00;00", float(rate))
        return
    for number, name in enumerate(counted(rate, drop, 660)):
        assert str(Timecode(number, rate, drop)) == name
        if number % 7 == 0 or name.endswith(("00", "02", "04")):
            assert Timecode.parse(name, float(rate)) == Timecode(number, rate, drop)


def test_drop_frame_keeps_the_clock():
    code = Timecode.parse("01:00:00;00", 29.97)
    assert code.frame == 107892
    assert float(code.frame / code.rate) == pytest.approx(3600, abs=0.01)
    assert Timecode.parse("01:00:00:00", 29.97).frame == 108000
    assert start(None, 29.97) == Timecode(0, Fraction(30000, 1001))


@pytest.mark.parametrize(
    ("text", "fps", "message"),
    [
        ("1 hour", 25, "'1 hour' is no timecode"), ("01:00:00", 25, "is no timecode"), ("01:00:00:25", 25, "go from 0 to 24"),
        ("24:00:00:00", 25, "there is no timecode"), ("00:61:00:00", 25, "there is no timecode"),
        ("00:01:00;00", 29.97, "drop-frame leaves out 00:01:00;00; give 00:01:00;02"), ("01:00:00;00", 30, "for 29.97 and 59.94"),
    ],
)  # fmt: skip
def test_what_is_no_timecode(text, fps, message):
    with pytest.raises(UserError, match=message):
        Timecode.parse(text, fps)
