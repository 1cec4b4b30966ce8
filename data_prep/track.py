"""`Track`: where one face was in every frame of a clip, and what it seemed to do. What fitting reads.

A file is one `.npz`: format, landmarks, scores, confidence, valid, size, fps; no pickle.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechface import rigs
from speechface.errors import UserError
from speechface.files import writing

LANDMARKS = 478
"""Of MediaPipe's Face Landmarker: 468 of the face mesh, then 5 of each iris."""
SHAPES: tuple[str, ...] = rigs.load("arkit").names[:52]
"""Names of the scores: the first 52 controls of rig `arkit` (its last three turn the head). MediaPipe gives no `tongueOut`,
whose score is always 0."""
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Track:
    """One face over T frames of a constant rate.

    landmarks: (T, 478, 3) float32 in pixels of the picture: x right, y down, from the corner of the top left pixel; z as
    MediaPipe has it, smaller nearer to the camera, in pixels. Frames without a face repeat the nearest face.
    scores: (T, 52) float32, 0..1, in the order of `SHAPES`.
    confidence: (T,) float32, 0..1, how sure the tracker is; 0 where there is no face.
    valid: (T,) bool, whether landmarks and scores of the frame are to be believed.
    size: (width, height) of the picture in pixels. fps: frames per second; frame t is shown at t / fps seconds.
    """

    landmarks: np.ndarray
    scores: np.ndarray
    confidence: np.ndarray
    valid: np.ndarray
    size: tuple[int, int]
    fps: float

    def __post_init__(self) -> None:
        kinds = {"landmarks": np.float32, "scores": np.float32, "confidence": np.float32, "valid": np.bool_}
        for name, kind in kinds.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=kind))
        width, height = self.size
        object.__setattr__(self, "size", (int(width), int(height)))
        frames = len(self.landmarks)
        shapes = {
            "landmarks": (frames, LANDMARKS, 3), "scores": (frames, len(SHAPES)), "confidence": (frames,), "valid": (frames,),
        }  # fmt: skip
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} of a track have shape {getattr(self, name).shape}, not {shape}")
        if not self.fps > 0:
            raise ValueError(f"fps must be positive, not {self.fps}")

    def __len__(self) -> int:
        return len(self.landmarks)

    def __getitem__(self, name: str) -> np.ndarray:
        """(T,) score of one shape; `KeyError` if there is none of that name."""
        if name not in SHAPES:
            raise KeyError(name)
        return self.scores[:, SHAPES.index(name)]

    @property
    def duration(self) -> float:
        """Length in seconds, T / fps."""
        return len(self) / self.fps

    def save(self, path: str | Path) -> None:
        """Write one `.npz`; landmarks to a sixteenth of a pixel or better."""
        with writing(path) as part, open(part, "wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                format=np.array(FORMAT),
                landmarks=np.round(self.landmarks * 32) / 32,  # the bits below are noise, and would not compress
                scores=np.round(self.scores * 4096) / 4096,
                confidence=self.confidence,
                valid=self.valid,
                size=np.array(self.size),
                fps=np.array(self.fps),
            )

    @staticmethod
    def load(path: str | Path) -> Track:
        """Read what `save` wrote; `UserError` if the file is missing or no track."""
        try:
            with np.load(path, allow_pickle=False) as data:
                if int(data["format"]) > FORMAT:
                    raise UserError(
                        f"{path} was written by a newer speechface (format {data['format']}): update this one"
                    )
                width, height = data["size"]
                return Track(
                    data["landmarks"], data["scores"], data["confidence"], data["valid"],
                    (int(width), int(height)), float(data["fps"]),
                )  # fmt: skip
        except FileNotFoundError:
            raise UserError(f"no such file: {path}") from None
        except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise UserError(f"{path} is not a track written by 'speechface prepare video' ({error})") from None
