"""Small videos for tests: any times, sound or none, turned by their metadata; and a tracker that sees a red disc as a face."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from data_prep.track import LANDMARKS, SHAPES
from data_prep.trackers import Face, Seen

BASE = Fraction(1, 12800)


def write(path, pictures, fps=25.0, times=None, sound=None, codec="libx264", pixels="yuv420p", options=None):
    """Pictures (H, W, 3) at times (or at a rate), and 16 kHz samples from time 0."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream(
            codec, rate=Fraction(fps).limit_denominator(1001), options=options or {"preset": "ultrafast"}
        )
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = pixels
        video.codec_context.time_base = BASE
        track = None
        if sound is not None:
            track = container.add_stream("aac" if path.suffix != ".avi" else "pcm_s16le", rate=16000, layout="mono")
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            time = number / fps if times is None else times[number]
            frame.pts, frame.time_base = round(time / BASE), BASE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if track is not None:
            form = "fltp" if path.suffix != ".avi" else "s16"
            for at in range(0, len(sound), 1024):
                block = sound[at : at + 1024].astype(np.float32)
                block = block if form == "fltp" else (np.clip(block, -1, 1) * 32767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(block[None], format=form, layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = 16000, at, Fraction(1, 16000)
                container.mux(track.encode(frame))
            container.mux(track.encode(None))
    return path


def turn(path, degrees=90):
    """Write into an .mp4 that its pictures are to be turned to the right by 90, 180 or 270 degrees before they are shown."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4
    at += 40 if data[at] == 0 else 52  # version 0 or 1: the matrix comes after times, number, length, layer and volume
    one = 0x10000
    a, b = {90: (0, one), 180: (-one, 0), 270: (0, -one)}[degrees]
    matrix = np.array([a, b, 0, -b, a, 0, 0, 0, 0x40000000], dtype=">i4")
    data[at : at + 36] = matrix.tobytes()
    path.write_bytes(bytes(data))
    return path


def talk(seconds, lead=0.4, seed=0):
    """Samples with syllables of noise, quiet at both ends."""
    draw = np.random.default_rng(seed)
    times = np.arange(round(seconds * 16000)) / 16000
    loud = (np.sin(2 * np.pi * 4 * times) > -0.2) * ((times > lead) & (times < seconds - lead))
    return (draw.normal(0, 0.1, len(times)) * loud + draw.normal(0, 1e-4, len(times))).astype(np.float32)


def discs(frames, size=(96, 72), places=None, radius=16, colour=(220, 30, 30), ground=(40, 60, 90)):
    """Pictures of a red disc that may move; places (x, y) one a frame, or None where there is no disc."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    found = []
    for frame in range(frames):
        place = (width / 2, height / 2) if places is None else places[frame]
        picture = np.empty((height, width, 3), dtype=np.uint8)
        picture[:] = ground
        for one in [] if place is None else [place] if np.ndim(place) == 1 else place:
            picture[np.hypot(x - one[0], y - one[1]) < radius] = colour
        found.append(picture)
    return found


class Discs:
    """A tracker whose faces are red discs: landmarks lie on rings round the middle."""

    def faces(self, picture):
        import cv2

        red = ((picture[..., 0].astype(int) - picture[..., 1]) > 90).astype(np.uint8)
        _, _, stats, middles = cv2.connectedComponentsWithStats(red)
        return [
            Face(middle, 3.0 * max(stat[2], stat[3]) / 2, 0.0, 0.9)
            for stat, middle in zip(stats[1:], middles[1:], strict=True)
            if stat[4] > 30
        ]

    def look(self, picture, face):
        low = np.maximum(face.centre - face.side / 2, 0).astype(int)
        high = np.ceil(face.centre + face.side / 2).astype(int)
        part = picture[low[1] : high[1], low[0] : high[0]].astype(int)
        red = part[..., 0] - part[..., 1] > 90
        if red.sum() < 30:
            return None
        y, x = np.nonzero(red)
        middle = np.array([x.mean() + 0.5, y.mean() + 0.5]) + low
        return Seen(ring(middle, np.sqrt(red.sum() / np.pi)), np.full(len(SHAPES), 0.1, np.float32), 0.8)


def ring(middle, radius):
    """(478, 3) landmarks round a place: eyes, lips and edges lie where those of a face do."""
    draw = np.random.default_rng(1)
    points = np.concatenate([draw.uniform(-0.9, 0.9, (LANDMARKS, 2)), np.zeros((LANDMARKS, 1))], axis=1)
    points[[33, 133, 362, 263], :2] = [[-0.5, -0.2], [-0.2, -0.2], [0.2, -0.2], [0.5, -0.2]]
    points[[13, 14], :2] = [[0, 0.4], [0, 0.45]]
    points[[234, 454, 10, 152], :2] = [[-0.9, 0], [0.9, 0], [0, -0.9], [0, 0.9]]
    return (points * radius + np.array([*middle, 0])).astype(np.float32)
