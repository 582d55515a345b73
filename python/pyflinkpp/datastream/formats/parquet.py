"""Parquet files: PyFlink's ``formats.parquet``, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from pyflinkpp._impl.files.splits import FileSplit
from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.common.serialization import BulkWriterFactory, PartContent, RowDataBulkWriterFactory
from pyflinkpp.common.typeinfo import RowTypeInfo, TypeInformation
from pyflinkpp.datastream._checks import positive
from pyflinkpp.datastream.connectors._file_sources import BulkFormat, StreamFormat
from pyflinkpp.datastream.formats._data_types import row_type_of
from pyflinkpp.datastream.formats.avro import AvroSchema

if TYPE_CHECKING:
    from pyflinkpp._impl.files.parquet import RowColumns

__all__ = [
    "AvroParquetReaders",
    "AvroParquetWriters",
    "ParquetBulkWriters",
    "ParquetColumnarRowInputFormat",
]


#: Settings of Hadoop's Parquet writer that are followed.
_WRITER_SETTINGS = (
    "parquet.block.size",
    "parquet.compression",
    "parquet.enable.dictionary",
    "parquet.page.size",
)


def _given(settings: Any) -> dict[str, str]:
    """The settings of a ``Configuration`` or dict, empty for ``None``."""
    if settings is None:
        return {}
    to_dict = getattr(settings, "to_dict", None)
    return dict(settings if to_dict is None else to_dict())


def _settings(hadoop_config: Any, followed: tuple[str, ...] = ()) -> dict[str, str]:
    """The settings given; ``ConfigurationError`` for one that isn't followed."""
    settings = _given(hadoop_config)
    unknown = sorted(set(settings) - set(followed))
    if unknown:
        known = f"only {', '.join(followed)} are followed" if followed else "none is followed"
        raise ConfigurationError(f"hadoop_config: {unknown} can't be followed; {known} here")
    return settings


def _columns(row_type: RowTypeInfo, given: Any, utc_timestamps: bool) -> RowColumns:
    from pyflinkpp._impl.files.parquet import RowColumns

    return RowColumns(given, row_type.get_field_names(), utc_timestamps)


class ParquetColumnarRowInputFormat(BulkFormat):
    """Reads rows in batches, for ``FileSource.for_bulk_file_format`` (Flink's class of this name).

    ``row_type``: a ``DataTypes.ROW``, or a row type of ``Types``; columns are found by name, and one that
    isn't in the file is ``None``. ``batch_size``: rows (default 2048); ``is_utc_timestamp``: timestamps
    without zone count from the epoch in UTC, not in local time (default False); ``is_case_sensitive``:
    match column names exactly (default True). Files are cut into their row groups.

    >>> import tempfile, pyarrow, pyarrow.parquet
    >>> from pyflinkpp.common import Types, WatermarkStrategy
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.connectors.file_system import FileSource
    >>> with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
    ...     pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "name": ["x", None]}), file.name)
    ...     row_type = Types.ROW_NAMED(["id", "name"], [Types.LONG(), Types.STRING()])
    ...     format = ParquetColumnarRowInputFormat(row_type)
    ...     source = FileSource.for_bulk_file_format(format, file.name).build()
    ...     env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    ...     stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "rows")
    ...     stream.execute_and_collect(limit=2)
    [Row(id=1, name='x'), Row(id=2, name=None)]
    """

    _splittable = True

    def __init__(
        self,
        row_type: Any,
        hadoop_config: Any = None,
        batch_size: int = 2048,
        is_utc_timestamp: bool = False,
        is_case_sensitive: bool = True,
    ) -> None:
        """Raises ``TypeError`` for what is no row type, ``ValueError`` for a batch size below 1 and
        ``ConfigurationError`` for a setting that isn't followed.
        """
        self.batch_size = positive(batch_size, "batch_size")
        self.row_type = row_type
        self.settings = _settings(hadoop_config)
        self.is_utc_timestamp = is_utc_timestamp
        self.is_case_sensitive = is_case_sensitive
        self._type_info = row_type_of(row_type)

    def _produced_type(self) -> TypeInformation:
        return self._type_info

    def _read(self, split: FileSplit) -> Iterator[Any]:
        from pyflinkpp._impl.files.parquet import read_parquet

        columns = _columns(self._type_info, self.row_type, self.is_utc_timestamp)
        return read_parquet(columns, split, self.batch_size, self.is_case_sensitive)


class _AvroParquetFormat(StreamFormat):
    def __init__(self, schema: AvroSchema) -> None:
        self.schema = schema


class AvroParquetReaders:
    """Makes readers of Parquet files as Avro records."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> StreamFormat:
        """A format whose records are dicts of the schema."""
        return _AvroParquetFormat(schema)


class _AvroParquetFactory(BulkWriterFactory):
    def __init__(self, schema: AvroSchema) -> None:
        self.schema = schema


class AvroParquetWriters:
    """Makes writers of Avro records into Parquet files."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> BulkWriterFactory:
        """A factory for dicts of the schema."""
        return _AvroParquetFactory(schema)


class ParquetRowWriterFactory(RowDataBulkWriterFactory):
    """Writes rows into Parquet files; timestamps as INT96, as Flink does."""

    def __init__(self, row_type: Any, settings: dict[str, str], utc_timestamp: bool) -> None:
        """Raises ``TypeError`` for what is no row type."""
        super().__init__(row_type)
        self.settings = settings
        self.utc_timestamp = utc_timestamp
        self._type_info = row_type_of(row_type)

    def _open(self, file: BinaryIO) -> PartContent:
        from pyflinkpp._impl.files.parquet import ParquetPartWriter

        columns = _columns(self._type_info, self._row_type, self.utc_timestamp)
        return ParquetPartWriter(columns, self.settings, file)


class ParquetBulkWriters:
    """Makes writers of rows into Parquet files, for ``FileSink.for_bulk_format``.

    >>> from pyflinkpp.common import Types
    >>> row_type = Types.ROW_NAMED(["id"], [Types.INT()])
    >>> ParquetBulkWriters.for_row_type(row_type, utc_timestamp=True).utc_timestamp
    True
    """

    @staticmethod
    def for_row_type(
        row_type: Any, hadoop_config: Any = None, utc_timestamp: bool = False
    ) -> ParquetRowWriterFactory:
        """``row_type``: a ``DataTypes.ROW`` or a row type of ``Types``; ``utc_timestamp``: timestamps without
        zone count from the epoch in UTC, not in local time (default False). Of ``hadoop_config``
        ``parquet.compression`` (default SNAPPY), ``parquet.block.size`` and ``parquet.page.size`` in bytes
        and ``parquet.enable.dictionary`` are followed; ``ConfigurationError`` for another.
        """
        settings = _settings(hadoop_config, _WRITER_SETTINGS)
        return ParquetRowWriterFactory(row_type, settings, utc_timestamp)
