"""How elements become bytes for the outside world and come back: schemas, encoders, bulk writers."""

from __future__ import annotations

import codecs
from io import BytesIO
from typing import Any, BinaryIO, NoReturn, Protocol

from pyflinkpp.common.errors import NotBuiltError, _no_jvm
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.common.types import Row

__all__ = [
    "BulkWriterFactory",
    "ByteArraySchema",
    "DeserializationSchema",
    "Encoder",
    "RowFieldExtractorSchema",
    "SerializationSchema",
    "SimpleStringSchema",
]


def _charset(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"unknown charset {name!r}") from None


class SerializationSchema:
    """Turns elements into messages; subclasses define `serialize`, which runs for each element.

    >>> class Repr(SerializationSchema):
    ...     def serialize(self, element):
    ...         return repr(element).encode()
    >>> Repr().serialize(5)
    b'5'
    """

    def serialize(self, element: Any) -> bytes | None:
        """The message for the element; None sends a message without content."""
        raise NotImplementedError(f"{type(self).__name__} does not define serialize")


class DeserializationSchema:
    """Turns messages into elements; subclasses define `deserialize`, which runs for each message."""

    def deserialize(self, message: bytes) -> Any:
        """The element in the message; None leaves the message out."""
        raise NotImplementedError(f"{type(self).__name__} does not define deserialize")

    def is_end_of_stream(self, next_element: Any) -> bool:
        """Whether the stream ends before this element; False unless redefined."""
        return False

    def get_produced_type(self) -> TypeInformation:
        """The type of the elements, pickled objects unless redefined."""
        return Types.PICKLED_BYTE_ARRAY()


class SimpleStringSchema(SerializationSchema, DeserializationSchema):
    """Strings as encoded text; ValueError for an unknown charset.

    >>> SimpleStringSchema().serialize('ä'), SimpleStringSchema('latin-1').deserialize(b'\\xe4')
    (b'\\xc3\\xa4', 'ä')

    Bytes that the charset does not have become U+FFFD, as in Java.
    """

    def __init__(self, charset: str = "UTF-8") -> None:
        self._charset = _charset(charset)

    def serialize(self, element: str) -> bytes:
        """The encoded string; TypeError if it is none."""
        if not isinstance(element, str):
            raise TypeError(f"SimpleStringSchema serializes str, not {element!r}")
        return element.encode(self._charset, errors="replace")

    def deserialize(self, message: bytes) -> str:
        """The decoded string."""
        return message.decode(self._charset, errors="replace")

    def get_produced_type(self) -> TypeInformation:
        """`Types.STRING()`."""
        return Types.STRING()


class ByteArraySchema(SerializationSchema, DeserializationSchema):
    """Bytes as they are.

    >>> ByteArraySchema().deserialize(b'ab')
    b'ab'
    """

    def __init__(self) -> None:
        pass

    def serialize(self, element: bytes) -> bytes:
        """The bytes; TypeError if the element has none."""
        if not isinstance(element, bytes | bytearray | memoryview):
            raise TypeError(f"ByteArraySchema serializes bytes, not {element!r}")
        return bytes(element)

    def deserialize(self, message: bytes) -> bytes:
        """The bytes."""
        return message

    def get_produced_type(self) -> TypeInformation:
        """`Types.PRIMITIVE_ARRAY(Types.BYTE())`."""
        return Types.PRIMITIVE_ARRAY(Types.BYTE())


class RowFieldExtractorSchema(SerializationSchema):
    """One field of a row, which must hold bytes; ValueError for a negative index.

    >>> RowFieldExtractorSchema(1).serialize(Row(1, b'ab'))
    b'ab'
    """

    def __init__(self, field_index: int) -> None:
        if field_index < 0:
            raise ValueError(f"the field index must not be negative: {field_index}")
        self._field_index = field_index

    def serialize(self, element: Row | None) -> bytes:
        """The bytes in the field, none for None; TypeError for another value."""
        value = None if element is None else element[self._field_index]
        if value is None:
            return b""
        if not isinstance(value, bytes | bytearray):
            raise TypeError(f"field {self._field_index} must hold bytes, not {value!r}")
        return bytes(value)


class Encoder:
    """Writes elements into a file of a row-wise file sink; subclasses define `encode`.

    >>> Encoder.simple_string_encoder().encode(5)
    b'5\\n'
    """

    @staticmethod
    def simple_string_encoder(charset_name: str = "UTF-8") -> Encoder:
        """Writes `str(element)` and a line end; ValueError for an unknown charset."""
        return _SimpleStringEncoder(charset_name)

    def encode(self, element: Any) -> bytes:
        """What to append to the file for the element."""
        raise NotImplementedError(f"{type(self).__name__} does not define encode")


class _SimpleStringEncoder(Encoder):
    def __init__(self, charset_name: str) -> None:
        self._charset = _charset(charset_name)

    def encode(self, element: Any) -> bytes:
        return f"{element}\n".encode(self._charset, errors="replace")


class PartContent(Protocol):
    """Writes records into one part file of a file sink."""

    def write(self, records: list[Any]) -> None:
        """Takes records; they may be held back until `finish`."""

    def finish(self) -> None:
        """Writes what was held back; called once, before the file is closed."""

    def abandon(self) -> None:
        """Called instead of `finish` where the file is to be thrown away."""


class BulkWriterFactory:
    """Base class of what writes whole batches into files, as columnar formats need."""

    def _open(self, file: BinaryIO) -> PartContent:
        """The writer of one part file. Raises NotBuiltError where this version has none for the format."""
        raise NotBuiltError(f"FileSink.for_bulk_format: {type(self).__name__} is not built yet")

    def _check_built(self) -> None:
        if type(self)._open is BulkWriterFactory._open:
            self._open(BytesIO())

    def get_java_object(self) -> NoReturn:
        """Always raises: there is no Java object behind this one."""
        _no_jvm("BulkWriterFactory.get_java_object", "pass the factory itself to FileSink.for_bulk_format")


class RowDataBulkWriterFactory(BulkWriterFactory):
    """A bulk writer of rows of one type."""

    def __init__(self, row_type: Any) -> None:
        self._row_type = row_type

    def get_row_type(self) -> Any:
        """The type of the rows."""
        return self._row_type


_MOVED = {
    "JsonRowDeserializationSchema": "json",
    "JsonRowSerializationSchema": "json",
    "CsvRowDeserializationSchema": "csv",
    "CsvRowSerializationSchema": "csv",
    "AvroRowDeserializationSchema": "avro",
    "AvroRowSerializationSchema": "avro",
}
"""Names that programs for PyFlink before 1.16 import from here, and the format module they live in."""


def __getattr__(name: str) -> Any:
    if name not in _MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"pyflinkpp.datastream.formats.{_MOVED[name]}"), name)
