"""The eSpeak NG library by ctypes: text in, samples and phoneme events out.

Source: espeak-ng's `speak_lib.h`, API revision 12 (events with 8-byte phoneme names).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
from functools import cache
from typing import NamedTuple

import numpy as np

from data_prep.utterance import Style
from speechface.errors import UserError

INSTALL = "apt install espeak-ng' or 'pip install espeakng-loader"
_WORDS_A_MINUTE = 170.0
_SYNCHRONOUS, _PHONEME_EVENTS_IN_IPA, _DO_NOT_EXIT = 2, 1 | 2, 0x8000
_RATE, _PITCH, _RANGE = 1, 3, 4
_PHONEME_EVENT, _UTF8, _BY_CHARACTER = 7, 1, 1


class Sound(NamedTuple):
    """samples: (S,) float32 at `rate`. phones: (sample position, IPA) of every phone; an empty name is a pause."""

    samples: np.ndarray
    rate: int
    phones: list[tuple[int, str]]


class _Event(ctypes.Structure):
    """`espeak_EVENT`; `sample` is the position in the sound, `phoneme` UTF-8 that need not end in a zero."""

    _fields_ = [
        ("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p),
        ("phoneme", ctypes.c_ubyte * 8),
    ]  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def find() -> tuple[str, str | None] | None:
    """Path of the library and of its data (None: where it was built to look), or None if it is not installed."""
    if path := ctypes.util.find_library("espeak-ng"):
        return path, None
    if importlib.util.find_spec("espeakng_loader"):
        import espeakng_loader

        return espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    return None


@cache
def load() -> tuple[ctypes.CDLL, int]:
    """The library, ready to speak, and its sample rate; `UserError` if it is not installed or does not start."""
    found = find()
    if found is None:
        raise UserError(f"eSpeak NG is not installed; run '{INSTALL}'")
    path, data = found
    library = ctypes.CDLL(path)
    options = _PHONEME_EVENTS_IN_IPA | _DO_NOT_EXIT
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data.encode() if data else None, options)
    if rate <= 0:
        raise UserError(f"eSpeak NG at {path} does not start; reinstall it with 'apt install --reinstall espeak-ng'")
    return library, rate


def synthesise(text: str, voice: str, style: Style) -> Sound:
    """Speak a text; `UserError` for a voice that this eSpeak NG lacks. Samples depend on what was spoken before."""
    library, rate = load()
    blocks: list[np.ndarray] = []
    phones: list[tuple[int, str]] = []

    def receive(block, count, events) -> int:
        if block and count:
            blocks.append(np.ctypeslib.as_array(block, (count,)).copy())
        for event in events:
            if event.type == 0:
                break
            if event.type == _PHONEME_EVENT:
                phone = bytes(event.phoneme).split(b"\0")[0].decode("utf-8", errors="ignore")
                # '(en)' announces that the next phones belong to another language; it takes no time itself.
                if not phone.startswith("("):
                    phones.append((event.sample, phone))
        return 0

    callback = _Callback(receive)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise UserError(f"the installed eSpeak NG has no voice '{voice}'; update it or leave that voice out")
    library.espeak_SetParameter(_RATE, round(_WORDS_A_MINUTE * style.tempo), 0)
    library.espeak_SetParameter(_PITCH, round(100 * style.pitch), 0)
    library.espeak_SetParameter(_RANGE, round(100 * style.liveliness), 0)
    data = text.encode() + b"\0"
    library.espeak_Synth(data, len(data), 0, _BY_CHARACTER, 0, _UTF8, None, None)
    samples = np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int16)
    return Sound(samples.astype(np.float32) / 32768, rate, phones)
