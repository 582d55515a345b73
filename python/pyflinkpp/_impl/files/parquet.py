"""Parquet files as rows, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pyflinkpp._impl.files.arrow_types import ArrowType, arrow_type, row_fields
from pyflinkpp._impl.files.splits import FileSplit
from pyflinkpp.common.types import Row, _create_row

#: Bytes of a row group unless `parquet.block.size` says otherwise.
_BLOCK_BYTES = 128 * 1024 * 1024


class RowColumns:
    """The columns of a row type: names and how their values go into Arrow and come back."""

    def __init__(self, row_type: Any, names: list[str], utc_timestamps: bool) -> None:
        self.names = names
        self.types: list[ArrowType] = [arrow_type(field, utc_timestamps) for field in row_fields(row_type)]

    def schema(self) -> Any:
        return pa.schema([pa.field(n, t.arrow) for n, t in zip(self.names, self.types, strict=True)])

    def batch(self, rows: list[Any]) -> Any:
        """Rows as a record batch. Raises ValueError naming the column that a value doesn't fit."""
        columns = list(zip(*rows, strict=True))
        if len(columns) != len(self.names):
            raise ValueError(f"{rows[0]!r} has {len(columns)} fields, and the row type {len(self.names)}")
        arrays = []
        for name, type, values in zip(self.names, self.types, columns, strict=True):
            try:
                arrays.append(type.array(values))
            except (ValueError, TypeError, AttributeError) as error:
                raise ValueError(f"column {name!r}: {error}") from error
        return pa.record_batch(arrays, self.schema())


def read_parquet(
    columns: RowColumns, split: FileSplit, batch_size: int, case_sensitive: bool
) -> Iterator[Row]:
    """The rows of those row groups whose middle lies in the split; a column that isn't there is None.

    Raises ValueError naming a column that doesn't fit its type, or a file that is no Parquet.
    """
    with open(split.path, "rb") as raw:
        try:
            file = pq.ParquetFile(raw)
        except pa.ArrowInvalid as error:
            raise ValueError(f"no Parquet file: {error}") from None
        groups = [i for i in range(file.num_row_groups) if split.begin <= _middle(file, i) < split.end]
        found = _found(columns.names, file.schema_arrow.names, case_sensitive)
        for batch in file.iter_batches(batch_size, groups, columns=[n for n in found if n is not None]):
            values = [_values(batch, name, type) for name, type in zip(found, columns.types, strict=True)]
            for row in zip(*values, strict=True):
                yield _create_row(columns.names, row)


def _middle(file: Any, group: int) -> int:
    """The byte in the middle of a row group."""
    metadata = file.metadata.row_group(group)
    first = metadata.column(0)
    begin = first.dictionary_page_offset or first.data_page_offset
    size = sum(metadata.column(i).total_compressed_size for i in range(metadata.num_columns))
    return int(begin + size // 2)


def _found(names: list[str], there: list[str], case_sensitive: bool) -> list[str | None]:
    """For each wanted column its name in the file, None where it has none."""
    if case_sensitive:
        return [name if name in there else None for name in names]
    found: list[str | None] = []
    for name in names:
        same = [other for other in there if other.lower() == name.lower()]
        if len(same) > 1:
            raise ValueError(f"column {name!r}: the file has {' and '.join(map(repr, same))}")
        found.append(same[0] if same else None)
    return found


def _values(batch: Any, name: str | None, type: ArrowType) -> list[Any]:
    if name is None:
        return [None] * batch.num_rows
    column = batch.column(name)
    try:
        return type.values(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(
            f"column {name!r}: a value of type {column.type} is no {type.arrow}: {error}"
        ) from None


class ParquetPartWriter:
    """Writes rows into one file, a row group at a time."""

    def __init__(self, columns: RowColumns, settings: Mapping[str, str], file: BinaryIO) -> None:
        self._columns = columns
        self._block_bytes = int(settings.get("parquet.block.size", _BLOCK_BYTES))
        self._held: list[Any] = []
        self._held_bytes = 0
        self._writer = pq.ParquetWriter(
            file,
            columns.schema(),
            compression=settings.get("parquet.compression", "SNAPPY").replace("UNCOMPRESSED", "NONE"),
            data_page_size=int(settings.get("parquet.page.size", 1024 * 1024)),
            use_dictionary=settings.get("parquet.enable.dictionary", "true") == "true",
            use_deprecated_int96_timestamps=True,
        )

    def write(self, records: list[Any]) -> None:
        """Takes rows. Raises ValueError naming the column that a value doesn't fit."""
        batch = self._columns.batch(records)
        self._held.append(batch)
        self._held_bytes += batch.nbytes
        if self._held_bytes >= self._block_bytes:
            self._write_group()

    def finish(self) -> None:
        """Writes what is held back, and the footer."""
        if self._held:
            self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        """Lets go of the file; pyarrow would write into it later."""
        self._writer.close()

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._held)
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._held, self._held_bytes = [], 0
