"""Parquet files: PyFlink's ``formats.parquet``. Value objects that the file connector reads."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common.serialization import BulkWriterFactory, RowDataBulkWriterFactory
from pyflinkpp.datastream._checks import positive
from pyflinkpp.datastream.connectors._file_sources import BulkFormat, StreamFormat
from pyflinkpp.datastream.formats.avro import AvroSchema

__all__ = [
    "AvroParquetReaders",
    "AvroParquetWriters",
    "ParquetBulkWriters",
    "ParquetColumnarRowInputFormat",
]


def _settings(hadoop_config: Any) -> dict[str, str]:
    """The settings of a ``Configuration`` or dict, empty for ``None``."""
    if hadoop_config is None:
        return {}
    to_dict = getattr(hadoop_config, "to_dict", None)
    return dict(hadoop_config if to_dict is None else to_dict())


class ParquetColumnarRowInputFormat(BulkFormat):
    """Reads rows of ``row_type`` in batches.

    ``batch_size``: rows (default 2048); ``is_utc_timestamp``: read timestamps as UTC, not local, time
    (default False); ``is_case_sensitive``: match column names exactly (default True).
    """

    _kind = "parquet"

    def __init__(
        self,
        row_type: Any,
        hadoop_config: Any = None,
        batch_size: int = 2048,
        is_utc_timestamp: bool = False,
        is_case_sensitive: bool = True,
    ) -> None:
        """Raises ``ValueError`` for a batch size below 1."""
        self.row_type = row_type
        self.settings = _settings(hadoop_config)
        self.batch_size = positive(batch_size, "batch_size")
        self.is_utc_timestamp = is_utc_timestamp
        self.is_case_sensitive = is_case_sensitive


class _AvroParquetFormat(StreamFormat):
    _kind = "avro_parquet"

    def __init__(self, schema: AvroSchema) -> None:
        self.schema = schema


class AvroParquetReaders:
    """Makes readers of Parquet files as Avro records."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> StreamFormat:
        """A format whose records are dicts of the schema."""
        return _AvroParquetFormat(schema)


class _AvroParquetFactory(BulkWriterFactory):
    _kind = "avro_parquet"

    def __init__(self, schema: AvroSchema) -> None:
        self.schema = schema


class AvroParquetWriters:
    """Makes writers of Avro records into Parquet files."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> BulkWriterFactory:
        """A factory for dicts of the schema."""
        return _AvroParquetFactory(schema)


class ParquetRowWriterFactory(RowDataBulkWriterFactory):
    """Writes rows into Parquet files."""

    _kind = "parquet"

    def __init__(self, row_type: Any, settings: dict[str, str], utc_timestamp: bool) -> None:
        super().__init__(row_type)
        self.settings = settings
        self.utc_timestamp = utc_timestamp


class ParquetBulkWriters:
    """Makes writers of rows into Parquet files, for ``FileSink.for_bulk_format``.

    >>> ParquetBulkWriters.for_row_type(None, utc_timestamp=True).utc_timestamp
    True
    """

    @staticmethod
    def for_row_type(
        row_type: Any, hadoop_config: Any = None, utc_timestamp: bool = False
    ) -> ParquetRowWriterFactory:
        """``utc_timestamp``: write timestamps as UTC, not local, time."""
        return ParquetRowWriterFactory(row_type, _settings(hadoop_config), utc_timestamp)
