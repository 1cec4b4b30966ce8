"""`Animation`: the value that crosses every border. Engines make it; exporters, renderers and metrics take it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from speechface.errors import UserError
from speechface.files import writing
from speechface.rates import exact_rate
from speechface.resampling import resampled

FORMAT = 1
_MEMBERS = ("format", "controls", "names", "fps", "rig", "audio", "about")


@dataclass(frozen=True, eq=False)
class Animation:
    """Named control curves over time.

    controls: (T, C) float32, one row a frame; frame t is shown at t / fps seconds.
    names: C control names, each of the rig named by `rig` (see `speechface.rigs`).
    fps: frames per second, any positive number.
    audio: the sound it belongs to, or None.
    about: plain data (text, numbers, lists, dicts) on how it was made.
    """

    controls: np.ndarray
    names: tuple[str, ...]
    fps: float
    rig: str
    audio: Path | None = None
    about: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        controls = np.asarray(self.controls, dtype=np.float32)
        object.__setattr__(self, "controls", controls)
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "audio", None if self.audio is None else Path(self.audio))
        if controls.ndim != 2 or controls.shape[1] != len(self.names):
            raise ValueError(f"controls have shape {controls.shape}, but there are {len(self.names)} names")
        if len(set(self.names)) != len(self.names):
            raise ValueError("control names are not unique")
        if not self.fps > 0:
            raise ValueError(f"fps must be positive, not {self.fps}")

    def __len__(self) -> int:
        return len(self.controls)

    @property
    def duration(self) -> float:
        """Length in seconds, T / fps."""
        return len(self) / self.fps

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds at which the frames are shown."""
        return np.arange(len(self)) / self.fps

    def __getitem__(self, name: str) -> np.ndarray:
        """(T,) curve of one control; `KeyError` if there is none of that name."""
        if name not in self.names:
            raise KeyError(name)
        return self.controls[:, self.names.index(name)]

    def checked(self) -> Animation:
        """Itself, if it has frames and all its numbers are finite; `UserError` where that is not so."""
        if not len(self):
            raise UserError("the animation has no frames")
        bad = np.argwhere(~np.isfinite(self.controls))
        if len(bad):
            raise UserError(
                f"curve '{self.names[bad[0][1]]}' is not a number at {bad[0][0] / self.fps:.2f} s; mend it there"
            )
        return self

    def columns(self, names: Sequence[str], default: float = 0.0) -> np.ndarray:
        """(T, len(names)) float32 curves in the order asked for; a control that is absent is constant at `default`."""
        at = {name: index for index, name in enumerate(self.names)}
        out = np.full((len(self), len(names)), default, dtype=np.float32)
        for column, name in enumerate(names):
            if name in at:
                out[:, column] = self.controls[:, at[name]]
        return out

    def with_curves(self, curves: Mapping[str, np.ndarray]) -> Animation:
        """A copy in which the given (T,) curves replace or join those of the same name."""
        names = list(self.names) + [name for name in curves if name not in self.names]
        controls = self.columns(names)
        for name, curve in curves.items():
            controls[:, names.index(name)] = curve
        return replace(self, controls=controls, names=tuple(names))

    def resample(self, fps: float, frames: int | None = None) -> Animation:
        """The same motion at another frame rate, band-limited and without overshoot (`speechface.resampling`).

        The first frame stays at time 0; the length in seconds is kept to within one new frame, unless `frames` says how
        many there are to be (the last one is held). Names of rates count: 23.976 is 24000/1001.
        """
        fps = float(exact_rate(fps))
        if (fps == self.fps and frames in (None, len(self))) or len(self) == 0:
            return replace(self, fps=fps)
        count = max(1, round(self.duration * fps)) if frames is None else frames
        at = np.minimum(np.arange(count) * (self.fps / fps), len(self) - 1)
        return replace(self, controls=resampled(self.controls, at, self.fps / fps), fps=fps)

    def trim(self, start: float = 0.0, end: float | None = None) -> Animation:
        """The frames from `start` up to `end` seconds; the audio is dropped because it no longer fits."""
        first = max(0, round(start * self.fps))
        last = len(self) if end is None else round(end * self.fps)
        return replace(self, controls=self.controls[first:last].copy(), audio=None)

    def save(self, path: str | Path) -> None:
        """Write one `.npz` (arrays and text only; the audio is remembered by its file name, never by a path)."""
        arrays = self.arrays()
        with writing(path) as part, open(part, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    def arrays(self) -> dict[str, np.ndarray]:
        """What `save` writes and `load` needs, by its name in the file; other arrays may lie beside it."""
        return {
            "format": np.array(FORMAT),
            "controls": self.controls,
            "names": np.array(self.names, dtype=np.str_),
            "fps": np.array(self.fps, dtype=np.float64),
            "rig": np.array(self.rig, dtype=np.str_),
            "audio": np.array("" if self.audio is None else self.audio.name, dtype=np.str_),
            "about": np.array(json.dumps(self.about, ensure_ascii=False), dtype=np.str_),
        }

    @staticmethod
    def load(path: str | Path) -> Animation:
        """Read what `save` or an export to `.npz` wrote; `UserError` if the file is neither.

        The audio is looked for beside the file.
        """
        path = Path(path)
        try:
            with zipfile.ZipFile(path) as archive:
                fields = {name: _member(archive, name) for name in _MEMBERS}
            if int(fields["format"]) > FORMAT:
                raise UserError(
                    f"{path} was written by a newer speechface (format {fields['format']}): update this one"
                )
            audio = str(fields["audio"])
            return Animation(
                controls=fields["controls"],
                names=tuple(str(name) for name in fields["names"]),
                fps=float(fields["fps"]),
                rig=str(fields["rig"]),
                audio=path.parent / audio if audio else None,
                about=json.loads(str(fields["about"])),
            )
        except FileNotFoundError:
            raise UserError(f"no such file: {path}") from None
        except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
            reason = getattr(error, "strerror", None) or str(error).strip("\"'")
            raise UserError(f"{path} is not an animation written by speechface ({reason})") from None

    def export(self, path: str | Path, **options: Any) -> None:
        """Write to a file of another kind, chosen by its suffix; see `speechface.export`."""
        from speechface.api import export

        export(self, path, **options)

    def render(self, path: str | Path, **options: Any) -> None:
        """Draw as a video; see `speechface.render`."""
        from speechface.api import render

        render(self, path, **options)


def _member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array of a NumPy file."""
    with archive.open(f"{name}.npy") as member:
        return np.lib.format.read_array(member, allow_pickle=False)
