"""MEAD (Wang et al., ECCV 2020): 48 actors, eight emotions in three levels, the front view; split as EMOTE published it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from data_prep.recording import Recording
from speechface.emotion import LEVELS, label
from speechface.errors import UserError

LICENCE = "MEAD's terms: research only, non-commercial"
WITHOUT = frozenset(["W017"])
"""Actors that the published split leaves out."""
VALIDATION = frozenset("M032 M033 M034 M035 W033 W035 W036".split())
TEST = frozenset("M037 M039 M040 M041 M042 W037 W038 W040".split())
TRAIN = frozenset(
    "M003 M005 M007 M009 M011 M012 M013 M019 M022 M023 M024 M025 M026 M027 M028 M029 M030 M031 "
    "W009 W011 W014 W015 W016 W018 W019 W021 W023 W024 W025 W026 W028 W029".split()
)
VIDEOS = frozenset((".mp4", ".mov", ".mkv", ".avi"))
_PLACE = re.compile(r"^(?P<emotion>[a-z]+)/level_(?P<level>\d)/(?P<number>[^/]+)$")


def recordings(root: Path) -> Iterator[Recording]:
    """ACTOR/video/front/EMOTION/level_K/NNN.mp4, with the sound of ACTOR/audio/EMOTION/level_K/NNN.m4a where it is there.

    Some actors have a further folder for each session between ACTOR and video; its name joins that of the recording. Holes
    (a video without sound, a level without videos, actors who have not been unpacked) are passed over, folders of other
    emotions or levels as well. Actors in no split are for training; W017 is left out. Raises `UserError` if there is no
    front view of any actor.
    """
    root = Path(root)
    actors = sorted(path for path in root.iterdir() if re.fullmatch(r"[MW]\d{3}", path.name)) if root.is_dir() else []
    any_there = False
    for actor in actors:
        if actor.name in WITHOUT:
            continue
        for front in sorted(path for path in actor.glob("**/video/front") if path.is_dir()):
            any_there = True
            yield from _session(actor, front)
    if not any_there:
        raise UserError(f"{root} has no folders ACTOR/video/front, such as M003/video/front")


def _session(actor: Path, front: Path) -> Iterator[Recording]:
    session = "".join(f"{part}-" for part in front.relative_to(actor).parts[:-2]).replace(" ", "_")
    for video in sorted(path for path in front.rglob("*") if path.suffix.lower() in VIDEOS):
        place = _PLACE.match(video.relative_to(front).with_suffix("").as_posix())
        if not place:
            continue
        try:
            emotion = label(place["emotion"])
        except UserError:
            continue
        sound = front.parent.parent / "audio" / place["emotion"] / f"level_{place['level']}" / f"{place['number']}.m4a"
        yield Recording(
            name=f"{actor.name}-{session}{place['emotion']}-{place['level']}-{place['number']}".replace(" ", "_"),
            audio=sound if sound.is_file() else video,
            video=video,
            speaker=actor.name,
            licence=LICENCE,
            source="MEAD",
            emotion=emotion,
            intensity=None if emotion == "neutral" else round(min(int(place["level"]), LEVELS) / LEVELS, 3),
            split="validation" if actor.name in VALIDATION else "test" if actor.name in TEST else "train",
        )
