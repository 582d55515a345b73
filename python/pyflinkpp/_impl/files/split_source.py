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
from typing import Any, NamedTuple

from pyflinkpp._impl.files.splits import FileSplit, files_below
from pyflinkpp._impl.shipping import unship
from pyflinkpp._impl.sources import SplitState, Wake, Where
from pyflinkpp.common.typeinfo import Types

#: Records read at once, and nanoseconds after which a poll hands out what it has.
_CHUNK = 128
_SLICE_NANOS = 1_000_000

#: Cuts a file into splits.
Cut = Callable[[str], list[FileSplit]]


class Begun(NamedTuple):
    """A split of which so many records have been read."""

    split: FileSplit
    records: int


class Distribution(NamedTuple):
    """What a subtask has been handed at a snapshot; in the first one also what there was to hand out.

    Subtasks take their snapshots at different moments, and go on handing out splits in between. What is in
    nobody's `handed` has been handed to nobody, as far as the snapshots go.
    """

    handed: list[FileSplit]
    splits: list[FileSplit]
    known: list[str]


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
    #: With those that have been handed out since the job has begun, or has been restored.
    _all: list[FileSplit] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)
    _looked_at: float | None = None
    _attempt: int = -1

    def begin(self, attempt: int, restored: list[Distribution]) -> None:
        """A subtask of this attempt at the job opens; the first one says where all go on.

        Without anything restored, a second attempt starts all over.
        """
        if attempt <= self._attempt:
            return
        self._attempt = attempt
        if restored:
            self._restore(restored)
        elif attempt > 0:
            self._splits.clear()
            self._all.clear()
            self._known.clear()
            self._looked_at = None

    def _restore(self, restored: list[Distribution]) -> None:
        handed = {split for each in restored for split in each.handed}
        splits = [split for each in restored for split in each.splits]
        self._known = {path for each in restored for path in each.known}
        # Found after the first subtask's snapshot, and handed out before another's.
        for path in sorted({split.path for split in handed} - self._known):
            self._known.add(path)
            splits += self.cut(path)
        self._all = [split for split in splits if split not in handed]
        self._splits = deque(self._all)
        self._looked_at = None if self.interval is not None else time.monotonic()

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
                    splits = self.cut(file)
                    self._splits += splits
                    self._all += splits

    def distribution(self, handed: list[FileSplit], first: bool) -> Distribution:
        """For the snapshot of one subtask, which may be the first."""
        if not first:
            return Distribution(list(handed), [], [])
        return Distribution(list(handed), list(self._all), sorted(self._known))

    def _is_due(self) -> bool:
        if self._looked_at is None:
            return True
        return self.interval is not None and time.monotonic() - self._looked_at >= self.interval


class SplitReader:
    """Reads one split after another; `read` gives the records of a split.

    A split that was begun before a snapshot is read anew up to the record where it goes on.
    """

    def __init__(
        self,
        read: Callable[[FileSplit], Iterator[Any]],
        enumerator: SplitEnumerator,
        where: Where,
        wake: Wake,
    ) -> None:
        self._read = read
        self._enumerator = enumerator
        self._first = where["subtask"] == 0
        self._wake = wake
        self._state = SplitState(where)
        self._begun: deque[Begun] = deque(self._state.splits([]))
        type_info = Types.PICKLED_BYTE_ARRAY()._descriptor()
        self._distribution = where["operator_state"].list_state("handed out", type_info, True)
        enumerator.begin(where["attempt"], self._distribution.get())
        self._handed: list[FileSplit] = []
        self._split: FileSplit | None = None
        self._records: Iterator[Any] = iter(())
        self._records_read = 0
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
                self._split = self._next_split()
                if self._split is None:
                    return found or self._wait()
            size = min(_CHUNK, limit - len(found))
            chunk = self._take(self._split.path, size)
            found += chunk
            self._records_read += len(chunk)
            if len(chunk) < size:
                self._split = None
        return found

    def snapshot_state(self, checkpoint_id: int, timestamp: int) -> None:
        now = [] if self._split is None else [Begun(self._split, self._records_read)]
        self._state.update([*now, *self._begun])
        self._distribution.update([self._enumerator.distribution(self._handed, self._first)])

    def _next_split(self) -> FileSplit | None:
        """The split to read now, at the record to read now."""
        if self._begun:
            split, self._records_read = self._begun.popleft()
        else:
            handed = self._enumerator.next()
            if handed is None:
                return None
            self._handed.append(handed)
            split, self._records_read = handed, 0
        self._records = self._read(split)
        left = self._records_read
        while left > 0:
            skipped = len(self._take(split.path, min(_CHUNK, left)))
            left -= skipped
            if skipped == 0:
                raise OSError(f"{split.path} has become shorter: record {self._records_read} is not there")
        return split

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
        return SplitReader(unship(self.shipped_format)._read, self.enumerator, where, wake)
