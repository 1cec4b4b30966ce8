"""`CARD.md` of a clip folder: what is in it, for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from data_prep.clip_folder import SPLITS, Clip


def of_generated(clips: Sequence[Clip], seed: int) -> str:
    """Hours, voices and licences of speech that synthesisers spoke."""
    timbres = len({clip.speaker for clip in clips if clip.source.startswith("espeak")})
    groups: dict[tuple[str, str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        synthesiser = clip.source.split()[0]
        speaker = f"{timbres} timbres" if synthesiser == "espeak" else clip.speaker
        groups[synthesiser, speaker, clip.licence].append(clip)
    lines = [
        f"| {synthesiser} | {speaker} | {len(group)} | {_hours(group):.2f} | {licence} |"
        for (synthesiser, speaker, licence), group in sorted(groups.items())
    ]
    return "\n".join(
        [
            "# Generated speech with phone times",
            "",
            f"{len(clips)} clips, {_hours(clips):.2f} hours, seed {seed}, made by `data_prep.synthesis.generate`.",
            f"Splits hold whole voices: {_splits(clips)}. Texts are our own (`data_prep/texts`).",
            "The licence is that of the program and voice which spoke.",
            "",
            "| synthesiser | speaker | clips | hours | licence |",
            "|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


def of_recorded(clips: Sequence[Clip], dropped: Mapping[str, int], least: float) -> str:
    """Hours, speakers, licences and losses of recordings; dropped: how many of each source scored under `least`."""
    groups: dict[tuple[str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        groups[clip.source, clip.licence].append(clip)
    lines = [
        f"| {source} | {len(group)} | {len({clip.speaker for clip in group})} | {60 * _hours(group):.1f} "
        f"| {dropped.get(source, 0)} | {licence} |"
        for (source, licence), group in sorted(groups.items())
    ]
    return "\n".join(
        [
            "# Recorded speech with phone times",
            "",
            f"{len(clips)} clips, {_hours(clips):.2f} hours, made by `data_prep.recorded.collect`.",
            f"Splits hold whole speakers: {_splits(clips)}.",
            f"Recordings without phones, or whose alignment scored under {least:g}, were left out.",
            "",
            "| source | clips | speakers | minutes | left out | licence |",
            "|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


def of_video(clips: Sequence[Clip], rejected: Mapping[str, int]) -> str:
    """Hours, speakers, licences and rights of clips of videos, and what was not used, by the reason."""
    groups: dict[tuple[str, str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        groups[clip.source, clip.licence, getattr(clip, "right", clip.licence)].append(clip)
    lines = [
        f"| {source} | {len(group)} | {len({clip.speaker for clip in group})} | {60 * _hours(group):.1f} | {licence} "
        f"| {right} |"
        for (source, licence, right), group in sorted(groups.items())
    ]
    return "\n".join(
        [
            "# Faces in video",
            "",
            f"{len(clips)} clips, {_hours(clips):.2f} hours, made by `speechface prepare video`: faces tracked with MediaPipe's",
            "Face Landmarker (Apache-2.0). File, start, licence and right of every clip are in `clips.jsonl`.",
            f"Splits hold whole speakers: {_splits(clips)}.",
            "",
            "| source | clips | speakers | minutes | licence | right to train |",
            "|---|---|---|---|---|---|",
            *lines,
            "",
            "Not used:" if rejected else "Everything was used.",
            *(f"* {count} x {reason}" for reason, count in sorted(rejected.items(), key=lambda item: -item[1])),
            "",
        ]
    )


def of_performed(clips: Sequence[Clip], left: Mapping[str, str], by: str) -> str:
    """Hours, speakers and licences of recordings that came with motion, and why others were left out (name, reason)."""
    groups: dict[tuple[str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        groups[clip.source, clip.licence].append(clip)
    lines = [
        f"| {source} | {len(group)} | {len({clip.speaker for clip in group})} | {60 * _hours(group):.1f} | {licence} |"
        for (source, licence), group in sorted(groups.items())
    ]
    held = "whole speakers" if by == "speaker" else "clips of the same speakers: they say nothing of new ones"
    return "\n".join(
        [
            "# Recorded speech with motion",
            "",
            f"{len(clips)} clips, {_hours(clips):.2f} hours, made by `data_prep.performed.collect`.",
            f"Held out are {held}: {_splits(clips)}.",
            "",
            "| source | clips | speakers | minutes | licence |",
            "|---|---|---|---|---|",
            *lines,
            "",
            *([f"{len(left)} recordings were left out:", ""] if left else []),
            *(f"* {name}: {why}" for name, why in sorted(left.items())),
            "",
        ]
    )


def _hours(clips: Sequence[Clip]) -> float:
    return sum(clip.seconds for clip in clips) / 3600


def _splits(clips: Sequence[Clip]) -> str:
    inside = {split: [clip for clip in clips if clip.split == split] for split in SPLITS}
    return ", ".join(
        f"{split} {60 * _hours(group):.0f} min by {len({clip.speaker for clip in group})}"
        for split, group in inside.items()
    )
