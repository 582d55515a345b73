"""Parquet files read by row groups and written, side by side with pyarrow."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datastream.connectors.reading import environment, read
from pyflinkpp._impl.files.parquet import RowColumns, read_parquet
from pyflinkpp._impl.files.splits import splits_of
from pyflinkpp.common import Configuration, Instant, Row, Types
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError
from pyflinkpp.datastream.connectors.file_system import BucketAssigner, FileSink
from pyflinkpp.datastream.formats.parquet import ParquetBulkWriters, ParquetColumnarRowInputFormat

ALL = {
    "boolean": (Types.BOOLEAN(), True),
    "tiny": (Types.BYTE(), -128),
    "small": (Types.SHORT(), 32767),
    "int": (Types.INT(), -(2**31)),
    "big": (Types.LONG(), 2**63 - 1),
    "float": (Types.FLOAT(), 0.1),
    "double": (Types.DOUBLE(), 2e-308),
    "string": (Types.STRING(), "ä"),
    "bytes": (Types.PRIMITIVE_ARRAY(Types.BYTE()), b"\0\xff"),
    "decimal": (Types.BIG_DEC(), Decimal("1.500000000000000000")),
    "date": (Types.SQL_DATE(), datetime.date(1969, 12, 31)),
    "time": (Types.SQL_TIME(), datetime.time(23, 59, 59, 999000)),
    "timestamp": (Types.SQL_TIMESTAMP(), datetime.datetime(1969, 1, 2, 3, 4, 5, 600001)),
    "instant": (Types.INSTANT(), Instant(-5, 123456789)),
    "array": (Types.OBJECT_ARRAY(Types.STRING()), ["x", None]),
    "map": (Types.MAP(Types.STRING(), Types.INT()), {"x": 1, "y": None}),
    "row": (
        Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.SQL_DATE()]),
        Row(a=1, b=datetime.date(2024, 2, 29)),
    ),
}
TYPE = Types.ROW_NAMED(list(ALL), [kind for kind, _ in ALL.values()])
ROWS = [Row(**{name: value for name, (_, value) in ALL.items()}), Row(**dict.fromkeys(ALL))]


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def write(path: Path, rows: list[Any], row_type: Any = TYPE, **options: Any) -> Path:
    env = environment()
    sink = FileSink.for_bulk_format(str(path), ParquetBulkWriters.for_row_type(row_type, **options))
    stream = env.from_collection(rows, row_type)
    stream.sink_to(sink.with_bucket_assigner(BucketAssigner.base_path_bucket_assigner()).build())
    env.execute()
    (part,) = path.iterdir()
    return part


@pytest.mark.parametrize("utc", [True, False])
def test_every_type_there_and_back(utc: bool, zone: str, tmp_path: Path) -> None:
    write(tmp_path, ROWS, utc_timestamp=utc)
    assert read(ParquetColumnarRowInputFormat(TYPE, is_utc_timestamp=utc), tmp_path) == ROWS


@pytest.mark.parametrize("zone", ["Asia/Shanghai"], indirect=True)
def test_timestamps_count_from_the_epoch_in_utc_or_in_local_time(zone: str, tmp_path: Path) -> None:
    row_type = Types.ROW_NAMED(["t"], [Types.SQL_TIMESTAMP()])
    rows = [Row(t=datetime.datetime(2024, 1, 1, 8))]
    for utc, hour in ((True, 8), (False, 0)):
        part = write(tmp_path / str(utc), rows, row_type, utc_timestamp=utc)
        assert pq.ParquetFile(part).schema.column(0).physical_type == "INT96"
        assert pq.read_table(part).column("t").cast(pa.timestamp("us")).to_pylist() == [
            datetime.datetime(2024, 1, 1, hour)
        ]


def test_what_pyarrow_writes_is_read(tmp_path: Path) -> None:
    moment = datetime.datetime(2024, 1, 1, 8)
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "moment": pa.array([moment, None], pa.timestamp("ms")),
            "word": pa.array(["x", "x"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    row_type = Types.ROW_NAMED(
        ["word", "missing", "moment", "id"],
        [Types.STRING(), Types.DOUBLE(), Types.SQL_TIMESTAMP(), Types.LONG()],
    )
    assert read(ParquetColumnarRowInputFormat(row_type, is_utc_timestamp=True), tmp_path) == [
        Row(word="x", missing=None, moment=moment, id=1),
        Row(word="x", missing=None, moment=None, id=2),
    ]


def test_names_match_whatever_their_case_if_asked(tmp_path: Path) -> None:
    pq.write_table(pa.table({"Id": [1]}), tmp_path / "in")
    row_type = Types.ROW_NAMED(["id"], [Types.LONG()])
    assert read(ParquetColumnarRowInputFormat(row_type), tmp_path) == [Row(id=None)]
    assert read(ParquetColumnarRowInputFormat(row_type, is_case_sensitive=False), tmp_path) == [Row(id=1)]
    pq.write_table(pa.table({"Id": [1], "ID": [1]}), tmp_path / "in")
    with pytest.raises(JobExecutionError, match="in, column 'id': the file has 'Id' and 'ID'"):
        read(ParquetColumnarRowInputFormat(row_type, is_case_sensitive=False), tmp_path)


@pytest.mark.parametrize("split_bytes", [100, 1000, 10_000])
def test_every_row_group_is_in_one_split(split_bytes: int, tmp_path: Path) -> None:
    file = str(tmp_path / "in")
    pq.write_table(pa.table({"id": list(range(1000))}), file, row_group_size=70)
    columns = RowColumns(Types.ROW_NAMED(["id"], [Types.LONG()]), ["id"], True)
    rows = [row for split in splits_of(file, split_bytes) for row in read_parquet(columns, split, 32, True)]
    assert [row["id"] for row in rows] == list(range(1000))


def test_the_settings_of_the_writer(tmp_path: Path) -> None:
    config = Configuration()
    config.set_string("parquet.compression", "GZIP")
    config.set_string("parquet.block.size", "1000")
    row_type = Types.ROW_NAMED(["id"], [Types.LONG()])
    rows = [Row(id=i) for i in range(1000)]
    metadata = pq.ParquetFile(write(tmp_path, rows, row_type, hadoop_config=config)).metadata
    assert metadata.num_rows == 1000 and metadata.row_group(0).column(0).compression == "GZIP"
    config.set_string("parquet.writer.version", "v2")
    with pytest.raises(ConfigurationError, match=r"parquet\.writer\.version"):
        ParquetBulkWriters.for_row_type(row_type, config)
    with pytest.raises(ConfigurationError, match="none is followed"):
        ParquetColumnarRowInputFormat(row_type, config)


def test_what_is_wrong_is_told_with_file_and_column(tmp_path: Path) -> None:
    file = tmp_path / "in"
    format = ParquetColumnarRowInputFormat(Types.ROW_NAMED(["id"], [Types.BYTE()]))
    pq.write_table(pa.table({"id": [1, 1000]}), file)
    with pytest.raises(JobExecutionError, match=r"in, column 'id': a value of type int64 is no int8: .*1000"):
        read(format, file)
    file.write_bytes(b"no parquet at all")
    with pytest.raises(JobExecutionError, match="in, no Parquet file"):
        read(format, file)
    with pytest.raises(TypeError, match="row_type must be a row type"):
        ParquetColumnarRowInputFormat(Types.INT())
