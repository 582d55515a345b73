"""Source connectors into native sources."""

from __future__ import annotations

from collections.abc import Callable

import pyflinkpp._native as _native
from pyflinkpp._impl.datagen import GeneratorOpener
from pyflinkpp._impl.files.opening import is_compressed
from pyflinkpp._impl.files.split_source import FileSourceOpener, SplitEnumerator
from pyflinkpp._impl.files.splits import WHOLE, files_below, splits_of
from pyflinkpp._impl.shipping import ship
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream.connectors.base import Source
from pyflinkpp.datastream.connectors.file_system import FileSource, StreamFormat

MakeSource = Callable[[], _native.SourceFactory]


def make_source(source: Source, split_bytes: int) -> tuple[MakeSource, TypeInformation]:
    """How the native source of a connector is made, and the type of its records."""
    kind = getattr(source, "_native_kind", None)
    if kind == "number_sequence":
        first, last = source.start, source.end  # type: ignore[attr-defined]
        return lambda: _native.sequence_source(first, last), source._produced_type()  # type: ignore[attr-defined]
    if isinstance(source, FileSource):
        return _file_source(source, split_bytes), source._produced_type()
    if kind == "datagen":
        return _generator_source(source)
    if kind == "manual":
        return source._make_native, source._produced_type()  # type: ignore[attr-defined]
    raise NotBuiltError(f"the {source._connector} source is not built yet")


def _generator_source(source: Source) -> tuple[MakeSource, TypeInformation]:
    from pyflinkpp.datastream.connectors.datagen import DataGeneratorSource

    assert isinstance(source, DataGeneratorSource)
    shipped = ship(source.generator_function, "the generator function")
    opener = GeneratorOpener(shipped, source.count, source.rate_per_second)
    declared = source.type_info if source.type_info is not None else Types.PICKLED_BYTE_ARRAY()
    return lambda: _native.python_source(opener, declared._descriptor()), declared


def _file_source(source: FileSource, split_bytes: int) -> MakeSource:
    """Files are looked for here, so that a missing one is told early, and again when the job is submitted."""
    source.format._check_built()
    may_cut = source.enumerator is None or source.enumerator.splittable
    paths = list(source.paths)
    files = [file for path in paths for file in files_below(path)]
    if source.bounded and getattr(source.format, "_is_utf8", False) and not any(map(is_compressed, files)):
        return lambda: _native.text_source(
            [file for path in paths for file in files_below(path)], split_bytes if may_cut else WHOLE
        )
    format_bytes = split_bytes if may_cut and source.format._splittable else None
    interval = None if source.discovery_millis is None else source.discovery_millis / 1000
    shipped = ship(source.format, "the format of the file source")

    def make() -> _native.SourceFactory:
        enumerator = SplitEnumerator(paths, lambda path: splits_of(path, format_bytes), interval)
        enumerator.discover()
        return _native.python_source(FileSourceOpener(shipped, enumerator), None)

    return make


def text_files(path: str, charset: str, split_bytes: int) -> MakeSource:
    """A source of the lines of all files below a path. Raises FileNotFoundError naming a missing one."""
    lines = StreamFormat.text_line_format(charset)
    return _file_source(FileSource.for_record_stream_format(lines, path).build(), split_bytes)
