"""eSpeak NG: a formant synthesiser with a hundred timbres and languages, driven through its C library.

Its phoneme events carry sample positions, so times are exact; only the silent closure of a stop is reported after
it has passed, and a voiced release late, which `data_prep.closures` puts right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection

from data_prep.closures import reach_back, settle_releases
from data_prep.synthesisers import _espeak_library
from data_prep.synthesisers._espeak_library import INSTALL as INSTALL
from data_prep.synthesisers._espeak_library import Sound
from data_prep.utterance import Style, Utterance, Voice
from speechface.errors import UserError
from speechface.visemes import VOWELS, Segment, from_ipa

LANGUAGES = {
    "en": ("en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-gbcwmd"),
    "de": ("de",), "fr": ("fr", "fr-be"), "es": ("es", "es-419"), "it": ("it",), "pt": ("pt-br", "pt"),
    "ru": ("ru",), "pl": ("pl",), "nl": ("nl",), "sv": ("sv",), "fi": ("fi",), "tr": ("tr",), "cmn": ("cmn",),
    "ja": ("ja",), "ko": ("ko",), "hi": ("hi",), "el": ("el",), "cs": ("cs",), "hu": ("hu",), "ro": ("ro",),
    "ar": ("ar",), "ca": ("ca",),
}  # fmt: skip
"""eSpeak's voices for each language, accents included."""

TIMBRES = tuple(
    """m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt klatt2 klatt3 klatt4 klatt6 whisper whisperf
    Alex Andrea Andy Annie Denis Gene Gene2 Jacky Lee Mario Michael Mike Nguyen
    adam anika antonio aunty belinda benjamin boris caleb david ed edward edward2 grandma grandpa gustave
    iven iven2 iven3 iven4 john linda marcelo max norbert paul pedro quincy rob robert sandro
    shelby steph steph2 steph3 travis victor zac""".split()
)
"""Voice variants that sound like a person; robots, echoes and croaks are left out."""

_IPA = {"ʲ": "j", "ɴ": "ŋ", "s.": "ʂ", "ts.": "tʂ", "ts.h": "tʂ", "i.": "ɨ", "r.": "ɽ"}
"""eSpeak's names that are not IPA, or not a phone of their own in it."""

_DARK_L, _LONGEST_DARK_L, _SHARE_OF_DARK_L = 0.050, 0.090, 0.35
"""An l after a vowel that is named for less than the first is spoken for at most the second of time, in seconds."""

_PATIENCE = 30.0
"""Seconds after which a text that eSpeak cannot finish is given up; a sentence takes it a hundredth of one."""


def voices() -> list[Voice]:
    """Every timbre in every language and accent; empty if the library is not installed."""
    if _espeak_library.find() is None:
        return []
    return [
        Voice(f"{accent}+{timbre}", language, "espeak", False, f"espeak_{timbre}", "GPL-3.0-or-later")
        for language, accents in LANGUAGES.items()
        for accent in accents
        for timbre in TIMBRES
    ]


def speak(texts: Sequence[str], voice: Voice, styles: Sequence[Style]) -> Iterator[Utterance | None]:
    """One utterance (22.05 kHz) for every text, None where eSpeak gave no sound; `UserError` if it is not installed."""
    _espeak_library.load()
    for text, style in zip(texts, styles, strict=True):
        sound = _synthesise_apart(text, voice.name, style)
        yield _utterance(text, voice, sound) if sound else None


def _synthesise_apart(text: str, voice: str, style: Style) -> Sound | None:
    """Speak in a copy of this process.

    eSpeak keeps flutter and noise state between calls. In a copy of a process in which it has not spoken yet, the
    samples depend on the text alone; and a text it chokes on harms nothing else.
    """
    process_context = get_context("fork")
    receiving, sending = process_context.Pipe(duplex=False)
    process = process_context.Process(target=_send, args=(sending, text, voice, style))
    process.start()
    sending.close()
    try:
        answer = receiving.recv() if receiving.poll(_PATIENCE) else None
    except EOFError:
        answer = None
    if answer is None:
        process.kill()
    process.join()
    process.close()
    receiving.close()
    if isinstance(answer, UserError):
        raise answer
    return answer


def _send(sending: Connection, text: str, voice: str, style: Style) -> None:
    try:
        sending.send(_espeak_library.synthesise(text, voice, style))
    except UserError as error:
        sending.send(error)


def _utterance(text: str, voice: Voice, sound: Sound) -> Utterance | None:
    samples, rate, phones = sound
    if not len(samples) or not phones:
        return None
    names = ["", *(name for _, name in phones)]
    positions = _with_dark_l([0, *(position for position, _ in phones), len(samples)], names, rate)
    segments: list[Segment] = []
    for (start, end), name in zip(pairwise(positions), names, strict=True):
        if end > start:
            known = from_ipa(start / rate, end / rate, _IPA.get(name, name))
            segments += (segment._replace(phone=name) for segment in known)
    segments = settle_releases(samples, rate, reach_back(samples, rate, segments))
    return Utterance(samples, rate, tuple(segments), text, voice)


def _with_dark_l(positions: list[int], names: Sequence[str], rate: int) -> list[int]:
    """Positions at which an l after a vowel gets the end of the vowel.

    eSpeak speaks such an l inside the vowel ('deal') and names it when it is nearly over.
    """
    moved = list(positions)
    for index in range(1, len(names)):
        begin, end = positions[index - 1], positions[index + 1]
        vowel = from_ipa(0.0, 1.0, names[index - 1])[-1].viseme in VOWELS
        if names[index] in ("l", "ɫ") and vowel and end - positions[index] < _DARK_L * rate:
            moved[index] = end - round(min(_LONGEST_DARK_L * rate, _SHARE_OF_DARK_L * (end - begin)))
    return moved
