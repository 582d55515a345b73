"""Session windows: they end after a gap without elements, and merge when they meet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from pyflinkpp.datastream._checks import millis, positive
from pyflinkpp.datastream._windowing.assigner_base import (
    MergingWindowAssigner,
    SessionWindowTimeGapExtractor,
    WindowAssigner,
)
from pyflinkpp.datastream._windowing.time_assigners import _EventTime, _ProcessingTime, _TimeAssigner
from pyflinkpp.datastream._windowing.windows import TimeWindow


class _Session(_TimeAssigner, MergingWindowAssigner[Any, TimeWindow], ABC):
    @abstractmethod
    def _gap(self, element: Any) -> int:
        """The gap after ``element``, milliseconds."""

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> list[TimeWindow]:
        """A window of one gap that starts with the element: at Long.MIN, if it has no timestamp."""
        time = timestamp if self.is_event_time() else self._time(timestamp, context)
        return [TimeWindow(time, time + self._gap(element))]

    def merge_windows(
        self, windows: Iterable[TimeWindow], callback: MergingWindowAssigner.MergeCallback[TimeWindow]
    ) -> None:
        """Windows that overlap or just touch become one."""
        TimeWindow.merge_windows(windows, callback)


class _FixedGap(_Session, ABC):
    def __init__(self, session_gap: int) -> None:
        """Milliseconds; raises ``ValueError`` below 1."""
        self._session_gap = positive(session_gap, "session_gap")

    def _gap(self, element: Any) -> int:
        return self._session_gap


class _DynamicGap(_Session, ABC):
    def __init__(self, session_window_time_gap_extractor: SessionWindowTimeGapExtractor) -> None:
        """Raises ``TypeError`` where the argument has no ``extract``."""
        if not callable(getattr(session_window_time_gap_extractor, "extract", None)):
            raise TypeError(
                "extractor must be a SessionWindowTimeGapExtractor, "
                f"not {session_window_time_gap_extractor!r}"
            )
        self._extractor = session_window_time_gap_extractor

    def _gap(self, element: Any) -> int:
        gap = self._extractor.extract(element)
        if gap <= 0:
            raise ValueError(f"a session gap must be greater than 0 ms, got {gap} for element {element!r}")
        return gap


class EventTimeSessionWindows(_EventTime, _FixedGap):
    """Sessions of event time (Flink's ``EventTimeSessionWindows``).

    >>> EventTimeSessionWindows.with_gap(5).assign_windows(None, 3, None)
    [TimeWindow(start=3, end=8)]
    """

    @staticmethod
    def with_gap(size: Any) -> EventTimeSessionWindows:
        """``size``: the gap as a Time, a Duration or milliseconds."""
        return EventTimeSessionWindows(millis(size, "session gap"))

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicEventTimeSessionWindows:
        """A gap that depends on the element."""
        return DynamicEventTimeSessionWindows(extractor)


class ProcessingTimeSessionWindows(_ProcessingTime, _FixedGap):
    """Sessions of the wall clock (Flink's ``ProcessingTimeSessionWindows``)."""

    @staticmethod
    def with_gap(size: Any) -> ProcessingTimeSessionWindows:
        """``size``: the gap as a Time, a Duration or milliseconds."""
        return ProcessingTimeSessionWindows(millis(size, "session gap"))

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicProcessingTimeSessionWindows:
        """A gap that depends on the element."""
        return DynamicProcessingTimeSessionWindows(extractor)


class DynamicEventTimeSessionWindows(_EventTime, _DynamicGap):
    """Sessions of event time with a gap for each element."""

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicEventTimeSessionWindows:
        """A gap that depends on the element."""
        return DynamicEventTimeSessionWindows(extractor)


class DynamicProcessingTimeSessionWindows(_ProcessingTime, _DynamicGap):
    """Sessions of the wall clock with a gap for each element."""

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicProcessingTimeSessionWindows:
        """A gap that depends on the element."""
        return DynamicProcessingTimeSessionWindows(extractor)
