"""Clock, watermark and timers, as a process function sees them."""

from __future__ import annotations

from abc import ABC, abstractmethod

__all__ = ["TimerService"]


class TimerService(ABC):
    """Flink's ``TimerService``. All times are milliseconds since the epoch.

    A timer belongs to the current key; registering the same time twice gives one timer. Timers are part
    of checkpoints. Subclass it to test a function without a job.
    """

    @abstractmethod
    def current_processing_time(self) -> int:
        """The wall clock."""

    @abstractmethod
    def current_watermark(self) -> int:
        """The operator's event time; Long.MIN before the first watermark."""

    @abstractmethod
    def register_processing_time_timer(self, timestamp: int) -> None:
        """Call ``on_timer`` for the current key when the wall clock reaches ``timestamp``."""

    @abstractmethod
    def register_event_time_timer(self, timestamp: int) -> None:
        """Call ``on_timer`` for the current key when the watermark reaches ``timestamp``."""

    def delete_processing_time_timer(self, timestamp: int) -> None:
        """Forget a processing-time timer; nothing happens if there is none."""
        raise NotImplementedError(f"{type(self).__name__} does not delete processing-time timers")

    def delete_event_time_timer(self, timestamp: int) -> None:
        """Forget an event-time timer; nothing happens if there is none."""
        raise NotImplementedError(f"{type(self).__name__} does not delete event-time timers")
