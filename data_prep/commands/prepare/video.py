"""Turn videos of people who speak into clips with motion: cut, track, fit, judge, and report.

Example:
  speechface prepare video recordings/ clips/mine --jobs 2
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

if TYPE_CHECKING:
    import numpy as np

    from data_prep.recording import Recording
    from data_prep.video.fitted import Fitted
    from data_prep.video.ingest import Settings

_FLAG = (tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint=""))


@dataclass(frozen=True)
class Arguments:
    """What to read, and where the clips go."""

    recordings: tyro.conf.Positional[Path]
    """Folder of videos."""
    out: tyro.conf.Positional[Path]
    """Clip folder to fill; a run that was stopped there goes on."""
    corpus: str = "folder"
    """How the folder is laid out: folder (any videos, with an optional metadata.csv), mead, ravdess, crema_d, grid."""
    i_have_the_rights: Annotated[bool, *_FLAG] = False
    """You may train models on these people's faces and voices, though the recordings do not say so."""
    fps: float = 25.0
    """Frames per second of the clips."""
    longest: float = 20.0
    """Seconds of a clip; longer speech is parted at its pauses."""
    head: str = "flame"
    """Head whose motion is fitted; flame is what the prior and EMOTE learn from, none tracks and judges only."""
    photometric: Annotated[bool, *_FLAG] = False
    """Compare the fitted head's picture with the video's as well, which takes longer."""
    tracker: str = "opencv"
    """opencv, or mediapipe where it is installed."""
    model_file: Path | None = None
    """The Face Landmarker's model file (default: $SPEECHFACE_FACE_MODEL, else the user's cache)."""
    download: Annotated[bool, *_FLAG] = False
    """Download the model file (3.8 MB, from Google) if it is not there."""
    jobs: int = 1
    """Processes that work side by side on this machine."""
    ray: Annotated[str | None, tyro.conf.arg(metavar="ADDRESS")] = None
    """Work on a Ray cluster instead: auto finds the one that runs, local starts one on this machine."""
    retry: Annotated[bool, *_FLAG] = False
    """Try recordings again that have failed before."""
    quiet: Annotated[bool, *_FLAG] = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Take every recording through all stages, then write the index and the report."""
    from data_prep import corpora, face_model, trackers
    from data_prep.video.gather import gather
    from data_prep.video.ingest import Settings
    from data_prep.video.page import page
    from data_prep.video.stages import fits
    from data_prep.video.work import work
    from speechface.progress import bar

    settings = Settings(
        fps=arguments.fps, longest=arguments.longest, tracker=arguments.tracker, head=arguments.head,
        photometric=arguments.photometric, asserted=arguments.i_have_the_rights,
    )  # fmt: skip
    model = face_model.find(arguments.model_file, arguments.download)
    trackers.load(arguments.tracker, model)  # notice now what cannot run
    found = corpora.videos(arguments.corpus, arguments.recordings)
    _begin(arguments.out, settings)
    if arguments.retry:
        _forget(found, arguments.out)
    with bar("preparing", arguments.quiet) as advance:
        work(found, arguments.out, settings, model, arguments.jobs, arguments.ray, advance)
    about = gather(found, arguments.out, settings.fps, fitted=fits(settings))
    at = page(about, found, arguments.out, _draw)
    if not arguments.quiet:
        clips = [clip for entry in about for clip in entry.get("clips", []) if clip.get("accepted")]
        minutes = sum(clip["frames"] for clip in clips) / settings.fps / 60
        used = sum(entry["status"] == "accepted" for entry in about)
        print(f"{arguments.out}: {used} of {len(found)} videos, {len(clips)} clips, {minutes:.1f} minutes; see {at}")


def _begin(out: Path, settings: Settings) -> None:
    """Note the settings of a folder; `UserError` if it was begun with others that change what comes out."""
    from dataclasses import asdict

    from speechface.errors import UserError
    from speechface.files import writing

    mine = {key: value for key, value in asdict(settings).items() if key != "asserted"}
    path = out / "video.json"
    if path.exists():
        theirs = json.loads(path.read_text(encoding="utf-8"))
        if different := [key for key in mine if theirs.get(key, False) != mine[key]]:
            words = ", ".join(f"{key} {theirs.get(key)}" for key in different)
            raise UserError(f"{out} was begun with {words}; go on with that, or choose another folder")
        return
    with writing(path) as part:
        part.write_text(json.dumps(mine, indent=1), encoding="utf-8")


def _forget(recordings: list[Recording], out: Path) -> None:
    """Remove what was written about recordings that failed."""
    for recording in recordings:
        path = out / "recordings" / f"{recording.name}.json"
        if path.exists() and "failed" in json.loads(path.read_text(encoding="utf-8")):
            path.unlink()


def _draw(fitted: Fitted, frames: np.ndarray, windows: np.ndarray, side: int) -> list[np.ndarray]:
    """The person's head in some frames, each within its window (x, y, side) of the video's picture: for the report."""
    import numpy as np

    from render.backends import software
    from render.camera import Camera
    from render.scene import Scene

    assert fitted.place is not None
    head, pictures = fitted.person(), []
    for vertices, place, (x, y, wide) in zip(
        head.vertices(fitted.animation.controls[frames]), fitted.place[frames], windows, strict=True
    ):
        # A window whose middle is not the picture's is seen by a camera that looks aside: the same as a head that leans.
        middle = (np.array([x, y]) + wide / 2 - fitted.centre) / fitted.focal * [1.0, -1.0]
        lean = np.eye(3)
        lean[2, :2] = middle
        camera = -place @ lean  # the head stays where it is, because shadows are looked for there
        view = 2.0 * float(np.arctan(wide / 2 / fitted.focal))
        seen = Camera(tuple(camera), tuple(camera + [0.0, 0.0, place[2]]), view)
        scene = Scene.of(head, "front", (side, side), "review", camera=seen, transparent=True)
        pictures += list(software.draw((vertices @ lean)[None], scene))
    return pictures
