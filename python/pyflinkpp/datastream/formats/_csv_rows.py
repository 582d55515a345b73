"""Rows to and from one line of CSV, for messages."""

from __future__ import annotations

import csv
import datetime
from typing import Any, Self

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.serialization import DeserializationSchema, SerializationSchema
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.common.types import Row
from pyflinkpp.datastream.formats._json_values import _seconds, reader

_ARRAYS = ("LIST", "OBJECT_ARRAY", "BASIC_ARRAY", "PRIMITIVE_ARRAY")
#: Text longer than this is quoted without a look at its characters, as Flink's CSV writer does.
_LONGEST_UNQUOTED = 24


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
        _, names, self._children = self.type_info._descriptor()
        self._names = list(names or (f"f{i}" for i in range(len(self._children))))

    def _field(self, text: str, descriptor: Any) -> Any:
        if text == self._settings._null:
            return None
        kind, _, children = descriptor
        if kind in _ARRAYS:
            parts = text.split(self._settings._array_delimiter) if text else []
            return [self._field(part, children[0]) for part in parts]
        if kind == "ROW":
            parts = text.split(self._settings._array_delimiter)
            return Row(*(self._field(p, child) for p, child in zip(parts, children, strict=True)))
        return reader(descriptor)(text)

    def deserialize(self, message: bytes) -> Row | None:
        """The row; ``None``, which drops the message, for a comment and for ignored errors.

        Raises:
            ValueError: another number of fields, or a value that doesn't fit its type.
        """
        s = self._settings
        line = message.decode()
        if s._allow_comments and line.startswith("#"):
            return None
        try:
            fields = next(
                csv.reader(
                    [line],
                    delimiter=s._delimiter,
                    quotechar=s._quote,
                    escapechar=s._escape,
                    quoting=csv.QUOTE_MINIMAL if s._quote else csv.QUOTE_NONE,
                )
            )
            if len(fields) != len(self._children):
                raise ValueError(
                    f"Row length mismatch. {len(self._children)} fields expected but was {len(fields)}."
                )
            row = Row(*map(self._field, fields, self._children))
            row.set_field_names(self._names)
            return row
        except (ValueError, StopIteration, csv.Error) as error:
            if s._ignore_parse_errors:
                return None
            raise ValueError(f"Failed to deserialize CSV row {line!r}: {error}") from error

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
            """Whether lines that can't be read are left out (default False)."""
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
        self._children = self.type_info._descriptor()[2]

    def _plain(self, value: Any, descriptor: Any) -> str:
        kind, _, children = descriptor
        if value is None:
            return self._settings._null or ""
        if kind in _ARRAYS:
            return self._settings._array_delimiter.join(self._plain(x, children[0]) for x in value)
        if kind == "ROW":
            pairs = zip(value, children, strict=True)
            return self._settings._array_delimiter.join(self._plain(x, child) for x, child in pairs)
        if kind == "BOOLEAN":
            return "true" if value else "false"
        if kind == "BYTES":
            import base64

            return base64.b64encode(value).decode()
        if kind == "TIMESTAMP":
            return f"{value.date().isoformat()} {_seconds(value)[:-1]}"
        if kind == "TIME":
            return _seconds(value)[:-1]
        if kind in ("MAP", "PICKLED"):
            raise NotBuiltError(f"the type {kind} can't be written to CSV")
        return format(value, "f") if kind == "BIG_DEC" else str(value)

    def _quoted(self, text: str) -> str:
        s = self._settings
        quote = s._quote
        if quote is None:
            return text
        unsafe = max(s._delimiter, quote, "\r")
        if len(text) <= _LONGEST_UNQUOTED and all(c > unsafe for c in text) and s._escape not in (*text,):
            return text
        if s._escape is not None:
            text = text.replace(s._escape, s._escape * 2)
        return quote + text.replace(quote, (s._escape or quote) + quote) + quote

    def serialize(self, element: Any) -> bytes:
        """The line's bytes.

        Raises:
            ValueError: a row of another length.
        """
        if len(element) != len(self._children):
            raise ValueError(
                f"Could not serialize row {element!r}: {len(self._children)} fields expected "
                f"but was {len(element)}"
            )
        fields = []
        for value, descriptor in zip(element, self._children, strict=True):
            plain = self._plain(value, descriptor)
            is_text = isinstance(value, str | datetime.date | datetime.time) or descriptor[2]
            fields.append(self._quoted(plain) if is_text and value is not None else plain)
        return (self._settings._delimiter.join(fields) + self._settings._line_delimiter).encode()

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
