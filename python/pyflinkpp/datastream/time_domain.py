"""Which clock a timer follows."""

from __future__ import annotations

from enum import Enum

__all__ = ["TimeDomain"]


class TimeDomain(Enum):
    """Flink's ``TimeDomain``.

    >>> TimeDomain.EVENT_TIME.name
    'EVENT_TIME'
    """

    EVENT_TIME = 0
    """The timer fires when the watermark reaches its time."""

    PROCESSING_TIME = 1
    """The timer fires when the wall clock reaches its time."""
