"""What each setting of checkpoints does to a job, by a clock that is turned by hand."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager

import pytest

from datastream.pipelines.held_source import HeldSource
from datastream.pipelines.proofs import Proofs
from pyflinkpp.common import Configuration, JobStatus, Types, WatermarkStrategy
from pyflinkpp.common._options import EFFECTS, OPTIONS, Effect
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.checkpoint_storage import FileSystemCheckpointStorage, JobManagerCheckpointStorage
from pyflinkpp.datastream.functions import TwoPhaseCommitSinkFunction
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.datastream.state_backend import (
    FsStateBackend,
    HashMapStateBackend,
    MemoryStateBackend,
    RocksDBStateBackend,
)
from pyflinkpp.testing import ManualClock, ManualSource

PREFIX = "execution.checkpointing."
SECOND = 1000
proof = Proofs()


class Remember(KeyedProcessFunction):
    """Keeps each text for its first letter."""

    def open(self, runtime_context):
        self.text = runtime_context.get_state(ValueStateDescriptor("text", Types.STRING()))

    def process_element(self, value, ctx):
        self.text.update(value)
        yield value


class Run:
    """A job with a checkpoint each second of its clock, unless told otherwise."""

    def __init__(self, **settings: str) -> None:
        named = {"interval": "1 s", **settings}
        options = {PREFIX + key.replace("_", "-"): value for key, value in named.items()}
        configuration = Configuration.from_dict({"restart-strategy.type": "none", **options})
        self.env = StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(1)
        self.clock = ManualClock()
        self.clock.drive(self.env)
        self.source = ManualSource(Types.STRING())
        self.is_held = False

    def remembered(self):
        texts = self.env.from_source(self.source, WatermarkStrategy.no_watermarks(), "texts", Types.STRING())
        keyed = texts.key_by(lambda text: text[0], Types.STRING())
        return keyed.process(Remember(), Types.STRING()).name("keep")

    @contextmanager
    def job(self, *texts: str):
        """Runs, with these texts in state."""
        self.remembered()
        self.client = self.env.execute_async()
        try:
            self.source.send(*texts)
            yield self
        finally:
            self.cancel()

    @contextmanager
    def held_job(self):
        """Runs with a source that lets no barrier through."""
        self.env.add_source(HeldSource.prepare()).map(lambda x: x)
        self.client = self.env.execute_async()
        try:
            assert HeldSource.holds.wait(30)
            self.is_held = True
            yield self
        finally:
            HeldSource.released.set()
            self.cancel()

    def cancel(self) -> None:
        if not self.client._backend.ended():
            self.client.cancel().result(30)

    def count(self, kind: str) -> int:
        name = f".numberOf{kind}Checkpoints"
        return next(value for key, value in self.client.metrics().items() if key.endswith(name))

    def advance(self, millis: int) -> Run:
        """Second by second, since the clock does not wait for what is being written."""
        while millis > 0:
            self.clock.advance(min(millis, SECOND))
            millis -= SECOND
            self.wait_for_checkpoints()
        return self

    def wait_for_checkpoints(self) -> None:
        until = time.monotonic() + 30
        while self.count("InProgress") > 0 and not self.is_held:
            assert time.monotonic() < until, "a checkpoint does not end"
            time.sleep(0.001)

    def failure(self) -> str:
        with pytest.raises(JobExecutionError) as error:
            self.client.get_job_execution_result().result(30)
        return str(error.value)


def checkpoints_in(folder):
    return sorted(path.parent.name for path in folder.glob("*/chk-*/_metadata"))


def come_to(expected, folder):
    """Whether these checkpoints remain: what is no longer retained goes behind the next one's completion."""
    until = time.monotonic() + 30
    while checkpoints_in(folder) != expected and time.monotonic() < until:
        time.sleep(0.001)
    return checkpoints_in(folder) == expected


@proof(PREFIX + "interval")
@pytest.mark.parametrize(("interval", "taken"), [("1 s", 6), ("2 s", 3), ("0 ms", 0), (None, 0)])
def test_interval(interval, taken):
    run = Run() if interval is None else Run(interval=interval)
    if interval is None:
        run.env._configuration.remove_config(PREFIX + "interval")
    assert run.env.get_checkpoint_config().is_checkpointing_enabled() is (taken > 0)
    with run.job("a"):
        assert run.advance(6 * SECOND).count("Completed") == taken


