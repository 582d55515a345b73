"""Which files a source reads, and in which pieces."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NoReturn

from pyflinkpp._impl.files.opening import is_compressed
from pyflinkpp._impl.local_paths import local_path

#: The end of a split that is a whole file, however long that is when it is read.
WHOLE = (1 << 63) - 1


@dataclass(frozen=True)
class FileSplit:
    """The piece of a file from byte `begin` up to `end`; a record belongs to the split that it begins in."""

    path: str
    begin: int = 0
    end: int = WHOLE


def files_below(path: str) -> list[str]:
    """The file itself, or all files below a folder in order of their names, without hidden ones.

    Raises FileNotFoundError, or what else keeps a folder from being read, naming the path.
    """
    local = local_path(path)
    if os.path.isfile(local):
        return [local]
    if not os.path.isdir(local):
        raise FileNotFoundError(f"there is no file or folder {path}")
    found: list[str] = []
    for folder, folders, names in os.walk(local, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        found += [os.path.join(folder, name) for name in sorted(names) if not name.startswith((".", "_"))]
    return found


def splits_of(path: str, split_bytes: int | None) -> list[FileSplit]:
    """The file in pieces of `split_bytes`, or as a whole where that is None or the file is compressed."""
    if split_bytes is None or is_compressed(path):
        return [FileSplit(path)]
    size = os.path.getsize(path)
    return [FileSplit(path, begin, min(size, begin + split_bytes)) for begin in range(0, size, split_bytes)]


def _raise(error: OSError) -> NoReturn:
    raise error
