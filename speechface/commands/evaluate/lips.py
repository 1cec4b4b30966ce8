"""How often lips close on p, b, m, falsely in vowels, and rest in silence, on labelled speech.

Examples:
  speechface evaluate lips ../shared/data/speech --emotion sad
  speechface evaluate lips ../shared/data/speech --model emote,emoface --emotion every
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from speechface.commands.evaluate import _tables


@dataclass(frozen=True)
class Arguments:
    """Which engine, on what."""

    data: tyro.conf.Positional[Path]
    """Clip folder, or a folder of recordings with phone labels."""
    corpus: str = "labelled"
    """How to read a folder that is no clip folder; see 'speechface list'."""
    split: str = "test"
    """Split of a clip folder."""
    by: str = "source"
    """What a row stands for: source, language or speaker."""
    emotion: str = "neutral"
    """Emotion, or 'every' for a row of each."""
    model: str = "emote"
    """Engine or model folder; several with commas are judged on the same recordings, with rows of each."""
    style: int = 0
    """Speaking style."""
    free: bool = False
    """Judge the net alone, without making the lips keep what is heard."""
    text: bool = False
    """Give the engine the text of each recording as well, where it is known."""
    fps: float | None = None
    """Frames a second; the model's own by default."""
    out: Path | None = None
    """JSON file to write."""


def run(arguments: Arguments) -> None:
    """Print a row a set of recordings, or a row an emotion."""
    columns = ["closure_rate", "closure_low", "closure_high", "false_closure", "false_low", "false_high", "tuck_rate", "rest",
               "closures", "vowels", "silent_frames"]  # fmt: skip
    _tables.show(measure(arguments), columns, arguments.out)


def measure(arguments: Arguments) -> dict[str, dict[str, float]]:
    """Rates (%) and counts of every set of recordings and of `all`, or of every emotion, of every model."""
    utterances = _tables.speech(arguments.data, arguments.corpus, arguments.split, arguments.by)
    known = {one.name: _demands(one) for one in utterances} if arguments.text else {}
    models = [name.strip() for name in str(arguments.model).split(",") if name.strip()]
    made = {name: _of_model(name, arguments, utterances, known) for name in models}
    if len(made) == 1:
        return made[models[0]]
    rows = list(made[models[0]])
    return {
        f"{row} {name}": made[name][row] for row in rows for name in models
    }  # those to be compared under each other


def _of_model(name, arguments: Arguments, utterances, known) -> dict[str, dict[str, float]]:
    """The rows of one engine or model folder."""
    from speechface import heads
    from speechface.api import engine
    from speechface.emotion import LABELS, Emotion
    from speechface.evaluation import lips

    moving = engine(name)
    rows: dict[str, dict[str, float]] = {}
    for label in LABELS if arguments.emotion == "every" else [arguments.emotion]:
        feeling = Emotion.parse(label)

        def animate(utterance, feeling=feeling):
            kept = known[utterance.name] if known and not arguments.free else not arguments.free
            return moving.animate(
                utterance.samples, feeling, arguments.style, fps=arguments.fps, alive=False, lips=kept
            )

        found = lips.measure(utterances, animate, heads.load(moving.head))
        rows |= {label: found["all"]} if arguments.emotion == "every" else found
    return rows


def _demands(utterance):
    """What the text of an utterance demands of the lips, or True where there is none that fits: what is heard then."""
    import importlib

    from speechface.demands import Demands

    said = (
        importlib.import_module("data_prep.transcript").read(utterance.samples, utterance.text)
        if utterance.text
        else None
    )
    return Demands.of_phones(said.segments) if said and said.segments else True
