"""Standard postures by which the head is judged: what the mouth does for speech, what the face does for emotions.

A posture names controls without side or lip where both sides or both lips take part: `mouthPucker` is all four quarters.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from speechface.rigs import Rig

Pose = Mapping[str, float]

VISEMES: dict[str, Pose] = {
    "sil": {},
    "aa": {"jawOpen": 0.75, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    "ee": {"jawOpen": 0.15, "mouthSmile": 0.45, "mouthStretch": 0.35, "mouthLowerDown": 0.3, "mouthUpperUp": 0.2},
    "oo": {"jawOpen": 0.2, "mouthPucker": 0.9},
    "oh": {"jawOpen": 0.5, "mouthFunnel": 0.55, "mouthPucker": 0.3},
    "m": {"jawOpen": 0.08, "mouthClose": 0.08, "mouthPress": 0.35},
    "f": {"jawOpen": 0.12, "mouthRollLower": 0.92, "mouthUpperUp": 0.25},
    "th": {"jawOpen": 0.24, "tongueOut": 0.42, "mouthUpperUp": 0.1, "mouthLowerDown": 0.15},
    "l": {"jawOpen": 0.32, "tongueTipUp": 1.0, "mouthUpperUp": 0.1, "mouthLowerDown": 0.15},
    "k": {"jawOpen": 0.35, "tongueBackUp": 1.0},
    "ch": {"jawOpen": 0.1, "mouthFunnel": 0.7, "mouthPucker": 0.2},
    "w": {"jawOpen": 0.1, "mouthPucker": 1.0},
}

EMOTIONS: dict[str, Pose] = {
    "neutral": {},
    "happy": {
        "mouthSmile": 0.85, "cheekSquint": 0.75, "eyeSquint": 0.15, "jawOpen": 0.1, "mouthUpperUp": 0.25,
        "mouthDimple": 0.2, "browInnerUp": 0.1, "browOuterUp": 0.2,
    },
    "sad": {
        "browInnerUp": 0.95, "browLateral": 0.5, "browDown": 0.1, "mouthFrown": 0.7, "mouthShrugLower": 0.5,
        "eyeBlink": 0.2, "eyeLookDown": 0.3,
    },
    "surprised": {"browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 1.0, "jawOpen": 0.55, "mouthFunnel": 0.3},
    "fear": {
        "browInnerUp": 1.0, "browOuterUp": 0.4, "browLateral": 0.7, "browDown": 0.15, "eyeWide": 0.95,
        "mouthStretch": 0.75, "jawOpen": 0.2, "mouthLowerDown": 0.35, "neckTense": 0.6,
    },
    "disgusted": {
        "noseSneer": 1.0, "browDown": 0.65, "mouthUpperUp": 0.6, "mouthFrown": 0.35, "eyeSquint": 0.5,
        "cheekSquint": 0.35, "mouthShrugLower": 0.25, "nasolabialDeepen": 0.5,
    },
    "angry": {
        "browDown": 1.0, "browLateral": 0.6, "eyeSquint": 0.5, "eyeWide": 0.35, "noseSneer": 0.35, "mouthPress": 0.5,
        "mouthTighten": 0.6, "jawForward": 0.3, "nostrilFlare": 0.7,
    },
    "contempt": {
        "mouthSmileLeft": 0.55, "mouthDimpleLeft": 0.7, "browOuterUpLeft": 0.4, "eyeSquint": 0.2, "eyeBlink": 0.15,
        "cheekSquintLeft": 0.3, "mouthPress": 0.3,
    },
}  # fmt: skip

_ENDINGS = ("", "Left", "Right", *(f"{lip}{side}" for lip in ("Upper", "Lower") for side in ("Left", "Right")))


def spell(rig: Rig, pose: Pose) -> np.ndarray:
    """(C,) float32 controls of a rig for a posture; `KeyError` for a name the rig has in no form."""
    out = np.zeros(len(rig), dtype=np.float32)
    for name, amount in pose.items():
        columns = [rig.index[name + ending] for ending in _ENDINGS if name + ending in rig.index]
        if not columns:
            raise KeyError(name)
        out[columns] = amount
    return out


def plausible(rng: np.random.Generator) -> dict[str, float]:
    """A random mixture of an emotion, two visemes and three more movements of the mouth at up to a half."""
    out: dict[str, float] = {}

    def add(pose: Pose, amount: float) -> None:
        for name, value in pose.items():
            out[name] = min(1.0, out.get(name, 0.0) + amount * value)

    add(list(EMOTIONS.values())[rng.integers(len(EMOTIONS))], rng.random())
    for _ in range(2):
        add(list(VISEMES.values())[rng.integers(len(VISEMES))], rng.random())
    for name in rng.choice(_MORE, 3, replace=False):
        add({str(name): 1.0}, 0.5 * rng.random() if name not in _SIDEWAYS else 0.25 * rng.random())
    return out


_SIDEWAYS = ("mouthLeft", "mouthRight", "jawLeft", "jawRight")
_MORE = (
    "mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "mouthPress", "mouthRollLower", "mouthRollUpper",
    "mouthUpperUp", "mouthLowerDown", "mouthPucker", "mouthFunnel", "jawForward", "mouthShrugLower", "mouthShrugUpper",
    "cheekPuff", "cheekSuck", "mouthTighten", *_SIDEWAYS,
)  # fmt: skip
