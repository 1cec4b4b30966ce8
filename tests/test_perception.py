"""Nets that watch, and what they learn from: albums, spelling, learning by heart, and a user's own nets."""

import json

import made_up
import numpy as np
import pytest
import torch
from torch import nn

from render.studio import CHANGES, KNOWN, NEW, Studio, spec
from speechface import cli
from speechface.clips import ClipFolder
from speechface.errors import UserError
from speechface.perception import feeling_training, lip_training, watchers
from speechface.perception.album import Album, Photo, chosen, fill
from speechface.perception.config import Data, FeelingConfig, LipConfig
from speechface.perception.lip_reader import LipReader, load, save, spell
from speechface.perception.video_emotion import VideoEmotion
from speechface.training_config import Training
from speechface.visemes import INDEX


class Painter:
    """Pictures of 16 x 16 on which a bar lies as high as the jaw is open; the head is a shade of grey."""

    size, view = 16, "mouth"

    def take(self, motion, names, known, seed):
        jaw = motion[:, names.index("jaw_x")]
        out = np.full((len(motion), 16, 16), 60 if known else 90, dtype=np.uint8)
        for frame, open_ in enumerate(jaw):
            out[frame, 4 : 5 + round(float(np.clip(40 * open_, 0, 9))), 4:12] = 200
        return out, "dark" if known else "light"


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return ClipFolder.read(
        made_up.clips(
            tmp_path_factory.mktemp("perception") / "clips", ("sad", "happy"), ("one", "two"),
            "sil m ay b ih g f ae t p ae p ah z v eh r iy sil", {"train": ["one"], "test": ["two"]},
        )
    )  # fmt: skip


