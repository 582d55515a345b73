"""CSV files read and written as Flink does it, and what is told about bad ones."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datastream.connectors.reading import environment, read
from pyflinkpp.common import Row
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream.connectors.file_system import BucketAssigner, FileSink, OutputFileConfig
from pyflinkpp.datastream.formats.csv import CsvBulkWriters, CsvReaderFormat, CsvSchema, CsvSchemaBuilder
from pyflinkpp.table import DataTypes


def read_text(schema: CsvSchemaBuilder, path: Path, content: str | bytes) -> list[Any]:
    file = path / "in.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [list(row) for row in read(CsvReaderFormat.for_schema(schema.build()), file)]


def write(schema: CsvSchemaBuilder, path: Path, rows: list[Any]) -> bytes:
    env = environment()
    built = schema.build()
    sink = (
        FileSink.for_bulk_format(str(path / "out"), CsvBulkWriters.for_schema(built))
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_output_file_config(OutputFileConfig.builder().with_part_suffix(".csv").build())
        .build()
    )
    env.from_collection(rows, built._row_type()).sink_to(sink)
    env.execute()
    (part,) = (path / "out").iterdir()
    assert part.suffix == ".csv"
    return part.read_bytes()


def strings(*names: str) -> CsvSchemaBuilder:
    schema = CsvSchema.builder()
    for name in names or ("a", "b"):
        schema.add_string_column(name)
    return schema


def test_all_kinds_of_columns_there_and_back(tmp_path: Path) -> None:
    schema = (
        CsvSchema.builder()
        .add_number_column("tiny", DataTypes.TINYINT())
        .add_number_column("small", DataTypes.SMALLINT())
        .add_number_column("int", DataTypes.INT())
        .add_number_column("big")
        .add_number_column("float", DataTypes.FLOAT())
        .add_number_column("double", DataTypes.DOUBLE())
        .add_number_column("decimal", DataTypes.DECIMAL(2, 0))
        .add_boolean_column("boolean")
        .add_string_column("string")
    )
    line = "127,-32767,2147483647,-9223372036854775808,3e38,2e-308,1.5,true,string\n"
    (row,) = read_text(schema, tmp_path, line)
    assert row == [127, -32767, 2147483647, -(2**63), 3e38, 2e-308, Decimal(2), True, "string"]
    written = "127,-32767,2147483647,-9223372036854775808,3.0E38,2.0E-308,2,true,string\n"
    assert write(schema, tmp_path, [tuple(row)]) == written.encode()


def test_rows_have_the_schemas_names(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x,1\n")
    schema = strings("name").add_number_column("count").build()
    assert read(CsvReaderFormat.for_schema(schema), tmp_path) == [Row(name="x", count=1)]


def test_arrays_have_their_columns_separator(tmp_path: Path) -> None:
    schema = (
        CsvSchema.builder()
        .add_array_column("numbers", ";", DataTypes.INT())
        .add_array_column("truths", ":", DataTypes.BOOLEAN())
        .add_array_column("words", ",")
        .set_column_separator("|")
        .disable_quote_char()
    )
    content = "1;2;3|true:false|a,b,c\n||x\n"
    rows = read_text(schema, tmp_path, content)
    assert rows == [[[1, 2, 3], [True, False], ["a", "b", "c"]], [[], [], ["x"]]]
    assert write(schema, tmp_path, [tuple(row) for row in rows]) == content.encode()


@pytest.mark.parametrize(
    ("schema", "content", "rows"),
    [
        (strings("a").set_allow_comments(), "x\n# no\n\n  #\n#\ny\n", [["x"], ["y"]]),
        (strings("a"), "x\n# yes\n", [["x"], ["# yes"]]),
        (strings().set_use_header(), "h1,h2\nx,y\n", [["x", "y"]]),
        (strings().set_use_header().set_strict_headers(), "a,b\nx,y\n", [["x", "y"]]),
        (strings().set_use_header().set_skip_first_data_row(), 'a,b\n"skipped\nx,y\n', [["x", "y"]]),
        (strings(), '"s,1"," ""q"" "\n', [["s,1", ' "q" ']]),
        (strings(), '"two\r\nlines",y\nx,y', [["two\r\nlines", "y"], ["x", "y"]]),
        (strings(), 'a"b,c"\n', [['a"b', 'c"']]),
        (strings(), '"x"  ,"y"\t\n', [["x", "y"]]),
        (strings().set_column_separator("\t"), '"x"\t y\n', [["x", " y"]]),
        (strings().set_column_separator("|").set_quote_char("`"), "`x|`|`y`\n", [["x|", "y"]]),
        (strings().set_escape_char("\\"), 's\\,,\\"q\\"\n', [["s,", '"q"']]),
        (strings().set_escape_char("\\"), '"\\"\\n\\t\\\\",x\\\ny\n', [['"\n\t\\', "x\ny"]]),
        (strings().disable_quote_char(), '"x,y"\n', [['"x', 'y"']]),
        (strings().set_null_value("n/a"), "n/a,\n", [[None, ""]]),
        (strings("a").add_number_column("b").set_null_value(""), ",\n", [[None, None]]),
        (strings(), "x,y,\r\nx,y\rx,y", [["x", "y"]] * 3),
        (strings(), "\ufeffä,€\n".encode(), [["ä", "€"]]),
        (strings(), "", []),
        (strings().set_use_header(), "", []),
    ],
)
def test_what_is_in_a_file(schema: CsvSchemaBuilder, content: str, rows: list[Any], tmp_path: Path) -> None:
    assert read_text(schema, tmp_path, content) == rows


@pytest.mark.parametrize(
    ("schema", "content", "message"),
    [
        (
            strings().add_number_column("n"),
            "x,y,1\nx,y,z1\n",
            "line 2, column 'n': 'z1' is not a whole number",
        ),
        (
            strings().add_number_column("n", DataTypes.TINYINT()),
            "x,y,128\n",
            "line 1, column 'n': '128' does not fit",
        ),
        (
            strings().add_number_column("n", DataTypes.DOUBLE()),
            "x,y,1_0\n",
            "line 1, column 'n': '1_0' is not a num",
        ),
        (strings(), '"a\nb",x\nx\n', r"line 3: 2 columns are expected, and there are 1: \['x'\]"),
        (strings(), "x,y,z\n", "line 1: 2 columns are expected, and there are 3"),
        (strings(), "x,y\n\n", "line 2: 2 columns are expected, and there are 1"),
        (strings(), 'x,"y\n\n', "line 1: the closing quote is missing"),
        (
            strings(),
            '"x"y,z\n',
            "line 1: expected ',' or the end of the line behind a closing quote, got 'y'",
        ),
        (strings().set_use_header().set_strict_headers(), "a,c\n", r"line 1: the header is \['a', 'c'\]"),
        (strings().set_use_header().set_strict_headers(), "", "line 1: the header is"),
        (strings(), b"x,y\nx,\xff\xfe\n", r"line 2: the bytes b'\\xff' near byte 6 are not utf-8"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(
    schema: CsvSchemaBuilder, content: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(JobExecutionError, match=rf"in\.csv, {message}") as raised:
        read_text(schema, tmp_path, content)
    assert isinstance(raised.value.__cause__, ValueError)
    assert "declared at" in str(raised.value)


def test_a_compressed_file(tmp_path: Path) -> None:
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(b"x,y\n" * 1000))
    assert len(read(CsvReaderFormat.for_schema(strings().build()), tmp_path)) == 1000
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(b"x,y\n" * 1000)[:-20])
    with pytest.raises(JobExecutionError, match=r"cannot read .*in\.csv\.gz: Compressed file ended"):
        read(CsvReaderFormat.for_schema(strings().build()), tmp_path)


def test_a_header_is_written_once(tmp_path: Path) -> None:
    schema = strings("name", "a b").set_use_header().set_null_value("-").set_line_separator("\r\n")
    rows = [("x", None), ("long text goes into quotes, always", '"')]
    assert write(schema, tmp_path, rows) == (
        b'name,"a b"\r\nx,-\r\n"long text goes into quotes, always",""""\r\n'
    )


marks = st.text(st.sampled_from('a",;|\\\n\r #\t`é'), max_size=30)


@given(rows=st.lists(st.tuples(marks, marks), max_size=5), style=st.integers(0, 2))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_comes_back_as_it_was_written(
    rows: list[tuple[str, str]], style: int, tmp_path_factory: Any
) -> None:
    from pyflinkpp._impl.files.csv_file import CsvPartWriter, read_csv

    schema = [
        strings(),
        strings().set_column_separator("|").set_quote_char("`"),
        strings().set_escape_char("\\"),
    ][style].build()
    path = tmp_path_factory.mktemp("csv") / "file"
    with open(path, "wb") as file:
        CsvPartWriter(schema, file).write(rows)
    assert [tuple(row) for row in read_csv(schema, str(path))] == rows
