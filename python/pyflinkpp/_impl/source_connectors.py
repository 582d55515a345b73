"""Source connectors into native sources."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyflinkpp._native as _native
from pyflinkpp._impl.datagen import GeneratorOpener
from pyflinkpp._impl.local_paths import local_path
from pyflinkpp._impl.shipping import ship
from pyflinkpp._impl.sources import FunctionReaderOpener
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream.connectors.base import Source

MakeSource = Callable[[], _native.SourceFactory]


def make_source(source: Source, split_bytes: int) -> tuple[MakeSource, TypeInformation]:
    """How the native source of a connector is made, and the type of its records."""
    kind = getattr(source, "_native_kind", None)
    if kind == "number_sequence":
        first, last = source.start, source.end  # type: ignore[attr-defined]
        return lambda: _native.sequence_source(first, last), source._produced_type()  # type: ignore[attr-defined]
    if kind == "file":
        return _file_source(source, split_bytes), source._produced_type()  # type: ignore[attr-defined]
    if kind == "datagen":
        return _generator_source(source)
    raise NotBuiltError(f"the {source._connector} source is not built yet")


def _generator_source(source: Source) -> tuple[MakeSource, TypeInformation]:
    from pyflinkpp.datastream.connectors.datagen import DataGeneratorSource

    assert isinstance(source, DataGeneratorSource)
    shipped = ship(source.generator_function, "the generator function")
    opener = GeneratorOpener(shipped, source.count, source.rate_per_second)
    declared = source.type_info if source.type_info is not None else Types.PICKLED_BYTE_ARRAY()
    return lambda: _native.python_source(opener, declared._descriptor()), declared


def _file_source(source: Source, split_bytes: int) -> MakeSource:
    from pyflinkpp.datastream.connectors.file_system import FileSource

    assert isinstance(source, FileSource)
    if not source.bounded:
        raise NotBuiltError("FileSource.monitor_continuously is not built yet")
    if source.format._kind != "text_line":
        raise NotBuiltError(f"FileSource: the format {source.format!r} is not built yet")
    charset = getattr(source.format, "charset_name", None) or "UTF-8"
    return text_files(list(source.paths), charset, split_bytes)


def text_files(paths: list[str], charset: str, split_bytes: int) -> MakeSource:
    """A source of the lines of all files below the paths. Raises FileNotFoundError naming a missing one."""
    try:
        codec = codecs.lookup(charset).name
    except LookupError:
        raise ValueError(f"unknown charset {charset!r}") from None
    files = [file for path in paths for file in files_below(path)]
    if codec in ("utf-8", "ascii"):
        return lambda: _native.text_source(files, split_bytes)
    opener = FunctionReaderOpener(ship(DecodedLines(files, codec), "the file source"))
    return lambda: _native.python_source(opener, None)


@dataclass
class DecodedLines:
    """The lines of files in an encoding other than UTF-8; subtask i reads files i, i + parallelism, ..."""

    files: list[str]
    codec: str

    def __call__(self, subtask: int, parallelism: int) -> Iterator[str]:
        for path in self.files[subtask::parallelism]:
            with open(path, encoding=self.codec, newline=None) as lines:
                for line in lines:
                    yield line[:-1] if line.endswith("\n") else line


def files_below(path: str) -> list[str]:
    """The file itself, or all files below a folder in order of their names, without hidden ones."""
    local = local_path(path)
    if os.path.isfile(local):
        return [local]
    if not os.path.isdir(local):
        raise FileNotFoundError(f"there is no file or folder {path}")
    found: list[str] = []
    for folder, folders, names in os.walk(local):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        found += [os.path.join(folder, name) for name in sorted(names) if not name.startswith((".", "_"))]
    return found
