"""Folder with a `transcripts.tsv` (file, speaker, corpus, licence, text): transcribed English speech of many voices."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from data_prep.recording import Recording
from speechface.errors import UserError

_COLUMNS = {"file", "speaker", "corpus", "licence", "text"}
_TEST = frozenset(("librispeech_1088",))
"""Speakers that the labelled sets hold as well: never trained on."""


def recordings(root: Path) -> Iterator[Recording]:
    """Every line of the table, with text and without phones; `UserError` if there is no such table.

    Several unnamed people share the speaker `..._unknown` of a corpus; they stay together in training.
    """
    table = Path(root) / "transcripts.tsv"
    if not table.is_file():
        raise UserError(f"{root} has no transcripts.tsv (columns {', '.join(sorted(_COLUMNS))})")
    with open(table, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        if missing := _COLUMNS - set(rows.fieldnames or ()):
            raise UserError(f"{table} lacks columns {', '.join(sorted(missing))}")
        for row in rows:
            speaker = row["speaker"]
            yield Recording(
                name=f"{row['corpus']}-{Path(row['file']).stem}".replace(" ", "_"),
                audio=Path(root) / row["file"],
                speaker=speaker,
                licence=row["licence"],
                source=row["corpus"],
                split="test" if speaker in _TEST else "train" if speaker.endswith("_unknown") else None,
                text=row["text"],
            )
