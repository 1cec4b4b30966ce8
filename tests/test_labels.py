"""Label files as people have them, written here and read back."""

import json
from itertools import pairwise

import pytest

from data_prep.labels import find_labels, read_labels, read_text
from data_prep.phone_names import Label, classify
from data_prep.phone_table import write_phones
from speechface.errors import UserError
from speechface.visemes import INDEX, SILENCE, Segment


def names(segments):
    return [segment.phone for segment in segments]


def visemes(segments):
    return [segment.viseme for segment in segments]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def textgrid(*tiers):
    """A short TextGrid of interval tiers (name, [(start, end, text)])."""
    end = max(entry[1] for _, entries in tiers for entry in entries)
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", str(end), "<exists>", str(len(tiers))]
    for name, entries in tiers:
        lines += ['"IntervalTier"', f'"{name}"', "0", str(end), str(len(entries))]
        lines += [str(value) if index < 2 else f'"{value}"' for entry in entries for index, value in enumerate(entry)]
    return "\n".join(lines) + "\n"


PHONES = ("phones", [(0, 0.1, ""), (0.1, 0.2, "B"), (0.2, 0.4, "AY1"), (0.4, 0.5, "")])
WORDS = ("words", [(0, 0.1, ""), (0.1, 0.4, "by"), (0.4, 0.5, "")])


@pytest.mark.parametrize("tiers", [(PHONES, WORDS), (WORDS, ("anna - phones", PHONES[1])), (("x", PHONES[1]),)])
def test_textgrid(tmp_path, tiers):
    pytest.importorskip("praatio")
    segments = read_labels(write(tmp_path / "a.TextGrid", textgrid(*tiers)))
    assert names(segments) == ["sil", "B", "AY1", "AY1", "sil"]
    assert visemes(segments) == [SILENCE, INDEX["PBM"], INDEX["AA"], INDEX["IH"], SILENCE]
    assert segments[3].end == pytest.approx(0.4)


def test_words_of_a_textgrid_are_its_text(tmp_path):
    pytest.importorskip("praatio")
    path = write(tmp_path / "a.TextGrid", textgrid(PHONES, WORDS))
    assert read_text(path) == "by"
    with pytest.raises(UserError, match="no phones"):
        read_labels(write(tmp_path / "b.TextGrid", textgrid(("words", [(0, 0.5, "hello"), (0.5, 1, "there")]))))


def test_htk_labels_in_hundred_nanoseconds(tmp_path):
    path = write(tmp_path / "a.lab", "0 1000000 sil\n1000000 2000000 p\n2000000 4500000 ow\n")
    segments = read_labels(path)
    assert names(segments) == ["sil", "p", "ow", "ow"]
    assert (segments[1].start, segments[1].end) == pytest.approx((0.1, 0.2))
    assert segments[-1].end == pytest.approx(0.45)


def test_full_context_labels(tmp_path):
    lines = "0 1300000 x^x-sil+hh=iy@x_x/A:0_0_0\n1300000 2050000 x^sil-hh+iy=t@1_2/A:0\n2050000 2700000 sil^hh-iy+t=er@2_1\n"
    assert names(read_labels(write(tmp_path / "a.lab", lines))) == ["sil", "hh", "iy"]


def test_timit_phones_in_samples(tmp_path):
    segments = read_labels(write(tmp_path / "a.PHN", "0 1600 h#\n1600 2400 bcl\n2400 2600 b\n2600 4000 iy\n"))
    assert names(segments) == ["h#", "bcl", "b", "iy"]
    assert segments[1].viseme == INDEX["PBM"]
    assert segments[-1].end == 0.25
    halved = read_labels(write(tmp_path / "b.phn", "0 1600 iy\n"), rate=8000)
    assert halved[0].end == 0.2


def test_arctic_labels_with_a_header(tmp_path):
    segments = read_labels(
        write(tmp_path / "a.lab", "separator ;\nnfields 1\n#\n0.1 125 pau\n0.25 125 m\n0.4 125 iy\n")
    )
    assert names(segments) == ["pau", "m", "iy"]
    assert segments[1].start == pytest.approx(0.1)


def test_seconds_are_known_by_their_point(tmp_path):
    assert read_labels(write(tmp_path / "a.lab", "0.0 0.5 aa\n0.5 0.75 t\n"))[-1].end == 0.75


