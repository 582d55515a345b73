"""Rows as comma-separated values: PyFlink's ``formats.csv``."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common.serialization import BulkWriterFactory
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream.connectors._file_sources import StreamFormat
from pyflinkpp.datastream.formats._csv_rows import CsvRowDeserializationSchema, CsvRowSerializationSchema
from pyflinkpp.datastream.formats._csv_schema import CsvSchema, CsvSchemaBuilder

__all__ = [
    "CsvBulkWriters",
    "CsvReaderFormat",
    "CsvRowDeserializationSchema",
    "CsvRowSerializationSchema",
    "CsvSchema",
    "CsvSchemaBuilder",
]


def _schema(schema: Any) -> CsvSchema:
    if not isinstance(schema, CsvSchema):
        raise TypeError(f"schema must be a CsvSchema, not {schema!r}")
    return schema


class CsvReaderFormat(StreamFormat):
    """Reads rows from CSV files, for ``FileSource.for_record_stream_format``.

    >>> CsvReaderFormat.for_schema(CsvSchema.builder().add_string_column("a").build()).schema.size()
    1
    """

    _kind = "csv"

    def __init__(self, schema: CsvSchema) -> None:
        """Raises ``TypeError`` for anything but a ``CsvSchema``."""
        self.schema = _schema(schema)

    @staticmethod
    def for_schema(schema: CsvSchema) -> CsvReaderFormat:
        """A format for the schema."""
        return CsvReaderFormat(schema)

    def _produced_type(self) -> TypeInformation:
        return self.schema._row_type()


class CsvBulkWriterFactory(BulkWriterFactory):
    """Writes rows into CSV files; ``_kind`` tells the writer which format."""

    _kind = "csv"

    def __init__(self, schema: CsvSchema) -> None:
        self.schema = _schema(schema)


class CsvBulkWriters:
    """Makes writers of CSV files, for ``FileSink.for_bulk_format``."""

    @staticmethod
    def for_schema(schema: CsvSchema) -> BulkWriterFactory:
        """A factory for the schema; ``TypeError`` for anything but a ``CsvSchema``."""
        return CsvBulkWriterFactory(schema)
