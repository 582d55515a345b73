"""Sinks that commit, when a savepoint is taken and the job goes on from it: none lost, none twice."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from datastream.environments import environment
from pyflinkpp.common import Encoder, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobCancelledError
from pyflinkpp.datastream.connectors.file_system import FileSink
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import (
    CheckpointCommitter,
    GenericWriteAheadSink,
    MapFunction,
    TwoPhaseCommitSinkFunction,
)

LAST = 400


class Passes(MapFunction):
    """Writes down what goes by. The second half takes its time until it may hurry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, runtime_context):
        self.log = open(self.folder / f"passed-{uuid.uuid4().hex}", "a", buffering=1)  # noqa: SIM115

    def map(self, value):
        if value > LAST // 2 and not (self.folder / "hurry").exists():
            time.sleep(0.01)
        self.log.write(f"{value}\n")
        return value

    def close(self):
        self.log.close()


class Ledger(TwoPhaseCommitSinkFunction):
    """Commits each transaction into a file of its name."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def begin_transaction(self):
        return uuid.uuid4().hex, []

    def invoke(self, transaction, value, context):
        transaction[1].append(value)

    def pre_commit(self, transaction):
        pass

    def commit(self, transaction):
        (self.folder / transaction[0]).write_text("".join(f"{value}\n" for value in transaction[1]))

    def abort(self, transaction):
        assert not (self.folder / transaction[0]).exists()


class Marks(CheckpointCommitter):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create_resource(self):
        pass

    def open(self):
        pass

    def close(self):
        pass

    def mark(self, subtask_idx, checkpoint_id):
        return self.folder / f".mark-{self.job_id}-{self.operator_id}-{subtask_idx}-{checkpoint_id}"

    def commit_checkpoint(self, subtask_idx, checkpoint_id):
        self.mark(subtask_idx, checkpoint_id).touch()

    def is_checkpoint_committed(self, subtask_idx, checkpoint_id):
        return self.mark(subtask_idx, checkpoint_id).exists()


class WritesAhead(GenericWriteAheadSink):
    def __init__(self, folder: Path) -> None:
        super().__init__(Marks(folder))
        self.folder = folder

    def send_values(self, values, checkpoint_id, timestamp):
        (self.folder / uuid.uuid4().hex).write_text("".join(f"{value}\n" for value in values))
        return True


def add_sink(kind: str, stream: Any, folder: Path) -> None:
    if kind == "files":
        sink = FileSink.for_row_format(str(folder), Encoder.simple_string_encoder()).build()
        stream.sink_to(sink).uid("sink")
    else:
        stream.add_sink(Ledger(folder) if kind == "two phases" else WritesAhead(folder)).uid("sink")


def start(kind: str, folder: Path, interval: str | None, savepoint: str | None = None) -> Any:
    options = {} if interval is None else {"execution.checkpointing.interval": interval}
    env = environment(2, savepoint=savepoint, batch_size=4, options=options)
    source = NumberSequenceSource(1, LAST)
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    (folder / "out").mkdir(exist_ok=True)
    add_sink(kind, numbers.uid("numbers").map(Passes(folder), Types.LONG()).uid("passes"), folder / "out")
    return env.execute_async()


def numbers_in(files: Any) -> list[int]:
    return [int(line) for file in files for line in file.read_text().split()]


def passed(folder: Path) -> list[int]:
    return numbers_in(folder.glob("passed-*"))


def committed(folder: Path) -> Counter[int]:
    files = (folder / "out").rglob("*")
    return Counter(numbers_in(f for f in files if f.is_file() and not f.name.startswith(".")))


def wait_until_one_subtask_is_through(folder: Path) -> None:
    """So that the savepoint meets one that has ended."""
    while sum(number <= LAST // 2 for number in passed(folder)) < LAST // 2:
        time.sleep(0.005)


def wait_until_numbers_pass(folder: Path) -> None:
    before = len(passed(folder))
    while len(passed(folder)) < before + 3:
        time.sleep(0.005)


EACH_ONCE = Counter(range(1, LAST + 1))
SINKS = pytest.mark.parametrize("kind", ["two phases", "write ahead", "files"])


@SINKS
@pytest.mark.parametrize("interval", [None, "10 ms"])
def test_a_suspended_job_goes_on(kind: str, interval: str | None, tmp_path: Path) -> None:
    job = start(kind, tmp_path, interval)
    wait_until_one_subtask_is_through(tmp_path)
    savepoint = job.stop_with_savepoint(False, str(tmp_path / "savepoints")).result(60)
    seen, through = committed(tmp_path), Counter(passed(tmp_path))
    assert LAST // 2 <= len(through) < LAST
    # A file in progress stays hidden, and is gone on with.
    assert seen <= through if kind == "files" else seen == through
    assert Counter(range(1, LAST // 2 + 1)) <= seen
    (tmp_path / "hurry").touch()
    start(kind, tmp_path, interval, savepoint).get_job_execution_result().result(60)
    assert committed(tmp_path) == EACH_ONCE


@SINKS
@pytest.mark.parametrize("interval", [None, "10 ms"])
def test_a_drained_job_has_written_all_that_it_read(kind: str, interval: str | None, tmp_path: Path) -> None:
    job = start(kind, tmp_path, interval)
    wait_until_one_subtask_is_through(tmp_path)
    savepoint = job.stop_with_savepoint(True, str(tmp_path / "savepoints")).result(60)
    seen = committed(tmp_path)
    assert seen == Counter(passed(tmp_path)) and LAST // 2 <= len(seen) < LAST
    start(kind, tmp_path, interval, savepoint).get_job_execution_result().result(60)
    assert committed(tmp_path) == seen


@SINKS
@pytest.mark.parametrize("interval", [None, "1 h"])
def test_what_dies_after_a_savepoint_goes_on_from_it(kind: str, interval: str | None, tmp_path: Path) -> None:
    job = start(kind, tmp_path, interval)
    wait_until_one_subtask_is_through(tmp_path)
    savepoint = job.trigger_savepoint(str(tmp_path / "savepoints")).result(60)
    wait_until_numbers_pass(tmp_path)
    job.cancel().result(60)
    with pytest.raises(JobCancelledError):
        job.get_job_execution_result().result(60)
    (tmp_path / "hurry").touch()
    start(kind, tmp_path, interval, savepoint).get_job_execution_result().result(60)
    assert committed(tmp_path) == EACH_ONCE


@SINKS
@pytest.mark.parametrize("interval", [None, "10 ms"])
def test_a_job_that_goes_on_after_a_savepoint_ends_as_without(
    kind: str, interval: str | None, tmp_path: Path
) -> None:
    job = start(kind, tmp_path, interval)
    wait_until_one_subtask_is_through(tmp_path)
    for _ in range(2):
        job.trigger_savepoint(str(tmp_path / "savepoints")).result(60)
    (tmp_path / "hurry").touch()
    job.get_job_execution_result().result(60)
    assert committed(tmp_path) == EACH_ONCE
