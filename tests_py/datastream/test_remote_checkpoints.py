"""Checkpoints and savepoints where fsspec finds them."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from datastream.test_checkpoints import CountByKey, counts, every_count
from pyflinkpp.common import Configuration, RestartStrategies
from pyflinkpp.common.errors import ConfigurationError, PyFlinkppError
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.state_processor import SavepointReader

ENDLESS = 10**12


class Unsteady(LocalFileSystem):
    """Does what it is told to those of its objects that a word is part of."""

    protocol = ("unsteady",)
    #: Of each verb, the word, and how many times it still goes well.
    failing: dict[str, tuple[str, int]] = {}

    @classmethod
    def meet(cls, verb, path):
        if verb not in cls.failing:
            return
        word, left = cls.failing[verb]
        if word not in str(path):
            return
        if left == 0:
            raise ConnectionError(f"planned: {verb}")
        cls.failing[verb] = (word, left - 1)

    def pipe_file(self, path, value, **options):
        try:
            self.meet("write", path)
        except ConnectionError:
            super().pipe_file(path, value[: len(value) // 2], **options)  # as it may be without a rename
            raise
        super().pipe_file(path, value, **options)

    def cat_file(self, path, **options):
        self.meet("read", path)
        return super().cat_file(path, **options)

    def ls(self, path, detail=False, **options):
        self.meet("list", path)
        return super().ls(path, detail=detail, **options)

    def rm(self, path, **options):
        self.meet("remove", path)
        super().rm(path, **options)


fsspec.register_implementation("unsteady", Unsteady, clobber=True)


@pytest.fixture(params=["memory", "local", "unsteady"])
def folder(request, tmp_path):
    """The URL of a new folder."""
    Unsteady.failing = {}
    return f"{request.param}://{tmp_path}/checkpoints"


@pytest.fixture
def unsteady(tmp_path):
    Unsteady.failing = {}
    return f"unsteady://{tmp_path}/checkpoints"


def environment(folder: str, **options: str) -> StreamExecutionEnvironment:
    configuration = Configuration()
    for key, value in {
        "execution.checkpointing.interval": "10 ms",
        "execution.checkpointing.dir": folder,
        "execution.checkpointing.data-inline-threshold": "10",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.batch-size": "64",
        **options,
    }.items():
        configuration.set_string(key, value)
    return StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(2)


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


def test_a_failed_job_goes_on_from_there(folder):
    env = environment(folder, **{"state.backend.type": "rocksdb"})
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(5, 0))
    with counts(env, CountByKey(fail_at=20_000, attempts=2), 30_000).execute_and_collect() as results:
        assert Counter(results) == Counter(every_count(30_000))
    assert objects(folder) == []


def test_another_job_goes_on_from_the_latest_or_from_a_named_one(folder):
    last = leave_checkpoints(folder)
    assert last.startswith(folder) and len(objects(last)) > 1
    assert least_count(latest(folder)) > 1
    for named in (last, f"{last}/_metadata"):
        assert least_count(environment(folder, **{"execution.state-recovery.path": named})) > 1


def test_savepoints_are_taken_read_and_claimed_there(folder):
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


def test_a_damaged_one_is_named_and_passed_over(unsteady):
    last = leave_checkpoints(unsteady, count=5)
    damaged = Path(last.removeprefix("unsteady://")) / "_metadata"
    content = bytearray(damaged.read_bytes())
    content[-9] ^= 1
    damaged.write_bytes(content)
    with pytest.warns(UserWarning, match=f"{last}.*checksum"):
        assert least_count(latest(unsteady)) > 1


@pytest.mark.parametrize("word", ["_metadata", "state-"])
def test_what_cannot_be_written_is_declined_and_is_no_checkpoint(word, unsteady):
    good = leave_checkpoints(unsteady)
    Unsteady.failing = {"write": (word, 3)}
    env = latest(unsteady, **{"restart-strategy.type": "none"})
    with (
        pytest.raises(PyFlinkppError, match=rf"could not be stored: cannot write {unsteady}.*planned: write"),
        counts(env, CountByKey(), ENDLESS).execute_and_collect() as results,
    ):
        list(results)
    Unsteady.failing = {}
    # Nothing is left of the failed one, and what was there before is there still.
    assert all(content.startswith(b"PF") for content in map(Path.read_bytes, map(Path, objects(unsteady))))
    assert objects(good)
    assert least_count(latest(unsteady)) > 1


@pytest.mark.parametrize("verb", ["list", "read"])
@pytest.mark.parametrize("word", ["checkpoints", "chk-"])
def test_what_cannot_be_seen_now_is_not_taken_for_a_fresh_start_or_an_older_one(verb, word, unsteady):
    leave_checkpoints(unsteady)
    Unsteady.failing = {verb: (word, 0)}
    with pytest.raises(ConfigurationError, match=f"path=latest: cannot {verb} {unsteady}.*planned: {verb}"):
        least_count(latest(unsteady))
    Unsteady.failing = {"read": ("state-", 1)}
    with pytest.raises(ConfigurationError, match=f"path=latest: cannot read {unsteady}.*planned: read"):
        least_count(latest(unsteady))


def test_what_cannot_be_removed_stays_and_is_told(unsteady, caplog):
    Unsteady.failing = {"remove": ("chk-", 0)}
    last = leave_checkpoints(unsteady, **{"execution.checkpointing.num-retained": "1"})
    assert len({Path(path).parent for path in objects(unsteady)}) >= 3
    assert f"cannot remove {unsteady}" in caplog.text and "planned: remove" in caplog.text
    assert objects(last)


def test_what_is_missing_is_said(monkeypatch, tmp_path):
    env = environment("nonsense://x")
    with pytest.raises(ConfigurationError, match=r"execution\.checkpointing\.dir=nonsense://x: .*nonsense"):
        env.from_collection([1]).execute_and_collect()
    with pytest.raises(ConfigurationError, match=r"execution\.state-recovery\.path=nonsense://x"):
        latest(str(tmp_path), **{"execution.state-recovery.path": "nonsense://x"}).from_collection(
            [1]
        ).execute_and_collect()

    class NeedsAPackage(LocalFileSystem):
        def __init__(self, **options):
            raise ImportError("Install somefs to access somewhere")

    fsspec.register_implementation("somewhere", NeedsAPackage, clobber=True)
    with pytest.raises(ConfigurationError, match="a package for this protocol is missing: Install somefs"):
        SavepointReader("somewhere://bucket/savepoint")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'pyflinkpp\[fsspec\]'"):
        environment("s3://bucket/x").from_collection([1]).execute_and_collect()
