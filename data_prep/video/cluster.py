"""The stages on Ray: one task a recording, on every machine of a cluster that sees the same folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from data_prep.recording import Recording
from data_prep.video.ingest import Settings
from data_prep.video.stages import ATTEMPTS, prepare
from speechface.errors import UserError


def on_ray(
    left: Sequence[Recording], out: Path, settings: Settings, model: Path, address: str, tell: Callable[[int], None]
) -> None:
    """Prepare recordings on the cluster at an address: 'auto' finds one that runs, 'local' starts one on this machine.

    A task whose worker is killed is given to another, which goes on from the files that are there. Raises `UserError` if
    Ray is not installed or no cluster is at the address.
    """
    if not find_spec("ray"):
        raise UserError("--ray needs Ray: pip install -e '.[cluster]'")
    import ray

    ours = not ray.is_initialized()
    if ours:
        _start(address)
    try:
        task = ray.remote(num_cpus=1, max_retries=ATTEMPTS + 1)(prepare)
        where = ray.put(settings)
        running = [task.remote(recording, out, where, model) for recording in left]
        count = 0
        while running:
            ready, running = ray.wait(running, num_returns=1, timeout=None)
            for one in ready:
                _collect(one)
                count += 1
                tell(count)
    finally:
        if ours:
            ray.shutdown()


def _start(address: str) -> None:
    import ray

    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    settings: dict[str, Any] = {"include_dashboard": False, "logging_level": "ERROR", "log_to_driver": False}
    if address != "local":
        settings["address"] = address
    settings["runtime_env"] = {"env_vars": {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}}
    try:
        ray.init(**settings)
    except (ConnectionError, ValueError) as error:
        raise UserError(
            f"no Ray cluster at '{address}' ({str(error).splitlines()[0]}); start one with 'ray start'"
        ) from None


def _collect(task: Any) -> None:
    """Wait for a task. One whose workers have all died has its failure written by the next run, or stays undone."""
    import ray

    try:
        ray.get(task)
    except ray.exceptions.WorkerCrashedError:
        return
