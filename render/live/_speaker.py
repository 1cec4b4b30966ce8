"""The sound of a live animation, on this machine's loudspeaker where there is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def speaker(path: Path) -> tuple[Callable[[], float], Callable[[], None]] | str:
    """(`play`, `stop`) for a sound file, or why it cannot be played. `play` says after how many seconds it is heard."""
    from render.sound import Sound

    try:
        import sounddevice
    except (ImportError, OSError):  # the module is there, PortAudio is not
        return "no sound: needs sounddevice and PortAudio (pip install sounddevice; apt install libportaudio2)"
    sound = Sound.open(path)
    samples = sound.read()
    try:
        sounddevice.check_output_settings(channels=1, samplerate=sound.rate)
    except Exception as error:  # PortAudio has errors of its own for every driver
        return f"no sound: {str(error).splitlines()[0]}"

    def play() -> float:
        sounddevice.play(samples, sound.rate)
        latency = sounddevice.get_stream().latency
        return float(latency if isinstance(latency, int | float) else latency[1])

    return play, sounddevice.stop
