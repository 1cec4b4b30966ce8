"""Many videos at once, in processes and on Ray: workers are killed in the middle, and nothing is lost or doubled."""

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from test_video_faces import GRID, MODEL, needs_data

from data_prep import corpora
from data_prep.video.gather import gather
from data_prep.video.ingest import Settings
from data_prep.video.work import work

pytestmark = [needs_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Two videos of GRID, twice each, and one that is none."""
    root = tmp_path_factory.mktemp("grid")
    for number in range(2):
        for name in ("bbaf2n", "sbwe5n"):
            shutil.copyfile(GRID / f"{name}.mpg", root / f"{name}-{number}.mpg")
    (root / "broken.mpg").write_bytes(b"nothing")
    (root / "metadata.csv").write_text(
        "file,licence\n" + "".join(f"{path.name},CC BY 4.0\n" for path in root.glob("*.mpg")), encoding="utf-8"
    )
    return corpora.videos("folder", root)


@pytest.fixture(scope="module")
def expected(recordings, tmp_path_factory):
    """What one process makes of them."""
    out = tmp_path_factory.mktemp("one")
    work(recordings, out, Settings(head="none"), MODEL)
    return found(recordings, out)


def found(recordings, out):
    gather(recordings, out, 25.0, fitted=False)
    names = [json.loads(line)["name"] for line in (out / "clips.jsonl").read_text(encoding="utf-8").splitlines()]
    assert not list(out.rglob("*.tries"))
    assert not list(out.rglob(".*part*"))
    files = {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.suffix in (".wav", ".json")
    }
    return names, files


class Killer(threading.Thread):
    """Kills one process whose command line holds a word, once some files are there."""

    def __init__(self, word, out):
        super().__init__(daemon=True)
        self.word, self.out, self.killed = word, out, None

    def run(self):
        until = time.monotonic() + 120
        while self.killed is None and time.monotonic() < until:
            time.sleep(0.02)
            busy = list(self.out.glob("recordings/*.tries"))
            if not busy or not list(self.out.glob("recordings/*.json")):
                continue
            for process in Path("/proc").iterdir():
                try:
                    words = (process / "cmdline").read_bytes() if process.name.isdigit() else b""
                    mine = self._mine(int(process.name)) if self.word in words else False
                except OSError:
                    continue
                if mine:
                    os.kill(int(process.name), signal.SIGKILL)
                    self.killed = int(process.name)
                    return

    @staticmethod
    def _mine(pid):
        """Whether a process is a descendant of this one."""
        while pid > 1:
            if pid == os.getpid():
                return True
            pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        return False


def test_processes_do_as_one_does_though_one_is_killed(recordings, expected, tmp_path):
    killer = Killer(b"spawn_main", tmp_path)
    killer.start()
    work(recordings, tmp_path, Settings(head="none"), MODEL, jobs=2)
    assert killer.killed
    assert found(recordings, tmp_path) == expected


def test_ray_does_as_one_does_though_a_worker_is_killed(recordings, expected, tmp_path):
    ray = pytest.importorskip("ray", reason="needs Ray: pip install -e '.[cluster]'")
    ray.init(
        num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR",
        runtime_env={"env_vars": {"PYTHONPATH": str(Path(__file__).parent.parent), "OMP_NUM_THREADS": "1"}},
    )  # fmt: skip
    try:
        killer = Killer(b"ray::prepare", tmp_path)
        killer.start()
        work(recordings, tmp_path, Settings(head="none"), MODEL, ray="auto")
        assert killer.killed
    finally:
        ray.shutdown()
    assert found(recordings, tmp_path) == expected
