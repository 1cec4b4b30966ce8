"""Written English to spoken words: numbers, money, abbreviations and marks as they are said."""

from __future__ import annotations

import re
import unicodedata

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_LARGE = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_SHORT = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "st": "saint", "vs": "versus", "etc": "etcetera",
    "prof": "professor", "jr": "junior", "sr": "senior", "ft": "feet", "no": "number",
}  # fmt: skip
_SIGNS = {"&": " and ", "%": " percent ", "+": " plus ", "=": " equals ", "@": " at "}
_MONEY = {"$": "dollars", "£": "pounds", "€": "euros"}


def words(text: str) -> list[str]:
    """Words in small letters a-z and ' that a speaker of the text says; what stands in brackets <...> is left out."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'"))
    text = re.sub(r"<[^>]*>", " ", "".join(character for character in text if not unicodedata.combining(character)))
    text = re.sub(r"([$£€])\s?(\d[\d,]*(?:\.\d+)?)", lambda match: f"{match[2]} {_MONEY[match[1]]}", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"\b(Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|No|vs|etc|ft)\.", lambda match: _SHORT[match[1].lower()], text)
    for sign, name in _SIGNS.items():
        text = text.replace(sign, name)
    text = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", lambda match: f" {ordinal(int(match[1]))} ", text)
    text = re.sub(r"\b(1[1-9]|20)(\d\d)\b", lambda match: f" {_year(int(match[1]), int(match[2]))} ", text)
    text = re.sub(r"(\d+)\.(\d+)", lambda match: f" {cardinal(int(match[1]))} point {_digits(match[2])} ", text)
    text = re.sub(
        r"\d+", lambda match: f" {_digits(match[0]) if _is_code(match[0]) else cardinal(int(match[0]))} ", text
    )
    text = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda match: match[0].replace(".", ""), text)
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())


def cardinal(number: int) -> str:
    """A whole number in words: 1042 is 'one thousand forty two'."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f" {_ONES[ones]}" if ones else "")
    size, name = next(pair for pair in _LARGE if number >= pair[0])
    many, rest = divmod(number, size)
    return f"{cardinal(many)} {name}" + (f" {cardinal(rest)}" if rest else "")


def ordinal(number: int) -> str:
    """A place in words: 21 is 'twenty first'."""
    *before, last = cardinal(number).split()
    if last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last = _IRREGULAR.get(last, last + "th")
    return " ".join([*before, last])


def _year(century: int, rest: int) -> str:
    if century == 20 and rest < 10:
        return cardinal(2000 + rest)
    return cardinal(century) + (f" {'oh ' if rest < 10 else ''}{cardinal(rest)}" if rest else " hundred")


def _digits(text: str) -> str:
    return " ".join(_ONES[int(digit)] for digit in text)


def _is_code(text: str) -> bool:
    """Digits that are said one by one: a leading zero, or far too many."""
    return (len(text) > 1 and text[0] == "0") or len(text) > 12
