"""From videos to clips with made-up faces: every bad input ends in an entry, nothing is done twice, sound and picture agree."""

import json

import numpy as np
import pytest
import soundfile
from made_video import Discs, discs, talk, turn, write

from data_prep.recording import Recording
from data_prep.track import Track
from data_prep.trackers import Seen
from data_prep.video import judge, stages
from data_prep.video.gather import gather
from data_prep.video.ingest import Settings
from data_prep.video.page import page
from data_prep.video.work import work
from speechface.errors import UserError

SOUND = talk(2.0)


@pytest.fixture
def red(monkeypatch):
    """Discs are faces to which no head is fitted, and the sound asks for nothing."""
    monkeypatch.setattr(stages, "fits", lambda settings: False)
    monkeypatch.setattr(stages, "_tracker", lambda name, model: Discs())
    monkeypatch.setattr(stages, "asked", lambda samples: np.zeros(len(samples) // 160))


def recording(path, name=None, **more):
    return Recording(name or path.stem, path, "anna", "CC0", "made up", **more)


def run(recordings, out, model, **settings):
    work(recordings, out, Settings(**settings), model)
    return {entry["name"]: entry for entry in gather(recordings, out, 25.0, fitted=False)}


def circle(frames, size=(96, 72)):
    return [(size[0] / 2 + 10 * np.sin(at / 8), size[1] / 2 + 6 * np.cos(at / 8)) for at in range(frames)]


def test_track_follows_the_face_at_the_rate_that_was_asked_for(tmp_path, red):
    fps = 30.0
    places = circle(60)
    path = write(tmp_path / "a.mp4", discs(60, places=places), fps=fps, sound=SOUND)
    out = tmp_path / "out"
    found = run([recording(path)], out, tmp_path)
    (clip,) = found["a"]["clips"]
    track = Track.load(out / clip["name"] / "track.npz")
    samples, rate = soundfile.read(out / clip["name"] / "audio.wav")
    assert (track.fps, track.size, rate) == (25.0, (96, 72), 16000)
    assert len(samples) == len(track) * 640
    times = clip["start"] + np.arange(len(track)) / 25
    want = np.stack([np.interp(times, np.arange(60) / fps, axis) for axis in np.transpose(places)], axis=1)
    middle = track.landmarks[:, [234, 454], :2].mean(axis=1)
    assert np.abs(middle - want - 0.5).max() < 0.4
    assert track.valid.all()
    at = round(clip["start"] * 16000)
    assert np.corrcoef(samples, SOUND[at : at + len(samples)])[0, 1] > 0.9


def bad_inputs(root):
    """Name -> (file, what its entry says)."""
    still = discs(50)
    two = discs(50, places=[((30, 36), (70, 36))] * 50)
    (root / "empty.mp4").write_bytes(b"")
    (root / "noise.mp4").write_bytes(bytes(range(256)) * 40)
    whole = write(root / "whole.avi", still, sound=SOUND, codec="mpeg4")
    half = root / "half.avi"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    unfinished = root / "unfinished.mp4"
    made = write(root / "made.mp4", still, sound=SOUND)
    unfinished.write_bytes(made.read_bytes()[: made.stat().st_size // 2])
    uneven = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.06, 50))
    late = [None if 10 < at < 40 else (48, 36) for at in range(50)]
    return {
        "one": (write(root / "one.mp4", still[:1], sound=SOUND), "seconds of speech"),
        "empty": (root / "empty.mp4", "empty"),
        "noise": (root / "noise.mp4", "cannot be read"),
        "unfinished": (unfinished, "cannot be read"),
        "half": (half, "ok"),
        "gone": (root / "gone.mp4", "no such file"),
        "mute": (write(root / "mute.mp4", still), "no sound"),
        "silent": (write(root / "silent.mp4", still, sound=np.zeros(32000)), "no speech"),
        "nobody": (write(root / "nobody.mp4", discs(50, places=[None] * 50), sound=SOUND), "no face"),
        "hidden": (write(root / "hidden.mp4", discs(50, places=late), sound=SOUND), "too few good frames"),
        "two": (write(root / "two.mp4", two, sound=SOUND), "ok"),
        "grey": (write(root / "grey.avi", still, sound=SOUND, codec="ffv1", pixels="gray", options={}), "no face"),
        "turned": (turn(write(root / "turned.mp4", discs(50, size=(72, 96)), sound=SOUND)), "ok"),
        "tall": (write(root / "tall.mp4", discs(50, size=(72, 128)), sound=SOUND), "ok"),
        "uneven": (write(root / "uneven.mp4", still, times=uneven, sound=SOUND), "ok"),
        "größe 大": (write(root / "größe 大.mp4", still, sound=SOUND), "ok"),
    }


def test_every_bad_input_ends_in_an_entry_and_stops_nothing(tmp_path, red, monkeypatch):
    monkeypatch.setattr(stages, "Thresholds", lambda: judge.Thresholds(eyes=5, sync_correlation=-1, seconds=0.5))
    inputs = bad_inputs(tmp_path)
    recordings = [recording(path, name.replace(" ", "_")) for name, (path, _) in inputs.items()]
    out = tmp_path / "out"
    found = run(recordings, out, tmp_path)
    assert set(found) == {one.name for one in recordings}
    for name, (_, expected) in inputs.items():
        entry = found[name.replace(" ", "_")]
        said = entry.get("failed", {}).get("reason", "") + " ".join(
            reason for clip in entry["clips"] for reason in clip["reasons"]
        )
        assert entry["status"] == ("accepted" if expected == "ok" else "failed" if "failed" in entry else "rejected"), (
            name
        )
        assert expected == "ok" or expected in said, (name, said)
        assert str(tmp_path) not in said
    assert [clip["faces"] for clip in found["two"]["clips"]] == [2]
    track = Track.load(out / "turned" / "track.npz")
    assert track.size == (96, 72)
    html = page(list(found.values()), recordings, out).read_text(encoding="utf-8")
    for text in ("no speech", "größe_大", "data:image/jpeg", "too few good frames"):
        assert text in html
    assert "half" in (out / "clips.jsonl").read_text(encoding="utf-8")
    assert "x no sound" in (out / "CARD.md").read_text(encoding="utf-8")


def test_a_face_that_is_only_seen_from_the_side_is_none(tmp_path, red, monkeypatch):
    """The detector sees a profile, but the mesh is not sure of it."""

    class FromTheSide(Discs):
        def look(self, picture, face):
            seen = super().look(picture, face)
            return None if seen is None else Seen(seen.landmarks, seen.scores, 0.1)

    monkeypatch.setattr(stages, "_tracker", lambda name, model: FromTheSide())
    found = run([recording(write(tmp_path / "a.mp4", discs(50), sound=SOUND))], tmp_path / "out", tmp_path)
    assert found["a"]["clips"][0]["reasons"] == ["no face could be tracked"]
    assert found["a"]["status"] == "rejected"


def test_a_cut_parts_clips_and_long_speech_is_parted_at_pauses(tmp_path, red):
    pictures = discs(75) + discs(75, ground=(230, 230, 220))
    sound = np.concatenate([talk(3.0, lead=0.2), talk(3.0, lead=0.2, seed=2)])
    path = write(tmp_path / "a.mp4", pictures, sound=sound)
    found = run([recording(path)], tmp_path / "out", tmp_path)
    assert [(clip["name"], clip["shot"]) for clip in found["a"]["clips"]] == [("a-000", 0), ("a-001", 1)]
    first, second = ((clip["start"], clip["start"] + clip["frames"] / 25) for clip in found["a"]["clips"])
    assert first[1] <= 3.0 <= second[0]
    again = run([recording(path)], tmp_path / "short", tmp_path, longest=2.0, shortest=0.5)
    assert len(again["a"]["clips"]) >= 4
    assert all(clip["frames"] <= 50 for clip in again["a"]["clips"])


def test_a_second_run_does_nothing_and_a_stopped_one_goes_on(tmp_path, red, monkeypatch):
    paths = [write(tmp_path / f"{name}.mp4", discs(50), sound=SOUND) for name in "abc"]
    recordings = [recording(path) for path in paths]
    out = tmp_path / "out"
    real, calls = stages.track, []

    def once(*arguments):
        calls.append(arguments[0].path.stem)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(stages, "track", once)
    with pytest.raises(KeyboardInterrupt):
        work(recordings, out, Settings(), tmp_path)
    work(recordings, out, Settings(), tmp_path)
    assert calls == ["a", "b", "b", "c"]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    work(recordings, out, Settings(), tmp_path)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before
    assert calls == ["a", "b", "b", "c"]
    assert not list(out.rglob("*.tries"))


def test_a_recording_that_kills_its_process_is_given_up(tmp_path, red, monkeypatch):
    path = write(tmp_path / "a.mp4", discs(50), sound=SOUND)
    out = tmp_path / "out"
    (out / "recordings").mkdir(parents=True)
    (out / "recordings" / "a.tries").write_text("3")
    found = run([recording(path)], out, tmp_path)
    assert found["a"]["failed"]["reason"] == "ended its process 3 times"


def test_index_carries_emotion_right_and_one_split_a_speaker(tmp_path, red, monkeypatch):
    monkeypatch.setattr(stages, "Thresholds", lambda: judge.Thresholds(eyes=5, sync_correlation=-1, seconds=0.5))
    path = write(tmp_path / "a.mp4", discs(50), sound=SOUND)
    first = recording(path, emotion="sad", intensity=0.5, split="validation", text="hello")
    second = Recording("b", path, "anna", "unknown", "made up", consent="yes, in writing")
    third = Recording("c", path, "bob", "unknown", "made up")
    fourth = Recording("d", path, "bob", "CC0", "MetaHuman Animator takes")
    found = run([first, second, third, fourth], tmp_path / "out", tmp_path)
    assert "no stated right" in found["c"]["failed"]["reason"]
    assert "MetaHuman" in found["d"]["failed"]["reason"]
    lines = [json.loads(line) for line in (tmp_path / "out" / "clips.jsonl").read_text().splitlines()]
    assert [(line["name"], line["split"], line["right"]) for line in lines] == [
        ("a", "validation", "CC0"), ("b", "validation", "consent: yes, in writing"),
    ]  # fmt: skip
    assert lines[0]["emotion"] == "sad:0.5"
    again = run([first, second, third, fourth], tmp_path / "out", tmp_path, asserted=True)
    assert again["c"]["status"] == "accepted"
    splits = json.loads((tmp_path / "out" / "splits.json").read_text())
    assert splits == {"train": ["bob"], "validation": ["anna"], "test": []}
    assert "the user asserts" in (tmp_path / "out" / "CARD.md").read_text()
    assert "MetaHuman" in again["d"]["failed"]["reason"]


def test_command_goes_from_folder_to_report(tmp_path, red, monkeypatch, capsys):
    """The door: settings stay with a folder, failures are forgotten when asked, a missing model file is said at once."""
    from data_prep import face_model, trackers
    from data_prep.commands.prepare import video

    monkeypatch.setattr(stages, "Thresholds", lambda: judge.Thresholds(eyes=5, sync_correlation=-1, seconds=0.5))
    root, out = tmp_path / "in", tmp_path / "out"
    write(root / "anna" / "a.mp4", discs(50), sound=SOUND)
    monkeypatch.delenv(face_model.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(UserError, match="--model-file"):
        video.run(video.Arguments(root, out))
    assert not out.exists()
    monkeypatch.setattr(face_model, "find", lambda given, download: tmp_path)
    monkeypatch.setattr(trackers, "load", lambda name, model: Discs())
    video.run(video.Arguments(root, out))
    assert "0 of 1 videos, 0 clips" in capsys.readouterr().out
    assert "no stated right to train" in (out / "report.html").read_text(encoding="utf-8")
    (root / "metadata.csv").write_text("file,licence\na,CC0\n", encoding="utf-8")
    video.run(video.Arguments(root, out, retry=True))
    assert "1 of 1 videos, 1 clips" in capsys.readouterr().out
    with pytest.raises(UserError, match="begun with fps"):
        video.run(video.Arguments(root, out, fps=30.0))
    with pytest.raises(UserError, match="holds no"):
        video.run(video.Arguments(out / "recordings", tmp_path / "none"))


def test_somebody_is_kept_for_validation():
    from data_prep.video import gather

    def split(*speakers, **said):
        entries = [{"status": "accepted", "speaker": who, "split": said.get(who)} for who in speakers]
        return gather._splits(entries)

    many = split(*(f"speaker {number}" for number in range(200)))
    assert 8 < sum(value == "validation" for value in many.values()) < 35
    train = [who for who, value in many.items() if value == "train"][:3]
    assert split(*train) == {train[0]: "train", train[1]: "train", train[2]: "validation"}
    assert split(train[0]) == {train[0]: "train"}
    assert split(*train, **{train[0]: "validation"}) == {train[0]: "validation", train[1]: "train", train[2]: "train"}
