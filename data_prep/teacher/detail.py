"""What a face board can say and 52 shapes cannot: the small things round the large ones that `teach` puts on the board.

Each follows from phones, prosody, feeling and person, so that a net can learn it from the sound: nothing here is noise.
After the descriptions of the muscles in FACS (Ekman & Friesen 1978) and of the larynx and breath in speech (Honda 1996; Winkworth
et al. 1995); the amounts are ours, chosen by eye.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from data_prep.teacher.asymmetry import Traits
from data_prep.teacher.board import RIG, Board
from data_prep.teacher.prosody import RATE
from data_prep.teacher.sticky import cling
from speechface.emotion import LABELS
from speechface.visemes import INDEX, SILENCE, VOWELS, Segment

PLOSIVES = frozenset("p b pcl bcl ɓ".split())


@dataclass(frozen=True)
class Speech:
    """What is known of an utterance, curves (T,) at 100 Hz: articulation by channel, contacts, effort, speech or not, stress,
    and the strengths (T, 8) of what is felt."""

    segments: list[Segment]
    curve: dict[str, np.ndarray]
    shut: np.ndarray
    tucked: np.ndarray
    energy: np.ndarray
    active: np.ndarray
    stress: np.ndarray
    strengths: np.ndarray

    def during(self, *visemes: str, smooth: float = 0.02) -> np.ndarray:
        """(T,) 0..1 where one of these classes is said, blurred by a Gaussian of `smooth` seconds."""
        wanted = {INDEX[name] for name in visemes}
        return self.marked([one for one in self.segments if one.viseme in wanted], smooth)

    def marked(self, segments: list[Segment], smooth: float) -> np.ndarray:
        """(T,) 0..1 in these segments, blurred."""
        out = np.zeros(len(self.active))
        for one in segments:
            out[int(one.start * RATE) : max(int(one.end * RATE), int(one.start * RATE) + 1)] = 1.0
        return gaussian_filter1d(out, smooth * RATE)

    def felt(self, label: str) -> np.ndarray:
        """(T,) the strength of a feeling."""
        return self.strengths[:, LABELS.index(label)]


def add(board: Board, speech: Speech, person: Traits) -> None:
    """Add every detail to a board on which lips touch where they have to; they still do afterwards."""
    _lips(board, speech, person)
    _corners(board, speech, person)
    _jaw(board, speech, person)
    _tongue(board, speech, person)
    _nose(board, speech, person)
    _eyes(board, speech, person)
    _throat(board, speech)
    silent = np.clip(1.0 - speech.active, 0.0, 1.0)
    cling(board, np.maximum(speech.shut, silent), speech.energy, person.sticky, person.lead)


def of(board: Board, name: str, axis: str = "Y") -> np.ndarray:
    """(T,) what is on a control by now, the mean of both of a pair."""
    sides = [f"CTRL_{side}{name}-translate{axis}" for side in ("C_", "L_", "R_", "")]
    return np.mean([board.curves[:, RIG.index[control]] for control in sides if control in RIG.index], axis=0)


def _lips(board: Board, speech: Speech, person: Traits) -> None:
    """Two lips that press, tighten, thin and push each in its own way; p and b burst, m does not."""
    shut, open_, free = speech.shut, 1.0 - speech.shut, 1.0 - speech.tucked
    rounded = np.clip(of(board, "mouth_purseU"), 0.0, 1.0)
    burst = speech.marked([one for one in speech.segments if one.phone.lower() in PLOSIVES], 0.018)
    board.add("mouth_tightenD", 0.22 * burst * shut + 0.10 * speech.felt("angry") * speech.active * free)
    board.add("mouth_tightenU", 0.12 * burst * shut + 0.06 * speech.felt("angry") * speech.active)
    board.add("mouth_lipsPressU", 0.12 * shut**2 * speech.energy)
    board.add("mouth_lipsBlow", 0.5 * burst)
    board.add("mouth_suckBlow", 0.16 * burst - 0.14 * rounded * open_)
    for lip, share in (("U", 0.8), ("D", 1.0)):
        funnel = np.clip(of(board, f"mouth_funnel{lip}"), 0.0, 1.0)
        board.add(f"mouth_pushPull{lip}", share * open_ * free * (0.35 * funnel + 0.25 * rounded**2))
        thin = 0.5 * of(board, "mouth_stretch") + 0.25 * of(board, "mouth_cornerPull") - 0.5 * rounded
        board.add(f"mouth_thickness{lip}", share * thin * open_ * free)
        board.add(f"mouth_lipsTowardsTeeth{lip}", share * 0.10 * of(board, "mouth_stretch") * open_)
    board.add("mouth_lipsTowardsTeethD", 0.25 * speech.tucked)
    board.scale("mouth_cornerDepress", 1.0 - 0.3 * speech.tucked)
    for lip in "UD":
        board.scale(f"mouth_towards{lip}", 1.0 - 0.95 * speech.tucked)
    wide = np.clip(of(board, "mouth_stretch") + 0.5 * of(board, "mouth_cornerPull"), 0.0, 1.0)
    board.add("mouth_stretchLipsClose", wide * shut)
    board.add("mouth_lipShiftU", person.shift * 2.0 * speech.active * speech.energy)
    board.add("mouth_lipShiftD", person.shift * 1.2 * speech.active)
    board.add("mouth", person.shift * speech.active * speech.energy, axis="X")
    board.add("mouth", 0.15 * speech.felt("happy") - 0.15 * speech.felt("sad") - 0.08 * shut)


def _corners(board: Board, speech: Speech, person: Traits) -> None:
    """A smile is partly a sharp corner; corners follow what stretches, rounds and pulls, and are sharp where they are held."""
    rounded = np.clip(of(board, "mouth_purseU") + of(board, "mouth_purseD"), 0.0, 1.0)
    for side, factors in (("L", (1.0, 0.0)), ("R", (0.0, 1.0))):
        pull = board.curves[:, RIG.index[f"CTRL_{side}_mouth_cornerPull-translateY"]]
        depress = board.curves[:, RIG.index[f"CTRL_{side}_mouth_cornerDepress-translateY"]]
        stretch = board.curves[:, RIG.index[f"CTRL_{side}_mouth_stretch-translateY"]]
        sharp = person.sharp * np.clip(pull, 0.0, 1.0) ** 1.5
        board.add("mouth_sharpCornerPull", sharp, *factors)
        board.add("mouth_cornerPull", -0.8 * sharp, *factors)
        board.add("mouth_dimple", 0.18 * np.clip(pull - 0.35, 0.0, 1.0) + 0.10 * stretch * speech.stress, *factors)
        board.add("mouth_corner", 0.35 * stretch - 0.30 * rounded**2, *factors, axis="X")
        board.add("mouth_corner", 0.15 * pull - 0.20 * depress, *factors)
        board.add("mouth_cornerSharpnessU", 0.5 * pull**2 - 0.3 * rounded, *factors)
        board.add("mouth_cornerSharpnessD", 0.5 * depress + 0.3 * speech.shut - 0.3 * rounded, *factors)


def _jaw(board: Board, speech: Speech, person: Traits) -> None:
    """The jaw comes forward for s and sh, back for f and open vowels, aside with an uneven mouth; the chin helps to close."""
    jaw, hiss, free = of(board, "jaw"), speech.during("SZ", "SH", smooth=0.03), 1.0 - speech.tucked
    board.add(
        "jaw_fwdBack", -person.forward * hiss * free - 0.18 * speech.felt("angry") * (0.4 + 0.6 * speech.active) * free
    )
    board.add("jaw_fwdBack", 0.25 * speech.tucked + 0.35 * np.clip(jaw - 0.15, 0.0, 1.0) + 0.1 * speech.felt("fear"))
    board.add("jaw_openExtreme", 0.8 * np.clip(jaw - 0.42, 0.0, 1.0))
    board.add("jaw", 0.6 * person.shift * speech.during("SZ", "SH", "TH", smooth=0.05) * speech.active, axis="X")
    silent = 1.0 - speech.active
    board.add("jaw_clench", 0.55 * speech.felt("angry") * silent + 0.25 * speech.felt("disgusted") * silent)
    board.add("jaw_ChinRaiseD", 0.35 * person.chin * speech.shut * (0.6 + 0.4 * speech.energy))
    board.add(
        "jaw_chinCompress", (0.25 * of(board, "mouth_purseD") * person.chin + 0.35 * of(board, "jaw_ChinRaiseD")) * free
    )


def _tongue(board: Board, speech: Speech, person: Traits) -> None:
    """A tongue that presses, bends, narrows and lies a little to one side."""
    active, tip = speech.active * (1.0 - speech.shut), np.clip(speech.curve["tip"], 0.0, 1.0)
    low = speech.during("AA", "AE", "AO", smooth=0.04)
    bent = speech.during("R", smooth=0.03) + 0.5 * speech.during("L", smooth=0.03)
    board.add("tongue_press", speech.during("TD", "N", "L", smooth=0.015) * tip * active)
    board.add("tongue", -0.45 * low * active)
    board.add("tongue_roll", (0.6 * bent - 0.25 * speech.during("SZ", "SH", smooth=0.03)) * active)
    board.add("tongue_narrowWide", -(0.35 * bent + 0.30 * speech.during("W", "UW", smooth=0.04)) * active)
    for control, share in (("tongue", 1.0), ("tongue_tip", 1.5), ("tongue_roll", 1.0)):
        board.add(control, share * person.tongue * active * (0.5 + 0.5 * tip), axis="X")


def _nose(board: Board, speech: Speech, person: Traits) -> None:
    """Folds beside the nose deepen with what pulls on them, more than in proportion; nostrils flare with effort and breath."""
    for factors, side in (((1.0, 0.0), "L"), ((0.0, 1.0), "R")):
        pulls = sum(
            share * board.curves[:, RIG.index[f"CTRL_{side}_{name}-translateY"]]
            for name, share in (("mouth_cornerPull", 1.0), ("mouth_upperLipRaise", 0.7), ("nose", 0.8))
        )
        board.add("nose_nasolabialDeepen", 0.55 * np.clip(pulls - 0.15, 0.0, 1.0) ** 1.3, *factors)
        wrinkle = np.clip(board.curves[:, RIG.index[f"CTRL_{side}_nose-translateY"]], 0.0, 1.0)
        board.add("nose_wrinkleUpper", 0.7 * wrinkle**2, *factors)
    effort = 0.30 * speech.stress * speech.energy + 0.45 * speech.felt("angry") + 0.25 * speech.felt("fear")
    board.add("nose", person.flare * (effort + 0.5 * breaths(speech)[0]) - 0.25 * of(board, "mouth_purseU"), axis="X")


def _eyes(board: Board, speech: Speech, person: Traits) -> None:
    """Lower lids rise with cheeks, pupils and lids go with what is felt, and stress narrows the eyes of some feelings."""
    board.add("eye_eyelidD", 0.5 * of(board, "eye_cheekRaise") + 0.3 * of(board, "eye_squintInner"))
    board.add("eye_eyelidD", -0.25 * speech.felt("fear") - 0.15 * speech.felt("surprised"))
    hard = speech.felt("angry") + speech.felt("disgusted")
    board.add("eye_squintInner", 0.14 * speech.stress * hard)
    board.add("eye_faceScrunch", (0.12 + 0.10 * speech.stress) * speech.felt("disgusted"))
    board.add("eye_lidPress", 0.12 * speech.felt("disgusted") + 0.10 * speech.felt("happy") * speech.stress)
    board.add(
        "eye_pupil", 0.45 * speech.felt("fear") + 0.35 * speech.felt("surprised") - 0.3 * speech.felt("disgusted")
    )
    board.add(
        "ear_up", person.ears * np.clip(of(board, "brow_raiseOut") + 0.5 * of(board, "mouth_cornerPull"), 0.0, 1.0)
    )


def _throat(board: Board, speech: Speech) -> None:
    """The larynx rises for close vowels and effort, the neck tightens with anger and fear, one breathes in before phrases and
    swallows in long pauses."""
    high, low = speech.during("IY", "IH", smooth=0.05), speech.during("AA", "AE", "AO", "UW", smooth=0.05)
    board.add("neck_throatUpDown", (0.5 * high - 0.3 * low + 0.35 * speech.stress) * speech.active)
    board.add(
        "neck_digastricUpDown", 0.5 * of(board, "jaw") + 0.3 * np.clip(speech.curve["back"], 0.0, 1.0) * speech.active
    )
    inward, outward = breaths(speech)
    board.add("neck_throatExhaleInhale", 0.7 * inward - 0.25 * outward)
    strain = (speech.felt("angry") + 0.9 * speech.felt("fear")) * (0.10 + 0.35 * speech.stress * speech.energy)
    board.add("neck_stretch", strain)
    board.add("neck_mastoidContract", 0.5 * strain + 0.12 * inward)
    board.add("neck_swallow", swallows(speech))


def breaths(speech: Speech) -> tuple[np.ndarray, np.ndarray]:
    """(T,) 0..1 breathing in, in the last 0.4 s of a pause of 0.25 s or more, and (T,) 0..1 the breath spent in a phrase."""
    times = (np.arange(len(speech.active)) + 0.5) / RATE
    inward, outward = np.zeros(len(times)), np.zeros(len(times))
    for start, end in pauses(speech.segments, 0.25, ends_in_speech=True):
        onset = max(start, end - 0.45)
        phase = np.clip((times - onset) / (end - onset), 0.0, 1.0)
        inward = np.maximum(inward, np.sin(np.pi * phase) ** 2 * min((end - start) / 0.45, 1.0))
    spent = 0.0
    for frame, speaks in enumerate(speech.active):
        spent = min(spent + speaks * 0.3 / RATE, 1.0) if speaks > 0.05 else spent * np.exp(-1.0 / (0.15 * RATE))
        outward[frame] = spent
    return inward, gaussian_filter1d(outward, 0.04 * RATE)


def swallows(speech: Speech) -> np.ndarray:
    """(T,) 0..1 a swallow of 0.5 s in every pause of 0.9 s or more that follows speech."""
    times = (np.arange(len(speech.active)) + 0.5) / RATE
    out = np.zeros(len(times))
    for start, end in pauses(speech.segments, 0.9, ends_in_speech=False):
        if start > 0.05 and end - start >= 0.9:
            phase = np.clip((times - start - 0.25) / 0.5, 0.0, 1.0)
            out = np.maximum(out, np.sin(np.pi * phase) ** 2)
    return out


def pauses(segments: list[Segment], least: float, ends_in_speech: bool) -> list[tuple[float, float]]:
    """Starts and ends of silences of `least` seconds or more; silences that follow one another are one."""
    found: list[list[float]] = []
    for one in segments:
        if one.viseme != SILENCE:
            continue
        if found and one.start - found[-1][1] < 0.02:
            found[-1][1] = one.end
        else:
            found.append([one.start, one.end])
    last = max((one.end for one in segments if one.viseme in VOWELS), default=0.0)
    return [(a, b) for a, b in found if b - a >= least and (not ends_in_speech or a < last)]
