"""Lines of text files, and where in them something is wrong."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from pyflinkpp._impl.files.opening import open_bytes
from pyflinkpp._impl.files.splits import FileSplit


def text_lines(path: str, charset: str, keep_ends: bool = False) -> Iterator[str]:
    """The lines of a whole file, which end with \\n, \\r or \\r\\n.

    Raises ValueError naming the line where bytes aren't text of the charset.
    """
    newline = "" if keep_ends else None
    with open_bytes(path) as file, io.TextIOWrapper(file, charset, newline=newline) as lines:
        try:
            for line in lines:
                yield line if keep_ends else line.removesuffix("\n")
        except UnicodeDecodeError:
            raise _undecodable(path, charset) from None


def split_lines(split: FileSplit) -> Iterator[tuple[int, bytes]]:
    """The lines that begin in the split, without ends (\\n or \\r\\n), each with the byte it begins at."""
    with open_bytes(split.path) as file:
        at = split.begin
        if at > 0:
            file.seek(at - 1)
            at += len(file.readline()) - 1
        while at < split.end:
            line = file.readline()
            if not line:
                return
            yield at, line.removesuffix(b"\n").removesuffix(b"\r")
            at += len(line)


def line_number(path: str, offset: int) -> int:
    """The number of the line that has the byte at `offset`, counted from 1."""
    with open_bytes(path) as file:
        return file.read(offset).count(b"\n") + 1


def _undecodable(path: str, charset: str) -> ValueError:
    """Reads anew what could not be decoded: a reader that decodes blocks doesn't know the place."""
    decoder = codecs.getincrementaldecoder(charset)()
    offset, line = 0, 1
    with open_bytes(path) as file:
        for block in file:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                bad, near = error.object[error.start : error.end], offset + max(error.start, 0)
                return ValueError(f"line {line}: the bytes {bad!r} near byte {near} are not {charset}")
            offset += len(block)
            line += 1
    return ValueError(f"line {line}: the file ends within a character of {charset}")
