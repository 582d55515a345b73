"""Text into CSV fields and back, to the letter as Jackson's CSV module does it, which Flink uses."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Text longer than this is quoted without a look at its characters.
_LONGEST_UNQUOTED = 24
_UNESCAPED = {"0": "\0", "n": "\n", "r": "\r", "t": "\t"}


class CsvSyntaxError(ValueError):
    """Text that is no CSV; the message says why, and whoever knows it adds the place."""


@dataclass(frozen=True)
class CsvDialect:
    """How fields are set off. `comments`: blank lines and lines whose first character is `#` are left out."""

    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None
    comments: bool = False

    def quoted(self, text: str, line_end: str = "\n") -> str:
        """A text field as it is written: in quotes where it is long or has a character up to the highest
        of separator, quote and line end in it.
        """
        quote = self.quote
        if quote is None:
            return text
        if len(text) <= _LONGEST_UNQUOTED:
            unsafe = max(self.separator, quote, *line_end)
            if all(char > unsafe and char != self.escape for char in text):
                return text
        if self.escape is not None:
            text = text.replace(self.escape, self.escape * 2)
        return quote + text.replace(quote, quote * 2) + quote


class CsvRecords:
    """The records of lines that keep their ends: each its fields, and the number of its first line.

    Raises CsvSyntaxError with the line's number in front.
    """

    def __init__(self, dialect: CsvDialect, lines: Iterable[str]) -> None:
        self._dialect = dialect
        self._special = [mark for mark in (dialect.quote, dialect.escape) if mark is not None]
        self._lines = enumerate(lines, 1)
        self._quoted_stop = re.compile("|".join(map(re.escape, self._special)))
        self._unquoted_stop = re.compile(f"[{re.escape(dialect.separator + (dialect.escape or ''))}\r\n]")

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        number, line = self._first_line()
        if not any(mark in line for mark in self._special):
            return number, line.rstrip("\r\n").split(self._dialect.separator)
        try:
            return number, self._fields(line)
        except CsvSyntaxError as error:
            raise CsvSyntaxError(f"line {number}: {error}") from None

    def skip_line(self) -> None:
        """Passes over one line, whatever is in it."""
        with contextlib.suppress(StopIteration):
            self._first_line()

    def _first_line(self) -> tuple[int, str]:
        for number, line in self._lines:
            if not self._dialect.comments:
                return number, line
            line = line.lstrip(" ")
            if line and not line.startswith(("#", "\r", "\n")):
                return number, line
        raise StopIteration

    def _fields(self, line: str) -> list[str]:
        found: list[str] = []
        at = 0
        while True:
            if self._dialect.quote is not None and line.startswith(self._dialect.quote, at):
                value, line, at = self._quoted(line, at + 1)
                at = self._skip_space(line, at)
            else:
                value, line, at = self._unquoted(line, at)
            found.append(value)
            if not line.startswith(self._dialect.separator, at):
                return found
            at += 1

    def _unquoted(self, line: str, at: int) -> tuple[str, str, int]:
        """Up to the separator or the end of the line; gives the line that it ended in."""
        value: list[str] = []
        while True:
            stop = self._unquoted_stop.search(line, at)
            end = len(line) if stop is None else stop.start()
            value.append(line[at:end])
            if stop is None or stop[0] != self._dialect.escape:
                return "".join(value), line, end
            char, line, at = self._escaped(line, end + 1)
            value.append(char)
            if at == len(line):  # it was the end of the line that was escaped
                _, line = next(self._lines, (0, ""))
                at = 0

    def _quoted(self, line: str, at: int) -> tuple[str, str, int]:
        """Up to behind the closing quote."""
        value: list[str] = []
        while True:
            stop = self._quoted_stop.search(line, at)
            if stop is None:
                value.append(line[at:])
                line, at = self._next_line("the closing quote is missing"), 0
                continue
            end = stop.start()
            value.append(line[at:end])
            if stop[0] != self._dialect.quote:
                char, line, at = self._escaped(line, end + 1)
                value.append(char)
            elif line.startswith(stop[0], end + 1):
                value.append(stop[0])
                at = end + 2
            else:
                return "".join(value), line, end + 1

    def _escaped(self, line: str, at: int) -> tuple[str, str, int]:
        if at == len(line):
            line, at = self._next_line("nothing follows the escape character"), 0
        return _UNESCAPED.get(line[at], line[at]), line, at + 1

    def _skip_space(self, line: str, at: int) -> int:
        separator = self._dialect.separator
        while at < len(line) and line[at] <= " " and line[at] not in (separator, "\r", "\n"):
            at += 1
        if at < len(line) and line[at] not in (separator, "\r", "\n"):
            raise CsvSyntaxError(
                f"expected {separator!r} or the end of the line behind a closing quote, got {line[at]!r}"
            )
        return at

    def _next_line(self, otherwise: str) -> str:
        _, line = next(self._lines, (0, ""))
        if not line:
            raise CsvSyntaxError(otherwise)
        return line
