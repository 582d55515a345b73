"""Python sources: what the native source operator polls."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.runtime_context import SubtaskContext
from pyflinkpp._impl.shipping import unship
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream.functions import SourceFunction

Where = Mapping[str, Any]
Wake = Callable[[], None]


class ListReader:
    """Hands out a list slice by slice."""

    def __init__(self, records: list[Any]) -> None:
        self._records = records
        self._next = 0

    def poll(self, limit: int) -> list[Any] | None:
        """The next records, None at the end."""
        if self._next >= len(self._records):
            return None
        some = self._records[self._next : self._next + limit]
        self._next += limit
        return some

    def close(self) -> None:
        self._records = []


@dataclass
class CollectionOpener:
    """The records of `from_collection`, which one subtask reads."""

    shipped: bytes

    def __call__(self, where: Where, wake: Wake) -> ListReader:
        return ListReader(unship(self.shipped) if where["subtask"] == 0 else [])


class _Stopped(Exception):
    """Ends the `run` of a source function whose reader has been closed."""


class SourceFunctionReader(SourceFunction.SourceContext):
    """Runs a SourceFunction on a thread of its own and hands out what it collects.

    The thread waits while `capacity` records have not been read. `close` cancels the function and
    waits for it for a while; its next `collect` raises.
    """

    capacity = 1024

    def __init__(self, function: SourceFunction[Any], where: Where, wake: Wake) -> None:
        self._function = function
        self._wake = wake
        self._records: queue.Queue[Any] = queue.Queue(self.capacity)
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        function.open(SubtaskContext(where))
        self._thread = threading.Thread(target=self._run, name=where["operator_name"], daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._function.run(self)
        except _Stopped:
            pass
        except BaseException as error:
            self._failure = error
        finally:
            self._ended.set()
            self._wake()

    def poll(self, limit: int) -> list[Any] | None:
        """What has been collected: empty for nothing yet, None when `run` has returned."""
        ended = self._ended.is_set()
        records: list[Any] = []
        while len(records) < limit:
            try:
                records.append(self._records.get_nowait())
            except queue.Empty:
                break
        if records or not ended:
            return records
        if self._failure is not None:
            raise self._failure
        return None

    def close(self) -> None:
        self._closed.set()
        try:
            self._function.cancel()
            self._ended.wait(0.5)
        finally:
            self._function.close()

    def collect(self, element: Any) -> None:
        while True:
            if self._closed.is_set():
                raise _Stopped
            try:
                self._records.put(element, timeout=0.1)
            except queue.Full:
                continue
            self._wake()
            return

    def collect_with_timestamp(self, element: Any, timestamp: int) -> None:
        raise NotBuiltError("SourceContext.collect_with_timestamp: event time is not built yet")

    def emit_watermark(self, mark: Any) -> None:
        raise NotBuiltError("SourceContext.emit_watermark: event time is not built yet")

    def get_checkpoint_lock(self) -> Any:
        return self._lock


@dataclass
class SourceFunctionOpener:
    """A shipped SourceFunction, which one subtask runs."""

    shipped: bytes

    def __call__(self, where: Where, wake: Wake) -> SourceFunctionReader:
        return SourceFunctionReader(unship(self.shipped), where, wake)
