"""Rows as JSON objects: PyFlink's ``formats.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pyflinkpp._impl.files.splits import FileSplit
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.common.serialization import DeserializationSchema, Encoder, SerializationSchema
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.common.types import Row
from pyflinkpp.datastream.connectors._file_sources import StreamFormat
from pyflinkpp.datastream.connectors.base import required
from pyflinkpp.datastream.formats._json_values import reader, writer

__all__ = [
    "JsonLinesEncoder",
    "JsonLinesFormat",
    "JsonRowDeserializationSchema",
    "JsonRowSerializationSchema",
]


def _row_type(type_info: Any) -> TypeInformation:
    if not isinstance(type_info, TypeInformation) or type_info._descriptor()[0] != "ROW":
        raise TypeError(f"type_info must be a row type, not {type_info!r}")
    return type_info


class _Rebuilt:
    """Holds a converter that is not pickled but made anew."""

    _converter: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k != "_converter"}


class JsonRowDeserializationSchema(_Rebuilt, DeserializationSchema):
    """A JSON object in UTF-8 becomes a row (Flink's ``JsonRowDeserializationSchema``).

    Absent fields become ``None``, unknown ones are left out. Dates and times are ISO 8601, bytes Base64.

    >>> from pyflinkpp.common.typeinfo import Types
    >>> t = Types.ROW_NAMED(["id", "name"], [Types.INT(), Types.STRING()])
    >>> schema = JsonRowDeserializationSchema.builder().type_info(t).build()
    >>> schema.deserialize(b'{"id": 1, "name": "x", "other": true}')
    Row(id=1, name='x')
    """

    def __init__(
        self,
        type_info: TypeInformation,
        fail_on_missing_field: bool = False,
        ignore_parse_errors: bool = False,
    ) -> None:
        """Raises ``ConfigurationError`` where both switches are on."""
        if fail_on_missing_field and ignore_parse_errors:
            raise ConfigurationError(
                "JsonRowDeserializationSchema: fail_on_missing_field excludes ignore_parse_errors"
            )
        self.type_info = _row_type(type_info)
        self.fail_on_missing_field = fail_on_missing_field
        self.ignore_parse_errors = ignore_parse_errors
        self._parse_float: Any = Decimal if "BIG_DEC" in repr(type_info._descriptor()) else None

    def deserialize(self, message: bytes) -> Row | None:
        """The row; ``None``, which drops the message, for ``null`` and for ignored errors.

        Raises:
            ValueError: no JSON, or a value that doesn't fit its type.
        """
        if self._converter is None:
            self._converter = reader(
                self.type_info._descriptor(), self.fail_on_missing_field, self.ignore_parse_errors
            )
        try:
            row: Row | None = self._converter(json.loads(message, parse_float=self._parse_float))
            return row
        except (ValueError, TypeError, LookupError) as error:
            if self.ignore_parse_errors:
                return None
            raise ValueError(f"Failed to deserialize JSON {message!r}: {error}") from error

    _deserialize = deserialize

    def get_produced_type(self) -> TypeInformation:
        """The row type."""
        return self.type_info

    @staticmethod
    def builder() -> JsonRowDeserializationSchema.Builder:
        """A builder."""
        return JsonRowDeserializationSchema.Builder()

    class Builder:
        """Collects the settings; each setter returns the builder."""

        def __init__(self) -> None:
            self._type_info: TypeInformation | None = None
            self._fail_on_missing_field = False
            self._ignore_parse_errors = False

        def type_info(self, type_info: TypeInformation) -> JsonRowDeserializationSchema.Builder:
            """The row type; ``TypeError`` for another."""
            self._type_info = _row_type(type_info)
            return self

        def json_schema(self, json_schema: str) -> JsonRowDeserializationSchema.Builder:
            """Refused with ``NotBuiltError``: give the row type by ``type_info``."""
            if json_schema is None:
                raise TypeError("json_schema must not be None")
            raise NotBuiltError("JsonRowDeserializationSchema: json_schema is not built; use type_info")

        def fail_on_missing_field(self) -> JsonRowDeserializationSchema.Builder:
            """An absent field is an error."""
            self._fail_on_missing_field = True
            return self

        def ignore_parse_errors(self) -> JsonRowDeserializationSchema.Builder:
            """A field that can't be read becomes ``None``; a message that can't is dropped."""
            self._ignore_parse_errors = True
            return self

        def build(self) -> JsonRowDeserializationSchema:
            """The schema; ``ConfigurationError`` where the type is missing."""
            required("JsonRowDeserializationSchema", type_info=self._type_info)
            assert self._type_info is not None
            return JsonRowDeserializationSchema(
                self._type_info, self._fail_on_missing_field, self._ignore_parse_errors
            )


class JsonRowSerializationSchema(_Rebuilt, SerializationSchema):
    """A row becomes a JSON object in UTF-8 (Flink's ``JsonRowSerializationSchema``).

    >>> from pyflinkpp.common.typeinfo import Types
    >>> t = Types.ROW_NAMED(["id", "name"], [Types.INT(), Types.STRING()])
    >>> JsonRowSerializationSchema.builder().with_type_info(t).build().serialize(Row(1, None))
    b'{"id":1,"name":null}'
    """

    def __init__(self, type_info: TypeInformation) -> None:
        self.type_info = _row_type(type_info)

    def serialize(self, element: Any) -> bytes:
        """The object's bytes, without spaces between.

        Raises:
            ValueError: a row of another length, or a value that JSON can't carry.
        """
        if self._converter is None:
            self._converter = writer(self.type_info._descriptor())
        try:
            text: str = self._converter(element)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"Could not serialize row {element!r}: {error}") from error
        return text.encode()

    _serialize = serialize

    @staticmethod
    def builder() -> JsonRowSerializationSchema.Builder:
        """A builder."""
        return JsonRowSerializationSchema.Builder()

    class Builder:
        """Collects the type."""

        def __init__(self) -> None:
            self._type_info: TypeInformation | None = None

        def with_type_info(self, type_info: TypeInformation) -> JsonRowSerializationSchema.Builder:
            """The row type; ``TypeError`` for another."""
            self._type_info = _row_type(type_info)
            return self

        def build(self) -> JsonRowSerializationSchema:
            """The schema; ``ConfigurationError`` where the type is missing."""
            required("JsonRowSerializationSchema", type_info=self._type_info)
            assert self._type_info is not None
            return JsonRowSerializationSchema(self._type_info)


class JsonLinesFormat(StreamFormat):
    r"""Reads rows from files with a JSON object on each line, for ``FileSource.for_record_stream_format``.

    An extension beyond PyFlink. Objects become rows as by ``JsonRowDeserializationSchema``; files are in
    UTF-8 and are cut into splits, blank lines are left out.

    >>> import tempfile
    >>> from pyflinkpp.common import Types, WatermarkStrategy
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.connectors.file_system import FileSource
    >>> row_type = Types.ROW_NAMED(["id", "tags"], [Types.INT(), Types.LIST(Types.STRING())])
    >>> with tempfile.NamedTemporaryFile("w") as file:
    ...     _ = file.write('{"id": 1, "tags": ["a", "b"]}\n{"id": 2}\n')
    ...     file.flush()
    ...     source = FileSource.for_record_stream_format(JsonLinesFormat(row_type), file.name).build()
    ...     env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    ...     stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "objects")
    ...     stream.execute_and_collect(limit=2)
    [Row(id=1, tags=['a', 'b']), Row(id=2, tags=None)]
    """

    _splittable = True

    def __init__(
        self,
        type_info: TypeInformation,
        fail_on_missing_field: bool = False,
        ignore_parse_errors: bool = False,
    ) -> None:
        """``type_info``: a row type, else ``TypeError``; the switches as in the deserialization schema."""
        self.schema = JsonRowDeserializationSchema(type_info, fail_on_missing_field, ignore_parse_errors)

    def _produced_type(self) -> TypeInformation:
        return self.schema.get_produced_type()

    def _read(self, split: FileSplit) -> Iterator[Row]:
        from pyflinkpp._impl.files.json_lines import read_json_lines

        return read_json_lines(self.schema, split)


class JsonLinesEncoder(Encoder):
    r"""Writes rows as JSON objects, one on each line, for ``FileSink.for_row_format``.

    An extension beyond PyFlink.

    >>> from pyflinkpp.common.typeinfo import Types
    >>> JsonLinesEncoder(Types.ROW_NAMED(["id"], [Types.INT()])).encode(Row(7))
    b'{"id":7}\n'
    """

    def __init__(self, type_info: TypeInformation) -> None:
        """``type_info``: a row type, else ``TypeError``."""
        self.schema = JsonRowSerializationSchema(type_info)

    def encode(self, element: Any) -> bytes:
        """The object and a line end; ``ValueError`` as ``JsonRowSerializationSchema.serialize``."""
        return self.schema.serialize(element) + b"\n"
