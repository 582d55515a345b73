"""Checkpoints and savepoints where fsspec finds them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from datastream import remote_checkpoints as remote
from datastream import wide_jobs
from datastream.counting_jobs import CountByKey, counts
from datastream.remote_checkpoints import (
    ENDLESS,
    environment,
    latest,
    least_count,
    leave_checkpoints,
    objects,
)
from pyflinkpp.common.errors import ConfigurationError, PyFlinkppError
from pyflinkpp.state_processor import SavepointReader


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


def test_a_failed_job_goes_on_from_there(folder):
    remote.a_failed_job_goes_on_from_there(folder)


def test_another_job_goes_on_from_the_latest_or_from_a_named_one(folder):
    remote.another_job_goes_on_from_the_latest_or_from_a_named_one(folder)


def test_savepoints_are_taken_read_and_claimed_there(folder):
    remote.savepoints_are_taken_read_and_claimed_there(folder)


# -- Incremental ones

CLAIM = {"execution.state-recovery.path": "latest", "execution.state-recovery.claim-mode": "CLAIM"}


def shared(url: str) -> list[str]:
    return [path for path in objects(url) if "/shared/" in path]


def test_incremental_ones_share_files_there_until_nobody_needs_them(folder):
    *_, last = wide_jobs.checkpoints(wide_jobs.environment(folder), 3)
    assert wide_jobs.is_incremental(last)
    of_first_job = shared(folder)
    assert of_first_job
    first, *_ = wide_jobs.checkpoints(wide_jobs.environment(folder, **CLAIM), 3)
    assert wide_jobs.is_incremental(first)
    assert set(of_first_job) & set(shared(folder)), "referred to, not written again"
    assert sum(path.endswith("/_metadata") for path in objects(folder)) == 1
    away = {"execution.checkpointing.externalized-checkpoint-retention": "DELETE_ON_CANCELLATION"}
    assert wide_jobs.checkpoints(wide_jobs.environment(folder, **CLAIM, **away), 1)
    assert objects(folder) == []


def test_a_failed_job_goes_on_incrementally_there(folder):
    first, *_ = wide_jobs.checkpoints(wide_jobs.environment(folder), 1, wide_jobs.Remember(fails=True))
    assert wide_jobs.is_incremental(first)


def test_a_shared_file_that_cannot_be_written_fails_its_checkpoint_and_leaves_nothing(unsteady):
    Unsteady.failing = {"write": (".sst", 0)}
    env = wide_jobs.environment(
        unsteady, **{"execution.checkpointing.tolerable-failed-checkpoints": "1000000"}
    )
    with wide_jobs.remembering(env).execute_and_collect() as results:
        while results._job._native.checkpoint_counts()["failed"] < 2:
            time.sleep(0.01)  # results show only behind a checkpoint
        assert wide_jobs.statistics(results) == []
        assert objects(unsteady) == []
        Unsteady.failing = {}
        while len(wide_jobs.statistics(results)) < 2:
            next(results)
    (last,) = {path.removesuffix("/_metadata") for path in objects(unsteady) if path.endswith("/_metadata")}
    rows = {row.key: row.value for row in SavepointReader(f"unsteady://{last}").read("remember", "text")}
    assert rows == {key: wide_jobs.text_of(key) for key in range(wide_jobs.KEYS)}
    named = Path(last, "_metadata").read_bytes()
    assert all(Path(path).name.encode() in named for path in shared(unsteady))


def test_a_shared_file_that_cannot_be_read_is_no_fresh_start(unsteady):
    wide_jobs.checkpoints(wide_jobs.environment(unsteady), 2)
    Unsteady.failing = {"read": (".sst", 0)}
    with pytest.raises(ConfigurationError, match=r"path=latest: cannot read unsteady.*\.sst.*planned: read"):
        wide_jobs.checkpoints(wide_jobs.environment(unsteady, **CLAIM), 1)


def test_where_nobody_can_tell_who_runs_leftovers_stay(unsteady):
    wide_jobs.checkpoints(wide_jobs.environment(unsteady), 2)
    garbage = Path(shared(unsteady)[0]).with_name("garbage.sst")
    garbage.write_bytes(b"x")
    wide_jobs.checkpoints(wide_jobs.environment(unsteady, **CLAIM), 1)
    assert garbage.exists()


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

    class NeedsALibrary(LocalFileSystem):
        def __init__(self, **options):
            raise OSError("Unable to load libsome\ndlopen(/a) failed\ndlopen(/b) failed")

    fsspec.register_implementation("elsewhere", NeedsALibrary, clobber=True)
    with pytest.raises(ConfigurationError, match=r"dir=elsewhere://x: Unable to load libsome$"):
        environment("elsewhere://x").from_collection([1]).execute_and_collect()
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'pyflinkpp\[fsspec\]'"):
        environment("s3://bucket/x").from_collection([1]).execute_and_collect()
