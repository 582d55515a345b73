"""The source of generated records."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.runtime_context import SubtaskContext
from pyflinkpp._impl.shipping import unship
from pyflinkpp._impl.sources import Wake, Where
from pyflinkpp.datastream.functions import Function

#: How long a slow generator may hold back records that are ready, and how often a limited one is
#: polled at most, in seconds.
_SLICE_SECONDS = 0.001
_SHORTEST_PAUSE_SECONDS = 0.005


class GeneratorReader:
    """Calls a function for each index of a range, at a rate if there is one (records per second)."""

    def __init__(self, function: Any, indexes: range, rate: float | None, where: Where, wake: Wake) -> None:
        self._function = function
        self._generate: Callable[[int], Any] = getattr(function, "map", function)
        self._indexes = indexes
        self._rate = rate
        self._wake = wake
        self._next = 0
        self._alarm: threading.Timer | None = None
        if isinstance(function, Function):
            function.open(SubtaskContext(where))
        self._started = time.monotonic()

    def poll(self, limit: int) -> list[Any] | None:
        """The records that are due, empty before the next one is, None at the end."""
        if self._next >= len(self._indexes):
            return None
        now = time.monotonic()
        end = min(self._next + limit, len(self._indexes))
        if self._rate is not None:
            end = min(end, int((now - self._started) * self._rate) + 1)
            if end <= self._next:
                self._wake_later(self._started + self._next / self._rate - now)
                return []
        records = []
        while self._next < end:
            records.append(self._generate(self._indexes[self._next]))
            self._next += 1
            if time.monotonic() - now >= _SLICE_SECONDS:
                break
        return records

    def close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm.join()
        if isinstance(self._function, Function):
            self._function.close()

    def _wake_later(self, seconds: float) -> None:
        self._alarm = threading.Timer(max(seconds, _SHORTEST_PAUSE_SECONDS), self._wake)
        self._alarm.daemon = True
        self._alarm.start()


@dataclass
class GeneratorOpener:
    """A shipped generator function; subtasks have contiguous shares of the indexes and of the rate."""

    shipped: bytes
    count: int
    rate: float | None

    def __call__(self, where: Where, wake: Wake) -> GeneratorReader:
        subtask, parallelism = where["subtask"], where["parallelism"]
        indexes = range(self.count * subtask // parallelism, self.count * (subtask + 1) // parallelism)
        rate = None if self.rate is None else self.rate * len(indexes) / max(self.count, 1)
        return GeneratorReader(unship(self.shipped), indexes, rate, where, wake)
