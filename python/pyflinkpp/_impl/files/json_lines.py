"""JSON lines: a file with one JSON object on each line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyflinkpp._impl.files.lines import line_number, split_lines
from pyflinkpp._impl.files.splits import FileSplit
from pyflinkpp.common.types import Row

if TYPE_CHECKING:
    from pyflinkpp.datastream.formats.json import JsonRowDeserializationSchema


def read_json_lines(schema: JsonRowDeserializationSchema, split: FileSplit) -> Iterator[Row]:
    """The rows that begin in a split, in UTF-8; blank lines are left out, and what the schema leaves out.

    Raises ValueError naming line, field and value of what the schema can't read.
    """
    for at, line in split_lines(split):
        if not line.strip():
            continue
        try:
            row = schema.deserialize(line.removeprefix(b"\xef\xbb\xbf") if at == 0 else line)
        except ValueError as error:
            reason = error.__cause__ or error
            raise ValueError(f"line {line_number(split.path, at)}: {reason}") from None
        if row is not None:
            yield row
