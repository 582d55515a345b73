"""Sources go on exactly behind a snapshot, wherever it was taken."""

from __future__ import annotations

import gzip
import json
import threading
import time
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pyflinkpp.common import Duration, RestartStrategies, Types, WatermarkStrategy
from pyflinkpp.datastream import (
    DataStream,
    StreamExecutionEnvironment,
    TimeCharacteristic,
    stream_execution_environment,
)
from pyflinkpp.datastream.connectors.datagen import DataGeneratorSource
from pyflinkpp.datastream.connectors.file_system import BulkFormat, FileSource, StreamFormat
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.formats.csv import CsvReaderFormat, CsvSchema
from pyflinkpp.datastream.formats.json import JsonLinesFormat
from pyflinkpp.datastream.formats.parquet import ParquetColumnarRowInputFormat
from pyflinkpp.datastream.functions import CheckpointedFunction, SourceFunction
from pyflinkpp.datastream.state import ListStateDescriptor
from pyflinkpp.table import DataTypes
from pyflinkpp.testing import OperatorSnapshot, SourceHarness


def env() -> StreamExecutionEnvironment:
    return StreamExecutionEnvironment.get_execution_environment()


def sequence(count: int) -> DataStream:
    return env().from_source(NumberSequenceSource(0, count - 1), WatermarkStrategy.no_watermarks(), "numbers")


def generated(count: int) -> DataStream:
    source = DataGeneratorSource(lambda index: index, count, type_info=Types.LONG())
    return env().from_source(source, WatermarkStrategy.no_watermarks(), "generated")


def stamped(count: int) -> DataStream:
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(lambda value, _: value)
    return env().from_source(NumberSequenceSource(0, count - 1), strategy, "stamped")


class Counting(SourceFunction, CheckpointedFunction):
    """Counts up to `count`; `inside` says how many it emits each time it holds the lock."""

    def __init__(self, count: int, inside: int) -> None:
        self.count = count
        self.inside = inside

    def initialize_state(self, context):
        self.state = context.get_operator_state_store().get_list_state(
            ListStateDescriptor("next", Types.LONG())
        )
        self.next = sum(self.state)

    def snapshot_state(self, context):
        self.state.update([self.next])

    def run(self, ctx):
        self.running = True
        while self.running and self.next < self.count:
            with ctx.get_checkpoint_lock():
                for _ in range(min(self.inside, self.count - self.next)):
                    ctx.collect(self.next)
                    self.next += 1

    def cancel(self):
        self.running = False


def collection(count: int) -> DataStream:
    return env().from_collection(list(range(count)), Types.LONG())


def arrow(count: int) -> DataStream:
    pyarrow = pytest.importorskip("pyarrow")
    chunks = [pyarrow.array(range(at, min(at + 3, count))) for at in range(0, count, 3)]
    table = pyarrow.table({"n": pyarrow.chunked_array(chunks)})
    return env().from_arrow(table)


def source_function(count: int) -> DataStream:
    return env().add_source(Counting(count, 1), type_info=Types.LONG())


def polls(stream: DataStream, most: int, restored: OperatorSnapshot | None, batch_size: int = 1):
    """The values of so many polls, and a snapshot behind them; None once the source has ended."""
    with SourceHarness(stream, restored=restored, batch_size=batch_size) as harness:
        more = all(harness.poll() for _ in range(most))
        snapshot = harness.snapshot()
        return harness.take_values(), snapshot if more else None


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("make", [sequence, generated, stamped, collection, arrow, source_function])
def test_a_source_restored_after_each_poll_gives_everything_once(make, batch_size):
    stream = make(11)
    values, snapshot = polls(stream, 1, None, batch_size)
    for _ in range(30):
        if snapshot is None:
            break
        more, snapshot = polls(stream, 1, snapshot, batch_size)
        values += more
    assert snapshot is None
    assert [value[0] if make is arrow else value for value in values] == list(range(11))


@pytest.mark.parametrize("make", [sequence, generated, collection])
def test_what_is_left_is_dealt_out_at_another_parallelism(make):
    stream = make(20)
    snapshots, values = [], []
    for subtask in range(2):
        with SourceHarness(stream, subtask=subtask, parallelism=2) as harness:
            for _ in range(3):
                harness.poll()
            snapshots.append(harness.snapshot())
            values += harness.take_values()
    assert len(values) < 20
    for subtask in range(3):
        with SourceHarness(stream, restored=snapshots, subtask=subtask, parallelism=3) as harness:
            harness.poll_all()
            values += harness.take_values()
    assert sorted(values) == list(range(20))


