"""Generated speech: a clip folder of many voices, with phones, made by whatever synthesisers are installed.

Every clip is decided by the seed and its number alone: voice, text, style, tempo, lead-in and level. Clips come in
blocks of one voice family each, which is what lets slow programs speak many texts in one start.
"""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import soxr

from data_prep import cards, synthesisers, texts
from data_prep.clip_folder import RATE, Clip, finished_seconds, write_clip, write_index
from data_prep.utterance import Style, Utterance, Voice
from speechface.errors import UserError, unknown
from speechface.visemes import SILENCE, Segment

BLOCK = 16
"""Clips of one block, all of one voice family."""

HUMAN_SHARE = 0.7
"""Share of blocks given to voices made from recordings of people; the rest is formant synthesis."""

ENGLISH_WEIGHT = 2.2
"""How much more often an English family is drawn than one of another language."""

VALIDATION = frozenset(("festival_pc", "espeak_f1", "espeak_m4", "espeak_linda", "espeak_victor", "espeak_klatt2"))
TEST = frozenset(
    ("arctic_awb", "festival_krb", "espeak_f4", "espeak_m7", "espeak_Annie", "espeak_robert", "espeak_klatt3")
)
"""Speakers never trained on."""

_LONGEST_TEXT = 170
_SHORTEST, _LONGEST = 0.3, 18.0


@dataclass(frozen=True)
class Plan:
    """One clip before it is spoken.

    speed: factor of resampling, which moves pitch and formants like another vocal tract. lead, tail: seconds of
    silence around the speech. peak: of the samples.
    """

    name: str
    synthesiser: str
    voice: Voice
    text: str
    style: Style
    speed: float
    lead: float
    tail: float
    peak: float


@dataclass(frozen=True)
class Choice:
    """Which voices speak: of some synthesisers, languages and splits only, or of all where a tuple is empty."""

    names: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()

    def voices(self) -> list[tuple[str, Voice]]:
        """(Synthesiser, voice) of every voice that is meant; `UserError` where there is none."""
        found = list(synthesisers.voices(self.names))
        known = sorted({voice.language for _, voice in found})
        for language in self.languages:
            if language not in known:
                raise unknown("language", language, known)
        kept = [
            (name, voice) for name, voice in found
            if (not self.languages or voice.language in self.languages) and (not self.splits or split_of(voice) in self.splits)
        ]  # fmt: skip
        if not kept:
            raise UserError(
                f"no voice of split {', '.join(self.splits)} speaks {', '.join(self.languages) or 'anything'}"
            )
        return kept


def split_of(voice: Voice) -> str:
    """The split a voice belongs to: its speaker decides."""
    return "validation" if voice.speaker in VALIDATION else "test" if voice.speaker in TEST else "train"


def generate(
    out: str | Path,
    hours: float,
    seed: int = 0,
    workers: int = 1,
    names: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
    languages: Sequence[str] = (),
    splits: Sequence[str] = (),
) -> list[Clip]:
    """Fill a clip folder with about `hours` of speech and return its clips.

    A clip is the same whatever the number of workers; a run that was stopped goes on where it was. names: the
    synthesisers to use, all that are installed if empty; languages, splits: of which voices are used, likewise. progress:
    called with the seconds done, after each block. Raises `UserError` if a named synthesiser, or every one, is not installed,
    no voice is left, or the folder cannot be written.
    """
    out = Path(out)
    clips: list[Clip] = []
    seconds = 0.0
    synthesisers.require(tuple(names))
    choice = Choice(tuple(names), tuple(languages), tuple(splits))
    choice.voices()
    for block, made in enumerate(_blocks(out, seed, choice, workers)):
        clips += made
        seconds += sum(clip.seconds for clip in made)
        if progress:
            progress(seconds)
        if seconds >= hours * 3600:
            break
        if block == 20 and not clips:
            raise UserError("none of the first 320 clips could be spoken; run the synthesisers by hand and look")
    _forget_surplus(out, clips)
    write_index(out, clips, cards.of_generated(clips, seed))
    return clips