class Ledger(TwoPhaseCommitSinkFunction):
    """Remembers what was committed."""

    committed: list[str] = []

    def begin_transaction(self):
        return []

    def invoke(self, transaction, value, context):
        transaction.append(value)

    def pre_commit(self, transaction):
        pass

    def commit(self, transaction):
        type(self).committed.extend(transaction)

    def abort(self, transaction):
        pass


def test_without_checkpoints_a_job_neither_restarts_nor_waits_for_them():
    """Sinks, results and restarts have one view of whether there are any."""
    run = Run(interval="0 ms")
    run.env._configuration.remove_config("restart-strategy.type")
    Ledger.committed.clear()
    run.env.from_collection(["a", "b"]).add_sink(Ledger())
    run.env.execute()
    assert Ledger.committed == ["a", "b"]
    with run.remembered().execute_and_collect() as results:
        run.source.send("a")
        assert next(results) == "a"
    run.env.from_collection([1]).map(lambda x: 1 / 0)
    with pytest.raises(JobExecutionError, match="ZeroDivisionError"):
        run.env.execute()


@proof(PREFIX + "min-pause")
@pytest.mark.parametrize(("pause", "taken"), [("0 ms", 9), ("3 s", 3)])
def test_min_pause(pause, taken):
    with Run(min_pause=pause).job("a") as run:
        assert run.advance(9 * SECOND).count("Completed") == taken


@proof(PREFIX + "timeout")
def test_timeout():
    with Run(timeout="5 s").held_job() as run:
        assert run.advance(6 * SECOND - 1).count("InProgress") == 1
        run.advance(1)
        assert (run.count("InProgress"), run.count("Failed")) == (0, 1)
        HeldSource.released.set()
        assert f"took longer than 5000 ms ({PREFIX}timeout)" in run.failure()


@proof(PREFIX + "max-concurrent-checkpoints")
@pytest.mark.parametrize("most", [1, 3])
def test_most_at_once(most):
    with Run(max_concurrent_checkpoints=str(most)).held_job() as run:
        assert run.advance(9 * SECOND).count("InProgress") == most


@proof(PREFIX + "tolerable-failed-checkpoints")
@pytest.mark.parametrize("tolerable", [0, 2])
def test_tolerable_failures(tolerable, tmp_path):
    (tmp_path / "file").touch()
    run = Run(dir=str(tmp_path / "file" / "x"), tolerable_failed_checkpoints=str(tolerable))
    with run.job("a"):
        run.advance(tolerable * SECOND + SECOND - 1)
        assert run.client.get_job_status().result(30) is JobStatus.RUNNING
        assert run.count("Failed") == tolerable
        run.advance(1)
        assert f"{PREFIX}tolerable-failed-checkpoints: {tolerable}" in run.failure()


@proof(PREFIX + "num-retained", PREFIX + "dir")
@pytest.mark.parametrize(("retained", "kept"), [("1", ["chk-4"]), ("3", ["chk-2", "chk-3", "chk-4"])])
def test_retained(retained, kept, tmp_path):
    with Run(dir=str(tmp_path), num_retained=retained).job("a") as run:
        run.advance(4 * SECOND)
        assert come_to(kept, tmp_path)


@proof(PREFIX + "externalized-checkpoint-retention")
@pytest.mark.parametrize(
    ("retention", "kept"),
    [("RETAIN_ON_CANCELLATION", 1), ("DELETE_ON_CANCELLATION", 0), ("NO_EXTERNALIZED_CHECKPOINTS", 0)],
)
def test_retention(retention, kept, tmp_path):
    with Run(dir=str(tmp_path), externalized_checkpoint_retention=retention).job("a") as run:
        run.advance(SECOND)
    assert len(checkpoints_in(tmp_path)) == kept


