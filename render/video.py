"""Video files: pictures and sound become H.264 and AAC in an mp4, or ProRes and PCM in a mov; no ffmpeg is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from render.sound import Sound
from speechface.errors import UserError
from speechface.files import writing
from speechface.rates import exact_rate
from speechface.timecode import Timecode


@dataclass(frozen=True)
class Coding:
    """How pictures and sound are coded.

    picture, sound: FFmpeg's names of the encoders. pixels, clear: its names of the form of pixels without and with alpha.
    options: of the picture's encoder.
    """

    picture: str
    sound: str
    pixels: str
    clear: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def even(self) -> bool:
        """Whether sides have to be even, because two pixels share a colour."""
        return "420" in self.pixels


H264 = Coding("libx264", "aac", "yuv420p", options={"crf": "15", "preset": "veryfast"})
"""For everyone. crf is x264's rate factor: lower is better and larger; 18 is about where a loss can no longer be seen.

Preset `veryfast` takes half the processor time of `fast`, which at crf 16 is 7 % smaller and 0.4 dB nearer to the picture."""
SMALL = 640 * 640
"""Pixels of a picture up to which one thread codes faster than any processor draws; more would only be in the drawers' way."""
MOVING = {"movflags": "+faststart", "write_tmcd": "on"}
"""Of the container: it can be played before all of it is there, and an mp4 has a timecode as well."""
PRORES = Coding("prores_ks", "pcm_s16le", "yuv444p10le", "yuva444p10le", {"profile": "4444", "vendor": "apl0"})
"""For editors: every frame for itself, colours of every pixel, 16 bits of alpha."""


def write(
    path: str | Path,
    pictures: Iterable[np.ndarray],
    fps: float,
    sound: Sound | None = None,
    coding: Coding = H264,
    timecode: str | None = None,
) -> int:
    """Write pictures (H, W, 3 or 4) uint8 and perhaps a sound as a video of exactly T / fps seconds; returns T.

    Pictures are taken one by one, so they may be made while they are written. For H.264, which wants even sides, an odd one
    gets one more row or column of the same colour. The sound starts with the first picture and is cut or followed by silence
    so that it ends with the last. A fourth channel is straight alpha. Raises `UserError` if there are no pictures, if they
    are transparent and the coding is not, or if the file cannot be written.

    timecode: name of the first frame, 01:00:00:00 for instance; it becomes a track of its own that editors read.
    """
    import av

    rate = exact_rate(fps)
    code = None if timecode is None else str(Timecode.parse(timecode, fps))
    pictures = iter(pictures)
    first = next(pictures, None)
    if first is None:
        raise UserError(f"no pictures to write to {path}")
    height, width = first.shape[:2]
    if coding.even:
        height, width = height + height % 2, width + width % 2
    pixels = coding.pixels if first.shape[2] == 3 else coding.clear
    if not pixels:
        raise UserError(f"{path} cannot be transparent; write a .mov")
    with writing(path) as part, av.open(str(part), "w", options=MOVING) as container:
        threads = {"threads": "1"} if coding is H264 and width * height <= SMALL else {}
        video: Any = container.add_stream(coding.picture, rate=rate, options={**coding.options, **threads})
        video.width, video.height, video.pix_fmt = width, height, pixels
        if code is not None:
            video.metadata["timecode"] = code
        # Without these tags players guess the colours from the size of the picture, and some guess wrong.
        video.codec_context.colorspace = av.video.reformatter.Colorspace.ITU709
        video.codec_context.color_primaries = av.video.reformatter.ColorPrimaries.BT709
        video.codec_context.color_trc = av.video.reformatter.ColorTrc.BT709
        video.codec_context.color_range = av.video.reformatter.ColorRange.MPEG
        track = _add_track(container, sound, coding.sound) if sound is not None else None
        count = 0
        for picture in chain([first], pictures):
            container.mux(video.encode(_to_frame(picture, (height, width), pixels, count, rate)))
            count += 1
            if track is not None:
                track.advance(Fraction(count) / rate)
        container.mux(video.encode(None))
        if track is not None:
            track.finish()
    return count


def _to_frame(picture: np.ndarray, size: tuple[int, int], pixels: str, number: int, rate: Fraction) -> Any:
    """A picture as an encoder's frame of a (height, width)."""
    import av

    from render.yuv import to_yuv420  # here, because numba takes a second that those who write no video need not wait

    more = [(0, wanted - there) for wanted, there in zip(size, picture.shape[:2], strict=True)]
    if any(after for _, after in more):
        picture = np.pad(picture, (*more, (0, 0)), mode="edge")
    form = "rgb24" if picture.shape[2] == 3 else "rgba"
    picture = np.ascontiguousarray(picture)
    if (form, pixels) == ("rgb24", "yuv420p"):
        frame = av.VideoFrame(size[1], size[0], pixels)
        planes: Any = frame.planes
        to_yuv420(picture, *(np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size) for plane in planes))
        frame.colorspace = av.video.reformatter.Colorspace.ITU709
        frame.color_range = av.video.reformatter.ColorRange.MPEG
    else:
        frame = av.VideoFrame.from_ndarray(picture, format=form)
        frame = frame.reformat(format=pixels, dst_colorspace="ITU709", dst_color_range="MPEG")
    frame.pts, frame.time_base = number, 1 / rate
    return frame


def _add_track(container: Any, sound: Sound, coder: str) -> _Track:
    """A stream for a sound in a container."""
    stream = container.add_stream(coder, rate=sound.rate, layout=sound.layout)
    if coder == "aac":
        stream.bit_rate = 96_000 * (1 + (sound.layout == "stereo"))
    return _Track(container, stream, sound)


class _Track:
    """Sound written alongside pictures, never far ahead of them or behind."""

    def __init__(self, container: Any, stream: Any, sound: Sound) -> None:
        self.container, self.stream, self.sound = container, stream, sound
        self.blocks: Iterator[np.ndarray] = sound.blocks()
        self.held = np.zeros((sound.channels, 0), dtype=np.float32)
        self.done = 0

    def advance(self, seconds: Fraction) -> None:
        """Write the sound up to a time."""
        import av

        end = round(seconds * self.sound.rate)
        while self.done + self.held.shape[1] < end:
            block = next(self.blocks, None)
            if block is None:
                block = np.zeros((self.sound.channels, end - self.done - self.held.shape[1]), dtype=np.float32)
            self.held = np.concatenate([self.held, block], axis=1)
        now, self.held = np.split(self.held, [end - self.done], axis=1)
        if now.shape[1]:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(now), format="fltp", layout=self.sound.layout)
            frame.sample_rate, frame.time_base = self.sound.rate, Fraction(1, self.sound.rate)
            frame.pts, self.done = self.done, end
            self.container.mux(self.stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self.container.mux(self.stream.encode(None))