def test_a_source_that_has_ended_gives_nothing_more():
    for make in (sequence, generated, collection):
        with SourceHarness(make(3)) as harness:
            harness.poll_all()
            snapshot = harness.snapshot()
        with SourceHarness(make(3), restored=snapshot) as harness:
            harness.poll_all()
            assert harness.take_values() == []


def test_a_snapshot_waits_for_a_source_function_that_holds_the_lock():
    stream = env().add_source(Counting(2000, 50), type_info=Types.LONG())
    values, snapshot = polls(stream, 3, None)
    assert len(values) % 50 == 0
    assert values == list(range(len(values)))
    while snapshot is not None:
        more, snapshot = polls(stream, 40, snapshot, batch_size=7)
        values += more
    assert values == list(range(2000))


def test_a_snapshot_gets_in_though_the_source_function_blocks_inside_the_lock():
    """Its queue is full: only reading lets it go on."""
    stream = env().add_source(Counting(5000, 5000), type_info=Types.LONG())
    with SourceHarness(stream) as harness:
        harness.poll()
        harness.snapshot()
        assert harness.take_values() == list(range(5000))


def test_watermarks_of_a_source_function_keep_their_place_before_a_snapshot():
    class Marking(Counting):
        def run(self, ctx):
            with ctx.get_checkpoint_lock():
                for value in range(3):
                    ctx.collect_with_timestamp(value, value)
                    ctx.emit_watermark(value)

    environment = env()
    environment.set_stream_time_characteristic(TimeCharacteristic.EventTime)
    with SourceHarness(environment.add_source(Marking(3, 1), type_info=Types.LONG())) as harness:
        harness.poll()
        harness.snapshot()
        assert harness.take_values() == [0, 1, 2]
        assert harness.take_watermarks() == [0, 1, 2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, first in (("a", 0), ("b", 100)):
        text = "".join(json.dumps({"n": n}) + "\n" for n in range(first, first + 7))
        (tmp_path / f"{name}.json").write_text(text)
    return tmp_path


def json_lines(folder: Path) -> DataStream:
    lines = JsonLinesFormat(Types.ROW_NAMED(["n"], [Types.LONG()]))
    source = FileSource.for_record_stream_format(lines, str(folder)).build()
    return env().from_source(source, WatermarkStrategy.no_watermarks(), "files")


def text_lines(folder: Path) -> DataStream:
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), str(folder)).build()
    return env().from_source(source, WatermarkStrategy.no_watermarks(), "files")


@pytest.mark.parametrize("make", [json_lines, text_lines])
@pytest.mark.parametrize("most", [1, 3])
def test_files_are_resumed_inside(folder, make, most):
    stream = make(folder)
    values, snapshot = polls(stream, most, None)
    while snapshot is not None:
        more, snapshot = polls(stream, most, snapshot)
        values += more
    numbers = [json.loads(value)["n"] if isinstance(value, str) else value.n for value in values]
    assert numbers == [*range(7), *range(100, 107)]


NUMBERS = [*range(7), *range(100, 107), *range(200, 231)]
NAMED = Types.ROW_NAMED(["n"], [Types.LONG()])


def stream_of(format, path: Path, split_bytes: int, environment=None) -> DataStream:
    make = (
        FileSource.for_bulk_file_format
        if isinstance(format, BulkFormat)
        else FileSource.for_record_stream_format
    )
    with patch.object(stream_execution_environment, "_SPLIT_BYTES", split_bytes):
        source = make(format, str(path)).build()
        return (environment or env()).from_source(source, WatermarkStrategy.no_watermarks(), "files")


def as_text(folder: Path, suffix: str = "") -> StreamFormat:
    for name, numbers in named_numbers():
        opened = gzip.open if suffix else open
        with opened(folder / f"{name}{suffix}", "wt") as file:
            file.writelines(f"{n}\n" for n in numbers)
    return StreamFormat.text_line_format()


def as_gzip(folder: Path) -> StreamFormat:
    return as_text(folder, ".gz")


def as_latin(folder: Path) -> StreamFormat:
    as_text(folder)
    return StreamFormat.text_line_format("latin-1")


def as_json(folder: Path) -> StreamFormat:
    for name, numbers in named_numbers():
        (folder / name).write_text("".join(json.dumps({"n": n}) + "\n" for n in numbers))
    return JsonLinesFormat(NAMED)


