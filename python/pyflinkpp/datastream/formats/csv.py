"""Rows as comma-separated values: PyFlink's ``formats.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from pyflinkpp._impl.files.splits import FileSplit
from pyflinkpp.common.serialization import BulkWriterFactory, PartContent
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

    def __init__(self, schema: CsvSchema) -> None:
        """Raises ``TypeError`` for anything but a ``CsvSchema``."""
        self.schema = _schema(schema)

    @staticmethod
    def for_schema(schema: CsvSchema) -> CsvReaderFormat:
        """A format for the schema."""
        return CsvReaderFormat(schema)

    def _produced_type(self) -> TypeInformation:
        return self.schema._row_type()

    def _read(self, split: FileSplit) -> Iterator[Any]:
        from pyflinkpp._impl.files.csv_file import read_csv

        return read_csv(self.schema, split.path)


class CsvBulkWriterFactory(BulkWriterFactory):
    """Writes rows into CSV files, in UTF-8."""

    def __init__(self, schema: CsvSchema) -> None:
        self.schema = _schema(schema)

    def _open(self, file: BinaryIO) -> PartContent:
        from pyflinkpp._impl.files.csv_file import CsvPartWriter

        return CsvPartWriter(self.schema, file)


class CsvBulkWriters:
    """Makes writers of CSV files, for ``FileSink.for_bulk_format``."""

    @staticmethod
    def for_schema(schema: CsvSchema) -> BulkWriterFactory:
        """A factory for the schema; ``TypeError`` for anything but a ``CsvSchema``."""
        return CsvBulkWriterFactory(schema)
