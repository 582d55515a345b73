"""Python sources: what the native source operator polls."""

from __future__ import annotations

import operator
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyflinkpp._native as _native
from pyflinkpp._impl.checkpoint_lock import CheckpointLock
from pyflinkpp._impl.checkpointed import Participants, open_function
from pyflinkpp._impl.shipping import unship
from pyflinkpp.common.typeinfo import Types
from pyflinkpp.datastream.functions import SourceFunction
from pyflinkpp.datastream.time_characteristic import TimeCharacteristic

Where = Mapping[str, Any]
Wake = Callable[[], None]
#: What a reader gives when it is polled; see cpp/bindings/python_source.h.
Polled = list[Any] | tuple[list[Any], list[int] | None, int | bool | None] | None

#: Long.MIN: the timestamp of records that have none.
NO_TIMESTAMP = -(2**63)


class Mark(NamedTuple):
    """A watermark in milliseconds; True for idleness, False for its end."""

    what: int | bool


def as_millis(time: Any, what: str) -> int:
    """A time as an int of 64 bits. Raises TypeError for what is no whole number, OverflowError beyond."""
    if isinstance(time, bool) or not hasattr(time, "__index__"):
        raise TypeError(f"{what}: a time is an int, in milliseconds since 1970-01-01T00:00:00Z, not {time!r}")
    millis = operator.index(time)
    if not -(2**63) <= millis < 2**63:
        raise OverflowError(f"{what}: a time in milliseconds has 64 bits, not {time!r}")
    return millis


class SplitState:
    """What a subtask of a source has still to read, in a list that is dealt out among the subtasks.

    A split is anything that can be pickled; one that has been begun says where it stands.
    """

    def __init__(self, where: Where) -> None:
        state: _native.OperatorStateStore = where["operator_state"]
        self._was_restored = state.was_restored("splits")
        self._splits = state.list_state("splits", Types.PICKLED_BYTE_ARRAY()._descriptor())

    def splits(self, at_first: Iterable[Any]) -> list[Any]:
        """What was restored, or what the subtask has at a fresh start."""
        return self._splits.get() if self._was_restored else list(at_first)

    def update(self, splits: Iterable[Any]) -> None:
        self._splits.update(splits)


class ListReader:
    """Hands out a list slice by slice, in the subtask that has its place in it."""

    def __init__(self, shipped: bytes, where: Where) -> None:
        self._state = SplitState(where)
        places = self._state.splits([0] if where["subtask"] == 0 else [])
        self._records: list[Any] = unship(shipped) if places else []
        self._next: int = places[0] if places else 0

    def poll(self, limit: int) -> list[Any] | None:
        """The next records, None at the end."""
        if self._next >= len(self._records):
            return None
        some = self._records[self._next : self._next + limit]
        self._records[self._next : self._next + limit] = [None] * len(some)  # the reader's alone from now on
        self._next += len(some)
        return some

    def snapshot_state(self, checkpoint_id: int, timestamp: int) -> None:
        self._state.update([self._next] if self._next < len(self._records) else [])

    def close(self) -> None:
        self._records = []


class NoRecords:
    """What a subtask reads that has nothing to read."""

    def poll(self, limit: int) -> None:
        return None

    def close(self) -> None:
        pass


@dataclass
class CollectionOpener:
    """The records of `from_collection`, which one subtask reads."""

    shipped: bytes

    def __call__(self, where: Where, wake: Wake) -> ListReader:
        return ListReader(self.shipped, where)


class _Stopped(Exception):
    """Ends the `run` of a source function whose reader has been closed."""


class SourceFunctionReader(SourceFunction.SourceContext, Participants):
    """Runs a SourceFunction on a thread of its own and hands out what it collects.

    The thread starts with the first poll, so never where the source goes on from its end, and waits while
    `capacity` records have not been read. `close` cancels the function and
    waits for it for a while; its next `collect` raises. Timestamps and watermarks count in event time, as
    in Flink; in ingestion time the source is stamped by the clock, in processing time not at all. A snapshot
    claims the checkpoint lock first, and then hands out all that has been collected.
    """

    capacity = 1024

    def __init__(
        self, function: SourceFunction[Any], characteristic: TimeCharacteristic, where: Where, wake: Wake
    ) -> None:
        self._function = function
        self._wake = wake
        self._event_time = characteristic is TimeCharacteristic.EventTime
        self._idle = False
        self._items: queue.Queue[Any] = queue.Queue(self.capacity)
        self._lock = CheckpointLock(wake)
        self._closed = threading.Event()
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self.functions = [function]
        open_function(function, where)
        self._thread = threading.Thread(target=self._run, name=where["operator_name"], daemon=True)

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

    def poll(self, limit: int) -> Polled:
        """What has been collected: empty for nothing yet, None when `run` has returned."""
        if self._thread.ident is None:
            self._thread.start()
        ended = self._ended.is_set()
        records: list[Any] = []
        timestamps: list[int] = []
        stamped, mark = False, None
        while len(records) < limit:
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                break
            if type(item) is Mark:
                mark = item.what
                break
            record, timestamp = item
            records.append(record)
            timestamps.append(NO_TIMESTAMP if timestamp is None else timestamp)
            stamped |= timestamp is not None
        if stamped or mark is not None:
            return records, timestamps if stamped else None, mark
        if records or not ended:
            return records
        if self._failure is not None:
            raise self._failure
        return None

    def prepare_snapshot(self, limit: int) -> Polled:
        """As `poll`; None once the function stands still and all has been handed out."""
        claimed = self._lock.claim()
        polled = self.poll(limit)
        return None if claimed and polled == [] else polled

    def snapshot_state(self, checkpoint_id: int, timestamp: int) -> None:
        try:
            super().snapshot_state(checkpoint_id, timestamp)
        finally:
            self._lock.end_claim()

    def close(self) -> None:
        self._closed.set()
        self._lock.end_claim()
        try:
            if self._thread.ident is not None:
                self._function.cancel()
                self._ended.wait(0.5)
        finally:
            self._function.close()

    def collect(self, element: Any) -> None:
        self._emit((element, None))

    def collect_with_timestamp(self, element: Any, timestamp: int) -> None:
        millis = as_millis(timestamp, "collect_with_timestamp")
        self._emit((element, millis if self._event_time else None))

    def emit_watermark(self, mark: Any) -> None:
        self._mark(Mark(as_millis(mark, "emit_watermark")))

    def mark_as_temporarily_idle(self) -> None:
        if not self._idle:
            self._mark(Mark(True))
            self._idle = True

    def _mark(self, mark: Mark) -> None:
        if self._event_time:
            self._emit(mark)

    def _emit(self, item: Any) -> None:
        with self._lock:
            self._put(item)

    def _put(self, item: Any) -> None:
        if self._idle:
            self._idle = False
            self._mark(Mark(False))
        while True:
            if self._closed.is_set():
                raise _Stopped
            try:
                self._items.put(item, timeout=0.1)
            except queue.Full:
                continue
            self._wake()
            return

    def get_checkpoint_lock(self) -> Any:
        return self._lock


@dataclass
class SourceFunctionOpener:
    """A shipped SourceFunction, which one subtask runs."""

    shipped: bytes
    characteristic: TimeCharacteristic

    def __call__(self, where: Where, wake: Wake) -> SourceFunctionReader:
        return SourceFunctionReader(unship(self.shipped), self.characteristic, where, wake)
