"""Jobs that go on after some of their subtasks have ended: nothing is lost, and nothing is read again."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from unittest.mock import patch

import pytest

import pyflinkpp._native as _native
from datastream.environments import environment
from pyflinkpp._impl.sources import SplitState
from pyflinkpp.common import TypeInformation, Types, WatermarkStrategy
from pyflinkpp.common.errors import PyFlinkppError
from pyflinkpp.datastream import DataStream, MapFunction, StreamExecutionEnvironment
from pyflinkpp.datastream import stream_execution_environment as environments
from pyflinkpp.datastream.connectors.base import Source
from pyflinkpp.datastream.connectors.file_system import FileSource, StreamFormat
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import CheckpointedFunction, SourceFunction
from pyflinkpp.datastream.state import ListStateDescriptor
from pyflinkpp.testing import ManualSource

LATE = 100
EVERY_10_MS = {"execution.checkpointing.interval": "10 ms"}


class Parts(Source):
    """Lists of numbers, some for each subtask; from `LATE` on they are read when they may be."""

    _connector = "parts"
    _native_kind = "manual"

    def __init__(self, *parts_of_subtask: list[list[int]], late: bool = False) -> None:
        self.parts_of_subtask = parts_of_subtask
        self.late = late
        self.ended = [threading.Event() for _ in parts_of_subtask]

    def _produced_type(self) -> TypeInformation:
        return Types.LONG()

    def _make_native(self) -> _native.SourceFactory:
        return _native.python_source(lambda where, wake: PartsReader(self, where), Types.LONG()._descriptor())


class PartsReader:
    def __init__(self, source: Parts, where) -> None:
        self._source, self._subtask = source, where["subtask"]
        self._state = SplitState(where)
        own = source.parts_of_subtask[self._subtask : self._subtask + 1]
        self._parts = [list(part) for part in self._state.splits(own[0] if own else [])]

    def poll(self, limit: int) -> list[int] | None:
        self._parts = [part for part in self._parts if part]
        if not self._parts:
            if self._subtask < len(self._source.ended):
                self._source.ended[self._subtask].set()
            return None
        if self._parts[0][0] >= LATE and not self._source.late:
            return []
        return [self._parts[0].pop(0)]

    def snapshot_state(self, checkpoint_id: int, timestamp: int) -> None:
        self._state.update(part for part in self._parts if part)

    def close(self) -> None:
        pass


def stream_of(env: StreamExecutionEnvironment, source: Source, uid: str, parallelism: int) -> DataStream:
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), uid, Types.LONG())
    return stream.set_parallelism(parallelism).uid(uid)


def some_checkpoints_later(results) -> None:
    """At least one has been triggered and completed since."""
    before = results._job.completed_checkpoints()
    while results._job.completed_checkpoints() < before + 3:
        time.sleep(0.002)


def stopped(results, folder: Path, drain: bool = False) -> str:
    stopping = results.get_job_client().stop_with_savepoint(drain, str(folder))
    assert list(results) == []
    return stopping.result(60)


EARLY = [1, 2, 3]
REST = [[100, 101], [200, 201], [300, 301], [400, 401]]


@pytest.mark.parametrize("options", [{}, EVERY_10_MS])
@pytest.mark.parametrize("sources", [1, 2, 3])
def test_what_reads_from_an_ended_source_reads_again_where_that_gets_more_to_read(sources, options, tmp_path):
    def mapped(source: Parts, sources: int, savepoint: str | None = None) -> DataStream:
        env = environment(4, savepoint=savepoint, batch_size=1, options=options)
        numbers = stream_of(env, source, "parts", sources)
        return numbers.rescale().map(lambda n: -n, Types.LONG()).uid("mapped")

    source = Parts([EARLY], REST)
    with mapped(source, 2).execute_and_collect() as results:
        assert {next(results) for _ in EARLY} == {-1, -2, -3}
        assert source.ended[0].wait(10)
        if options:
            some_checkpoints_later(results)
        savepoint = stopped(results, tmp_path)
    with mapped(Parts(late=True), sources, savepoint).execute_and_collect() as results:
        assert sorted(results) == sorted(-n for part in REST for n in part)


class CountedByAll(MapFunction, CheckpointedFunction):
    """Answers each record with how many all subtasks had counted when the job was stopped."""

    def initialize_state(self, context):
        store = context.get_operator_state_store()
        self.counts = store.get_union_list_state(ListStateDescriptor("counts", Types.LONG()))
        self.before, self.count = sum(self.counts.get()), 0

    def snapshot_state(self, context):
        self.counts.update([self.count])

    def map(self, value):
        self.count += 1
        return self.before


@pytest.mark.parametrize("options", [{}, EVERY_10_MS])
def test_union_state_of_subtasks_that_have_ended_stays_while_others_run(options, tmp_path):
    def counted(source: Parts, savepoint: str | None = None) -> DataStream:
        env = environment(2, savepoint=savepoint, options=options)
        return stream_of(env, source, "parts", 2).map(CountedByAll(), Types.LONG()).uid("counted")

    source = Parts([EARLY], REST)
    with counted(source).execute_and_collect() as results:
        assert [next(results) for _ in EARLY] == [0, 0, 0]
        assert source.ended[0].wait(10)
        if options:
            some_checkpoints_later(results)
        savepoint = stopped(results, tmp_path)
    with counted(Parts([], [], late=True), savepoint).execute_and_collect() as results:
        assert list(results) == [len(EARLY)] * 8


SHORT, LONG = 10, 2_000


def noted_in(folder: Path, kind: str) -> list[str]:
    lines = (line for file in folder.glob("by-*") for line in file.read_text().split())
    return [line for line in lines if line.startswith(kind)]


class Noting(MapFunction):
    """Writes down what it gets; long files take a while."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder, self.seconds = folder, seconds

    def open(self, runtime_context):
        subtask = runtime_context.get_index_of_this_subtask()
        self.path = self.folder / f"by-{subtask}"

    def map(self, value):
        with self.path.open("a") as file:
            file.write(value + "\n")
        if value.startswith("long"):
            time.sleep(self.seconds)
        return value


