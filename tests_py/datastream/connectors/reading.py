"""Files into lists of records, for tests of file sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyflinkpp.common import WatermarkStrategy
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.file_system import BulkFormat, FileSource, StreamFormat


def environment(parallelism: int = 1) -> StreamExecutionEnvironment:
    return StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)


def read(format: Any, *paths: Path, parallelism: int = 1) -> list[Any]:
    env = environment(parallelism)
    names = map(str, paths)
    if isinstance(format, BulkFormat):
        source = FileSource.for_bulk_file_format(format, *names).build()
    else:
        assert isinstance(format, StreamFormat)
        source = FileSource.for_record_stream_format(format, *names).build()
    with env.from_source(source, WatermarkStrategy.no_watermarks(), "files").execute_and_collect() as records:
        return list(records)
