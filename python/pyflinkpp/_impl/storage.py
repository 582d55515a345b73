"""Where checkpoints lie: a path or URL, on this machine or where fsspec finds it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pyflinkpp._native as _native
from pyflinkpp.common.errors import ConfigurationError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_log = logging.getLogger("pyflinkpp.checkpoints")


def location(text: str, key: str) -> _native.Location:
    """The folder or file that a path, a `file:` URL or a URL of fsspec's names; `key` says who names it.

    Nothing is read or made yet. Raises ConfigurationError where fsspec is missing, does not know the
    protocol, or lacks the package or library for it.

    >>> location("file:///tmp/a%20b", "x").path
    '/tmp/a b'
    """
    scheme = urlsplit(text).scheme
    if scheme == "file":
        return _native.Location(unquote(urlsplit(text).path))
    if "://" not in text:
        return _native.Location(str(Path(text).absolute()))
    return _native.Location(text.rstrip("/"), RemoteFiles(_file_system(text, key)))


def _file_system(url: str, key: str) -> AbstractFileSystem:
    try:
        import fsspec
    except ImportError:
        raise ConfigurationError(
            f"{key}={url}: other places than local folders need fsspec: pip install 'pyflinkpp[fsspec]'"
        ) from None
    try:
        return fsspec.core.url_to_fs(url, use_listings_cache=False)[0]
    except ImportError as error:
        raise ConfigurationError(f"{key}={url}: a package for this protocol is missing: {error}") from error
    except (ValueError, OSError) as error:
        # Where libraries of other languages are missing, the lines that follow are all places looked at.
        reason = str(error).partition("\n")[0]
        raise ConfigurationError(f"{key}={url}: {reason}") from error


class RemoteFiles:
    """A file system of fsspec's, as the native `FileSystem` asks for it: paths are URLs. Any thread.

    What fails raises OSError that says what was done to which URL.
    """

    def __init__(self, files: AbstractFileSystem) -> None:
        self._files = files

    def make_folders(self, url: str) -> None:
        """Nothing in object stores, where names have no folders, and where this could make a bucket."""
        if not self._files.async_impl:
            with _doing("make the folder", url):
                self._files.makedirs(self._path(url), exist_ok=True)

    def write(self, url: str, content: bytes) -> None:
        """All at once: object stores show an object when all of it is there."""
        with _doing("write", url):
            self._files.pipe_file(self._path(url), content)

    def read(self, url: str) -> bytes | None:
        """None where there is no such file."""
        with _doing("read", url):
            try:
                content: bytes = self._files.cat_file(self._path(url))
            except FileNotFoundError:
                return None
            return content

    def remove(self, url: str) -> None:
        """Nothing where there is none."""
        self._remove(url, recursive=False)

    def remove_folder(self, url: str) -> None:
        """With all that is in it."""
        self._remove(url, recursive=True)

    def find(self, url: str, levels: int) -> list[tuple[str, int]]:
        """The files in a folder and so many levels below; with when each was written, in ns, of metadata."""
        root = self._path(url)
        with _doing("list", url):
            self._files.invalidate_cache()
            return [(url + path[len(root) :], self._written(path)) for path in self._below(root, levels)]

    def _below(self, folder: str, levels: int) -> Iterator[str]:
        try:
            entries = self._files.ls(folder, detail=True)
        except FileNotFoundError:
            return
        for entry in entries:
            path = entry["name"].rstrip("/")
            if path == folder:  # the mark of a folder that some stores keep
                continue
            if entry["type"] != "directory":
                yield path
            elif levels > 0:
                yield from self._below(path, levels - 1)

    def _remove(self, url: str, recursive: bool) -> None:
        try:
            with _doing("remove", url), suppress(FileNotFoundError):
                self._files.rm(self._path(url), recursive=recursive)
        except OSError as error:
            _log.warning("%s; it stays where it is", error)
            raise

    def _written(self, path: str) -> int:
        if not path.endswith("/_metadata"):
            return 0
        try:
            return int(self._files.modified(path).timestamp() * 1e9)
        except NotImplementedError:  # then the ids of checkpoints are their order
            return 0

    def _path(self, url: str) -> str:
        path: Any = self._files._strip_protocol(url)
        return str(path)


@contextmanager
def _doing(what: str, url: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise OSError(f"cannot {what} {url}: {type(error).__name__}: {error}") from error
