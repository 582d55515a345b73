"""Paths of the local file system."""

from __future__ import annotations

from urllib.parse import unquote, urlparse

from pyflinkpp.common.errors import NotBuiltError


def local_path(path: str) -> str:
    """The path that a path or `file:` URL names. Raises NotBuiltError for another file system.

    >>> local_path("file:///tmp/a%20b"), local_path("data")
    ('/tmp/a b', 'data')
    """
    url = urlparse(path)
    if url.scheme in ("", "file") or len(url.scheme) == 1:
        return unquote(url.path) if url.scheme == "file" else path
    raise NotBuiltError(f"{path}: the file system '{url.scheme}' is not built yet")
