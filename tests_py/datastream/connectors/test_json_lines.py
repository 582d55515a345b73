"""Files of JSON lines, read by splits and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datastream.connectors.reading import environment, read
from pyflinkpp._impl.files.json_lines import read_json_lines
from pyflinkpp._impl.files.splits import splits_of
from pyflinkpp.common import Row, Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream.connectors.file_system import BucketAssigner, FileSink
from pyflinkpp.datastream.formats.json import JsonLinesEncoder, JsonLinesFormat

TYPE = Types.ROW_NAMED(["id", "name"], [Types.INT(), Types.STRING()])


def test_there_and_back(tmp_path: Path) -> None:
    rows = [Row(id=1, name="ä\n"), Row(id=None, name=None)]
    env = environment()
    sink = FileSink.for_row_format(str(tmp_path), JsonLinesEncoder(TYPE)).with_bucket_assigner(
        BucketAssigner.base_path_bucket_assigner()
    )
    env.from_collection(rows, TYPE).sink_to(sink.build())
    env.execute()
    (part,) = tmp_path.iterdir()
    assert part.read_text("utf-8") == '{"id":1,"name":"ä\\n"}\n{"id":null,"name":null}\n'
    assert read(JsonLinesFormat(TYPE), tmp_path) == rows


def test_blank_lines_null_and_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b'\xef\xbb\xbf{"id": 1}\r\n\n  \nnull\n{"id": 2}')
    assert [row["id"] for row in read(JsonLinesFormat(TYPE), tmp_path)] == [1, 2]
    (tmp_path / "in").write_bytes(b"")
    assert read(JsonLinesFormat(TYPE), tmp_path) == []


@pytest.mark.parametrize("split_bytes", range(1, 40, 3))
def test_every_line_is_in_one_split(split_bytes: int, tmp_path: Path) -> None:
    file = tmp_path / "in"
    file.write_text('{"id": 1}\n\n{"id": 22, "name": "a long one"}\n{"id": 3}\n{"id": 4}')
    schema = JsonLinesFormat(TYPE).schema
    found = [
        row["id"] for split in splits_of(str(file), split_bytes) for row in read_json_lines(schema, split)
    ]
    assert found == [1, 22, 3, 4]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id": "x"}', "line 3: field 'id': invalid literal for int"),
        (b'{"id": 3000000000}', "line 3: field 'id': 3000000000 does not fit into INT"),
        (b"{", "line 3: Expecting property name"),
        (b"[1]", r"line 3: \[1\] is not an object"),
        (b'{"name": "\xff"}', "line 3: 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(line: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes(b"{}\n\n" + line + b"\n{}\n")
    with pytest.raises(JobExecutionError, match=rf"in\.json, {message}"):
        read(JsonLinesFormat(TYPE), tmp_path)


def test_the_switches_of_the_schema(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b'{"id": "x"}\nnonsense\n{"id": 1}\n')
    lenient: Any = JsonLinesFormat(TYPE, ignore_parse_errors=True)
    assert [row["id"] for row in read(lenient, tmp_path)] == [None, 1]
    with pytest.raises(JobExecutionError, match="'name'"):
        (tmp_path / "in").write_bytes(b'{"id": 1}\n')
        read(JsonLinesFormat(TYPE, fail_on_missing_field=True), tmp_path)
