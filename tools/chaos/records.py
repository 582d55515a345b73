"""The numbered records that a job under chaos reads, and where it writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: Each is a folder of files, read in their order.
SOURCES = ("a", "b")
KEYS = 17
WINDOW_MILLIS = 1000


class Record(NamedTuple):
    """`seq` counts the records of a source; `time` is in ms."""

    source: str
    seq: int

    @property
    def key(self) -> str:
        """A key's records come from one source, so that their order is defined."""
        return f"{self.source}{self.seq % KEYS}"

    @property
    def time(self) -> int:
        return self.seq * 7


def all_records(count: int) -> Iterator[Record]:
    """So many of each source."""
    for source in SOURCES:
        for seq in range(count):
            yield Record(source, seq)


def write_input(folder: Path, count: int, files: int = 3) -> None:
    """Files with so many records of each source, a line `seq` each."""
    for source in SOURCES:
        (folder / "in" / source).mkdir(parents=True)
        for file in range(files):
            numbers = range(count * file // files, count * (file + 1) // files)
            text = "".join(f"{seq}\n" for seq in numbers)
            (folder / "in" / source / f"{file}.txt").write_text(text)
