"""Input for jobs under test."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.sources import NO_TIMESTAMP, Mark, NoRecords, Polled, as_millis
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream.connectors.base import Source


class ManualSource(Source):
    """A source for ``env.from_source`` whose records a test sends, before or while its job runs.

    The first subtask reads it. It belongs to one job, in the same process.

    >>> from pyflinkpp.common import WatermarkStrategy
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> source = ManualSource()
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), 'numbers')
    >>> with numbers.map(lambda n: n + 1).execute_and_collect() as results:
    ...     source.send(1)
    ...     first = next(results)
    ...     source.send(first)
    ...     source.end()
    ...     first, list(results)
    (2, [3])
    """

    _connector = "manual"
    _native_kind = "manual"
    bounded = False

    def __init__(self, type_info: TypeInformation | None = None) -> None:
        """`type_info` is the type of the records; any object where it is None."""
        self._type_info = Types.PICKLED_BYTE_ARRAY() if type_info is None else type_info
        self._lock = threading.Lock()
        self._items: deque[tuple[Any, int] | Mark] = deque()
        self._ended = False
        self._wake: Callable[[], None] = lambda: None

    def send(self, *records: Any, timestamp: int | None = None) -> None:
        """Sends records, with an event time in milliseconds since the epoch if one is given."""
        millis = NO_TIMESTAMP if timestamp is None else as_millis(timestamp, "send")
        self._put((record, millis) for record in records)

    def send_watermark(self, timestamp: int) -> None:
        """States that no record at or before the time is to come."""
        self._put([Mark(as_millis(timestamp, "send_watermark"))])

    def mark_idle(self) -> None:
        """Lets the stream go on without this source until its next watermark."""
        self._put([Mark(True)])

    def end(self) -> None:
        """Ends the input, after what has been sent."""
        self._ended = True
        self._wake()

    def _put(self, items: Any) -> None:
        with self._lock:
            if self._ended:
                raise ValueError("the source has been ended")
            self._items.extend(items)
        self._wake()

    # -- what the engine sees

    def _produced_type(self) -> TypeInformation:
        return self._type_info

    def _make_native(self) -> _native.SourceFactory:
        return _native.python_source(self._open, self._type_info._descriptor())

    def _open(self, where: Mapping[str, Any], wake: Callable[[], None]) -> Any:
        if where["subtask"] != 0:
            return NoRecords()
        self._wake = wake
        return self

    def poll(self, limit: int) -> Polled:
        """Called by the engine."""
        records: list[Any] = []
        timestamps: list[int] = []
        with self._lock:
            if not self._items:
                return None if self._ended else []
            while self._items and len(records) < limit:
                item = self._items.popleft()
                if isinstance(item, Mark):
                    return records, timestamps, item.what
                records.append(item[0])
                timestamps.append(item[1])
        return records, timestamps, None

    def close(self) -> None:
        """Called by the engine."""
        self._wake = lambda: None
