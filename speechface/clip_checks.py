"""What is wrong with clips, found before anything is learnt from them: every `speechface train` goes through `check`.

A clip that cannot be learnt from is named and left out (or refused), never averaged in; what is only odd is said.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from speechface import metahuman, rigs
from speechface.clips import Clip, ClipFolder, Motion
from speechface.emotion import Emotion
from speechface.errors import UserError
from speechface.files import writing
from speechface.progress import bar

LARGEST = {"expression": 40.0, "jaw": 1.2, "CTRL": 2.0}
"""Beyond which no coefficient, no radian of a jaw and no control of a face board goes: a unit was mistaken, or a tracker lost
the face."""
UNITS = {"jaw": " (rotations are in radians)", "CTRL": " (controls go from -1 or 0 to 1)"}
SILENT = 1e-3
"""Largest sample of a sound that is silence."""
CUT = 0.02
"""How far a control of a face board may pass its range and nothing is said."""
APART = 0.25
"""Seconds by which sound and motion may differ in length."""
SHOWN = 5
"""Clips that are named on the screen; the run folder has all."""


@dataclass(frozen=True)
class Need:
    """What a training needs of every clip.

    controls: names the motion must have, in rig `rig` at `fps` (None: at any); none means no motion. frames: shortest
    length that is of use. styles: how many subjects the net can tell apart; 0 where it does not ask. emotion, sound,
    phones: whether they are used. file: name of the motion.
    """

    controls: tuple[str, ...] = ()
    rig: str = "flame"
    fps: float | None = 25.0
    frames: int = 1
    styles: int = 0
    emotion: bool = False
    sound: bool = False
    phones: bool = False
    file: str = "motion"


@dataclass(frozen=True)
class Checked:
    """The clips of each split that can be learnt from, and what is to be said of the others.

    broken, odd: (clip, reason) of what is left out and of what is used all the same. short: how many are too short.
    """

    clips: dict[str, tuple[Clip, ...]]
    broken: tuple[tuple[str, str], ...]
    odd: tuple[tuple[str, str], ...]
    short: int

    def report(self, most: int | None = None) -> str:
        """Lines for people; `most` clips of a kind at most."""
        lines = []
        for split, clips in self.clips.items():
            speakers = {clip.speaker for clip in clips}
            hours = _hours(clips)
            lines.append(f"{split}: {len(clips)} clips of {len(speakers)} speakers, {hours:.2f} hours")
        for kind, found in (("left out", self.broken), ("odd", self.odd)):
            lines += [f"{kind}: {name}: {why}" for name, why in found[:most]]
            if most is not None and len(found) > most:
                lines.append(f"{kind}: and {len(found) - most} more")
        if self.short:
            lines.append(f"not used: {self.short} clips are shorter than a window")
        lines += [f"licence: {licence}: {hours:.2f} hours" for licence, hours in sorted(self.licences().items())]
        return "\n".join(lines)

    def licences(self) -> dict[str, float]:
        """Hours a licence of the clips that are used."""
        return _licences([clip for clips in self.clips.values() for clip in clips])

    def few(self, count: int) -> tuple[dict[str, tuple[Clip, ...]], float]:
        """`count` clips of every split at most, spread over it, and the share of all the seconds that they have."""
        chosen = {split: clips[:: -(-len(clips) // count)] for split, clips in self.clips.items()}
        return chosen, sum(map(_hours, chosen.values())) / sum(map(_hours, self.clips.values()))

    def about(self) -> dict[str, Any]:
        """The same for a model card: hours a licence of each folder, counts, and what was left out."""
        used = [clip for clips in self.clips.values() for clip in clips]
        folders = {clip.folder.name: [one for one in used if one.folder.name == clip.folder.name] for clip in used}
        return {
            "data": {name: _licences(clips) for name, clips in folders.items()},
            "clips": {split: len(clips) for split, clips in self.clips.items()},
            "left_out": [f"{name}: {why}" for name, why in self.broken[:100]],
        }


def check(
    folders: Sequence[ClipFolder],
    need: Need,
    broken: Literal["skip", "refuse"] = "skip",
    out: Path | None = None,
    quiet: bool = False,
) -> Checked:
    """The clips of `train` and `validation` that can be learnt from; the whole report goes to `out/data.txt`.

    Raises `UserError` if a speaker is trained on in one folder and held out in another, if nothing is left to train on or
    to validate with, and, where `broken` is "refuse", if there is a clip that cannot be learnt from.
    """
    _leaks(folders)
    clips = {split: [clip for folder in folders for clip in folder.split(split)] for split in ("train", "validation")}
    kept: dict[str, list[Clip]] = {split: [] for split in clips}
    faults, odd, short = [], [], 0
    sounds: dict[str, tuple[str, str]] = {}
    names: Counter[tuple[Path, str]] = Counter()
    count = sum(len(found) for found in clips.values())
    with bar(f"checking {count} clips", quiet) as advance:
        for split, found in clips.items():
            for clip in found:
                names[clip.folder, clip.name] += 1
                looked = Examined(clip, need)
                if names[clip.folder, clip.name] > 1:
                    looked.fault = "clips.jsonl names it twice"
                if looked.sound and sounds.setdefault(looked.sound, (split, clip.name))[0] != split:
                    looked.odd.append(
                        f"held out, but {sounds[looked.sound][1]}, which is trained on, has the same sound"
                    )
                odd += [(clip.name, why) for why in looked.odd if not looked.fault]
                if looked.fault:
                    faults.append((clip.name, looked.fault))
                elif looked.short:
                    short += 1
                else:
                    kept[split].append(clip)
                advance(names.total() / max(1, count))
    checked = Checked({split: tuple(found) for split, found in kept.items()}, tuple(faults), tuple(odd), short)
    _say(checked, broken, out, quiet)
    for split, what in (("train", "train on"), ("validation", "validate with")):
        if not kept[split]:
            raise UserError(_nothing(folders, split, what, len(clips[split]), checked, need))
    return checked


class Examined:
    """One clip looked at: `fault` (or None), `odd` things, `short`, and a hash of its `sound` where that was read."""

    def __init__(self, clip: Clip, need: Need) -> None:
        self.odd: list[str] = []
        self.short, self.sound, seconds = False, "", clip.seconds
        self.fault: str | None = None
        try:
            if metahuman.mentioned(clip.name, *(clip.about.get(key, "") for key in ("source", "licence", "right"))):
                raise UserError(metahuman.REASON)
            if need.sound:
                seconds = self._hear(clip)
            if need.controls:
                self._look(clip.motion(need.file), need, seconds)
            if need.phones and all(segment.viseme < 0 for segment in clip.phones()):
                raise UserError("no phone of it is known")
            if need.emotion:
                Emotion.parse(str(clip.about.get("emotion", "neutral")))
            if need.styles and not 0 <= _style(clip) < need.styles:
                raise UserError(f"style {_style(clip)} is not one of the net's {need.styles}")
        except UserError as error:
            self.fault = str(error)
        if clip.about.get("licence", "unknown") == "unknown":
            self.odd.append("nobody says under which licence it is")

    def _hear(self, clip: Clip) -> float:
        samples = clip.audio()
        if not np.isfinite(samples).all():
            raise UserError("its sound is not all numbers")
        loudest = float(np.abs(samples).max(initial=0.0))
        if loudest < SILENT:
            raise UserError("its sound is silent")
        if np.mean(np.abs(samples) > 0.999) > 0.005:
            self.odd.append("its sound is clipped")
        self.sound = hashlib.sha1(samples.tobytes()).hexdigest()
        return len(samples) / 16000

    def _look(self, motion: Motion, need: Need, seconds: float) -> None:
        if motion.rig != need.rig:
            raise UserError(f"its motion is for rig '{motion.rig}', not '{need.rig}'")
        if need.fps is not None and abs(motion.fps - need.fps) > 0.01:
            raise UserError(
                f"{motion.fps:g} frames a second, not {need.fps:g} ('speechface prepare folder' converts it)"
            )
        missing = [name for name in need.controls if name not in motion.names]
        if missing:
            raise UserError(f"its motion lacks the control {missing[0]}")
        if not motion.valid.any():
            raise UserError("none of its frames is valid")
        chosen = motion.controls[:, [motion.names.index(name) for name in need.controls]]
        frame, column = _first(~np.isfinite(chosen))
        if frame >= 0:
            raise UserError(f"{need.controls[column]} is not a number in frame {frame}")
        most = np.array([LARGEST[name.split("_")[0]] for name in need.controls])
        frame, column = _first((np.abs(chosen) > most) & motion.valid[:, None])
        if frame >= 0:
            name, value = need.controls[column], chosen[frame, column]
            unit = UNITS.get(name.split("_")[0], "")
            raise UserError(f"{name} is {value:.4g} in frame {frame}, which no face does{unit}")
        if abs(len(chosen) / motion.fps - seconds) > APART:
            raise UserError(f"its motion lasts {len(chosen) / motion.fps:.2f} s, its sound {seconds:.2f} s")
        if len(chosen) > motion.fps and not np.ptp(chosen[motion.valid], axis=0).any():
            raise UserError("its face never moves")
        if motion.rig == "face_board":
            limits = rigs.load(motion.rig)
            low, high = (bound[[limits.index[name] for name in need.controls]] for bound in (limits.low, limits.high))
            frame, column = _first(((chosen < low - CUT) | (chosen > high + CUT)) & motion.valid[:, None])
            if frame >= 0:
                self.odd.append(
                    f"{need.controls[column]} is {chosen[frame, column]:.4g} in frame {frame}, out of its range, and is cut off"
                )
        if motion.valid.mean() < 0.5:
            self.odd.append(f"only {100 * motion.valid.mean():.0f} % of its frames are valid")
        self.short = len(chosen) < need.frames


def _style(clip: Clip) -> int:
    try:
        return int(clip.about.get("style", 0))
    except (TypeError, ValueError):
        raise UserError(f"style {clip.about['style']!r} is not a whole number") from None


def _first(where: np.ndarray) -> tuple[int, int]:
    """Row and column of the first true place of (T, C); -1, -1 if there is none."""
    found = np.argwhere(where)
    return (int(found[0, 0]), int(found[0, 1])) if len(found) else (-1, -1)


def _leaks(folders: Sequence[ClipFolder]) -> None:
    """`UserError` for people who are trained on in one folder and held out in another."""
    people = {
        split: {clip.speaker for folder in folders if folder.by == "speaker" for clip in folder.split(split)}
        for split in ("train", "validation", "test")
    }
    for split in ("validation", "test"):
        both = sorted(people["train"] & people[split])
        if both:
            others = f" and {len(both) - 3} more" if len(both) > 3 else ""
            raise UserError(
                f"speakers {', '.join(both[:3])}{others} are in train in one folder and in {split} in another; "
                "give them the same split in every splits.json"
            )


def _say(checked: Checked, broken: str, out: Path | None, quiet: bool) -> None:
    if out is not None:
        with writing(out / "data.txt") as part:
            part.write_text(checked.report() + "\n", encoding="utf-8")
    if not quiet:
        print(checked.report(SHOWN), file=sys.stderr)
    if broken == "refuse" and checked.broken:
        name, why = checked.broken[0]
        others = f" ({len(checked.broken) - 1} more are broken)" if len(checked.broken) > 1 else ""
        raise UserError(f"clip {name}: {why}{others}; mend it, or leave broken clips out (--training.broken skip)")


def _nothing(folders: Sequence[ClipFolder], split: str, what: str, count: int, checked: Checked, need: Need) -> str:
    """Why nothing is left of a split, and what to do."""
    where = ", ".join(folder.path.name for folder in folders)
    if not count:
        more = "give speakers to it in splits.json" if split == "validation" else "see splits.json"
        return f"{where}: there is no clip to {what} (split '{split}' is empty); {more}"
    if checked.broken and not checked.short:
        name, why = checked.broken[0]
        return f"{where}: there is no clip to {what}: {count} are broken, for instance {name}: {why}"
    seconds = need.frames / (need.fps or 1.0)
    return (
        f"{where}: no clip of split '{split}' is as long as a window of {need.frames} frames ({seconds:.1f} s); "
        "give a smaller --data.frames, or longer clips"
    )


def _hours(clips: Sequence[Clip]) -> float:
    return sum(clip.seconds for clip in clips) / 3600


def _licences(clips: Sequence[Clip]) -> dict[str, float]:
    hours: dict[str, float] = {}
    for clip in clips:
        licence = str(clip.about.get("licence", "unknown"))
        hours[licence] = hours.get(licence, 0.0) + clip.seconds / 3600
    return hours
