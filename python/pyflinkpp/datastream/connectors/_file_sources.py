"""Reading files: formats, enumerators, the source and its builder."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from pyflinkpp._impl.files.lines import text_lines
from pyflinkpp._impl.files.splits import FileSplit
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import millis, positive, text
from pyflinkpp.datastream.connectors.base import Source


@dataclass(frozen=True)
class FileEnumeratorProvider:
    """How files are found and cut into splits."""

    kind: str
    splittable: bool

    @staticmethod
    def default_splittable_file_enumerator() -> FileEnumeratorProvider:
        """All files below the paths, without hidden ones, cut into blocks where the format allows it."""
        return FileEnumeratorProvider("block", True)

    @staticmethod
    def default_non_splittable_file_enumerator() -> FileEnumeratorProvider:
        """All files below the paths, without hidden ones, each as a whole."""
        return FileEnumeratorProvider("whole", False)


@dataclass(frozen=True)
class FileSplitAssignerProvider:
    """Which reader gets which split."""

    kind: str

    @staticmethod
    def locality_aware_split_assigner() -> FileSplitAssignerProvider:
        """Splits on the reader's host first."""
        return FileSplitAssignerProvider("locality")


class _FileFormat:
    """What a file source asks of its format."""

    #: Whether a reader can begin anywhere in a file.
    _splittable: ClassVar[bool] = False

    def _produced_type(self) -> TypeInformation:
        return Types.PICKLED_BYTE_ARRAY()

    def _read(self, split: FileSplit) -> Iterator[Any]:
        """The records of a split. Raises ValueError naming the place of what can't be read."""
        raise NotBuiltError(f"FileSource: the format {type(self).__name__} is not built yet")

    def _check_built(self) -> None:
        if type(self)._read is _FileFormat._read:
            self._read(FileSplit(""))


class StreamFormat(_FileFormat):
    """Records read one by one from a file.

    >>> StreamFormat.text_line_format().charset_name
    'UTF-8'
    """

    charset_name: str | None = None

    @staticmethod
    def text_line_format(charset_name: str = "UTF-8") -> StreamFormat:
        """Lines without their ends; raises ``ValueError`` for an unknown charset."""
        return _TextLines(charset_name)


class _TextLines(StreamFormat):
    def __init__(self, charset_name: str) -> None:
        try:
            codec = codecs.lookup(text(charset_name, "charset_name")).name
        except LookupError:
            raise ValueError(f"charset_name is not a known charset: {charset_name!r}") from None
        self.charset_name = charset_name
        self._is_utf8 = codec in ("utf-8", "ascii")

    def _produced_type(self) -> TypeInformation:
        return Types.STRING()

    def _read(self, split: FileSplit) -> Iterator[str]:
        return text_lines(split.path, self.charset_name or "UTF-8")

    def __repr__(self) -> str:
        return f"StreamFormat.text_line_format({self.charset_name!r})"


class BulkFormat(_FileFormat):
    """Records read in batches from a file, as Parquet and ORC do."""


@dataclass(frozen=True, eq=False)
class FileSource(Source):
    """Reads files, once or again and again (Flink's ``FileSource``).

    ``paths``: files or folders, as paths or URIs; ``discovery_millis``: how often new files are looked for,
    ``None`` for a bounded source.

    >>> source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), "/data/in").build()
    >>> source.paths, source.bounded
    (('/data/in',), True)
    """

    format: StreamFormat | BulkFormat
    paths: tuple[str, ...]
    discovery_millis: int | None = None
    enumerator: FileEnumeratorProvider | None = None
    split_assigner: FileSplitAssignerProvider | None = None

    _connector = "filesystem"
    _native_kind = "file"

    @property
    def bounded(self) -> bool:
        """Whether the source ends."""
        return self.discovery_millis is None

    def _produced_type(self) -> TypeInformation:
        return self.format._produced_type()

    @staticmethod
    def for_record_stream_format(stream_format: StreamFormat, *paths: str) -> FileSourceBuilder:
        """A builder for a format that reads record by record."""
        if not isinstance(stream_format, StreamFormat):
            raise TypeError(f"stream_format must be a StreamFormat, not {stream_format!r}")
        return FileSourceBuilder(stream_format, paths)

    @staticmethod
    def for_bulk_file_format(bulk_format: BulkFormat, *paths: str) -> FileSourceBuilder:
        """A builder for a format that reads batches."""
        if not isinstance(bulk_format, BulkFormat):
            raise TypeError(f"bulk_format must be a BulkFormat, not {bulk_format!r}")
        return FileSourceBuilder(bulk_format, paths)


class FileSourceBuilder:
    """Collects the settings of a ``FileSource``; each setter returns the builder."""

    def __init__(self, format: StreamFormat | BulkFormat, paths: tuple[Any, ...]) -> None:
        if not paths:
            raise ConfigurationError("FileSource: missing paths")
        self._format = format
        self._paths = tuple(text(str(path), "path") for path in paths)
        self._discovery: int | None = None
        self._enumerator: FileEnumeratorProvider | None = None
        self._assigner: FileSplitAssignerProvider | None = None

    def monitor_continuously(self, discovery_interval: Any) -> FileSourceBuilder:
        """Look for new files every so often (a Duration, Time or ms above 0); makes the source unbounded."""
        self._discovery = positive(millis(discovery_interval, "discovery_interval"), "discovery_interval")
        return self

    def process_static_file_set(self) -> FileSourceBuilder:
        """Read what is there and end (the default)."""
        self._discovery = None
        return self

    def set_file_enumerator(self, file_enumerator: FileEnumeratorProvider) -> FileSourceBuilder:
        """How files are found and cut."""
        self._enumerator = file_enumerator
        return self

    def set_split_assigner(self, split_assigner: FileSplitAssignerProvider) -> FileSourceBuilder:
        """Which reader gets which split."""
        self._assigner = split_assigner
        return self

    def build(self) -> FileSource:
        """The source."""
        return FileSource(self._format, self._paths, self._discovery, self._enumerator, self._assigner)