@pytest.mark.parametrize("first", ["short", "long"])
def test_files_that_a_subtask_has_read_to_its_end_are_not_read_again(first, tmp_path):
    """In one of the two cases it is subtask 0 that reads the short one."""
    names = {first: "1", "long" if first == "short" else "short": "2"}
    (folder := tmp_path / "files").mkdir()
    (folder / names["short"]).write_text("".join(f"short-{n}\n" for n in range(SHORT)))
    (folder / names["long"]).write_text("".join(f"long-{n}\n" for n in range(LONG)))

    def lines(noted: Path, seconds: float, savepoint: str | None = None) -> DataStream:
        noted.mkdir()
        env = environment(2, savepoint=savepoint, batch_size=8, options=EVERY_10_MS)
        with patch.object(environments, "_SPLIT_BYTES", 1 << 30):
            # In UTF-8 the engine would read it.
            format = StreamFormat.text_line_format("latin-1")
            source = FileSource.for_record_stream_format(format, str(folder)).build()
            files = env.from_source(source, WatermarkStrategy.no_watermarks(), "files").uid("files")
        noted_lines = files.map(Noting(noted, seconds), Types.STRING()).uid("noted")
        return noted_lines.filter(lambda line: line.startswith("long"))

    with lines(tmp_path / "before", 0.001).execute_and_collect() as results:
        while len(noted_in(tmp_path / "before", "short")) < SHORT:
            time.sleep(0.002)
        some_checkpoints_later(results)
        stopping = results.get_job_client().stop_with_savepoint(False, str(tmp_path / "savepoints"))
        seen = list(results)
        savepoint = stopping.result(60)
    assert len(seen) < LONG
    with lines(tmp_path / "after", 0, savepoint).execute_and_collect() as results:
        seen += results
    assert sorted(seen) == sorted(f"long-{n}" for n in range(LONG))
    assert noted_in(tmp_path / "after", "short") == []


def test_a_source_that_has_left_is_not_read_again_for_an_operator_that_is_new(tmp_path):
    def program(more: ManualSource, new: bool, savepoint: str | None = None) -> DataStream:
        env = environment(2, savepoint=savepoint, options=EVERY_10_MS)
        numbers = stream_of(env, NumberSequenceSource(1, 10), "numbers", 2)
        if new:
            numbers = numbers.map(lambda n: n * 10, Types.LONG()).uid("new")
        return numbers.union(stream_of(env, more, "more", 2))

    more = ManualSource(Types.LONG())
    with program(more, new=False).execute_and_collect() as results:
        assert sorted(next(results) for _ in range(10)) == list(range(1, 11))
        some_checkpoints_later(results)
        savepoint = stopped(results, tmp_path)
    more = ManualSource(Types.LONG())
    with program(more, new=True, savepoint=savepoint).execute_and_collect() as results:
        more.send(7)
        more.end()
        assert list(results) == [7]


class RunOnce(SourceFunction):
    def __init__(self, runs: Path) -> None:
        self.runs = runs

    def run(self, ctx):
        with self.runs.open("a") as file:
            file.write("run\n")
        ctx.collect(1)

    def cancel(self):
        pass


def test_a_source_function_that_had_returned_is_not_run_again(tmp_path):
    def program(savepoint: str | None = None) -> DataStream:
        env = environment(1, savepoint=savepoint)
        once = env.add_source(RunOnce(tmp_path / "runs"), type_info=Types.LONG()).uid("once")
        return once.union(stream_of(env, ManualSource(Types.LONG()), "more", 1))

    with program().execute_and_collect() as results:
        assert next(results) == 1
        savepoint = stopped(results, tmp_path, drain=True)
    with program(savepoint).execute_and_collect() as results:
        assert list(results) == []
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_source_in_front_of_an_operator_that_was_drained_is_refused(tmp_path):
    def program(more: bool, savepoint: str | None = None) -> DataStream:
        env = environment(2, savepoint=savepoint)
        numbers = stream_of(env, source := ManualSource(Types.LONG()), "numbers", 2)
        source.send(5)
        if more:
            numbers = numbers.union(stream_of(env, NumberSequenceSource(11, 20), "more", 2))
        return numbers.rebalance().map(lambda n: -n, Types.LONG()).uid("mapped").name("Negate")

    with program(more=False).execute_and_collect() as results:
        assert next(results) == -5
        savepoint = stopped(results, tmp_path, drain=True)
    with pytest.raises(
        PyFlinkppError, match=r"'Negate' .* had read all of its input .* 'Source: more'"
    ) as refused:
        program(more=True, savepoint=savepoint).execute_and_collect()
    assert "other uids" in str(refused.value)
    with program(more=False, savepoint=savepoint).execute_and_collect() as results:
        assert list(results) == []
