"""The source of files: an enumerator that all subtasks share, and a reader in each."""

from __future__ import annotations

import lzma
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pyflinkpp._impl.files.splits import FileSplit, files_below
from pyflinkpp._impl.shipping import unship
from pyflinkpp._impl.sources import Wake, Where

#: Records read at once, and nanoseconds after which a poll hands out what it has.
_CHUNK = 128
_SLICE_NANOS = 1_000_000

#: Cuts a file into splits.
Cut = Callable[[str], list[FileSplit]]


@dataclass
class SplitEnumerator:
    """Finds files and hands their splits to whichever subtask asks next; one for each job.

    With `interval` (seconds) it looks for new files again and again, and never ends; a file counts as new
    by its path. Used on the job's Python lane only, hence without a lock.
    """

    paths: list[str]
    cut: Cut
    interval: float | None
    _splits: deque[FileSplit] = field(default_factory=deque)
    _known: set[str] = field(default_factory=set)
    _looked_at: float | None = None
    _attempt: int = 0

    def begin(self, attempt: int) -> None:
        """A subtask of this attempt at the job opens; the first of a new attempt starts all over."""
        if attempt > self._attempt:
            self._attempt = attempt
            self._splits.clear()
            self._known.clear()
            self._looked_at = None

    def next(self) -> FileSplit | None:
        """A split that nobody has read, None where there is none (now)."""
        if not self._splits and self._is_due():
            self.discover()
        return self._splits.popleft() if self._splits else None

    def discover(self) -> None:
        """Looks for files. Raises FileNotFoundError naming a path that isn't there."""
        self._looked_at = time.monotonic()
        for path in self.paths:
            for file in files_below(path):
                if file not in self._known:
                    self._known.add(file)
                    self._splits += self.cut(file)

    def _is_due(self) -> bool:
        if self._looked_at is None:
            return True
        return self.interval is not None and time.monotonic() - self._looked_at >= self.interval


class SplitReader:
    """Reads one split after another; `read` gives the records of a split."""

    def __init__(
        self, read: Callable[[FileSplit], Iterator[Any]], enumerator: SplitEnumerator, wake: Wake
    ) -> None:
        self._read = read
        self._enumerator = enumerator
        self._wake = wake
        self._split: FileSplit | None = None
        self._records: Iterator[Any] = iter(())
        self._alarm: threading.Timer | None = None

    def poll(self, limit: int) -> list[Any] | None:
        """The next records; empty while there are no new files, None at the end.

        Raises OSError naming a file that can't be read, and ValueError naming file and place of what
        doesn't fit the format.
        """
        until = time.monotonic_ns() + _SLICE_NANOS
        found: list[Any] = []
        while not found or (len(found) < limit and time.monotonic_ns() < until):
            if self._split is None:
                self._split = self._enumerator.next()
                if self._split is None:
                    return found or self._wait()
                self._records = self._read(self._split)
            size = min(_CHUNK, limit - len(found))
            chunk = self._take(self._split.path, size)
            found += chunk
            if len(chunk) < size:
                self._split = None
        return found

    def close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm.join()
        close = getattr(self._records, "close", None)
        if close is not None:
            close()

    def _take(self, path: str, size: int) -> list[Any]:
        try:
            return list(islice(self._records, size))
        except ValueError as error:
            raise ValueError(f"{path}, {error}") from None
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OSError(f"cannot read {path}: {reason}") from error

    def _wait(self) -> list[Any] | None:
        if self._enumerator.interval is None:
            return None
        self._alarm = threading.Timer(self._enumerator.interval, self._wake)
        self._alarm.daemon = True
        self._alarm.start()
        return []


@dataclass
class FileSourceOpener:
    """A shipped format, opened in each subtask, and the enumerator of all."""

    shipped_format: bytes
    enumerator: SplitEnumerator

    def __call__(self, where: Where, wake: Wake) -> SplitReader:
        self.enumerator.begin(where["attempt"])
        return SplitReader(unship(self.shipped_format)._read, self.enumerator, wake)
