"""Draw the picture of the README from the example: `python docs/pictures/draw.py`, after every change of a model."""

from pathlib import Path

import speechface as sf
from data_prep.labels import read_labels
from render.sheet import Row, draw_sheet, write
from render.sound import Sound
from speechface import heads

HERE = Path(__file__).parent
EXAMPLE = HERE.parent.parent / "examples"


def main() -> None:
    """Write sheet.png: four emotions over time."""
    sound, phones = EXAMPLE / "hello.wav", read_labels(EXAMPLE / "hello.tsv")
    head = heads.load("flame")
    clips = {label: sf.animate(sound, label) for label in ("neutral", "happy", "sad", "angry")}
    chosen = [Row(label, clips[label], head) for label in ("neutral", "happy", "sad")]
    last = Row("angry", clips["angry"], head, Sound.open(sound), phones)
    write(HERE / "sheet.png", draw_sheet([*chosen, last], rate=3.0, start=0.3, end=3.3, columns=9, size=150))


if __name__ == "__main__":
    main()
