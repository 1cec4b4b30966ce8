"""What Epic's licence keeps out of training: MetaHuman content, and curves that MetaHuman's tools put out.

This reads words and names; where a table of numbers comes from, only its owner knows (docs/emoface.md).
"""

from __future__ import annotations

import re

REASON = "made with MetaHuman: its licence forbids training models on it or on curves that come out of it (MetaHuman Animator)"

_WORDS = re.compile(r"meta[ _-]?human", re.IGNORECASE)
_CURVE = re.compile(r"ctrl_expressions_", re.IGNORECASE)


def mentioned(*words: object) -> bool:
    """Whether a source, a licence or a name says MetaHuman."""
    return any(_WORDS.search(str(word)) for word in words)


def curve(name: str) -> bool:
    """Whether a curve has a name that only MetaHuman's own animation has (`CTRL_expressions_jawOpen`)."""
    return bool(_CURVE.search(name))
