"""CSV files as rows of a `CsvSchema`, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from pyflinkpp._impl.files.csv_text import CsvDialect, CsvRecords, CsvSyntaxError
from pyflinkpp._impl.files.csv_values import UNQUOTED, Parse, Show, decimal_of, parser, shower
from pyflinkpp._impl.files.lines import text_lines
from pyflinkpp.common.types import Row, _create_row
from pyflinkpp.datastream.formats._csv_schema import CsvColumn, CsvSchema


def read_csv(schema: CsvSchema, path: str) -> Iterator[Row]:
    """The rows of a file in UTF-8.

    Raises ValueError naming line, column and value of what doesn't fit the schema.
    """
    names = [column.name for column in schema.columns]
    parsers = [_parser(column, schema) for column in schema.columns]
    records = CsvRecords(_dialect(schema), text_lines(path, "utf-8-sig", keep_ends=True))
    _read_header(schema, names, records)
    for line, fields in records:
        if len(fields) != len(names):
            _drop_empty_tail(fields, len(names))
        try:
            yield _create_row(names, [parse(text) for parse, text in zip(parsers, fields, strict=True)])
        except ValueError as error:
            raise ValueError(f"line {line}{_reason(names, parsers, fields, error)}") from None


def _dialect(schema: CsvSchema) -> CsvDialect:
    return CsvDialect(schema.column_separator, schema.quote_char, schema.escape_char, schema.allow_comments)


def _parser(column: CsvColumn, schema: CsvSchema) -> Parse:
    descriptor = column._type_info()._descriptor()
    if descriptor[0] == "BIG_DEC":
        return _nullable(decimal_of(*column._decimal_digits()), schema.null_value)
    return parser(descriptor, schema.null_value, _array_separator(column, schema))


def _nullable(parse: Parse, null: str | None) -> Parse:
    return lambda text: None if text == null else parse(text)


def _array_separator(column: CsvColumn, schema: CsvSchema) -> str:
    return column.separator or schema.array_element_separator


def _read_header(schema: CsvSchema, names: list[str], records: CsvRecords) -> None:
    if schema.use_header:
        line, header = next(records, (1, [""]))
        if schema.strict_headers and header != names:
            raise CsvSyntaxError(f"line {line}: the header is {header}, and the schema's columns are {names}")
    if schema.skip_first_data_row:
        records.skip_line()


def _drop_empty_tail(fields: list[str], columns: int) -> None:
    """A separator may end the line."""
    if len(fields) == columns + 1 and not fields[-1].strip():
        del fields[-1]


def _reason(names: list[str], parsers: list[Parse], fields: list[str], error: ValueError) -> str:
    if len(fields) != len(names):
        return f": {len(names)} columns are expected, and there are {len(fields)}: {fields}"
    for name, parse, text in zip(names, parsers, fields, strict=True):
        try:
            parse(text)
        except ValueError as reason:
            return f", column {name!r}: {reason}"
    return f": {error}"


class CsvPartWriter:
    """Writes rows of a schema into one file; the header, if there is one, comes first."""

    def __init__(self, schema: CsvSchema, file: BinaryIO) -> None:
        self._file = file
        self._schema = schema
        self._dialect = _dialect(schema)
        self._columns: list[tuple[Show, bool]] = []
        for column in schema.columns:
            descriptor = column._type_info()._descriptor()
            show = shower(descriptor, schema.null_value, _array_separator(column, schema))
            self._columns.append((show, descriptor[0] not in UNQUOTED))
        if schema.use_header:
            file.write(self._line([self._quoted(column.name) for column in schema.columns]))

    def write(self, records: list[Any]) -> None:
        """Appends rows. Raises ValueError for one with another number of fields."""
        self._file.write(b"".join(map(self._row, records)))

    def finish(self) -> None:
        """Nothing is held back."""

    def abandon(self) -> None:
        """Nothing either."""

    def _row(self, row: Any) -> bytes:
        if len(row) != len(self._columns):
            raise ValueError(f"{row!r} has {len(row)} fields, and the schema {len(self._columns)} columns")
        fields = []
        for value, (show, is_text) in zip(row, self._columns, strict=True):
            text = show(value)
            fields.append(self._quoted(text) if is_text and value is not None else text)
        return self._line(fields)

    def _quoted(self, text: str) -> str:
        return self._dialect.quoted(text, self._schema.line_separator)

    def _line(self, fields: list[str]) -> bytes:
        return (self._schema.column_separator.join(fields) + self._schema.line_separator).encode()
