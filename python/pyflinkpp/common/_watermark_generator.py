"""Watermark generators written in Python, and the description of the built-in ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol


class WatermarkOutput(Protocol):
    """Where a `WatermarkGenerator` puts its watermarks."""

    def emit_watermark(self, timestamp: int) -> None:
        """State that no element at or before `timestamp` (milliseconds) is to come; also ends idleness."""
        ...

    def mark_idle(self) -> None:
        """Let the stream go on without this input until it has a watermark again."""
        ...

    def mark_active(self) -> None:
        """End the idleness without a watermark."""
        ...


class WatermarkGenerator(ABC):
    """Decides when watermarks are made; there is one for each subtask or split, used by one thread.

    >>> class PerEvent(WatermarkGenerator):
    ...     def on_event(self, event, event_timestamp, output):
    ...         output.emit_watermark(event_timestamp - 1)
    ...     def on_periodic_emit(self, output):
    ...         pass
    """

    @abstractmethod
    def on_event(self, event: Any, event_timestamp: int, output: WatermarkOutput) -> None:
        """Called for each element before it goes on; a watermark emitted here follows the element."""

    @abstractmethod
    def on_periodic_emit(self, output: WatermarkOutput) -> None:
        """Called once in each `pipeline.auto-watermark-interval`."""


class GeneratorSpec(NamedTuple):
    """A generator as the engine reads it: `kind` is none, bounded or custom.

    Monotonous timestamps are `bounded` with 0 ms.
    """

    kind: str
    max_out_of_orderness_ms: int = 0
    supplier: Callable[[], WatermarkGenerator] | None = None


class AlignmentSpec(NamedTuple):
    """Watermark alignment as the engine reads it."""

    group: str
    max_drift_ms: int
    update_interval_ms: int
