"""May a model be trained on a recording of a person? Only where somebody has said so."""

from __future__ import annotations

import re

from data_prep.recording import Recording
from speechface import metahuman

_FREE = re.compile(
    r"\bcc0\b|public domain|\bcc[ -]by\b|\bmit\b|\bbsd|apache|\bodbl\b|open database|\bown\b", re.IGNORECASE
)
_NOT_FREE = re.compile(r"non[- ]?commercial|\bnc\b|\bnd\b|research only|no derivatives|academic", re.IGNORECASE)
_YES = re.compile(r"^(yes|true|1|train(ing)?|granted|signed)\b", re.IGNORECASE)

METAHUMAN = metahuman.REASON


def refusal(recording: Recording, asserted: bool = False) -> str | None:
    """Why a recording may not be trained on, or None if it may.

    It may where its licence is known to allow it (CC0, CC BY, public domain, MIT, BSD, Apache, ODbL, 'own'), where its
    consent says so ('yes', 'train', 'signed'), or where the user has `asserted` the right. What MetaHuman made is always
    refused. This reads words and is no legal advice.
    """
    if metahuman.mentioned(recording.source, recording.licence, recording.name):
        return METAHUMAN
    if asserted or (recording.consent and _YES.match(recording.consent.strip())):
        return None
    if _NOT_FREE.search(recording.licence):
        return f"licence '{recording.licence}' does not allow training for every use"
    if _FREE.search(recording.licence):
        return None
    return f"no stated right to train: licence '{recording.licence}'"


def basis(recording: Recording, asserted: bool) -> str:
    """The right in words, for the card: by licence, by consent, or because the user says so."""
    if recording.consent and _YES.match(recording.consent.strip()):
        return f"consent: {recording.consent}"
    if refusal(recording) is None:
        return recording.licence
    return f"{recording.licence}; the user asserts the right to train" if asserted else recording.licence
