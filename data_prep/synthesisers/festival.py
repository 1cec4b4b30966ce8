"""Festival: diphone, HMM and unit-selection voices made from recordings of people, in six languages."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import soundfile

from data_prep.synthesisers._festival_phones import classify
from data_prep.utterance import Style, Utterance, Voice, fit
from speechface.errors import UserError
from speechface.visemes import Segment


@dataclass(frozen=True)
class _Build:
    """How one voice was built: its language, the encoding of its texts, who spoke, and how late it sounds.

    late: seconds by which the sound follows the plan, measured with `data_prep.label_timing`.
    """

    language: str
    encoding: str
    speaker: str
    licence: str
    late: float = 0.0


_BUILDS = {
    "kal_diphone": _Build("en", "ascii", "festvox_kal", "BSD-like (CMU Festvox)", 0.007),
    "ked_diphone": _Build("en", "ascii", "festvox_ked", "BSD-like (CMU Festvox)", 0.004),
    "cmu_us_slt_arctic_hts": _Build("en", "ascii", "arctic_slt", "BSD-like (CMU Festvox)", 0.007),
    "lp_diphone": _Build("it", "iso-8859-1", "festival_lp", "GPL-2.0-or-later", -0.003),
    "pc_diphone": _Build("it", "iso-8859-1", "festival_pc", "GPL-2.0-or-later", -0.003),
    "czech_ph": _Build("cs", "iso-8859-2", "festival_ph", "GPL-2.0-or-later"),
    "czech_dita": _Build("cs", "iso-8859-2", "festival_dita", "GPL-3.0-or-later"),
    "czech_krb": _Build("cs", "iso-8859-2", "festival_krb", "GPL-3.0-or-later"),
    "czech_machac": _Build("cs", "iso-8859-2", "festival_machac", "GPL-3.0-or-later"),
    "msu_ru_nsh_clunits": _Build("ru", "utf-8", "festival_nsh", "BSD-like, lexicon GPL-3.0", -0.018),
    "suo_fi_lj_diphone": _Build("fi", "iso-8859-1", "festival_lj", "LGPL-2.0-or-later"),
    "hy_fi_mv_diphone": _Build("fi", "iso-8859-1", "festival_mv", "LGPL-2.0-or-later"),
    "upc_ca_ona_hts": _Build("ca", "iso-8859-1", "festival_ona", "LGPL-2.1-or-later", 0.006),
}
_VOICE_FOLDERS = tuple(
    Path(root) / "voices"
    for root in ("/usr/share/festival", "/usr/share/festival/lib", "/usr/local/share/festival", "/usr/lib/festival")
)
_PATIENCE = 30.0
"""Seconds a text may take before the batch it is in is given up."""

INSTALL = "apt install festival festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts"


def voices() -> list[Voice]:
    """The installed ones of the voices known here; empty if the program is not installed."""
    if shutil.which("festival") is None:
        return []
    installed = {voice.name for folder in _VOICE_FOLDERS for voice in folder.glob("*/*")}
    return [
        Voice(name, build.language, f"festival_{name}", True, build.speaker, build.licence)
        for name, build in _BUILDS.items()
        if name in installed
    ]


def speak(texts: Sequence[str], voice: Voice, styles: Sequence[Style]) -> Iterator[Utterance | None]:
    """One utterance for every text, None where Festival failed; `UserError` if it is not installed."""
    if shutil.which("festival") is None:
        raise UserError(f"Festival is not installed; run '{INSTALL}'")
    encoding = _BUILDS[voice.name].encoding
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = [f"(voice_{voice.name})"]
        for index, (text, style) in enumerate(zip(texts, styles, strict=True)):
            script.append(_command(text.encode(encoding, "ignore").decode(encoding), style, folder / str(index)))
        (folder / "speak.scm").write_bytes("\n".join(script).encode(encoding))
        with suppress(subprocess.TimeoutExpired):
            command, patience = ["festival", "-b", "speak.scm"], _PATIENCE * len(texts)
            subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=patience)
        for index, text in enumerate(texts):
            yield _read(folder / str(index), text, voice)


def _command(text: str, style: Style, stem: Path) -> str:
    """Scheme that speaks one text and saves its sound and phones; an error leaves the others unharmed.

    The Czech voices draw pauses by chance; both settings keep what came before from having a say in it.
    """
    quoted = text.replace("\\", " ").replace('"', " ")
    return (
        f"(srand {zlib.crc32(text.encode()) % 10000})(set! czech-rand-range 1)"
        f"(Parameter.set 'Duration_Stretch {1 / style.tempo:.3f})"
        f'(unwind-protect (begin (set! u (SynthText "{quoted}"))'
        f'(utt.save.segs u "{stem}.segs")(utt.save.wave u "{stem}.wav")) nil)'
    )


def _read(stem: Path, text: str, voice: Voice) -> Utterance | None:
    wav, labels = stem.with_suffix(".wav"), stem.with_suffix(".segs")
    if not wav.exists() or not labels.exists():
        return None
    samples, rate = soundfile.read(wav, dtype="float32")
    # One 'end colour phone' a line, after a header.
    lines = [line.split() for line in labels.read_text(errors="ignore").splitlines()]
    phones = [(float(line[0]), line[2]) for line in lines if len(line) == 3]
    if not phones or not len(samples):
        return None
    segments: list[Segment] = []
    start = 0.0
    for end, phone in phones:
        segments += classify(voice.language, start, end, phone)
        start = end
    return Utterance(samples, rate, fit(segments, len(samples) / rate, _BUILDS[voice.name].late), text, voice)
