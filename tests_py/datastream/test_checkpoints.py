"""Checkpoints of whole jobs: what fails goes on from the latest, what crashed from its folder."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from datastream.counting_jobs import CountByKey, counts, environment, every_count, expected, run_program
from pyflinkpp.common import RestartStrategies, Types
from pyflinkpp.common.errors import ConfigurationError, PyFlinkppError


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
@pytest.mark.parametrize("in_files", [False, True])
def test_state_counts_every_record_once_whatever_fails(backend, in_files, tmp_path):
    rows = 30_000
    env = environment(tmp_path if in_files else None, **{"state.backend.type": backend})
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(5, 0))
    with counts(env, CountByKey(fail_at=20_000, attempts=2), rows).execute_and_collect() as results:
        assert Counter(results) == Counter(every_count(rows))


def test_a_job_with_checkpoints_restarts_without_being_told_to():
    env = environment(**{"restart-strategy.exponential-delay.initial-backoff": "1 ms"})
    with counts(env, CountByKey(fail_at=5_000), 10_000).execute_and_collect() as results:
        assert Counter(results) == Counter(every_count(10_000))


def test_at_least_once_results_come_at_once_and_may_come_again():
    env = environment(
        **{
            "execution.checkpointing.mode": "AT_LEAST_ONCE",
            "restart-strategy.exponential-delay.initial-backoff": "1 ms",
        }
    )
    # With several channels, what overtakes a barrier is counted again, too.
    env.set_parallelism(1)
    with counts(env, CountByKey(fail_at=5_000), 10_000).execute_and_collect() as results:
        assert set(results) == set(every_count(10_000))


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_a_killed_program_goes_on_from_its_latest_checkpoint(backend, tmp_path):
    latest = ("execution.state-recovery.path=latest", f"state.backend.type={backend}")
    killed = run_program(tmp_path, 15_000, *latest)
    assert killed.returncode == 9, killed.stderr
    assert list((tmp_path / "checkpoints").glob("*/chk-*/_metadata"))
    again = run_program(tmp_path, -1, *latest)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(str(sorted(expected(20_000).items())))


def test_a_damaged_checkpoint_is_named_and_passed_over(tmp_path):
    kept = "execution.checkpointing.num-retained=3"
    assert run_program(tmp_path, 15_000, kept).returncode == 9
    found = sorted((tmp_path / "checkpoints").glob("*/chk-*/_metadata"), key=os.path.getmtime)
    assert len(found) > 1
    newest = found[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 4
    stamp = newest.stat()
    newest.write_bytes(content)
    os.utime(newest, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    again = run_program(tmp_path, -1, "execution.state-recovery.path=latest")
    assert again.returncode == 0, again.stderr
    assert str(newest.parent) in again.stderr
    assert again.stdout.startswith(str(sorted(expected(20_000).items())))
    by_name = run_program(tmp_path, -1, f"execution.state-recovery.path={newest.parent}")
    assert by_name.returncode != 0
    assert str(newest.parent) in by_name.stderr


def test_state_that_nobody_claims_is_refused_unless_it_may_be_left(tmp_path):
    assert run_program(tmp_path, 15_000).returncode == 9
    checkpoint = next((tmp_path / "checkpoints").glob("*/chk-*"))
    for ignore, message in (("false", "no operator of the program has that id"), ("true", "")):
        env = environment(
            **{
                "execution.state-recovery.path": str(checkpoint),
                "execution.state-recovery.ignore-unclaimed-state": ignore,
            }
        )
        stream = env.from_collection([1]).uid("one").map(lambda x: x, Types.LONG()).uid("another")
        if message:
            with pytest.raises(PyFlinkppError, match=message):
                stream.execute_and_collect()
        else:
            with stream.execute_and_collect() as results:
                assert list(results) == [1]


def test_checkpoints_are_gone_when_the_job_has_finished(tmp_path):
    env = environment(tmp_path)
    with counts(env, CountByKey(), 20_000).execute_and_collect() as results:
        assert sum(1 for _ in results) == 20_000
    assert not list(tmp_path.glob("*/chk-*"))


@pytest.mark.parametrize(
    ("retention", "kept"), [("RETAIN_ON_CANCELLATION", True), ("DELETE_ON_CANCELLATION", False)]
)
def test_checkpoints_of_a_cancelled_job_are_kept_if_they_are_to_be(retention, kept, tmp_path):
    env = environment(tmp_path, **{"execution.checkpointing.externalized-checkpoint-retention": retention})
    results = counts(env, CountByKey(), 10**12).execute_and_collect()
    for _ in results:
        if list(tmp_path.glob("*/chk-*/_metadata")):
            break
    results.close()
    assert bool(list(tmp_path.glob("*/chk-*/_metadata"))) is kept


def test_settings_that_cannot_be_followed_are_refused():
    env = environment(**{"execution.checkpointing.storage": "filesystem"})
    with pytest.raises(ConfigurationError, match=r"execution\.checkpointing\.dir"):
        env.from_collection([1]).execute_and_collect()
    env = environment(**{"execution.state-recovery.path": "LATEST"})
    with pytest.raises(ConfigurationError, match=r"execution\.checkpointing\.dir"):
        env.from_collection([1]).execute_and_collect()
    env = environment(**{"execution.state-recovery.path": "/nowhere"})
    with pytest.raises(PyFlinkppError, match="is no checkpoint"):
        env.from_collection([1]).execute_and_collect()