@proof(PREFIX + "data-inline-threshold")
@pytest.mark.parametrize(("threshold", "files"), [("10 b", True), ("20 kb", False)])
def test_inline_threshold(threshold, files, tmp_path):
    with Run(dir=str(tmp_path), data_inline_threshold=threshold).job("a" * 1000) as run:
        run.advance(SECOND)
        assert (len(list(tmp_path.glob("*/chk-1/*"))) > 1) is files


@proof(PREFIX + "mode")
@pytest.mark.parametrize("mode", ["EXACTLY_ONCE", "AT_LEAST_ONCE"])
def test_mode(mode):
    run = Run(mode=mode)
    with run.remembered().execute_and_collect() as results:
        run.client = results.get_job_client()
        run.source.send("a")
        run.clock.settle()
        if mode == "EXACTLY_ONCE":  # shown when a checkpoint covers it
            run.advance(SECOND)
        assert next(results) == "a"


@proof(PREFIX + "savepoint-dir")
def test_savepoint_folder(tmp_path):
    with Run(savepoint_dir=str(tmp_path)).job("a") as run:
        assert run.client.trigger_savepoint().result(30).startswith(str(tmp_path))


# -- storages


LARGE = "a" * 5000


def too_large(limit: int) -> str:
    key = f"{PREFIX}jobmanager-max-state-size"
    return rf"the state of keep has 5\d\d\d bytes, and {limit} are the most .*{key}"


@proof(PREFIX + "jobmanager-max-state-size")
def test_state_may_be_too_large_for_the_jobmanager():
    with Run(jobmanager_max_state_size="4 kb").job(LARGE) as run:
        assert_fails(run, too_large(4096))
    with Run(jobmanager_max_state_size="6 kb").job(LARGE) as run:
        assert run.advance(SECOND).count("Completed") == 1


def assert_fails(run, message):
    run.advance(SECOND)
    assert re.search(message, run.failure())


@proof(PREFIX + "storage")
def test_the_jobmanager_writes_one_file_below_the_folder_if_there_is_one(tmp_path):
    with Run(storage="jobmanager", dir=str(tmp_path), data_inline_threshold="10 b").job(LARGE) as run:
        run.advance(SECOND)
        assert [path.name for path in tmp_path.glob("*/chk-1/*")] == ["_metadata"]
    limited = Run(storage="jobmanager", dir=str(tmp_path), jobmanager_max_state_size="4 kb")
    with limited.job(LARGE) as run:
        assert_fails(run, too_large(4096))
    assert not checkpoints_in(tmp_path)
    with Run(dir=str(tmp_path), jobmanager_max_state_size="4 kb").job(LARGE) as run:
        assert run.advance(SECOND).count("Completed") == 1


@pytest.mark.parametrize(
    "choose",
    [
        lambda env, size: env.get_checkpoint_config().set_checkpoint_storage(
            JobManagerCheckpointStorage(max_state_size=size)
        ),
        lambda env, size: env.set_state_backend(MemoryStateBackend(max_state_size=size)),
    ],
)
def test_the_program_may_say_how_large_state_may_be(choose):
    run = Run()
    choose(run.env, 4000)
    with run.job(LARGE):
        assert_fails(run, too_large(4000))
    run = Run()
    choose(run.env, 10_000_000)
    with run.job("a" * 6_000_000):
        assert run.advance(SECOND).count("Completed") == 1


@pytest.mark.parametrize(
    "choose",
    [
        lambda env, folder: env.set_state_backend(FsStateBackend(folder)),
        lambda env, folder: env.set_state_backend(RocksDBStateBackend(folder)),
        lambda env, folder: env.set_state_backend(
            RocksDBStateBackend(checkpoint_stream_backend=FsStateBackend(folder))
        ),
        lambda env, folder: env.set_state_backend(MemoryStateBackend(folder)),
        lambda env, folder: env.get_checkpoint_config().set_checkpoint_storage(
            JobManagerCheckpointStorage(folder)
        ),
        lambda env, folder: env.get_checkpoint_config().set_checkpoint_storage_dir(folder),
    ],
)
def test_the_folder_of_a_backend_or_storage_is_where_checkpoints_go(choose, tmp_path, recwarn):
    run = Run()
    choose(run.env, f"file://{tmp_path}")
    with run.job(LARGE):
        run.advance(2 * SECOND)
        assert come_to(["chk-2"], tmp_path)
    assert not [warning for warning in recwarn if issubclass(warning.category, UserWarning)]


