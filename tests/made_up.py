"""Made-up speech, nets and clips for the tests: no download, no shipped weights, nothing of anybody's."""

import json

import numpy as np
import soundfile
import torch

from data_prep.phone_table import write_phones
from data_prep.teacher.teach import teach
from emoface.config import Config as BoardConfig
from emoface.engine import Engine as BoardEngine
from emoface.model import EmoFace
from emote.config import Config
from emote.engine import Engine
from emote.model import Emote
from priors.flint import Flint
from priors.flint_config import Config as FlintConfig
from speechface import checkpoint, heads
from speechface.audio.encoders.viseme import Encoder
from speechface.audio.viseme_config import Config as EncoderConfig
from speechface.emotion import Emotion
from speechface.retarget import face_board_to_open
from speechface.visemes import SILENCE, VOWELS, from_arpabet

LINE = (
    "sil m ay b ih g f ae t p ae p ah z v eh r iy b uw t s aa r ao f sil w iy m ey k th ih ng k sh iy w ow p ah m sil"
)
"""A line with every class of phone, p b m and f v beside vowels wide, round and short, and pauses round and in it."""
FACE = ("expression_000", "expression_001", "expression_002", "jaw_x", "jaw_y", "jaw_z")


def segments(line=LINE, pace=1.0):
    """Phones of a line in ARPAbet: pauses 0.4 s, vowels 0.12 s (diphthongs 0.2), consonants 0.08 s, times `pace`."""
    out, now = [], 0.0
    for phone in line.split():
        parts = from_arpabet(0.0, 1.0, phone)
        length = 0.4 if phone == "sil" else 0.2 if len(parts) > 1 else 0.12 if parts[0].viseme in VOWELS else 0.08
        out += from_arpabet(now, now + pace * length, phone)
        now += pace * length
    return out


def sound(phones, seed=0):
    """(S,) 16 kHz samples: noise whose colour is the phone's, loud in vowels, soft in consonants, none in pauses."""
    draw = np.random.default_rng(seed)
    out = draw.normal(0.0, 1e-4, round(phones[-1].end * 16000))
    for start, end, _, viseme in phones:
        if viseme != SILENCE:
            part = slice(round(start * 16000), round(end * 16000))
            count = part.stop - part.start
            tone = np.sin(2 * np.pi * (250.0 + 150.0 * viseme) * np.arange(count) / 16000)
            burst = 0.5 * tone + draw.normal(0.0, 0.3, count)
            out[part] += (0.2 if viseme in VOWELS else 0.03) * burst * np.hanning(count)
    return out.astype(np.float32)


def stirred(net, seed=0, size=0.3):
    """The net with random weights everywhere: layers that start at zero would hide what goes through them."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(size * torch.randn(weight.shape, generator=generator))
    return net


def encoder():
    """A small built-in encoder with random weights."""
    torch.manual_seed(0)
    return Encoder(EncoderConfig(channels=32, kernel=3, dilations=(1, 2), dropout=0.0)).eval()


def emote(features, names=FACE, **net):
    """A small EMOTE with random weights, prior and all."""
    prior = Flint(FlintConfig(parameters=len(names), width=16, heads=2, hidden=16, dropout=net.get("dropout", 0.0)))
    shape = {"subjects": 3, "width": 8, "heads": 2, "hidden": 16, "dropout": 0.0} | net
    return stirred(Emote(Config(**shape), prior, features)).eval()


def engine(folder, names=FACE, **net):
    """An engine of small nets whose encoder lies in a folder, as loading the engine again needs it."""
    heard = encoder()
    checkpoint.save(folder, heard, "encoder", {"config": vars(heard.config)})
    return Engine(emote(heard.width, names, encoder=f"viseme:{folder}", **net), heard, names)


def board_engine(folder, **net):
    """An EmoFace engine of small nets, its encoder in a folder as for `engine`."""
    heard = encoder()
    checkpoint.save(folder, heard, "encoder", {"config": vars(heard.config)})
    shape = {
        "subjects": 3,
        "width": 16,
        "emotion": 8,
        "layers": 2,
        "heads": 2,
        "hidden": 16,
        "dropout": 0.0,
        "reach": 4,
    }
    config = BoardConfig(**shape | {"encoder": f"viseme:{folder}"} | net)
    return BoardEngine(stirred(EmoFace(config, heard.width), size=0.2).eval(), heard)


class Points(torch.nn.Module):
    """A face that is its parameters: C / 3 points, the last of them its upper part."""

    upper = slice(-1, None)

    def forward(self, motion):
        return motion.reshape(*motion.shape[:2], -1, 3)

    def gap(self, vertices):
        return (vertices[..., 0, :] - vertices[..., 1, :]).norm(dim=-1)

    def tuck(self, vertices):
        return self.gap(vertices)


def clips(path, feelings, speakers=("one",), line=LINE, splits=None):
    """A clip folder with a clip for each emotion and speaker, all of one sound: phones and the teacher's motion."""
    from data_prep.motion import FPS

    face = heads.load("flame")
    path.mkdir(parents=True, exist_ok=True)
    for speaker in speakers:
        for number, feeling in enumerate(feelings):
            name = f"{speaker}-{number}"
            phones = segments(line)
            heard = sound(phones)
            (path / name).mkdir()
            soundfile.write(path / name / "audio.wav", heard, 16000)
            write_phones(path / name / "phones.tsv", phones)
            seconds = len(heard) / 16000
            muscles = face_board_to_open(teach(heard, phones, Emotion.parse(feeling), 0).at(FPS, seconds))
            motion = face.from_muscles(muscles)
            np.savez(path / name / "motion.npz", controls=motion, names=np.array(face.rig.names), fps=FPS,
                     valid=np.ones(len(motion), bool))  # fmt: skip
            about = {"name": name, "speaker": speaker, "seconds": seconds, "licence": "made up", "source": "tests",
                     "emotion": feeling, "style": 0}  # fmt: skip
            with open(path / "clips.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(about) + "\n")
    if splits:
        (path / "splits.json").write_text(json.dumps(splits), encoding="utf-8")
    return path