def as_csv(folder: Path) -> StreamFormat:
    for name, numbers in named_numbers():
        (folder / name).write_text("n\n" + "".join(f"{n}\n" for n in numbers))
    schema = CsvSchema.builder().add_number_column("n", DataTypes.BIGINT()).set_use_header().build()
    return CsvReaderFormat.for_schema(schema)


def as_parquet(folder: Path) -> BulkFormat:
    for name, numbers in named_numbers():
        pq.write_table(pa.table({"n": pa.array(numbers, pa.int64())}), folder / name, row_group_size=5)
    return ParquetColumnarRowInputFormat(NAMED, batch_size=3)


def named_numbers():
    return [("a", NUMBERS[:7]), ("b", NUMBERS[7:14]), ("c", NUMBERS[14:])]


FORMATS = [as_text, as_gzip, as_latin, as_json, as_csv, as_parquet]


def numbers_of(values) -> list[int]:
    return [int(value) if isinstance(value, str) else value.n for value in values]


@pytest.mark.parametrize("split_bytes", [1 << 20, 40])
@pytest.mark.parametrize("make", FORMATS)
def test_files_of_each_format_are_resumed_after_each_record(make, split_bytes, tmp_path):
    stream = stream_of(make(tmp_path), tmp_path, split_bytes)
    values, snapshot = polls(stream, 1, None)
    while snapshot is not None:
        more, snapshot = polls(stream, 1, snapshot)
        values += more
    assert numbers_of(values) == NUMBERS


@pytest.mark.parametrize("make", FORMATS)
def test_a_job_that_fails_reads_each_record_once(make, tmp_path):
    (tmp_path / "files").mkdir()
    environment = env().set_parallelism(2).enable_checkpointing(10)
    environment.set_restart_strategy(RestartStrategies.fixed_delay_restart(5, 0))
    stream = stream_of(make(tmp_path / "files"), tmp_path / "files", 40, environment)

    def slow_and_failing(value):
        time.sleep(0.002)
        number = numbers_of([value])[0]
        if number in (5, 104, 220) and not (tmp_path / str(number)).exists():
            (tmp_path / str(number)).touch()
            raise ValueError("planned")
        return number

    with stream.map(slow_and_failing, Types.LONG()).execute_and_collect() as results:
        assert sorted(results) == NUMBERS
    assert len(list(tmp_path.iterdir())) == 4


def test_a_source_that_watches_a_folder_goes_on_watching(tmp_path):
    format = as_json(tmp_path)
    source = (
        FileSource.for_record_stream_format(format, str(tmp_path))
        .monitor_continuously(Duration.of_millis(1))
        .build()
    )
    stream = env().from_source(source, WatermarkStrategy.no_watermarks(), "files")
    values, snapshot = polls(stream, 10, None)
    (tmp_path / "d").write_text('{"n": 300}\n')
    for _ in range(20):
        more, snapshot = polls(stream, 2, snapshot)
        values += more
        if len(values) > len(NUMBERS):
            break
    assert numbers_of(values) == [*NUMBERS, 300]


def test_a_file_that_appears_later_is_no_part_of_a_bounded_source(folder):
    stream = json_lines(folder)
    values, snapshot = polls(stream, 3, None)
    (folder / "c.json").write_text('{"n": 200}\n')
    with SourceHarness(stream, restored=snapshot) as harness:
        harness.poll_all()
        values += harness.take_values()
    assert [value.n for value in values] == [*range(7), *range(100, 107)]


@pytest.mark.parametrize("make", [json_lines, text_lines])
def test_a_file_that_has_become_shorter_is_named(folder, make):
    stream = make(folder)
    _, snapshot = polls(stream, 3, None)
    (folder / "a.json").write_text('{"n": 0}\n')
    with (
        pytest.raises(Exception, match=r"a\.json has become shorter"),
        SourceHarness(stream, restored=snapshot) as harness,
    ):
        harness.poll_all()


def test_an_arrow_stream_that_has_become_shorter_is_refused():
    _, snapshot = polls(arrow(9), 5, None)
    with (
        pytest.raises(Exception, match="has become shorter"),
        SourceHarness(arrow(2), restored=snapshot) as harness,
    ):
        harness.poll_all()


def test_no_thread_is_left_when_a_claimed_source_function_is_closed():
    stream = env().add_source(Counting(10**9, 1), type_info=Types.LONG())
    before = set(threading.enumerate())
    with SourceHarness(stream) as harness:
        harness.poll()
        harness.snapshot()
    assert not set(threading.enumerate()) - before
