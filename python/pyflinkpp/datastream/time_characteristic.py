"""The job-wide notion of time of Flink 1.x; from 1.12 on event time is the default and always available."""

from __future__ import annotations

from enum import Enum

__all__ = ["TimeCharacteristic"]


class TimeCharacteristic(Enum):
    """Flink 1.x's ``TimeCharacteristic``, accepted by ``set_stream_time_characteristic``.

    >>> TimeCharacteristic["EventTime"] is TimeCharacteristic.EventTime
    True
    """

    ProcessingTime = 0
    """Operators use the wall clock; no watermarks."""

    IngestionTime = 1
    """Elements get their timestamps at the source from the wall clock."""

    EventTime = 2
    """Elements carry their own timestamps, and watermarks measure progress."""
