"""Rows to and from one line of CSV, for messages."""

from __future__ import annotations

import io
from typing import Any, Self

from pyflinkpp._impl.files.csv_text import CsvDialect, CsvRecords
from pyflinkpp._impl.files.csv_values import UNQUOTED, parser, shower
from pyflinkpp.common.serialization import DeserializationSchema, SerializationSchema
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.common.types import Row


def _row_type(type_info: Any) -> TypeInformation:
    if not isinstance(type_info, TypeInformation) or type_info._descriptor()[0] != "ROW":
        raise TypeError(f"type_info must be a row type, not {type_info!r}")
    return type_info


def _char(value: str, name: str) -> str:
    if not isinstance(value, str) or len(value) != 1:
        raise ValueError(f"{name} must be one character, got {value!r}")
    return value


class _Builder:
    """The settings that both directions share; each setter returns the builder."""

    def __init__(self, type_info: TypeInformation) -> None:
        """``type_info``: a row type, else ``TypeError``."""
        self._type_info = _row_type(type_info)
        self._delimiter = ","
        self._array_delimiter = ";"
        self._quote: str | None = '"'
        self._escape: str | None = None
        self._null: str | None = None

    def set_field_delimiter(self, delimiter: str) -> Self:
        """One character (default ``,``)."""
        self._delimiter = _char(delimiter, "delimiter")
        return self

    def set_array_element_delimiter(self, delimiter: str) -> Self:
        """Between the elements of arrays and of nested rows (default ``;``)."""
        self._array_delimiter = delimiter
        return self

    def set_quote_character(self, c: str) -> Self:
        """One character (default ``"``)."""
        self._quote = _char(c, "quote character")
        return self

    def set_escape_character(self, c: str) -> Self:
        """One character (default: none)."""
        self._escape = _char(c, "escape character")
        return self

    def set_null_literal(self, null_literal: str) -> Self:
        """The text that stands for ``None``."""
        self._null = null_literal
        return self

    def _dialect(self, comments: bool = False) -> CsvDialect:
        return CsvDialect(self._delimiter, self._quote, self._escape, comments)


class CsvRowDeserializationSchema(DeserializationSchema):
    """A line of CSV becomes a row (Flink's ``CsvRowDeserializationSchema``); see ``Builder``.

    >>> from pyflinkpp.common.typeinfo import Types
    >>> t = Types.ROW_NAMED(["id", "name"], [Types.INT(), Types.STRING()])
    >>> CsvRowDeserializationSchema.Builder(t).build().deserialize(b'7,"a,b"')
    Row(id=7, name='a,b')
    """

    def __init__(self, settings: CsvRowDeserializationSchema.Builder) -> None:
        self.type_info = settings._type_info
        self._settings = settings
        _, names, children = self.type_info._descriptor()
        self._names = list(names or (f"f{i}" for i in range(len(children))))

    def _fields(self) -> list[Any]:
        s = self._settings
        _, _, children = self.type_info._descriptor()
        return [parser(child, s._null, s._array_delimiter, s._ignore_parse_errors) for child in children]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_parsers"}

    def deserialize(self, message: bytes) -> Row | None:
        """The row; ``None``, which drops the message, for a comment, an empty message and, where errors
        are ignored, one that is no CSV. A field that can't be read then becomes ``None``.

        Raises:
            ValueError: another number of fields, or a value that doesn't fit its type.
        """
        s = self._settings
        if "_parsers" not in vars(self):
            self._parsers = self._fields()
        try:
            lines = io.StringIO(message.decode(), newline="")
            _, fields = next(CsvRecords(s._dialect(s._allow_comments), lines), (0, None))
            return None if fields is None else self._row(fields)
        except ValueError as error:
            if s._ignore_parse_errors:
                return None
            raise ValueError(f"Failed to deserialize CSV row {message!r}: {error}") from error

    def _row(self, fields: list[str]) -> Row:
        expected, found = len(self._parsers), len(fields)
        if found == expected + 1 and not fields[-1].strip():
            found -= 1  # a separator may end the line
        if found > expected or (found < expected and not self._settings._ignore_parse_errors):
            raise ValueError(f"Row length mismatch. {expected} fields expected but was {found}.")
        values = [parse(text) for parse, text in zip(self._parsers, fields, strict=False)]
        row = Row(*values, *[None] * (expected - len(values)))
        row.set_field_names(self._names)
        return row

    _deserialize = deserialize

    def get_produced_type(self) -> TypeInformation:
        """The row type."""
        return self.type_info

    class Builder(_Builder):
        """Collects the settings of the schema."""

        def __init__(self, type_info: TypeInformation) -> None:
            super().__init__(type_info)
            self._allow_comments = False
            self._ignore_parse_errors = False

        def set_allow_comments(self, allow_comments: bool) -> Self:
            """Whether lines that begin with ``#`` are left out (default False)."""
            self._allow_comments = allow_comments
            return self

        def set_ignore_parse_errors(self, ignore_parse_errors: bool) -> Self:
            """Whether fields that can't be read become ``None``, and lines that can't are left out
            (default False).
            """
            self._ignore_parse_errors = ignore_parse_errors
            return self

        def build(self) -> CsvRowDeserializationSchema:
            """The schema."""
            return CsvRowDeserializationSchema(self)


