"""`animate --character NAME`: the same motion on another person, by every exporter."""

import numpy as np
import pytest
import trimesh
from command_line import animate  # noqa: F401

import speechface as sf
from render import motion
from speechface import heads
from speechface.errors import UserError
from speechface.sculpt.characters import CHARACTERS


def test_every_exporter_writes_the_person_asked_for(animate, tmp_path):  # noqa: F811
    places = ("talk.npz", "obj/talk.obj", "ply/talk.ply", "talk.glb", "talk.mp4", "talk.csv")
    words = [word for place in places for word in ("-o", place)]
    light = ("--head", "flame:preview", "--size", 32)
    assert animate("speech.wav", *words, *light, "--character", "amara", "-q").code == 0
    amara, mira = (heads.load(f"flame:preview,character={name}") for name in ("amara", "mira"))
    clip = sf.load(tmp_path / "talk.npz")
    posed = np.stack(list(motion.vertices(clip, amara)))
    with np.load(tmp_path / "talk.npz", allow_pickle=False) as data:
        assert np.abs(data["vertices"] - posed).max() < 1e-5
    for kind in ("obj", "ply"):
        first = sorted((tmp_path / kind).rglob(f"*.{kind}"))[0]
        written = np.asarray(trimesh.load(first, process=False, maintain_order=True).vertices)
        assert np.abs(np.ptp(written, axis=0) - np.ptp(posed[0], axis=0)).max() < 1e-4
    scene = trimesh.load(tmp_path / "talk.glb")
    size = np.ptp(scene.bounds, axis=0)
    assert np.abs(size - np.ptp(amara.rest, axis=0)).max() < np.abs(size - np.ptp(mira.rest, axis=0)).max()
    assert (tmp_path / "talk.mp4").stat().st_size > 1000


def test_the_models_own_head_can_be_anyone(animate, tmp_path):  # noqa: F811
    assert animate("speech.wav", "--mesh", "npz", "-o", "a.npz", "--character", "jun", "-q").code == 0
    posed = next(iter(motion.vertices(sf.load(tmp_path / "a.npz"), heads.load("flame:character=jun"))))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert np.abs(data["vertices"][0] - posed).max() < 1e-5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--character", "mara"), "did you mean"),
        (("--character", ""), "no character"),
        (("--character", "otto,jun"), "character=NAME"),
        (("--character", "otto,jawWidth=wide"), "not a number between"),
        (("--character", "otto,jawWidth=3"), "not a number between"),
        (("--character", "otto,jawWidht=1"), "jawWidth"),
        (("--character", "otto,hair=jan"), "jun"),
        (("--head", "flame:character=otto", "--character", "jun"), "already"),
        (("--head", "nobody", "--character", "jun"), "nobody"),
    ],
)
def test_mistakes_are_told_in_one_line(animate, tmp_path, words, told):  # noqa: F811
    said = animate("speech.wav", *words)
    assert said.code == 2
    assert told in said.err
    assert said.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["speech.wav"]


def test_characters_are_listed_and_help_names_them(animate):  # noqa: F811
    assert sf.available()["characters"] == list(CHARACTERS)
    said = animate("--help").out
    assert all(name in said for name in CHARACTERS)


def test_only_the_open_head_has_people():
    assert heads.played_by("open:arkit,preview", "otto") == "open:arkit,preview,character=otto"
    assert heads.played_by("flame", None) == "flame"
    with pytest.raises(UserError, match="has no characters"):
        heads.played_by("file:/tmp/x.glb", "otto")


def test_a_person_may_take_from_another_and_change_in_shape():
    otto, jun = heads.load("open:preview,character=otto"), heads.load("open:preview,character=jun")
    mixed = heads.load(heads.played_by("open:preview", "otto,hair=jun,eyes=jun,jawWidth=-1"))
    part = {name: otto.look.part == number for number, name in enumerate(otto.look.parts)}
    assert np.allclose(mixed.look.colour[part["hair"]], jun.look.colour[part["hair"]])
    assert np.allclose(mixed.look.colour[part["eyes"]], jun.look.colour[part["eyes"]], atol=0.02)
    assert np.allclose(mixed.look.colour[part["collar"]], otto.look.colour[part["collar"]])
    bare = part["skin"] & (otto.rest[:, 1] < 0.02) & (otto.rest[:, 2] > 0.02) & (np.abs(otto.rest[:, 0]) < 0.02)
    assert np.median(np.abs(mixed.look.colour[bare] - otto.look.colour[bare])) < 1e-6  # but for the rims of the lids
    assert np.linalg.norm(mixed.rest[part["hair"]] - otto.rest[part["hair"]], axis=1).mean() > 0.005
    jaw = [otto.landmarks[f"lm68_{number:02d}"] for number in (4, 12)]
    assert np.ptp(mixed.rest[jaw, 0]) < np.ptp(otto.rest[jaw, 0]) - 0.004
    assert np.array_equal(heads.load("open:preview,jawWidth=0").rest, heads.load("open:preview").rest)
