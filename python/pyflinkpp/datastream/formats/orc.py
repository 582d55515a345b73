"""ORC files: PyFlink's ``formats.orc``. Value objects that the file connector reads."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common.serialization import RowDataBulkWriterFactory
from pyflinkpp.datastream.formats.parquet import _given

__all__ = ["OrcBulkWriters"]


class OrcRowWriterFactory(RowDataBulkWriterFactory):
    """Writes rows into ORC files."""

    def __init__(self, row_type: Any, writer_properties: dict[str, str], settings: dict[str, str]) -> None:
        super().__init__(row_type)
        self.writer_properties = writer_properties
        self.settings = settings


class OrcBulkWriters:
    """Makes writers of rows into ORC files, for ``FileSink.for_bulk_format``.

    >>> OrcBulkWriters.for_row_type(None, {"orc.compress": "ZSTD"}).writer_properties
    {'orc.compress': 'ZSTD'}
    """

    @staticmethod
    def for_row_type(
        row_type: Any, writer_properties: Any = None, hadoop_config: Any = None
    ) -> OrcRowWriterFactory:
        """``writer_properties``: ORC's own settings, a dict or ``Configuration``."""
        return OrcRowWriterFactory(row_type, _given(writer_properties), _given(hadoop_config))
