"""Streams from Arrow data, and results as Arrow data."""

from __future__ import annotations

import threading
from typing import Any

import pyarrow as pa
import pytest

from pyflinkpp import native
from pyflinkpp.common import Row, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError, PyFlinkppError
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource

TABLE = pa.table({"id": [1, 2, None], "words": [["to", None], [], None], "ok": [True, None, False]})


def environment(parallelism: int = 1) -> StreamExecutionEnvironment:
    return StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)


def collect(stream: Any) -> list[Any]:
    with stream.execute_and_collect() as records:
        return list(records)


def test_rows_of_a_table() -> None:
    stream = environment().from_arrow(TABLE)
    assert stream.get_type() == Types.ROW_NAMED(
        ["id", "words", "ok"], [Types.LONG(), Types.LIST(Types.STRING()), Types.BOOLEAN()]
    )
    assert collect(stream.map(lambda row: row)) == [
        Row(id=1, words=["to", None], ok=True),
        Row(id=2, words=[], ok=None),
        Row(id=None, words=None, ok=False),
    ]


def test_a_table_comes_back_as_it_was() -> None:
    with environment().from_arrow(TABLE).execute_and_collect_arrow() as results:
        assert pa.table(results).equals(TABLE)


def test_many_batches_in_order_and_across_subtasks() -> None:
    table = pa.table(
        {"n": pa.chunked_array([range(10_000), range(10_000, 10_001), [], range(10_001, 50_000)])}
    )
    assert [row[0] for row in collect(environment().from_arrow(table))] == list(range(50_000))
    spread = environment(2).from_arrow(table).rebalance().map(lambda row: row[0] * 2, Types.LONG())
    assert sorted(collect(spread)) == list(range(0, 100_000, 2))


def test_values_of_a_column_alone_are_records() -> None:
    assert collect(environment().from_arrow(pa.chunked_array([["x"], ["y", None]]))) == ["x", "y", None]
    assert collect(environment().from_arrow(pa.array([1, 2]))) == [1, 2]


def test_a_reader_that_can_be_read_once() -> None:
    reader = pa.RecordBatchReader.from_batches(TABLE.schema, iter(TABLE.to_batches()))
    env = environment()
    stream = env.from_arrow(reader)
    env.get_execution_plan()
    assert len(collect(stream)) == 3


def test_native_operators_read_arrow_text() -> None:
    words = environment(2).from_arrow(pa.array(["to be", "or not", "to be"]))
    counts = words.transform("Split", Types.STRING(), native.split())
    counted = counts.key_by(native.value(Types.STRING())).transform("Count", native.COUNTED, native.count())
    assert dict(sorted(collect(counted))) == {"to": 2, "be": 2, "or": 1, "not": 1}


def test_a_stream_that_fails_ends_the_job_with_its_message() -> None:
    def batches() -> Any:
        yield from TABLE.to_batches()
        raise ValueError("the source is broken")

    reader = pa.RecordBatchReader.from_batches(TABLE.schema, batches())
    with pytest.raises(JobExecutionError, match=r"reading the Arrow stream failed: .*the source is broken"):
        collect(environment().from_arrow(reader))


def test_what_is_no_arrow_data_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match=r"from_arrow takes what has __arrow_c_stream__.*not \[1\]"):
        environment().from_arrow([1])
    with pytest.raises(PyFlinkppError, match="the field 'd' has the Arrow type 'tDs'"):
        environment().from_arrow(pa.table({"d": pa.array([1], pa.duration("s"))}))


@pytest.mark.parametrize(
    ("records", "type_info", "expected"),
    [
        ([1, None], Types.LONG(), {"f0": [1, None]}),
        ([("x", 1.5)], Types.TUPLE([Types.STRING(), Types.DOUBLE()]), {"f0": ["x"], "f1": [1.5]}),
        ([Row(a=1)], Types.ROW_NAMED(["a"], [Types.INT()]), {"a": [1]}),
        ([1, 2], None, {"f0": [1, 2]}),
        ([], Types.LONG(), {"f0": []}),
        ([], None, {}),
    ],
)
def test_results_as_columns(records: list[Any], type_info: Any, expected: dict[str, Any]) -> None:
    stream = environment().from_collection(records, type_info)
    with stream.execute_and_collect_arrow() as results:
        assert pa.table(results).to_pydict() == expected


def test_results_are_read_once_and_while_the_job_runs() -> None:
    env = environment()
    numbers = env.from_source(NumberSequenceSource(0, 10**12), WatermarkStrategy.no_watermarks(), "numbers")
    with numbers.execute_and_collect_arrow() as results:
        reader = pa.RecordBatchReader.from_stream(results)
        assert reader.read_next_batch().column(0)[0].as_py() == 0
        with pytest.raises(RuntimeError, match="read already"):
            pa.table(results)
    assert not [thread for thread in threading.enumerate() if thread.daemon and "arrow" in thread.name]


def test_a_failing_job_is_told_to_the_reader() -> None:
    stream = environment().from_collection([1, 0], Types.LONG()).map(lambda n: 1 // n, Types.LONG())
    with pytest.raises(Exception, match="ZeroDivisionError"), stream.execute_and_collect_arrow() as results:
        pa.table(results)


def test_records_that_are_no_arrow_data_are_told_to_the_reader() -> None:
    stream = environment().from_collection([1, "x"])
    with stream.execute_and_collect_arrow() as results, pytest.raises(Exception, match="declare output_type"):
        pa.table(results)
    stream = environment().from_collection([None, Row(a=1)], Types.ROW_NAMED(["a"], [Types.INT()]))
    with stream.execute_and_collect_arrow() as results, pytest.raises(Exception, match="a record is None"):
        pa.table(results)


def test_pandas_there_and_back() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"n": [1, 2], "s": ["x", "y"], "t": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    with environment().from_arrow(frame).execute_and_collect_arrow() as results:
        back = pa.table(results).to_pandas()
    assert back.astype(frame.dtypes.to_dict()).equals(frame)


def test_polars_there_and_back() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"n": [1, None], "s": ["x", "a text beyond twelve bytes"], "l": [[1, 2], None]})
    with environment().from_arrow(frame).execute_and_collect_arrow() as results:
        assert pl.DataFrame(results).equals(frame)
