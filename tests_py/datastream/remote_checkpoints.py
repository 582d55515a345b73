"""Jobs whose checkpoints lie where fsspec finds them, and what is to be there."""

from __future__ import annotations

from collections import Counter

import fsspec

from datastream import environments
from datastream.counting_jobs import CountByKey, counts, every_count
from pyflinkpp.common import RestartStrategies
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.state_processor import SavepointReader

ENDLESS = 10**12


def environment(folder: str, **options: str) -> StreamExecutionEnvironment:
    checkpointing = {
        "execution.checkpointing.interval": "10 ms",
        "execution.checkpointing.dir": folder,
        "execution.checkpointing.data-inline-threshold": "10",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    }
    return environments.environment(2, options=checkpointing | options)


def objects(url: str) -> list[str]:
    files, path = fsspec.core.url_to_fs(url)
    return files.find(path)


def latest(folder: str, **options: str) -> StreamExecutionEnvironment:
    return environment(folder, **{"execution.state-recovery.path": "latest", **options})


def leave_checkpoints(folder: str, count: int = 3, **options: str) -> str:
    """Cancels a job that has taken some; gives the last."""
    env = environment(folder, **{"execution.checkpointing.num-retained": "3", **options})
    with counts(env, CountByKey(), ENDLESS).execute_and_collect() as results:
        while results._job.completed_checkpoints() < count:
            next(results)
    return results._job.latest_checkpoint()[1]


def least_count(env: StreamExecutionEnvironment) -> int:
    """Of the first results of a job: 1 where it has begun anew."""
    with counts(env, CountByKey(), ENDLESS).execute_and_collect() as results:
        return min(count for _, (_, count) in zip(range(50), results, strict=False))


def a_failed_job_goes_on_from_there(folder):
    env = environment(folder, **{"state.backend.type": "rocksdb"})
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(5, 0))
    with counts(env, CountByKey(fail_at=20_000, attempts=2), 30_000).execute_and_collect() as results:
        assert Counter(results) == Counter(every_count(30_000))
    assert objects(folder) == []


def another_job_goes_on_from_the_latest_or_from_a_named_one(folder):
    last = leave_checkpoints(folder)
    assert last.startswith(folder) and len(objects(last)) > 1
    assert least_count(latest(folder)) > 1
    for named in (last, f"{last}/_metadata"):
        assert least_count(environment(folder, **{"execution.state-recovery.path": named})) > 1


def savepoints_are_taken_read_and_claimed_there(folder):
    savepoints = folder.replace("checkpoints", "savepoints")
    with counts(environment(folder), CountByKey(), ENDLESS).uid("counts").execute_and_collect() as results:
        seen = [next(results) for _ in range(300)]
        stopping = results.get_job_client().stop_with_savepoint(False, savepoints)
        seen += results
        savepoint = stopping.result(60)
    assert savepoint.startswith(f"{savepoints}/savepoint-")
    kept = {row.key: row.value for row in SavepointReader(savepoint).read("counts", "count")}
    assert kept == {key: count for key, count in sorted(seen)}
    env = environment(
        folder,
        **{"execution.state-recovery.path": savepoint, "execution.state-recovery.claim-mode": "CLAIM"},
    )
    with counts(env, CountByKey(), ENDLESS).uid("counts").execute_and_collect() as results:
        while results._job.completed_checkpoints() < 2:
            next(results)
    assert objects(savepoint) == []
