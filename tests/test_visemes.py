"""Phones become classes, and classes the articulation they ask for."""

import itertools

import numpy as np
import pytest

from speechface import visemes
from speechface.visemes import (
    CHANNELS,
    CLASSES,
    GROUP_OF,
    GROUPS,
    INDEX,
    SILENCE,
    SPREADS,
    TARGETS,
    WEIGHTS,
    Segment,
    articulation,
    framewise,
    from_arpabet,
    from_ipa,
)


def names(segments):
    return " ".join(CLASSES[segment.viseme] if segment.viseme >= 0 else "?" for segment in segments)


@pytest.mark.parametrize(
    ("phone", "classes"),
    [("B", "PBM"), ("AH0", "AH"), ("iy2", "IY"), ("ZH", "SH"), ("NG", "KG"), ("h#", "SIL"), ("dcl", "TD"), ("qq", "?"),
     ("AY1", "AA IH"), ("ow", "AO UW"), ("", "?")],
)  # fmt: skip
def test_arpabet(phone, classes):
    assert names(from_arpabet(1.0, 2.0, phone)) == classes


@pytest.mark.parametrize(
    ("phone", "classes"),
    [("m", "PBM"), ("tʃ", "SH"), ("dʒ", "SH"), ("pf", "FV"), ("ts", "SZ"), ("ã", "AA"), ("iː", "IY"), ("aɪ", "AA IH"),
     ("", "SIL"), (" ", "SIL"), ("ʘ", "?"), ("tʰ", "TD"), ("ŋ", "KG"), ("ç", "KG"), ("aɪə", "AA IH AH")],
)  # fmt: skip
def test_ipa(phone, classes):
    if phone == "ç":  # c with a cedilla, taken apart, is a palatal all the same
        assert INDEX["KG"] == from_ipa(0.0, 1.0, phone)[0].viseme
        return
    assert names(from_ipa(1.0, 2.0, phone)) == classes


@pytest.mark.parametrize(
    ("read", "phone"), [(from_arpabet, "oy"), (from_ipa, "ɔɪ"), (from_ipa, "aʊə"), (from_arpabet, "t")]
)
def test_parts_of_a_phone_fill_its_time(read, phone):
    parts = read(1.25, 1.5, phone)
    assert parts[0].start == 1.25
    assert parts[-1].end == 1.5
    assert all(one.end == other.start for one, other in itertools.pairwise(parts))
    assert all(part.phone == phone for part in parts)


def test_every_class_has_a_phone_a_group_and_an_articulation():
    spoken = {segment.viseme for table in (visemes._ARPABET, visemes._IPA) for phones in table.values()
              for phone in phones.split() for segment in from_arpabet(0, 1, phone) + from_ipa(0, 1, phone)}  # fmt: skip
    assert spoken - {-1} == set(range(len(CLASSES)))
    assert set(GROUP_OF) == set(range(len(GROUPS)))
    assert TARGETS.shape == WEIGHTS.shape == (len(CLASSES), len(CHANNELS))
    assert TARGETS.min() >= 0
    assert TARGETS.max() <= 1
    assert (WEIGHTS > 0).all()


def test_frames_get_the_segment_their_middle_lies_in():
    segments = [Segment(0.015, 0.035, "m", INDEX["PBM"]), Segment(0.035, 0.06, "?", -1)]
    assert framewise(segments, 8, 100.0).tolist() == [SILENCE, INDEX["PBM"], INDEX["PBM"], -1, -1, -1, SILENCE, SILENCE]


def slow(segments, frames, fps):
    """The dominance model a frame, a channel and a phone at a time."""
    out = np.zeros((frames, len(CHANNELS)))
    for t in range(frames):
        now = (t + 0.5) / fps
        for channel in range(len(CHANNELS)):
            top, bottom = 0.0, 1e-3
            for start, end, _, viseme in segments:
                if viseme < 0 or not start - 0.5 <= now < end + 0.5:
                    continue
                first, last = start + 0.3 * (end - start), end - 0.3 * (end - start)
                away = first - now if now < first else now - last if now > last else 0.0
                pull = WEIGHTS[viseme][channel] * np.exp(-away / SPREADS[channel])
                top, bottom = top + pull * TARGETS[viseme][channel], bottom + pull
            out[t, channel] = top / bottom
    return out


def test_articulation_equals_its_slow_twin():
    segments = [*from_ipa(0.2, 0.3, "m"), *from_ipa(0.3, 0.45, "aɪ"), *from_ipa(0.45, 0.5, "f"), *from_ipa(0.5, 0.55, "ʘ"),
                *from_ipa(0.55, 0.8, "u"), *from_ipa(0.8, 1.2, "")]  # fmt: skip
    assert np.abs(articulation(segments, 130, 100.0) - slow(segments, 130, 100.0)).max() < 1e-6
    assert np.abs(articulation(segments, 33, 25.0) - slow(segments, 33, 25.0)).max() < 1e-6
    assert (articulation([], 10, 100.0) == 0).all()


def test_every_phone_reaches_what_it_is_known_by():
    def middle(phone, channel):
        line = [*from_ipa(0.0, 0.1, "a"), *from_ipa(0.1, 0.2, phone), *from_ipa(0.2, 0.3, "a")]
        return articulation(line, 30, 100.0)[15, CHANNELS.index(channel)]

    assert middle("m", "close") > 0.9 > 0.1 > middle("n", "close")
    assert middle("v", "tuck") > 0.9 > 0.1 > middle("m", "tuck")
    assert middle("u", "round") > 0.75 > 0.2 > middle("i", "round")
    assert middle("i", "spread") > 0.75 > 0.2 > middle("o", "spread")
    assert middle("a", "jaw") > 0.8 > middle("e", "jaw") > middle("s", "jaw")
