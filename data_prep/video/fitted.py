"""`Fitted`: what stage 3 found in a clip, as it lies in `CLIP/fit.npz`."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from speechface.animation import Animation
from speechface.errors import UserError
from speechface.files import writing

if TYPE_CHECKING:
    from data_prep.fitting import Fit
    from speechface.heads import Head


@dataclass(frozen=True, eq=False)
class Fitted:
    """animation: of the head whose spec is `animation.about["head"]`. error: (T,) as `Fit` has it. shape: (S,).

    place: (T, 3) metres, what to add to all vertices to have them in the axes of the video's camera, whose focal length in
    pixels is `focal` and whose middle `centre`. A file of an older version has neither: place is None.
    """

    animation: Animation
    error: np.ndarray
    shape: np.ndarray
    place: np.ndarray | None
    focal: float
    centre: tuple[float, float]

    @property
    def head(self) -> str:
        return str(self.animation.about.get("head", "flame"))

    def person(self) -> Head:
        """The head as the person in the video."""
        from data_prep.fitting.subject import subject
        from speechface import heads

        return subject(heads.load(self.head)).person(self.shape)

    @staticmethod
    def load(path: Path) -> Fitted:
        """Read what `save` wrote; `UserError` if it is something else."""
        try:
            with np.load(path, allow_pickle=False) as data:
                known = "place" in data.files
                return Fitted(
                    Animation.load(path), data["error"], data["shape"], data["place"] if known else None,
                    float(data["focal"]) if known else 0.0, tuple(data["centre"].tolist()) if known else (0.0, 0.0),
                )  # fmt: skip
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise UserError(f"{path} is no fit written by 'speechface prepare video' ({error})") from None


def save(path: Path, found: Fit, head: str) -> None:
    """Write a fit of a head that was loaded as `head`."""
    motion = replace(found.animation, about=found.animation.about | {"head": head})
    with writing(path) as part, open(part, "wb") as file:
        np.savez_compressed(
            file, allow_pickle=False, **motion.arrays(), error=found.error.astype(np.float32), shape=found.shape,
            shape_names=np.array(found.shape_names, dtype=np.str_), place=found.place, focal=np.array(found.camera.focal),
            centre=np.array(found.camera.centre),
        )  # fmt: skip
