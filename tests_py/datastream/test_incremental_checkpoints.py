"""Checkpoints of RocksDB that name the files which earlier ones have stored."""

from __future__ import annotations

import logging
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from datastream import wide_jobs
from datastream.counting_jobs import CountByKey, counts, environment, every_count, expected, run_program
from pyflinkpp.common import RestartStrategies
from pyflinkpp.state_processor import SavepointReader

INCREMENTAL = {"state.backend.type": "rocksdb", "execution.checkpointing.incremental": "true"}
OPTIONS = tuple(f"{key}={value}" for key, value in INCREMENTAL.items())
KEPT = (
    "execution.checkpointing.num-retained=3",
    "execution.checkpointing.externalized-checkpoint-retention=RETAIN_ON_CANCELLATION",
)
LATEST = "execution.state-recovery.path=latest"
COUNTED = str(sorted(expected(20_000).items()))


def checkpoints(tmp_path: Path) -> list[Path]:
    """Of a job that was killed, oldest first."""
    assert run_program(tmp_path, 15_000, *OPTIONS, *KEPT).returncode == 9
    found = [path.parent for path in (tmp_path / "checkpoints").glob("*/chk-*/_metadata")]
    return sorted(found, key=lambda path: int(path.name.removeprefix("chk-")))


def shared_by(checkpoint: Path) -> set[str]:
    """The shared files that its metadata names."""
    metadata = (checkpoint / "_metadata").read_bytes()
    return {path.name for path in (checkpoint.parent / "shared").iterdir() if path.name.encode() in metadata}


def all_shared(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "checkpoints").glob("*/shared/*")}


def test_state_counts_every_record_once_whatever_fails(tmp_path):
    env = environment(tmp_path, **INCREMENTAL)
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(5, 0))
    with counts(env, CountByKey(fail_at=20_000, attempts=2), 30_000).execute_and_collect() as results:
        assert Counter(results) == Counter(every_count(30_000))
    assert not list(tmp_path.glob("*/shared/*")), "the job has finished, so nothing is kept of it"


def test_later_checkpoints_name_files_of_earlier_ones(tmp_path):
    found = checkpoints(tmp_path)
    assert len(found) == 3
    # RocksDB may have put all files together between two of them, but not twice in a row.
    assert any(shared_by(later) & shared_by(earlier) for earlier, later in pairwise(found))
    needed = set().union(*map(shared_by, found))
    # What was being written when the process was killed is nobody's.
    assert needed <= all_shared(tmp_path)


@pytest.mark.parametrize("claim", ["NO_CLAIM", "CLAIM"])
@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_another_process_goes_on_with_any_backend_and_parallelism(tmp_path, backend, claim):
    found = checkpoints(tmp_path)
    again = run_program(
        tmp_path,
        -1,
        LATEST,
        f"state.backend.type={backend}",
        "execution.checkpointing.incremental=true",
        f"execution.state-recovery.claim-mode={claim}",
        "parallelism.default=3",
    )
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(COUNTED)
    left = found if claim == "NO_CLAIM" else found[:-1]
    for checkpoint in left:
        assert (checkpoint / "_metadata").exists()
        assert shared_by(checkpoint), "what it needs is there"
    if claim == "CLAIM":
        assert not found[-1].exists()
        # The job that was claimed from keeps what its other checkpoints need; the other job has finished.
        named = set().union(*map(shared_by, left))
        assert {name for name in all_shared(tmp_path) if name in named} == named


def test_a_checkpoint_with_a_damaged_file_is_passed_over(tmp_path):
    found = checkpoints(tmp_path)
    own = shared_by(found[-1]) - shared_by(found[-2]) - shared_by(found[-3])
    assert own, "the last one has stored files of its own"
    for name in own:
        file = found[-1].parent / "shared" / name
        file.write_bytes(file.read_bytes()[:-1])
    again = run_program(tmp_path, -1, LATEST, *OPTIONS)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(COUNTED)
    assert str(found[-1]) in again.stderr and any(name in again.stderr for name in own)


def test_a_checkpoint_with_a_missing_file_says_which(tmp_path):
    latest = checkpoints(tmp_path)[-1]
    gone = latest.parent / "shared" / min(shared_by(latest))
    gone.unlink()
    again = run_program(tmp_path, -1, f"execution.state-recovery.path={latest}", *OPTIONS)
    assert again.returncode != 0
    assert f"{gone} is gone" in again.stderr