def test_the_storage_of_the_jobmanager_goes_where_the_configuration_says(tmp_path):
    run = Run(dir=str(tmp_path))
    run.env.set_state_backend(MemoryStateBackend())
    with run.job(LARGE):
        run.advance(SECOND)
        assert come_to(["chk-1"], tmp_path)


def test_savepoints_go_where_the_backend_says(tmp_path):
    run = Run()
    run.env.set_state_backend(MemoryStateBackend(None, f"file://{tmp_path}"))
    with run.job("a"):
        assert run.client.trigger_savepoint().result(30).startswith(str(tmp_path))


@pytest.mark.parametrize("storage_first", [True, False])
def test_a_storage_of_ones_own_wins_over_that_of_a_backend(storage_first, tmp_path):
    run = Run()
    settings = run.env.get_checkpoint_config()
    own = FileSystemCheckpointStorage(str(tmp_path / "own"))
    if storage_first:
        settings.set_checkpoint_storage(own)
    run.env.set_state_backend(FsStateBackend(f"file://{tmp_path}/backend"))
    if not storage_first:
        settings.set_checkpoint_storage(own)
    assert settings.get_checkpoint_storage() == own


def test_the_storage_of_a_backend_goes_with_it(tmp_path):
    run = Run(dir=str(tmp_path))
    run.env.set_state_backend(FsStateBackend("file:///elsewhere", "file:///savepoints"))
    assert run.env.get_default_savepoint_directory() == "file:///savepoints"
    run.env.set_state_backend(HashMapStateBackend())
    settings = run.env.get_checkpoint_config()
    assert settings.get_checkpoint_storage() == FileSystemCheckpointStorage(str(tmp_path))
    assert run.env.get_default_savepoint_directory() is None


# -- values that there can't be


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("interval", "5 ms", "expected 0 ms or 10 ms to 365 d"),
        ("interval", "-PT1S", "expected 0 ms or 10 ms to 365 d"),
        ("timeout", "0 ms", "expected at least 10 ms"),
        ("min-pause", "-PT1S", "expected at least 0 ms"),
        ("aligned-checkpoint-timeout", "-PT1S", "expected at least 0 ms"),
        ("max-concurrent-checkpoints", "0", "expected at least 1"),
        ("max-concurrent-checkpoints", "-1", "expected at least 1"),
        ("tolerable-failed-checkpoints", "-1", "expected at least 0"),
        ("jobmanager-max-state-size", "0 b", "expected at least 1"),
    ],
)
def test_values_out_of_range_are_refused_where_they_are_set(key, value, allowed):
    with pytest.raises(ConfigurationError, match=rf"{PREFIX}{key}: '{value}' cannot be used: {allowed}"):
        StreamExecutionEnvironment.get_execution_environment(Configuration.from_dict({PREFIX + key: value}))


def test_what_flink_passes_over_with_a_warning_is_passed_over_here(tmp_path):
    run = Run(dir=str(tmp_path), num_retained="0", data_inline_threshold="2 gb")
    with pytest.warns(UserWarning) as warned, run.job("a" * 30_000):
        run.advance(3 * SECOND)
        assert come_to(["chk-3"], tmp_path)
        assert len(list(tmp_path.glob("*/chk-3/*"))) > 1
    said = [str(warning.message) for warning in warned]
    assert f"{PREFIX}num-retained=0 is less than 1: 1 is kept" in said
    assert any(text.startswith(f"{PREFIX}data-inline-threshold=2147483648 b is more than") for text in said)


#: Proven by test_incremental_checkpoints.py and test_unaligned_checkpoints.py.
ELSEWHERE = {
    PREFIX + "incremental",
    PREFIX + "unaligned.enabled",
    PREFIX + "unaligned.forced",
    PREFIX + "aligned-checkpoint-timeout",
}


def test_every_setting_of_checkpoints_that_acts_has_its_proof():
    acting = {key for key in OPTIONS if key.startswith(PREFIX) and EFFECTS[key] is Effect.ACTS}
    assert set(proof) | ELSEWHERE == acting
