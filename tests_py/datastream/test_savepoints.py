"""Savepoints: taken while a job runs or to end it, kept, and gone on from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import pyflinkpp._native as _native
from datastream import environments
from pyflinkpp.common import (
    JobStatus,
    RestartStrategies,
    SavepointFormatType,
    Types,
    WatermarkStrategy,
)
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError, PyFlinkppError
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import CheckpointListener
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.state_processor import SavepointReader

ENDLESS = 10**12
PAIR = Types.TUPLE([Types.LONG(), Types.LONG()])


class CountByKey(KeyedProcessFunction):
    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value, ctx):
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield ctx.get_current_key(), count


def environment(savepoint: str | None = None, **options: str) -> StreamExecutionEnvironment:
    return environments.environment(2, savepoint=savepoint, options=options)


def counts(env: StreamExecutionEnvironment, last: int = ENDLESS, function=CountByKey, uid: str = "counts"):
    numbers = env.from_source(
        NumberSequenceSource(1, last), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    counted = numbers.uid("numbers").key_by(lambda n: n % 7, Types.LONG()).process(function(), PAIR)
    return counted.uid(uid) if uid else counted


def read(results, rows: int) -> list:
    return [next(results) for _ in range(rows)]


def each_count_once(results: list) -> None:
    """Whatever was counted so far, was counted once and shown once."""
    seen = Counter(results)
    assert set(seen.values()) == {1}
    assert len(seen) == sum(dict(sorted(results)).values())


@pytest.mark.parametrize("checkpoints", [False, True])
def test_stop_and_go_on_shows_each_result_once(checkpoints, tmp_path):
    options = {"execution.checkpointing.interval": "10 ms"} if checkpoints else {}
    savepoint, seen = None, []
    for _ in range(4):
        with counts(environment(savepoint, **options)).execute_and_collect() as results:
            seen += read(results, 500)
            stopping = results.get_job_client().stop_with_savepoint(False, str(tmp_path))
            seen += results
            savepoint = stopping.result(60)
            assert results.get_job_client().get_job_status().result(5) is JobStatus.FINISHED
    each_count_once(seen)
    assert len(list(tmp_path.glob("savepoint-*/_metadata"))) == 4


def test_a_job_goes_on_after_a_savepoint_that_outlives_its_checkpoints(tmp_path):
    env = environment(
        **{
            "execution.checkpointing.interval": "10 ms",
            "execution.checkpointing.dir": str(tmp_path / "checkpoints"),
            "execution.checkpointing.savepoint-dir": str(tmp_path / "savepoints"),
        }
    )
    with counts(env).execute_and_collect() as results:
        job = results.get_job_client()
        seen = read(results, 500)
        taking = job.trigger_savepoint()
        while not taking.done():
            seen += read(results, 500)
        before = results._job.completed_checkpoints()
        while results._job.completed_checkpoints() < before + 3:
            seen += read(results, 500)
        assert job.get_job_status().result(5) is JobStatus.RUNNING
    each_count_once(seen)
    path = taking.result(5)
    name = f"savepoint-{str(job.get_job_id())[:6]}-"
    assert Path(path).parent == tmp_path / "savepoints" and Path(path).name.startswith(name)
    with counts(environment(path)).execute_and_collect() as results:
        again = read(results, 500)
    assert min(count for _, count in again) > 1


def test_drained_sources_end_and_windows_fire(tmp_path):
    env = environment()
    with counts(env).execute_and_collect() as results:
        read(results, 200)
        stopping = results.get_job_client().stop_with_savepoint(True, str(tmp_path))
        list(results)
        savepoint = stopping.result(60)
    # All had come to their end, so that nothing is left to do.
    with counts(environment(savepoint)).execute_and_collect() as results:
        assert list(results) == []


class TellsWhatItHears(CountByKey, CheckpointListener):
    """Writes into a file which checkpoints it was told of, and when it was closed."""

    def __init__(self, path: str) -> None:
        self.path = path

    def tell(self, what: str) -> None:
        with open(self.path, "a") as file:
            file.write(what + "\n")

    def notify_checkpoint_complete(self, checkpoint_id):
        self.tell("complete")

    def notify_checkpoint_aborted(self, checkpoint_id):
        self.tell("aborted")

    def close(self):
        self.tell("closed")


def test_sinks_hear_of_savepoints_that_end_the_job_before_they_are_closed(tmp_path):
    told = tmp_path / "told"
    env = environment()
    env.set_parallelism(1)
    with counts(env, function=lambda: TellsWhatItHears(str(told))).execute_and_collect() as results:
        read(results, 100)
        taking = results.get_job_client().trigger_savepoint(str(tmp_path))
        while not taking.done():
            read(results, 100)
        assert not told.exists()
        stopping = results.get_job_client().stop_with_savepoint(False, str(tmp_path))
        list(results)
        stopping.result(60)
    assert told.read_text().split() == ["complete", "closed"]


@pytest.mark.parametrize("drain", [False, True])
def test_a_savepoint_that_cannot_be_written_leaves_the_job_running_unless_it_has_ended(drain, tmp_path):
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    env = environment()
    env.set_restart_strategy(RestartStrategies.no_restart())
    with counts(env).execute_and_collect() as results:
        seen = read(results, 200)
        job = results.get_job_client()
        failing = job.stop_with_savepoint(drain, str(nowhere))
        if drain:
            with pytest.raises(PyFlinkppError, match="savepoint"):
                list(results)
            assert job.get_job_status().result(5) is JobStatus.FAILED
        else:
            while not failing.done():
                seen += read(results, 1)
            seen += read(results, 5_000)
            each_count_once(seen)
            assert job.get_job_status().result(5) is JobStatus.RUNNING
        with pytest.raises(PyFlinkppError, match="could not be stored"):
            failing.result(60)


def test_what_cannot_have_a_savepoint_says_so(tmp_path):
    with counts(environment()).execute_and_collect() as results:
        job = results.get_job_client()
        with pytest.raises(ConfigurationError, match=r"execution\.checkpointing\.savepoint-dir"):
            job.trigger_savepoint().result(60)
        with pytest.raises(ConfigurationError, match="nonsense"):
            job.trigger_savepoint("nonsense://bucket/x").result(60)
        with pytest.raises(ValueError, match="'savepoints'"):
            results._job._native.trigger_savepoint(_native.Location(str(tmp_path)), purpose="savepoints")
        with pytest.raises(NotBuiltError, match="CANONICAL"):
            job.trigger_savepoint(str(tmp_path), SavepointFormatType.NATIVE)
        for save in (job.trigger_savepoint, lambda folder: job.stop_with_savepoint(False, folder)):
            with pytest.raises(TypeError, match="savepoint_directory must be a str, not 5"):
                save(5)
    with pytest.raises(PyFlinkppError, match="does not run"):
        job.trigger_savepoint(str(tmp_path)).result(60)


def savepoint_of(tmp_path: Path, **arguments) -> str:
    with counts(environment(), **arguments).execute_and_collect() as results:
        read(results, 300)
        stopping = results.get_job_client().stop_with_savepoint(False, str(tmp_path))
        list(results)
        return stopping.result(60)


def test_state_of_an_operator_that_the_program_lacks_is_named(tmp_path):
    savepoint = savepoint_of(tmp_path)
    env = environment(savepoint)
    with pytest.raises(PyFlinkppError, match=r"'KeyedProcess'.*'counts'.*--allowNonRestoredState"):
        counts(env, uid="other").execute_and_collect()
    allowed = environment(savepoint, **{"execution.state-recovery.ignore-unclaimed-state": "true"})
    with counts(allowed, uid="other").execute_and_collect() as results:
        assert {key: count for key, count in reversed(read(results, 200))}[1] == 1


def test_without_uids_a_changed_program_does_not_take_another_operators_state(tmp_path):
    savepoint = savepoint_of(tmp_path, uid="")

    def changed(env):
        numbers = env.from_source(
            NumberSequenceSource(1, ENDLESS), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
        )
        more = numbers.uid("numbers").map(lambda n: n, Types.LONG())
        return more.key_by(lambda n: n % 7, Types.LONG()).process(CountByKey(), PAIR)

    with pytest.raises(PyFlinkppError, match="no operator of the program has that id"):
        changed(environment(savepoint)).execute_and_collect()
    with counts(environment(savepoint), uid="").execute_and_collect() as results:
        assert min(count for _, count in read(results, 100)) > 1


@pytest.mark.parametrize("claim", [False, True])
def test_a_claimed_savepoint_goes_when_checkpoints_are_enough(claim, tmp_path):
    savepoint = savepoint_of(tmp_path)
    env = environment(
        savepoint,
        **{
            "execution.state-recovery.claim-mode": "CLAIM" if claim else "NO_CLAIM",
            "execution.checkpointing.interval": "10 ms",
            "execution.checkpointing.dir": str(tmp_path / "checkpoints"),
        },
    )
    with counts(env).execute_and_collect() as results:
        while results._job.completed_checkpoints() < 3:
            read(results, 100)
        results.get_job_client().stop_with_savepoint(False, str(tmp_path))
        list(results)
    assert Path(savepoint).exists() is not claim


@pytest.mark.parametrize("finishes", [False, True])
def test_a_claimed_savepoint_stays_as_long_as_it_is_all_there_is(finishes, tmp_path):
    savepoint = savepoint_of(tmp_path)
    env = environment(
        savepoint,
        **{"execution.state-recovery.claim-mode": "CLAIM", "execution.checkpointing.interval": "1 h"},
    )
    with counts(env).execute_and_collect() as results:
        if finishes:
            results.get_job_client().stop_with_savepoint(True, str(tmp_path / "last"))
            list(results)
        else:
            results.get_job_client().cancel().result(60)
    assert Path(savepoint).exists() is not finishes


def test_a_savepoint_of_flink_is_told_from_a_damaged_one(tmp_path):
    version_and_more = bytes([0, 0, 0, 4]) + bytes(range(200))
    (tmp_path / "_metadata").write_bytes(bytes.fromhex("4960672d") + version_and_more)
    for path in (tmp_path, tmp_path / "_metadata"):
        with pytest.raises(
            ConfigurationError, match="it is a savepoint or checkpoint of Apache Flink, whose"
        ):
            counts(environment(str(path))).execute_and_collect()
        with pytest.raises(PyFlinkppError, match="it is a savepoint or checkpoint of Apache Flink, whose"):
            SavepointReader(path)


def test_another_maximum_parallelism_is_refused_before_anything_runs(tmp_path):
    env = environment(**{"pipeline.max-parallelism": "16"})
    with counts(env).name("count of each").execute_and_collect() as results:
        read(results, 10)
        savepoint = results.get_job_client().stop_with_savepoint(False, str(tmp_path))
        list(results)
    path = savepoint.result(60)
    refused = pytest.raises(
        ConfigurationError,
        match=r"(?s)'count of each' \(id 'counts'\).* of 16, and it is 32 now.*declared at .*test_",
    )
    with refused:
        counts(environment(path, **{"pipeline.max-parallelism": "32"})).execute_and_collect()
    with refused:
        counts(environment(path)).set_max_parallelism(32).execute_and_collect()
    for again in (environment(path), environment(path, **{"pipeline.max-parallelism": "16"})):
        with counts(again).execute_and_collect() as results:
            read(results, 10)