def test_what_it_holds_can_be_read_without_its_job(tmp_path):
    reader = SavepointReader(str(checkpoints(tmp_path)[-1]))
    counts = {}
    for operator in reader.operators():
        if any(state.name == "count" for state in reader.states(operator.uid)):
            counts = {row.key: row.value for row in reader.read(operator.uid, "count")}
    assert set(counts) == set(range(7))
    assert sum(counts.values()) <= 15_000


CLAIM = {"execution.state-recovery.path": "latest", "execution.state-recovery.claim-mode": "CLAIM"}


def test_what_fails_goes_on_incrementally(tmp_path):
    env = wide_jobs.environment(str(tmp_path))
    first, *_ = wide_jobs.checkpoints(env, 1, wide_jobs.Remember(fails=True))
    assert wide_jobs.Remember.restored[-1] is not None
    assert wide_jobs.is_incremental(first)


def test_what_is_claimed_goes_on_incrementally_from_job_to_job(tmp_path):
    folder = str(tmp_path)
    *_, last = wide_jobs.checkpoints(wide_jobs.environment(folder), 3)
    assert wide_jobs.is_incremental(last)
    (of_first_job,) = tmp_path.iterdir()
    for _ in range(2):
        first, *_ = wide_jobs.checkpoints(wide_jobs.environment(folder, **CLAIM), 3)
        assert wide_jobs.Remember.restored[-1] is not None
        assert wide_jobs.is_incremental(first)
    assert list(of_first_job.glob("shared/*")), "the third job refers to what the first one has stored"
    assert not list(of_first_job.glob("chk-*")), "which had one checkpoint, and it was claimed"
    # Any backend reads it, wherever the files lie.
    (latest,) = (path.parent for path in tmp_path.glob("*/chk-*/_metadata"))
    rows = {row.key: row.value for row in SavepointReader(str(latest)).read("remember", "text")}
    assert rows == {key: wide_jobs.text_of(key) for key in range(wide_jobs.KEYS)}
    # What nobody keeps any more leaves nothing but where earlier jobs came from.
    away = {"execution.checkpointing.externalized-checkpoint-retention": "DELETE_ON_CANCELLATION"}
    assert wide_jobs.checkpoints(wide_jobs.environment(folder, **CLAIM, **away), 1)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"_origin"}


@pytest.mark.parametrize(
    "other",
    [
        {"execution.state-recovery.claim-mode": "NO_CLAIM"},
        {"parallelism.default": "2"},
        {"execution.checkpointing.dir": "elsewhere"},
    ],
)
def test_elsewhere_the_first_checkpoint_is_full(tmp_path, other):
    wide_jobs.checkpoints(wide_jobs.environment(str(tmp_path / "here")), 2)
    (latest,) = (path.parent for path in tmp_path.glob("here/*/chk-*/_metadata"))
    options = CLAIM | {"execution.state-recovery.path": str(latest)} | other
    if other.get("execution.checkpointing.dir"):
        options["execution.checkpointing.dir"] = str(tmp_path / "elsewhere")
    env = wide_jobs.environment(str(tmp_path / "here"), **options)
    env.set_parallelism(int(options.get("parallelism.default", 1)))
    first, *_ = wide_jobs.checkpoints(env, 1)
    assert wide_jobs.Remember.restored[-1] is not None
    assert not wide_jobs.is_incremental(first)
    if other.get("execution.state-recovery.claim-mode") == "NO_CLAIM":
        assert shared_by(latest), "nobody touches it"
        assert SavepointReader(str(latest)).operators()


def leave_garbage(job: Path) -> None:
    (job / "shared" / "0-000001.sst").write_bytes(b"x" * 100)
    (job / "chk-999").mkdir()
    (job / "chk-999" / "state-1").write_bytes(b"abc")


def test_what_a_killed_process_has_left_goes_when_the_job_is_recovered(tmp_path):
    found = checkpoints(tmp_path)
    job = found[-1].parent
    leave_garbage(job)
    again = run_program(tmp_path, -1, LATEST, *OPTIONS, *KEPT)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(COUNTED)
    needed = set().union(*map(shared_by, found))
    assert {path.name for path in (job / "shared").iterdir()} == needed
    assert {path.name for path in job.glob("chk-*")} == {path.name for path in found}


def test_how_much_it_was_is_logged(tmp_path, caplog):
    wide_jobs.checkpoints(wide_jobs.environment(str(tmp_path)), 1)
    (job,) = tmp_path.iterdir()
    leave_garbage(job)
    caplog.set_level(logging.INFO, "pyflinkpp.checkpoints")
    wide_jobs.checkpoints(wide_jobs.environment(str(tmp_path), **CLAIM), 1)
    assert f"removed 2 files (103 bytes) that a job which was killed has left beside {job}" in caplog.text
