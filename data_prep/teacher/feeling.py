"""The faces of the emotions as FACS prototypes on the face board, and what emotion does to the way one speaks.

Action units after Ekman & Friesen: happy 6+12, sad 1+4+15(+17), surprised 1+2+5(+26), fear 1+2+4+5+7+20,
disgusted 9+10+15, angry 4+5+7+23(+24), contempt 12+14 on one side.
"""

from __future__ import annotations

import numpy as np

from data_prep.teacher.board import Board
from data_prep.teacher.style import Style
from speechface.emotion import LABELS

FACES: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {
        "mouth_cornerPull": 0.72, "eye_cheekRaise": 0.55, "eye_squintInner": 0.18, "nose_nasolabialDeepen": 0.30,
        "brow_raiseOut": 0.10, "brow_raiseIn": 0.06, "mouth_dimple": 0.12,
    },
    "sad": {
        "brow_raiseIn": 0.80, "brow_lateral": 0.35, "brow_down": 0.12, "eye_eyelidU": 0.55, "eye_squintInner": 0.12,
        "mouth_cornerDepress": 0.58, "jaw_ChinRaiseD": 0.28, "nose_nasolabialDeepen": 0.12,
    },
    "surprised": {"brow_raiseIn": 0.78, "brow_raiseOut": 0.88, "eye_blink": -0.70},
    "fear": {
        "brow_raiseIn": 0.88, "brow_raiseOut": 0.30, "brow_lateral": 0.60, "brow_down": 0.14, "eye_blink": -0.60,
        "eye_squintInner": 0.14, "mouth_stretch": 0.46,
    },
    "disgusted": {
        "nose": 0.72, "brow_down": 0.48, "brow_lateral": 0.12, "eye_squintInner": 0.42, "eye_cheekRaise": 0.30,
        "nose_nasolabialDeepen": 0.35, "mouth_cornerDepress": 0.26, "jaw_ChinRaiseD": 0.18,
    },
    "angry": {
        "brow_down": 0.90, "brow_lateral": 0.55, "eye_eyelidU": -0.40, "eye_squintInner": 0.34, "nose": 0.22,
        "mouth_tightenU": 0.35, "mouth_tightenD": 0.35, "mouth_cornerDepress": 0.10,
    },
    "contempt": {"eye_eyelidU": 0.35, "brow_down": 0.10},
}  # fmt: skip
"""Strength-1 faces that hold in speech and in silence: nothing here parts the lips."""

SPEAKING: dict[str, dict[str, float]] = {
    "happy": {"mouth_upperLipRaise": 0.14, "mouth_lowerLipDepress": 0.04},
    "sad": {"mouth_lowerLipDepress": 0.04},
    "surprised": {"jaw": 0.09, "mouth_funnelU": 0.06, "mouth_funnelD": 0.06, "mouth_upperLipRaise": 0.06},
    "fear": {"mouth_lowerLipDepress": 0.22, "jaw": 0.04},
    "disgusted": {"mouth_upperLipRaise": 0.46, "mouth_lowerLipDepress": 0.10},
    "angry": {"mouth_lowerLipDepress": 0.22, "mouth_upperLipRaise": 0.16, "mouth_funnelD": 0.06},
}
"""What is added while the mouth is open anyway."""

SILENT: dict[str, dict[str, float]] = {
    "angry": {
        "mouth_pressU": 0.40,
        "mouth_pressD": 0.40,
        "jaw_ChinRaiseD": 0.12,
        "mouth_lipsTogetherU": 1.0,
        "mouth_lipsTogetherD": 1.0,
    },
    "sad": {"jaw_ChinRaiseD": 0.14},
    "disgusted": {"jaw_ChinRaiseD": 0.14, "mouth_lipsTogetherU": 1.0, "mouth_lipsTogetherD": 1.0},
}
"""What is added while the mouth is shut: where the nose lifts the upper lip, the lips are held together."""

MANNER = {
    "neutral": (1.0, 1.0, 1.0), "happy": (1.05, 1.10, 0.85), "sad": (0.82, 0.82, 0.95), "surprised": (1.12, 1.0, 1.0),
    "fear": (1.0, 1.10, 0.90), "disgusted": (0.95, 1.05, 0.95), "angry": (1.15, 1.20, 1.10), "contempt": (0.90, 0.92, 0.92),
}  # fmt: skip
"""Factors of jaw, lip parting and rounding of speech in each emotion."""

ACCENTS = {
    "neutral": {"brow_raiseIn": 0.20, "brow_raiseOut": 0.24}, "happy": {"brow_raiseIn": 0.16, "brow_raiseOut": 0.26},
    "sad": {"brow_raiseIn": 0.16, "brow_lateral": 0.08}, "surprised": {"brow_raiseIn": 0.12, "brow_raiseOut": 0.14},
    "fear": {"brow_raiseIn": 0.10, "brow_lateral": 0.08}, "disgusted": {"nose": 0.12, "brow_down": 0.08},
    "angry": {"brow_down": 0.14, "nose": 0.08}, "contempt": {"brow_raiseOut": 0.22},
}  # fmt: skip
"""What a stressed word does to brows and nose in each emotion."""


def face(strengths: np.ndarray, active: np.ndarray, accent: np.ndarray, style: Style) -> Board:
    """The board of a feeling (T, 8) over speech activity (T,) 0..1 and stress (T,) 0..1, in one person's way."""
    board = Board(len(strengths))
    for number, label in enumerate(LABELS):
        felt = strengths[:, number]
        parts = (
            (FACES[label], felt),
            (SPEAKING.get(label, {}), felt * active),
            (SILENT.get(label, {}), felt * (1.0 - active)),
        )
        for controls, share in parts:
            for name, value in controls.items():
                board.add(name, value * share * style.feelings.get(name, 1.0))
        for name, value in ACCENTS[label].items():
            board.add(name, value * felt * accent * style.brows)
    contempt = strengths[:, LABELS.index("contempt")]
    left, right = (1.0, 0.08) if style.sneer == "L" else (0.08, 1.0)
    for name, value in (
        ("mouth_cornerPull", 0.55),
        ("mouth_dimple", 0.55),
        ("nose_nasolabialDeepen", 0.30),
        ("nose", 0.14),
    ):
        board.add(name, value * contempt * style.feelings.get(name, 1.0), left, right)
    board.add("eye_squintInner", 0.25 * contempt, left, right)
    board.add("brow_raiseOut", 0.30 * contempt, right, left)
    return board


def manner(strengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T,) factors of jaw, lip parting and rounding for strengths (T, 8)."""
    jaw, lips, rounding = (strengths @ np.array([MANNER[label] for label in LABELS])).T
    return jaw, lips, rounding
