"""Avro records: PyFlink's ``formats.avro``. Declared only; running them raises ``NotBuiltError``."""

from __future__ import annotations

import json
from typing import Any

from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.common.io import InputFormat
from pyflinkpp.common.serialization import BulkWriterFactory, DeserializationSchema, SerializationSchema
from pyflinkpp.common.typeinfo import PickledBytesTypeInfo, TypeInformation
from pyflinkpp.datastream._checks import text

__all__ = [
    "AvroBulkWriters",
    "AvroInputFormat",
    "AvroRowDeserializationSchema",
    "AvroRowSerializationSchema",
    "AvroSchema",
    "GenericRecordAvroTypeInfo",
]


class AvroSchema:
    """A parsed schema.

    >>> AvroSchema.parse_string('{"type": "record", "name": "r", "fields": []}').definition["name"]
    'r'
    """

    def __init__(self, definition: Any) -> None:
        self.definition = definition

    @staticmethod
    def parse_string(json_schema: str) -> AvroSchema:
        """The schema in a JSON text; ``ValueError`` where it is none."""
        try:
            definition = json.loads(json_schema)
        except ValueError as error:
            raise ValueError(f"json_schema is no JSON: {error}") from None
        if not isinstance(definition, dict | list | str):
            raise ValueError(f"json_schema is no Avro schema: {json_schema!r}")
        return AvroSchema(definition)

    @staticmethod
    def parse_file(file_path: str) -> AvroSchema:
        """The schema in a file."""
        with open(file_path, encoding="utf-8") as file:
            return AvroSchema.parse_string(file.read())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AvroSchema) and self.definition == other.definition

    def __hash__(self) -> int:
        return hash(json.dumps(self.definition, sort_keys=True))

    def __str__(self) -> str:
        return json.dumps(self.definition)


class GenericRecordAvroTypeInfo(PickledBytesTypeInfo):
    """The type of records of a schema, which are dicts."""

    __slots__ = ("schema",)
    schema: AvroSchema

    def __init__(self, schema: AvroSchema) -> None:
        super().__init__("PICKLED", "PICKLED_BYTE_ARRAY", "GenericRecordAvroTypeInfo")
        object.__setattr__(self, "schema", schema)

    def need_conversion(self) -> bool:
        """False."""
        return False

    def to_internal_type(self, obj: Any) -> Any:
        """The record itself."""
        return obj

    def from_internal_type(self, obj: Any) -> Any:
        """The record itself."""
        return obj

    def __reduce__(self) -> tuple[Any, ...]:
        return GenericRecordAvroTypeInfo, (self.schema,)


class AvroInputFormat(InputFormat):
    """Reads a file of Avro records, for ``env.create_input``."""

    def __init__(self, path: str, schema: AvroSchema) -> None:
        self.path = text(path, "path")
        self.schema = schema

    def get_produced_type(self) -> TypeInformation:
        """The records' type."""
        return GenericRecordAvroTypeInfo(self.schema)


class AvroBulkWriterFactory(BulkWriterFactory):
    """Writes records into Avro files."""

    def __init__(self, schema: AvroSchema) -> None:
        self.schema = schema


class AvroBulkWriters:
    """Makes writers of Avro files, for ``FileSink.for_bulk_format``."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> BulkWriterFactory:
        """A factory for dicts of the schema."""
        return AvroBulkWriterFactory(schema)


def _one_schema(owner: str, record_class: str | None, avro_schema_string: str | None) -> AvroSchema:
    if record_class is not None:
        raise NotBuiltError(
            f"{owner}: record_class {record_class!r} is a Java class, which can't be loaded; "
            "use avro_schema_string"
        )
    if avro_schema_string is None:
        raise ConfigurationError(f"{owner}: missing avro_schema_string")
    return AvroSchema.parse_string(avro_schema_string)


class AvroRowDeserializationSchema(DeserializationSchema):
    """Avro bytes become a row."""

    def __init__(self, record_class: str | None = None, avro_schema_string: str | None = None) -> None:
        """Raises ``ConfigurationError`` without a schema string, ``NotBuiltError`` for a Java class."""
        self.schema = _one_schema("AvroRowDeserializationSchema", record_class, avro_schema_string)

    def deserialize(self, message: bytes) -> Any:
        """Raises ``NotBuiltError``."""
        raise NotBuiltError("AvroRowDeserializationSchema: the format 'avro' is not built")


class AvroRowSerializationSchema(SerializationSchema):
    """A row becomes Avro bytes."""

    def __init__(self, record_class: str | None = None, avro_schema_string: str | None = None) -> None:
        """Raises ``ConfigurationError`` without a schema string, ``NotBuiltError`` for a Java class."""
        self.schema = _one_schema("AvroRowSerializationSchema", record_class, avro_schema_string)

    def serialize(self, element: Any) -> bytes:
        """Raises ``NotBuiltError``."""
        raise NotBuiltError("AvroRowSerializationSchema: the format 'avro' is not built")
