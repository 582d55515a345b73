"""What the file sink shows: whatever is restored between any two steps, each record once and in order."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp._impl import file_sink
from pyflinkpp.common import Encoder, RestartStrategies, Row, Types
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.file_system import (
    BucketAssigner,
    FileSink,
    OutputFileConfig,
    RollingPolicy,
)
from pyflinkpp.datastream.formats.csv import CsvBulkWriters, CsvSchema
from pyflinkpp.datastream.formats.json import JsonLinesEncoder
from pyflinkpp.datastream.formats.parquet import ParquetBulkWriters
from pyflinkpp.table import DataTypes
from pyflinkpp.testing import OperatorHarness, OperatorSnapshot

ROW = Types.ROW_NAMED(["user", "n"], [Types.INT(), Types.LONG()])
ENV = StreamExecutionEnvironment.get_execution_environment().enable_checkpointing(1000)
SMALL = RollingPolicy.default_rolling_policy(part_size=25, rollover_interval=100, inactivity_interval=50)


class ByUser(BucketAssigner):
    def get_bucket_id(self, element: Any, context: BucketAssigner.Context) -> str:
        assert context.current_watermark() <= context.current_processing_time()
        return f"user={element[0]}/all"


def text(folder: Path, policy: RollingPolicy) -> Any:
    return FileSink.for_row_format(str(folder), Encoder.simple_string_encoder()).with_rolling_policy(policy)


def json(folder: Path, policy: RollingPolicy) -> Any:
    return FileSink.for_row_format(str(folder), JsonLinesEncoder(ROW)).with_rolling_policy(policy)


def csv(folder: Path, policy: RollingPolicy) -> Any:
    schema = CsvSchema.builder().add_number_column("user").add_number_column("n", DataTypes.BIGINT()).build()
    return FileSink.for_bulk_format(str(folder), CsvBulkWriters.for_schema(schema))


def parquet(folder: Path, policy: RollingPolicy) -> Any:
    return FileSink.for_bulk_format(str(folder), ParquetBulkWriters.for_row_type(ROW))


def numbers_in(file: Path) -> list[int]:
    if file.read_bytes().startswith(b"PAR1"):
        return [int(n) for n in pq.read_table(file)["n"].to_pylist()]
    lines = file.read_text().splitlines()
    return [int("".join(c for c in line.split(",")[1] if c.isdigit())) for line in lines]


def shown(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))


def hidden(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob(".*") if p.is_file())


class Job:
    """The subtasks of a sink and the coordinator of their checkpoints; the source is what is replayed."""

    def __init__(self, builder: Any, parallelism: int = 2) -> None:
        self.stream = ENV.from_collection([], ROW).sink_to(builder.build())
        self.time = 1000
        self.next_record = 0
        self.checkpoint = 0
        self.pending: dict[int, tuple[int, list[OperatorSnapshot]]] = {}
        self.latest: tuple[int, list[OperatorSnapshot]] | None = None
        self.subtasks: list[OperatorHarness] = []
        self.run(parallelism)

    def run(self, parallelism: int, dies: bool = True) -> None:
        """Goes on from the latest checkpoint; a process that dies closes nothing."""
        left, self.subtasks = self.subtasks, []
        for subtask in left:
            if dies:
                Job.dead.append(subtask)
            else:
                subtask.close()
        self.next_record = 0 if self.latest is None else self.latest[0]
        self.pending.clear()
        restored = None if self.latest is None else self.latest[1]
        self.subtasks = [
            OperatorHarness(
                self.stream,
                restored=restored,
                subtask=each,
                parallelism=parallelism,
                processing_time=self.time,
            )
            for each in range(parallelism)
        ]

    #: Kept to the end, since they would write what they hold back when they are collected.
    dead: list[OperatorHarness] = []

    def record(self) -> None:
        n = self.next_record
        self.next_record += 1
        self.subtasks[n % len(self.subtasks)].process_element(Row(user=n % 3, n=n))

    def pass_time(self, millis: int) -> None:
        self.time += millis
        for each in self.subtasks:
            each.set_processing_time(self.time)

    def begin(self) -> None:
        self.checkpoint += 1
        snapshots = [each.snapshot(self.checkpoint) for each in self.subtasks]
        self.pending[self.checkpoint] = (self.next_record, snapshots)

    def complete(self, told: int) -> None:
        """The latest checkpoint is complete, and so many subtasks hear of it."""
        if not self.pending:
            return
        checkpoint = max(self.pending)
        self.latest = self.pending[checkpoint]
        self.pending.clear()
        for each in self.subtasks[:told]:
            each.notify_checkpoint_complete(checkpoint)

    def end(self) -> None:
        for each in self.subtasks:
            each.end_input()
        self.begin()
        self.complete(len(self.subtasks))
        for each in self.subtasks:
            each.close()


steps = st.one_of(
    st.tuples(st.just("record")),
    st.tuples(st.just("record")),
    st.tuples(st.just("begin")),
    st.tuples(st.just("complete"), st.integers(0, 3)),
    st.tuples(st.just("pass_time"), st.sampled_from([1, 40, 120])),
    st.tuples(st.just("run"), st.integers(1, 3), st.booleans()),
)


@pytest.mark.parametrize(
    "policy", [SMALL, RollingPolicy.on_checkpoint_rolling_policy()], ids=["resumed", "on checkpoint"]
)
@pytest.mark.parametrize("make", [text, json, csv, parquet])
@settings(max_examples=40, deadline=None)
@given(program=st.lists(steps, max_size=40), by_user=st.booleans())
def test_each_record_is_shown_once_and_only_when_it_is_safe(
    make: Any, policy: Any, program: list[Any], by_user: bool, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("sink")
    assigner = ByUser() if by_user else BucketAssigner.base_path_bucket_assigner()
    builder = make(folder, policy).with_bucket_assigner(assigner).with_bucket_check_interval(10)
    job = Job(builder)
    for name, *arguments in program:
        getattr(job, name)(*arguments)
        safe = 0 if job.latest is None else job.latest[0]
        assert all(n < safe for file in shown(folder) for n in numbers_in(file))
    written = job.next_record
    job.end()
    found = [n for file in shown(folder) for n in numbers_in(file)]
    assert Counter(found) == Counter(range(written))
    for file in shown(folder):
        inside = numbers_in(file)
        assert inside == sorted(inside)
        assert not by_user or file.parent.parent.name == f"user={inside[0] % 3}"
    for harness in Job.dead:
        harness.close()
    Job.dead.clear()


def bucket(path: Path, policy: RollingPolicy = SMALL) -> Any:
    return (
        text(path, policy)
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_bucket_check_interval(10)
    )


def test_a_file_goes_from_hidden_to_shown(tmp_path: Path) -> None:
    names = OutputFileConfig.builder().with_part_prefix("out").with_part_suffix(".txt").build()
    policy = RollingPolicy.on_checkpoint_rolling_policy()
    job = Job(bucket(tmp_path, policy).with_output_file_config(names), parallelism=1)
    job.record()
    (file,) = hidden(tmp_path)
    assert file.name.startswith(".out-") and ".txt.inprogress." in file.name
    job.begin()
    assert (hidden(tmp_path), shown(tmp_path)) == ([file], [])
    job.complete(1)
    assert [f.name for f in shown(tmp_path)] == [file.name[1:].partition(".inprogress.")[0]]
    job.end()
    assert hidden(tmp_path) == []


def test_a_file_in_progress_is_resumed_where_the_checkpoint_ends(tmp_path: Path) -> None:
    job = Job(bucket(tmp_path, RollingPolicy.default_rolling_policy()), parallelism=1)
    job.record()
    job.begin()
    job.complete(1)
    (before,) = hidden(tmp_path)
    for _ in range(10_000):
        job.record()
    assert before.stat().st_size > 100
    job.run(1)
    assert (hidden(tmp_path), numbers_in(before)) == ([before], [0])
    job.record()
    job.end()
    (file,) = shown(tmp_path)
    assert numbers_in(file) == [0, 1]


def test_files_roll_by_age_and_idleness(tmp_path: Path) -> None:
    policy = RollingPolicy.default_rolling_policy(rollover_interval=100, inactivity_interval=50)
    job = Job(bucket(tmp_path, policy), parallelism=1)
    for pause in (40, 40, 40, 60, 0):
        job.record()
        job.pass_time(pause)
    job.end()
    assert sorted(numbers_in(file) for file in shown(tmp_path)) == [[0, 1, 2], [3], [4]]


def test_going_back_behind_a_later_checkpoint_is_refused(tmp_path: Path) -> None:
    job = Job(bucket(tmp_path, RollingPolicy.default_rolling_policy()), parallelism=1)
    job.record()
    job.begin()
    job.complete(1)
    early = job.latest
    job.pass_time(70_000)
    job.begin()
    job.complete(1)
    job.latest = early
    (published,) = shown(tmp_path)
    with pytest.raises(OSError, match=f"{published}.*move this one back to its hidden name") as refused:
        job.run(1)
    # As it says.
    name = re.search(r"goes on in (\S+) behind", str(refused.value))
    assert name is not None
    published.rename(name[1])
    job.run(1)
    job.record()
    job.end()
    assert [numbers_in(file) for file in shown(tmp_path)] == [[0, 1]]


@pytest.mark.parametrize("policy", [SMALL, RollingPolicy.on_checkpoint_rolling_policy()])
def test_a_file_that_a_checkpoint_counts_as_written_must_be_there(policy: Any, tmp_path: Path) -> None:
    job = Job(bucket(tmp_path, policy), parallelism=1)
    for _ in range(9):
        job.record()
    job.begin()
    job.complete(1)
    files = shown(tmp_path)
    assert files
    files[0].unlink()
    with pytest.raises(OSError, match=f"{files[0]} is gone, and so is .*would be lost"):
        job.run(1)
    files[0].touch()
    job.run(1)


def test_new_folders_are_synced_down_from_an_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(file_sink, "sync_folder", synced.append)
    base = tmp_path / "a" / "b"
    job = Job(text(base, SMALL).with_bucket_assigner(ByUser()), parallelism=1)
    job.record()
    job.begin()
    assert synced == sorted(map(str, [tmp_path, tmp_path / "a", base, base / "user=0", base / "user=0/all"]))


def test_a_file_that_has_shrunk_is_refused(tmp_path: Path) -> None:
    job = Job(bucket(tmp_path, RollingPolicy.default_rolling_policy()), parallelism=1)
    job.record()
    job.begin()
    job.complete(0)
    (file,) = hidden(tmp_path)
    os.truncate(file, 2)
    with pytest.raises(OSError, match="has 2 of the"):
        job.run(1)


def test_cancelling_leaves_what_a_checkpoint_knows(tmp_path: Path) -> None:
    job = Job(bucket(tmp_path, RollingPolicy.default_rolling_policy()), parallelism=2)
    job.record()
    job.begin()
    job.record()
    assert len(hidden(tmp_path)) == 2
    for subtask in job.subtasks:
        subtask.close()
    (file,) = hidden(tmp_path)
    assert numbers_in(file) == [0]


def test_after_a_failed_sync_no_checkpoint_relies_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    job = Job(bucket(tmp_path), parallelism=1)
    job.record()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output error"):
            job.begin()
    with pytest.raises(OSError, match="Input/output error"):
        job.begin()


@pytest.mark.parametrize("bad", ["../out", "/etc", None])
def test_buckets_outside_of_the_folder_are_refused(bad: Any, tmp_path: Path) -> None:
    class Astray(BucketAssigner):
        def get_bucket_id(self, element: Any, context: BucketAssigner.Context) -> Any:
            return bad

    job = Job(bucket(tmp_path).with_bucket_assigner(Astray()))
    with pytest.raises(ValueError, match="get_bucket_id gives the path of a folder below"):
        job.record()


def test_restarts_without_checkpoints_show_the_files_of_the_last_attempt(tmp_path: Path) -> None:
    failed = tmp_path / "failed"

    def fail_once(n: int) -> int:
        if n == 0 and not failed.exists():
            failed.touch()
            raise ValueError("planned")
        return n

    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 0))
    stream = env.from_collection([*range(1, 1000), 0], Types.LONG()).map(fail_once, Types.LONG())
    stream.sink_to(FileSink.for_row_format(str(tmp_path / "out"), Encoder.simple_string_encoder()).build())
    env.execute()
    lines = [line for file in shown(tmp_path / "out") for line in file.read_text().splitlines()]
    assert Counter(lines) == Counter(map(str, range(1000)))


@pytest.mark.parametrize(
    "policy",
    [RollingPolicy.default_rolling_policy(10_000), RollingPolicy.on_checkpoint_rolling_policy()],
    ids=["resumed", "on checkpoint"],
)
def test_a_job_that_fails_shows_each_record_once(policy: RollingPolicy, tmp_path: Path) -> None:
    failed = tmp_path / "failed"

    def fail_once(n: int) -> int:
        if n == 15_000 and not failed.exists():
            failed.touch()
            raise ValueError("planned")
        return n

    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    env.enable_checkpointing(10)
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(3, 0))
    stream = env.from_collection(list(range(20_000)), Types.LONG()).map(fail_once, Types.LONG())
    stream.sink_to(
        FileSink.for_row_format(str(tmp_path / "out"), Encoder.simple_string_encoder())
        .with_rolling_policy(policy)
        .build()
    )
    env.execute()
    lines = [line for file in shown(tmp_path / "out") for line in file.read_text().splitlines()]
    assert failed.exists()
    assert Counter(lines) == Counter(map(str, range(20_000)))