def plan(seed: int, index: int, voices: Sequence[tuple[str, Voice]]) -> Plan:
    """What clip `index` will be, given the (synthesiser, voice) pairs to choose from."""
    synthesiser, family = _family(seed, index // BLOCK, voices)
    chance = random.Random(f"{seed} {index}")
    choices = [voice for name, voice in voices if name == synthesiser and voice.family == family]
    languages = sorted({voice.language for voice in choices})
    language = "en" if "en" in languages and chance.random() < 0.5 else chance.choice(languages)
    voice = chance.choice([voice for voice in choices if voice.language == language])
    fitting = (text for text in texts.sentences(language, chance.getrandbits(32)) if len(text) <= _LONGEST_TEXT)
    return Plan(
        name=f"{index:06d}-{voice.speaker}",
        synthesiser=synthesiser,
        voice=voice,
        text=next(fitting),
        style=Style(
            tempo=float(np.exp(chance.uniform(-0.25, 0.2))),
            pitch=chance.uniform(0.15, 0.85),
            liveliness=chance.uniform(0.2, 0.9),
        ),
        speed=float(np.exp(chance.uniform(-0.13, 0.16))),
        lead=chance.choice((0.0, chance.uniform(0.0, 0.5))),
        tail=chance.uniform(0.0, 0.4),
        peak=float(np.exp(chance.uniform(np.log(0.08), np.log(0.95)))),
    )


def finish(plan: Plan, utterance: Utterance) -> tuple[np.ndarray, list[Segment]] | None:
    """Samples (S,) float32 at 16 kHz and their phones, or None where the utterance is silent or far too long."""
    samples = soxr.resample(utterance.samples, utterance.rate * plan.speed, RATE)
    loudest = float(np.abs(samples).max(initial=0.0))
    if loudest < 1e-3 or not _SHORTEST <= len(samples) / RATE <= _LONGEST:
        return None
    lead = round(plan.lead * RATE)
    padded = np.concatenate([np.zeros(lead), samples * (plan.peak / loudest), np.zeros(round(plan.tail * RATE))])
    shift, end = lead / RATE, len(padded) / RATE
    spoken = [
        segment._replace(start=segment.start / plan.speed + shift, end=segment.end / plan.speed + shift)
        for segment in utterance.segments
    ]
    return padded.astype(np.float32), _padded(spoken, end)


def _padded(segments: Sequence[Segment], end: float) -> list[Segment]:
    """Segments with silence before and after, joined to pauses already there."""
    first, last = segments[0], segments[-1]
    around = [Segment(0.0, first.start, "", SILENCE), *segments, Segment(last.end, end, "", SILENCE)]
    joined: list[Segment] = []
    for segment in around:
        if joined and segment.viseme == SILENCE == joined[-1].viseme:
            joined[-1] = joined[-1]._replace(end=segment.end)
        elif segment.end > segment.start:
            joined.append(segment)
    return joined


def _blocks(out: Path, seed: int, choice: Choice, workers: int) -> Iterator[list[Clip]]:
    """The clips of block 0, 1, 2, ... without end, made by `workers` processes."""
    if workers <= 1:
        yield from (_make_block(out, seed, choice, block) for block in count())
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(_make_block, out, seed, choice, block) for block in range(2 * workers)]
        try:
            for block in count(len(waiting)):
                yield waiting.pop(0).result()
                waiting.append(pool.submit(_make_block, out, seed, choice, block))
        finally:
            pool.shutdown(cancel_futures=True)


def _make_block(out: Path, seed: int, choice: Choice, block: int) -> list[Clip]:
    """Speak and write the clips of one block, except those that are there already."""
    voices = choice.voices()
    plans = [plan(seed, index, voices) for index in range(block * BLOCK, (block + 1) * BLOCK)]
    seconds = {made.name: finished_seconds(out, made.name) for made in plans}
    missing: dict[tuple[str, Voice], list[Plan]] = defaultdict(list)
    for made in plans:
        if seconds[made.name] is None:
            missing[made.synthesiser, made.voice].append(made)
    for (synthesiser, voice), group in missing.items():
        spoken = synthesisers.speak(synthesiser, [p.text for p in group], voice, [p.style for p in group])
        for made, utterance in zip(group, spoken, strict=True):
            finished = finish(made, utterance) if utterance else None
            if finished:
                seconds[made.name] = write_clip(out, made.name, *finished)
    return [_clip(made, length) for made in plans if (length := seconds[made.name]) is not None]


def _clip(made: Plan, seconds: float) -> Clip:
    voice = made.voice
    return Clip(
        name=made.name,
        speaker=voice.speaker,
        language=voice.language,
        text=made.text,
        seconds=round(seconds, 4),
        source=f"{made.synthesiser} {voice.name}",
        licence=voice.licence,
        split=split_of(voice),
    )


def _family(seed: int, block: int, voices: Sequence[tuple[str, Voice]]) -> tuple[str, str]:
    """Synthesiser and family of a block, drawn by weight."""
    weights: dict[tuple[str, str], float] = {}
    human = {}
    for synthesiser, voice in voices:
        key = synthesiser, voice.family
        human[key] = voice.human
        weights[key] = ENGLISH_WEIGHT if voice.language == "en" else weights.get(key, 1.0)
    totals = {kind: sum(weight for key, weight in weights.items() if human[key] == kind) for kind in (True, False)}
    shares = {True: HUMAN_SHARE, False: 1 - HUMAN_SHARE}
    scaled = [weight * shares[human[key]] / totals[human[key]] for key, weight in weights.items()]
    return random.Random(f"{seed} block {block}").choices(list(weights), scaled)[0]


def _forget_surplus(out: Path, clips: Sequence[Clip]) -> None:
    """Remove clips that workers finished beyond the last block wanted."""
    last = max(int(clip.name[:6]) for clip in clips) // BLOCK
    for folder in out.glob("[0-9]" * 6 + "-*"):
        if int(folder.name[:6]) // BLOCK > last:
            shutil.rmtree(folder)
