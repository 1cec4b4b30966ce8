"""The one exception that is meant for the user's eyes."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user gave is wrong; the message is one line: what is wrong and what to do about it."""


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """A `UserError` for a name that is not in a list, with the nearest names offered."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    return UserError(f"unknown {kind} '{name}'; {hint}")
