"""Speech and an emotion go in, one `Animation` comes out; everything else makes that value or carries it away.

>>> import speechface as sf
>>> clip = sf.animate("speech.wav", emotion="sad:0.8")
>>> sf.render(clip, "sad.mp4")
"""

from speechface.animation import Animation
from speechface.api import animate, available, evaluate, export, load, render, train
from speechface.emotion import Emotion
from speechface.errors import UserError

__version__ = "0.1.0"
__all__ = [
    "Animation", "Emotion", "UserError", "animate", "available", "evaluate", "export", "load", "render", "train",
]  # fmt: skip
