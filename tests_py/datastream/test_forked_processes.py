"""Copies of the process that runs a job, as `os.fork` and multiprocessing make them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from pathlib import Path

from datastream.environments import environment
from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.common.errors import JobCancelledError
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource


def fork() -> int:
    """A child that waits until it is killed."""
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(1)
    return child


def is_locked(path: Path) -> bool:
    opened = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False


def test_what_a_job_has_locked_its_forks_do_not_hold(tmp_path):
    databases, checkpoints = tmp_path / "databases", tmp_path / "checkpoints"
    options = {
        "execution.checkpointing.interval": "10 ms",
        "execution.checkpointing.dir": str(checkpoints),
        "state.backend.rocksdb.localdir": str(databases),
    }
    env = environment(1, backend="rocksdb", options=options)
    numbers = env.from_source(
        NumberSequenceSource(1, 10**12), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    sums = numbers.key_by(lambda n: n % 7, Types.LONG()).reduce(lambda a, b: a + b)
    with sums.execute_and_collect() as results:
        next(results)  # of the first checkpoint
        (job,) = checkpoints.iterdir()
        scratch = list(databases.rglob("IN_USE"))
        children = [fork(), fork()]
        try:
            os.kill(children[0], signal.SIGKILL)
            os.waitpid(children[0], 0)
            assert scratch and all(map(is_locked, [job, *scratch]))
            kept = [os.open(path, os.O_RDONLY) for path in scratch]
            results.get_job_client().cancel().result(60)
            with contextlib.suppress(JobCancelledError):
                list(results)
            assert not is_locked(job)
            for opened in kept:  # its name is gone
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.close(opened)
        finally:
            os.kill(children[1], signal.SIGKILL)
            os.waitpid(children[1], 0)
