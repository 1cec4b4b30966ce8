"""Phone names of Festival's voices, language by language, as IPA.

Source: the phone sets in festival/*.scm of Debian's packages (italian_phoneset, czech, finnish_phones,
msu_ru_nsh_phoneset, upc_catalan_phones-central).
"""

from __future__ import annotations

from speechface.visemes import SILENCE, Segment, from_arpabet, from_ipa

_SILENCES = frozenset(("#", "##", "pau", "_", "H#", "h#", "brth", "sil"))
_SAME = {phone: phone for phone in "p b t d k g f v s z m n l r j w a e i o u".split()}
_ROMANCE = _SAME | {
    "E": "ɛ", "O": "ɔ", "ts": "ts", "dz": "dz", "tS": "tʃ", "dZ": "dʒ", "S": "ʃ", "Z": "ʒ", "J": "ɲ", "ng": "ŋ",
    "nf": "ɱ", "L": "ʎ", "rr": "r", "ax": "ə", "y": "j",
}  # fmt: skip
_IPA = {
    "it": _ROMANCE,
    "ca": _ROMANCE,
    "cs": _SAME
    | {
        "c": "ts", "c~": "tʃ", "dz": "dz", "dz~": "dʒ", "s~": "ʃ", "z~": "ʒ", "r~": "ʒ", "r~*": "ʃ", "t~": "c", "d~": "ɟ",
        "n~": "ɲ", "n*": "ŋ", "ch": "x", "h": "ɦ", "_": "ʔ",
    },
    "fi": _SAME
    | {"@": "æ", "7": "ø", "y": "y", "&": "ə", "T": "θ", "D": "ð", "S": "ʃ", "Z": "ʒ", "h": "h", "N": "ŋ", "L": "ʎ", "v": "ʋ"},
    "ru": _SAME
    | {phone * 2: phone for phone in "p b t d k g f v s z m n l r".split()}
    | {
        "aa": "a", "ee": "e", "ii": "i", "oo": "o", "uu": "u", "yy": "ɨ", "a": "ɐ", "y": "ɨ", "ae": "ə", "ay": "ɪ", "ur": "ʊ",
        "c": "ts", "ch": "tɕ", "sh": "ʂ", "sch": "ɕ", "zh": "ʐ", "h": "x", "hh": "x",
    },
}  # fmt: skip


def classify(language: str, start: float, end: float, phone: str) -> list[Segment]:
    """Segments of one phone as Festival names it in that language; class -1 where the name is unknown."""
    table = _IPA.get(language, {})
    # Length and stress are marks at the end: Finnish and Czech 'a:', Italian and Catalan 'a1'.
    for name in (phone, phone.rstrip(":"), phone.rstrip("123")):
        if name in table:
            return [segment._replace(phone=phone) for segment in from_ipa(start, end, table[name])]
    if phone in _SILENCES:
        return [Segment(start, end, phone, SILENCE)]
    return from_arpabet(start, end, phone) if language == "en" else [Segment(start, end, phone, -1)]
