"""Files as bytes, whether they are compressed or not, as Flink's file source tells by their names."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from pyflinkpp.common.errors import NotBuiltError


def _plain(path: str) -> BinaryIO:
    return open(path, "rb")


def _inflate(path: str) -> BinaryIO:
    with open(path, "rb") as file:
        return io.BytesIO(zlib.decompress(file.read()))


def _zstandard(path: str) -> BinaryIO:
    raise NotBuiltError(f"{path}: files compressed by Zstandard can't be read yet")


_OPENERS: dict[str, Callable[[str], Any]] = {
    ".gz": gzip.GzipFile,
    ".gzip": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
    ".deflate": _inflate,
    ".zst": _zstandard,
}


def _opener(path: str) -> Callable[[str], Any] | None:
    return next((opener for suffix, opener in _OPENERS.items() if path.lower().endswith(suffix)), None)


def is_compressed(path: str) -> bool:
    """Whether the name has the suffix of a compression; such files can't be split."""
    return _opener(path) is not None


def open_bytes(path: str) -> BinaryIO:
    """The file's content, decompressed. Raises OSError naming the file."""
    file: BinaryIO = (_opener(path) or _plain)(path)
    return file
