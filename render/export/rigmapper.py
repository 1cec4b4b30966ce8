"""Curves for Unreal's Rig Mapper (.csv): a line a key with the name of the control, the frame and the value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from render.export import _board, _keys
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.timecode import start

SUFFIXES = (".rigmapper.csv",)
RIG = "face_board"
LAYERS = "beside"


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
    timecode: str | None = None,
) -> None:
    """Write `curve_name,frame_number,value` for MetaHuman's face board in Unreal 5's names; the head is not needed.

    Curves are named as Rig Mapper's own definitions name the board's: by control and axis of its translation,
    `CTRL_C_jaw.tx`, `CTRL_C_jaw.ty`, `CTRL_L_brow_down.ty`. Frames are those of the animation's rate, counted
    from that of `timecode`. reduce: see `render.export._keys`.
    """
    controls = _board.controls(animation)
    first = start(timecode, animation.fps).frame
    names = [f"{one.name}.t{axis.lower()}" for one in controls for axis in one.axes]
    columns = [one.values[:, [column]] for one in controls for column in range(len(one.axes))]
    with writing(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        file.write("curve_name,frame_number,value\n")
        for number, (name, column) in enumerate(zip(names, columns, strict=True)):
            ((frames, values),) = _keys.sparse(column, _keys.checked(reduce))
            file.writelines(
                f"{name},{first + frame},{value:.8g}\n" for frame, value in zip(frames, values, strict=True)
            )
            progress((number + 1) / len(names))
