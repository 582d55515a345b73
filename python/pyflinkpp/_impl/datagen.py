"""The source of generated records."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pyflinkpp._impl.checkpointed import Participants, open_function
from pyflinkpp._impl.shipping import unship
from pyflinkpp._impl.sources import SplitState, Wake, Where
from pyflinkpp.datastream.functions import Function

#: How long a slow generator may hold back records that are ready, and how often a limited one is
#: polled at most, in seconds.
_SLICE_SECONDS = 0.001
_SHORTEST_PAUSE_SECONDS = 0.005


class Share(NamedTuple):
    """Indexes that one subtask generates, at a rate if there is one (records per second)."""

    next: int
    end: int
    rate: float | None


class GeneratorReader(Participants):
    """Calls a function for each index of its shares; of several, one after another at the rate of all."""

    def __init__(self, function: Any, share: Share, where: Where, wake: Wake) -> None:
        self._function = function
        self._generate: Callable[[int], Any] = getattr(function, "map", function)
        self._state = SplitState(where)
        self._shares = deque(self._state.splits([share]))
        rates = [each.rate for each in self._shares if each.rate is not None]
        self._rate = sum(rates) if rates else None
        self._wake = wake
        self._generated = 0
        self._alarm: threading.Timer | None = None
        self.functions = [function]
        open_function(function, where)
        self._started = time.monotonic()

    def poll(self, limit: int) -> list[Any] | None:
        """The records that are due, empty before the next one is, None at the end."""
        while self._shares and self._shares[0].next >= self._shares[0].end:
            self._shares.popleft()
        if not self._shares:
            return None
        now = time.monotonic()
        share = self._shares[0]
        due = min(limit, share.end - share.next)
        if self._rate is not None:
            due = min(due, int((now - self._started) * self._rate) + 1 - self._generated)
            if due <= 0:
                self._wake_later(self._started + self._generated / self._rate - now)
                return []
        records: list[Any] = []
        try:
            while len(records) < due:
                records.append(self._generate(share.next + len(records)))
                if time.monotonic() - now >= _SLICE_SECONDS:
                    break
        finally:
            self._shares[0] = share._replace(next=share.next + len(records))
            self._generated += len(records)
        return records

    def snapshot_state(self, checkpoint_id: int, timestamp: int) -> None:
        super().snapshot_state(checkpoint_id, timestamp)
        self._state.update(share for share in self._shares if share.next < share.end)

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
        first, end = self.count * subtask // parallelism, self.count * (subtask + 1) // parallelism
        rate = None if self.rate is None else self.rate * (end - first) / max(self.count, 1)
        return GeneratorReader(unship(self.shipped), Share(first, end, rate), where, wake)
