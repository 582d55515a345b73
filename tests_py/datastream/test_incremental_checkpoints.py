"""Checkpoints of RocksDB that name the files which earlier ones have stored."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

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
