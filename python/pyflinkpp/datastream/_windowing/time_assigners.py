"""Tumbling and sliding windows of time. Sizes and offsets are kept in milliseconds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from pyflinkpp.datastream._checks import MIN_LONG_VALUE, millis, positive
from pyflinkpp.datastream._windowing.assigner_base import WindowAssigner
from pyflinkpp.datastream._windowing.trigger_base import Trigger
from pyflinkpp.datastream._windowing.triggers import EventTimeTrigger, ProcessingTimeTrigger
from pyflinkpp.datastream._windowing.windows import TimeWindow, TimeWindowSerializer


def _checked_timestamp(timestamp: int) -> int:
    if timestamp == MIN_LONG_VALUE:
        raise ValueError(
            "the element has no timestamp: assign one with assign_timestamps_and_watermarks, or use "
            "processing-time windows"
        )
    return timestamp


class _EventTime:
    """The side of an assigner that follows the watermark."""

    def get_default_trigger(self, env: Any) -> Trigger[Any, TimeWindow]:
        """``EventTimeTrigger``."""
        return EventTimeTrigger()

    def is_event_time(self) -> bool:
        """True."""
        return True

    def _time(self, timestamp: int, context: WindowAssigner.WindowAssignerContext) -> int:
        return _checked_timestamp(timestamp)


class _ProcessingTime:
    """The side of an assigner that follows the wall clock."""

    def get_default_trigger(self, env: Any) -> Trigger[Any, TimeWindow]:
        """``ProcessingTimeTrigger``."""
        return ProcessingTimeTrigger()

    def is_event_time(self) -> bool:
        """False."""
        return False

    def _time(self, timestamp: int, context: WindowAssigner.WindowAssignerContext) -> int:
        return context.get_current_processing_time()


class _TimeAssigner(WindowAssigner[Any, TimeWindow], ABC):
    """What tumbling and sliding windows share; a mixin says which time they follow."""

    def get_window_serializer(self) -> TimeWindowSerializer:
        """``TimeWindowSerializer``."""
        return TimeWindowSerializer()

    @abstractmethod
    def _time(self, timestamp: int, context: WindowAssigner.WindowAssignerContext) -> int:
        """The time of the element, in milliseconds since the epoch."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k[1:]}={v}' for k, v in vars(self).items())})"


class _Tumbling(_TimeAssigner, ABC):
    def __init__(self, size: int, offset: int) -> None:
        """Milliseconds; raises ``ValueError`` for a size below 1 or an offset of size or more."""
        self._size = positive(size, "size")
        if abs(offset) >= size:
            raise ValueError(f"offset must be smaller than size {size} in absolute value, got {offset}")
        self._offset = offset

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> list[TimeWindow]:
        """The one window that holds the time."""
        time = self._time(timestamp, context)
        start = TimeWindow.get_window_start_with_offset(time, self._offset, self._size)
        return [TimeWindow(start, start + self._size)]


class TumblingEventTimeWindows(_EventTime, _Tumbling):
    """Adjacent windows of event time (Flink's ``TumblingEventTimeWindows``).

    >>> TumblingEventTimeWindows.of(10).assign_windows(None, -3, None)
    [TimeWindow(start=-10, end=0)]
    """

    @staticmethod
    def of(size: Any, offset: Any = None) -> TumblingEventTimeWindows:
        """``size`` and ``offset`` (default 0): a Time, a Duration or milliseconds."""
        return TumblingEventTimeWindows(millis(size, "size"), _offset(offset))


class TumblingProcessingTimeWindows(_ProcessingTime, _Tumbling):
    """Adjacent windows of the wall clock (Flink's ``TumblingProcessingTimeWindows``)."""

    @staticmethod
    def of(size: Any, offset: Any = None) -> TumblingProcessingTimeWindows:
        """``size`` and ``offset`` (default 0): a Time, a Duration or milliseconds."""
        return TumblingProcessingTimeWindows(millis(size, "size"), _offset(offset))


class _Sliding(_TimeAssigner, ABC):
    def __init__(self, size: int, slide: int, offset: int) -> None:
        """Milliseconds; raises ``ValueError`` below 1, or for an offset of slide or more."""
        self._size = positive(size, "size")
        self._slide = positive(slide, "slide")
        if abs(offset) >= slide:
            raise ValueError(f"offset must be smaller than slide {slide} in absolute value, got {offset}")
        self._offset = offset

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> list[TimeWindow]:
        """All windows that hold the time, the latest first; none in a gap where slide exceeds size."""
        time = self._time(timestamp, context)
        last = TimeWindow.get_window_start_with_offset(time, self._offset, self._slide)
        starts = range(last, time - self._size, -self._slide)
        return [TimeWindow(start, start + self._size) for start in starts]


class SlidingEventTimeWindows(_EventTime, _Sliding):
    """Overlapping windows of event time (Flink's ``SlidingEventTimeWindows``).

    >>> SlidingEventTimeWindows.of(10, 5).assign_windows(None, 7, None)
    [TimeWindow(start=5, end=15), TimeWindow(start=0, end=10)]
    """

    @staticmethod
    def of(size: Any, slide: Any, offset: Any = None) -> SlidingEventTimeWindows:
        """Each a Time, a Duration or milliseconds; ``offset`` defaults to 0."""
        return SlidingEventTimeWindows(millis(size, "size"), millis(slide, "slide"), _offset(offset))


class SlidingProcessingTimeWindows(_ProcessingTime, _Sliding):
    """Overlapping windows of the wall clock (Flink's ``SlidingProcessingTimeWindows``)."""

    @staticmethod
    def of(size: Any, slide: Any, offset: Any = None) -> SlidingProcessingTimeWindows:
        """Each a Time, a Duration or milliseconds; ``offset`` defaults to 0."""
        return SlidingProcessingTimeWindows(millis(size, "size"), millis(slide, "slide"), _offset(offset))


def _offset(offset: Any) -> int:
    return 0 if offset is None else millis(offset, "offset")