@pytest.mark.parametrize(
    "text",
    ["start,end,phone\n0,0.1,HH\n0.1,0.3,AH0\n", "begin\tduration\tlabel\n0\t0.1\tHH\n0.1\t0.2\tAH0\n",
     "Start;End;Phoneme\n0;0.1;HH\n0.1;0.3;AH0\n"],
)  # fmt: skip
def test_tables(tmp_path, text):
    segments = read_labels(write(tmp_path / "a.csv", text))
    assert names(segments) == ["HH", "AH0"]
    assert segments[1].end == pytest.approx(0.3)


def test_our_own_table_comes_back_as_it_was(tmp_path):
    segments = [
        Segment(0.0, 0.25, "", SILENCE), Segment(0.25, 0.5, "tʃ", INDEX["SH"]), Segment(0.5, 0.625, "ʘ", -1),
        Segment(0.625, 1.0, "a", INDEX["AA"]),
    ]  # fmt: skip
    write_phones(tmp_path / "phones.tsv", segments)
    back = read_labels(tmp_path / "phones.tsv")
    assert back == [segments[0]._replace(phone="sil"), *segments[1:]]


def test_pocketsphinx_json(tmp_path):
    phones = [{"b": 0.0, "d": 0.2, "t": "SIL"}, {"b": 0.2, "d": 0.1, "t": "V"}]
    data = {"b": 0.0, "d": 0.3, "t": "v", "w": [{"t": "<sil>", "w": phones[:1]}, {"t": "v", "w": phones[1:]}]}
    assert names(read_labels(write(tmp_path / "a.phone.json", json.dumps(data)))) == ["SIL", "V"]
    nested = {
        "words": [
            {"word": "at", "phones": [{"p": "AE", "start": 0.0, "end": 0.1}, {"p": "T", "start": 0.1, "end": 0.2}]}
        ]
    }
    assert visemes(read_labels(write(tmp_path / "a.psalign.json", json.dumps(nested)))) == [INDEX["AE"], INDEX["TD"]]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["M", "AE1", "T", "DH"], ["PBM", "AE", "TD", "TH"]),
        (["m_B", "iy_E", "sil", "f_S"], ["PBM", "IY", "SIL", "FV"]),
        (["m", "ə", "ɹ", "iː", "ð"], ["PBM", "AH", "R", "IY", "TH"]),
        (["m", "@", "r\\", "i:", "D", "V"], ["PBM", "AH", "R", "IY", "TH", "AH"]),
        (["d", "eI", "m", "@", "n"], ["TD", "EH", "IH", "PBM", "AH", "N"]),
        (["b", "a", "b", "o", "i"], ["PBM", "AA", "PBM", "AO", "IY"]),
    ],
)
def test_the_way_of_writing_is_found_out(written, expected):
    labels = [Label(index / 10, (index + 1) / 10, name) for index, name in enumerate(written)]
    assert [INDEX[name] for name in expected] == visemes(classify(labels))


def test_gaps_become_silence_and_overlaps_are_cut():
    segments = classify([Label(0.1, 0.3, "AA"), Label(0.25, 0.4, "T"), Label(0.6, 0.7, "M")])
    assert names(segments) == ["sil", "AA", "T", "sil", "M"]
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(segments))
    assert segments[2].start == pytest.approx(0.3)


def test_find_labels_beside_a_recording(tmp_path):
    sound = tmp_path / "one.wav"
    assert find_labels(sound) is None
    write(tmp_path / "one.lab", "just the words of it\n")
    assert find_labels(sound) is None
    assert read_text(tmp_path / "one.lab") == "just the words of it"
    write(tmp_path / "one_phones.csv", "start,end,phone\n0,1,AA\n")
    assert find_labels(sound) == tmp_path / "one_phones.csv"
    write(tmp_path / "one.phn", "0 1600 aa\n")
    assert find_labels(sound) == tmp_path / "one.phn"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.lab", "hello there\n"),
        ("a.json", "{}"),
        ("a.json", "nonsense"),
        ("a.csv", "x,y\n1,2\n"),
        ("a.TextGrid", "x"),
    ],
)
def test_what_is_no_label_file_is_a_user_error(tmp_path, name, text):
    pytest.importorskip("praatio")
    with pytest.raises(UserError, match=str(tmp_path / name)):
        read_labels(write(tmp_path / name, text))


def test_missing_file_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        read_labels(tmp_path / "nowhere.lab")