def test_an_album_keeps_pictures_and_what_they_show(tmp_path, clips):
    given = [(clip, "train", True) for clip in clips.clips[:2]] + [(clips.clips[2], "test", False)]
    album = fill(tmp_path / "album", given, Painter(), every=2)
    assert album.fps == 12.5
    assert [photo.split for photo in album.photos] == ["train", "train", "test"]
    assert [photo.known_head for photo in album.photos] == [True, True, False]
    for (clip, _, known), photo in zip(given, album.photos, strict=True):
        motion = clip.motion()
        wanted, head = Painter().take(motion.controls[motion.valid], motion.names, known, 0)
        span = slice(photo.first, photo.first + photo.frames)
        assert (album.pictures[span] == wanted[::2]).all()
        assert photo.head == head
        phones = clip.phones()
        for frame, seen in enumerate(album.visemes[span].tolist()):
            here = [phone.viseme for phone in phones if phone.start - 0.02 <= frame / 12.5 < phone.end + 0.02]
            assert seen in (here or [INDEX["SIL"]])
    assert len(album.split("train")) == 2
    with pytest.raises(UserError, match="pictures of the mouth, not of the face"):
        Album.read(tmp_path / "album", "face")
    with pytest.raises(UserError, match="prepare pictures"):
        Album.read(tmp_path, "mouth")
    about = json.loads((tmp_path / "album" / "album.json").read_text())
    about["clips"][-1]["frames"] += 5
    (tmp_path / "album" / "album.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match="not whole"):
        Album.read(tmp_path / "album", "mouth")


def test_clips_are_chosen_evenly(clips):
    some = list(chosen(clips.clips, 0.5 * sum(clip.seconds for clip in clips.clips) / 3600.0))
    assert [clip.name for clip in some] == [clips.clips[0].name, clips.clips[2].name]


def test_heads_of_tests_are_of_people_that_training_does_not_show():
    words = {spec(number, True) for number in range(12)}
    assert len(words) == 12
    assert all(any(f"character={who}" in word for who in KNOWN) for word in words)
    assert all(any(f"character={who}" in spec(number, False) for who in NEW) for number in range(12))
    assert not set(KNOWN) & set(NEW)
    assert any(name in word for name in CHANGES for word in words)


def test_a_studio_changes_light_and_pose_by_its_seed_alone(clips):
    motion = clips.clips[0].motion()
    studio = Studio("mouth", 24)
    one, head = studio.take(motion.controls[:2], motion.names, True, 3)
    again, _ = studio.take(motion.controls[:2], motion.names, True, 3)
    other, _ = studio.take(motion.controls[:2], motion.names, True, 4)
    assert one.shape == (2, 24, 24)
    assert "character=" in head
    assert (one == again).all()
    assert (one != other).any()


def test_spelling_leaves_out_repeats_and_nothings():
    letters = torch.nn.functional.one_hot(torch.tensor([[0, 3, 3, 0, 3, 1, 0]]), 13).float()
    assert spell(letters) == [[2, 2, 0]]
    assert lip_training.collapsed([1, 1, -1, 1, 2, -1]) == [1, 1, 2]
    assert lip_training.distance([1, 2, 3], [1, 3]) == 1
    assert lip_training.distance([], [1, 3]) == 2
    assert lip_training.distance([2, 1], [1, 2]) == 2


def test_changes_of_pictures_keep_what_they_show():
    pictures = torch.zeros(3, 20, 20, dtype=torch.uint8)
    pictures[:, 8:12, 8:12] = 255
    for seed in range(5):
        out = lip_training.changed(pictures, torch.Generator().manual_seed(seed))
        assert out.shape == (3, 1, 20, 20)
        assert (out > 0.5).sum() == 3 * 16
        assert out[:, :, 11 - 6 : 12 + 3, 8 - 3 : 12 + 3].max() > 0.9


LIPS = LipConfig(size=16, first=4, widths=(8, 8), width=16, dropout=0.0)
FEELINGS = FeelingConfig(size=16, first=4, widths=(8, 8), width=16, heads=2, hidden=16, dropout=0.0)


def test_a_lip_reader_looks_at_neighbours_in_time_and_not_at_the_light():
    torch.manual_seed(0)
    net, pictures = LipReader(LIPS).eval(), torch.rand(1, 12, 1, 16, 16)
    with torch.no_grad():
        before = net(pictures)
        assert before.shape == (1, 12, 16)
        assert torch.allclose(before.mean(dim=-1), torch.zeros(1, 12), atol=1e-5)
        assert torch.allclose(net(0.5 * pictures + 0.1), before, atol=1e-4)
        changed = pictures.clone()
        changed[:, 6] = torch.rand(1, 16, 16)
        moved = (net(changed) - before).abs().amax(dim=(0, 2))
    assert moved[4] > 1e-4
    assert moved[8] > 1e-4


def test_a_judge_gives_one_vector_a_clip_and_leaves_out_what_does_not_count():
    torch.manual_seed(0)
    net, pictures = VideoEmotion(FEELINGS).eval(), torch.rand(2, 6, 1, 16, 16)
    mask = torch.ones(2, 6, dtype=torch.bool)
    mask[:, 4:] = False
    with torch.no_grad():
        assert net(pictures).shape == (2, 16)
        emotion, intensity = net.judge(net(pictures))
        assert (emotion.shape, intensity.shape) == ((2, 8), (2, 3))
        swapped = torch.cat([pictures[:, :4], pictures[:, [5, 4]]], dim=1)
        assert torch.allclose(net(swapped, mask), net(pictures, mask), atol=1e-5)
        assert not torch.allclose(net(pictures, mask), net(pictures), atol=1e-3)


def test_a_small_lip_reader_learns_an_album_by_heart(tmp_path, clips):
    given = [(clip, split, True) for clip in clips.clips[:1] for split in ("train", "validation", "test")]
    fill(tmp_path / "album", given, Painter())
    terms = lip_training.train(
        tmp_path / "album", tmp_path / "run", LIPS, Data(batch=4, frames=24),
        Training(steps=120, rate=1e-2, warmup=5, validate=120, accelerator="cpu"), quiet=True,
    )  # fmt: skip
    assert terms["accuracy"] > 60.0  # a bar cannot show everything: chance is 12, the most frequent group 25
    net = load(tmp_path / "run" / "model")
    rows = lip_training.evaluate(net, Album.read(tmp_path / "album", "mouth"))
    assert set(rows) == {"all", "known heads"}
    assert rows["all"]["frames_right"] > 60.0
    assert isinstance(watchers.lip_reader(str(tmp_path / "run" / "model")), LipReader)


def photo(number, split, emotion, first, frames):
    return Photo(f"clip{number}", split, "one", "dark", True, 3, emotion, first, frames, ())


def test_examples_are_clips_that_feel_one_thing():
    texts = ["sad:0.3", "happy:0.6,sad:0.4", "0 sad; 2 angry", "neutral", "angry:0.7", "fear:0.1", "contempt"]
    found = feeling_training.examples([photo(n, "train", text, 0, 9) for n, text in enumerate(texts)])
    assert [(one.photo.name, one.emotion, one.intensity) for one in found] == [
        ("clip0", 2, 0), ("clip3", 0, -1), ("clip4", 6, 1), ("clip6", 7, 2)
    ]  # fmt: skip


def test_a_small_judge_learns_where_the_bright_spot_is(tmp_path):
    """Sad is below, happy above, strength is how bright."""
    texts = ["sad:0.33", "sad", "happy:0.33", "happy", "neutral"]
    pictures = np.full((len(texts), 10, 16, 16), 40, dtype=np.uint8)
    pictures[0, :, 10:14, 4:12], pictures[1, :, 10:14, 4:12] = 90, 255
    pictures[2, :, 2:6, 4:12], pictures[3, :, 2:6, 4:12] = 90, 255
    pictures[:, ::3, 7:9, :4] = 120  # nothing of importance
    photos = tuple(photo(n, "train", text, 10 * n, 10) for n, text in enumerate(texts))
    shown = tuple(photo(n, split, text, 10 * n, 10) for split in ("validation", "test") for n, text in enumerate(texts))
    album = Album(tmp_path, pictures.reshape(-1, 16, 16), np.zeros(50, np.int8), 8.0, "face", photos + shown)
    windows = feeling_training.Windows(album, feeling_training.examples(photos), Data(batch=8, frames=6))
    torch.manual_seed(0)
    net, objective = VideoEmotion(FEELINGS), feeling_training.Objective()
    step = torch.optim.Adam(net.parameters(), lr=1e-2)
    for number in range(80):
        terms = objective(net, windows.batch(number, torch.Generator().manual_seed(number)))
        step.zero_grad()
        (terms["emotion"] + terms["intensity"]).backward()
        step.step()
    rows = feeling_training.evaluate(net.eval(), album)
    assert rows["all"]["told"] == 100.0
    assert set(rows) == {"all", "known heads", "known styles"}


class Own(nn.Module):
    """A user's lip reader: the mean of each frame."""

    def __init__(self):
        super().__init__()
        self.size = 32

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.mean(dim=(3, 4))


def test_a_users_own_net_is_taken_if_it_gives_what_is_wanted(tmp_path):
    torch.jit.script(Own()).save(str(tmp_path / "own.pt"))
    net = watchers.lip_reader(str(tmp_path / "own.pt"))
    assert net.size == 32
    pictures = torch.rand(2, 5, 1, 32, 32, requires_grad=True)
    net(pictures).sum().backward()
    assert pictures.grad.abs().sum() > 0
    with pytest.raises(UserError, match=r"gives \(1, 12, 1\) for pictures .* not \(1, D\)"):
        watchers.video_emotion(str(tmp_path / "own.pt"))
    with pytest.raises(UserError, match="no such file"):
        watchers.lip_reader("nothing.pt")
    (tmp_path / "bad.pt").write_bytes(b"nothing of the kind")
    with pytest.raises(UserError, match="not a TorchScript file"):
        watchers.lip_reader(str(tmp_path / "bad.pt"))
    with pytest.raises(UserError, match="not a model folder"):
        watchers.lip_reader(str(tmp_path))
    save(tmp_path / "model", LipReader(LIPS), {})
    with pytest.raises(UserError, match="kind 'lip_reader', not 'video_emotion'"):
        watchers.video_emotion(str(tmp_path / "model"))


def test_pictures_are_prepared_from_the_command_line(tmp_path, clips, monkeypatch, capsys):
    monkeypatch.setattr(
        "sys.argv", ["speechface", "prepare", "pictures", str(clips.path), str(tmp_path / "album"), "--hours", "0.001",
                     "--size", "16", "--every", "4"],
    )  # fmt: skip
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code in (0, None)
    assert "pictures of" in capsys.readouterr().out
    assert Album.read(tmp_path / "album", "mouth").pictures.shape[1:] == (16, 16)
