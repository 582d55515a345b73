"""Watermark generators written in Python, and the description of the built-in ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from pyflinkpp.metrics import MetricGroup


@dataclass(frozen=True, order=True)
class Watermark:
    """No element at or before `timestamp`, in milliseconds since the epoch, is to come.

    Wherever a watermark is emitted, the plain number is as good.

    >>> Watermark(5) < Watermark.MAX_WATERMARK
    True
    """

    timestamp: int

    MAX_WATERMARK: ClassVar[Watermark]
    """The end of event time: it follows the last element of a bounded input."""

    def get_timestamp(self) -> int:
        """The timestamp."""
        return self.timestamp

    def __index__(self) -> int:
        return self.timestamp


Watermark.MAX_WATERMARK = Watermark(2**63 - 1)


class WatermarkOutput(Protocol):
    """Where a `WatermarkGenerator` puts its watermarks; valid during the call that it is given to."""

    def emit_watermark(self, timestamp: int | Watermark) -> None:
        """State that no element at or before `timestamp` (milliseconds) is to come; also ends idleness.

        Nothing happens if it is not above the last one. Raises TypeError for anything but a whole number.
        """
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
        """Called for each element; a watermark emitted here comes right after the element."""

    @abstractmethod
    def on_periodic_emit(self, output: WatermarkOutput) -> None:
        """Called once in each `pipeline.auto-watermark-interval`, and at the end of input."""


class WatermarkGeneratorSupplier(ABC):
    """Makes the generators of a strategy (Flink's ``WatermarkGeneratorSupplier``); for those with metrics.

    >>> class Supplier(WatermarkGeneratorSupplier):
    ...     def create_watermark_generator(self, context):
    ...         return PerEvent(context.get_metric_group().counter('events'))
    """

    class Context(ABC):
        """What a generator may use."""

        @abstractmethod
        def get_metric_group(self) -> MetricGroup:
            """The group under which the operator's metrics are registered."""

    @abstractmethod
    def create_watermark_generator(self, context: WatermarkGeneratorSupplier.Context) -> WatermarkGenerator:
        """Called in each subtask, or for each split of a source, before its first element."""


class GeneratorSpec(NamedTuple):
    """A generator as the engine reads it: `kind` is none, bounded or custom.

    Monotonous timestamps are `bounded` with 0 ms.
    """

    kind: str
    max_out_of_orderness_ms: int = 0
    supplier: Callable[[], WatermarkGenerator] | WatermarkGeneratorSupplier | None = None


class AlignmentSpec(NamedTuple):
    """Watermark alignment as the engine reads it."""

    group: str
    max_drift_ms: int
    update_interval_ms: int