class CsvRowSerializationSchema(SerializationSchema):
    r"""A row becomes a line of CSV, its end included (Flink's ``CsvRowSerializationSchema``).

    Text is quoted where it is long or has characters up to the delimiter in it, a blank for one.

    >>> from pyflinkpp.common.typeinfo import Types
    >>> t = Types.ROW([Types.INT(), Types.STRING()])
    >>> CsvRowSerializationSchema.Builder(t).build().serialize(Row(7, "a b"))
    b'7,"a b"\n'
    """

    def __init__(self, settings: CsvRowSerializationSchema.Builder) -> None:
        self.type_info = settings._type_info
        self._settings = settings

    def _columns(self) -> list[Any]:
        s = self._settings
        _, _, children = self.type_info._descriptor()
        return [(shower(child, s._null, s._array_delimiter), child[0] not in UNQUOTED) for child in children]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_showers"}

    def serialize(self, element: Any) -> bytes:
        """The line's bytes.

        Raises:
            ValueError: a row of another length.
        """
        if "_showers" not in vars(self):
            self._showers = self._columns()
        if len(element) != len(self._showers):
            raise ValueError(
                f"Could not serialize row {element!r}: {len(self._showers)} fields expected "
                f"but was {len(element)}"
            )
        s = self._settings
        dialect, end = s._dialect(), s._line_delimiter
        fields = []
        for value, (show, is_text) in zip(element, self._showers, strict=True):
            text = show(value)
            fields.append(dialect.quoted(text, end) if is_text and value is not None else text)
        return (s._delimiter.join(fields) + end).encode()

    _serialize = serialize

    class Builder(_Builder):
        """Collects the settings of the schema."""

        def __init__(self, type_info: TypeInformation) -> None:
            super().__init__(type_info)
            self._line_delimiter = "\n"

        def set_line_delimiter(self, delimiter: str) -> Self:
            r"""One of ``\n`` (default), ``\r``, ``\r\n`` and nothing; ``ValueError`` for another."""
            if delimiter not in ("\n", "\r", "\r\n", ""):
                raise ValueError(f"line delimiter must be \\n, \\r, \\r\\n or empty, got {delimiter!r}")
            self._line_delimiter = delimiter
            return self

        def disable_quote_character(self) -> Self:
            """Write text as it is."""
            self._quote = None
            return self

        def build(self) -> CsvRowSerializationSchema:
            """The schema."""
            return CsvRowSerializationSchema(self)
