"""`WatermarkStrategy`, how a stream gets event time: timestamps, watermarks, idleness, alignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from pyflinkpp.common._timestamp_assigner import (
    CallableAssigner,
    TimestampAssigner,
    TimestampAssignerSupplier,
)
from pyflinkpp.common._watermark_generator import (
    AlignmentSpec,
    GeneratorSpec,
    Watermark,
    WatermarkGenerator,
    WatermarkGeneratorSupplier,
    WatermarkOutput,
)
from pyflinkpp.common.errors import _no_jvm
from pyflinkpp.common.time import Duration

__all__ = [
    "AssignerWithPeriodicWatermarksWrapper",
    "TimestampAssigner",
    "TimestampAssignerSupplier",
    "Watermark",
    "WatermarkGenerator",
    "WatermarkGeneratorSupplier",
    "WatermarkOutput",
    "WatermarkStrategy",
]


def _millis(duration: Duration, what: str) -> int:
    if not isinstance(duration, Duration):
        raise TypeError(f"{what} must be a Duration, not {duration!r}")
    return duration.to_millis()


class WatermarkStrategy:
    """How a stream gets event time (Flink's ``WatermarkStrategy``); the `with_*` methods return a new one.

    >>> strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(20))
    >>> strategy.with_idleness(Duration.of_minutes(1))
    <WatermarkStrategy bounded(20000 ms), idle after 60000 ms>

    With a bound of b, the watermark after the greatest timestamp t is t - b - 1. It is emitted once in each
    `pipeline.auto-watermark-interval` (200 ms by default, 0 for never) and never falls; before the first one
    event time is Long.MIN, after the last element of a bounded input Long.MAX. In BATCH mode there is only
    that last one. Elements keep the timestamps they have unless the strategy has an assigner.
    """

    __slots__ = ("_alignment", "_generator", "_idle_timeout_ms", "_timestamp_assigner")

    _alignment: AlignmentSpec | None
    _generator: GeneratorSpec
    _idle_timeout_ms: int | None
    _timestamp_assigner: TimestampAssigner | TimestampAssignerSupplier | None

    def __init__(
        self,
        generator: GeneratorSpec,
        timestamp_assigner: TimestampAssigner | TimestampAssignerSupplier | None = None,
        idle_timeout_ms: int | None = None,
        alignment: AlignmentSpec | None = None,
    ) -> None:
        if not isinstance(generator, GeneratorSpec):
            raise TypeError("use WatermarkStrategy.for_monotonous_timestamps() and its siblings")
        object.__setattr__(self, "_generator", generator)
        object.__setattr__(self, "_timestamp_assigner", timestamp_assigner)
        object.__setattr__(self, "_idle_timeout_ms", idle_timeout_ms)
        object.__setattr__(self, "_alignment", alignment)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a WatermarkStrategy cannot be changed; {name} is given by with_* methods")

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self._generator, self._timestamp_assigner, self._idle_timeout_ms, self._alignment)
        return WatermarkStrategy, parts

    def with_timestamp_assigner(
        self, timestamp_assigner: TimestampAssigner | TimestampAssignerSupplier | Callable[[Any, int], int]
    ) -> WatermarkStrategy:
        """The strategy with this assigner instead; also a function of element and earlier timestamp.

        A supplier makes the assigner in each subtask, given access to metrics. A timestamp that is no whole
        number of milliseconds ends the job. Raises TypeError for anything else.
        """
        if not isinstance(timestamp_assigner, TimestampAssigner | TimestampAssignerSupplier):
            if isinstance(timestamp_assigner, type) or not callable(timestamp_assigner):
                raise TypeError(f"expected a TimestampAssigner instance, not {timestamp_assigner!r}")
            timestamp_assigner = CallableAssigner(timestamp_assigner)
        return WatermarkStrategy(self._generator, timestamp_assigner, self._idle_timeout_ms, self._alignment)

    def with_idleness(self, idle_timeout: Duration) -> WatermarkStrategy:
        """The strategy that also lets the stream go on without an input silent for `idle_timeout`.

        Raises ValueError unless the time is positive.
        """
        millis = _millis(idle_timeout, "idle_timeout")
        if idle_timeout.to_nanos() <= 0:
            raise ValueError(f"the idle timeout must be positive, not {idle_timeout}")
        return WatermarkStrategy(self._generator, self._timestamp_assigner, max(millis, 1), self._alignment)

    def with_watermark_alignment(
        self,
        watermark_group: str,
        max_allowed_watermark_drift: Duration,
        update_interval: Duration | None = None,
    ) -> WatermarkStrategy:
        """The strategy that also pauses a source running ahead of the slowest one of its group.

        `max_allowed_watermark_drift` is how far it may run ahead; `update_interval` (1 second if None) how
        often the sources of the group compare. Only sources pause, so it has no effect anywhere else in a
        stream. Raises ValueError for a negative drift and for an interval that is not positive.
        """
        drift = _millis(max_allowed_watermark_drift, "max_allowed_watermark_drift")
        interval = 1_000 if update_interval is None else _millis(update_interval, "update_interval")
        if drift < 0:
            raise ValueError(f"the drift must not be negative, not {max_allowed_watermark_drift}")
        if interval <= 0:
            raise ValueError(f"the update interval must be at least a millisecond, not {update_interval}")
        alignment = AlignmentSpec(watermark_group, drift, interval)
        return WatermarkStrategy(self._generator, self._timestamp_assigner, self._idle_timeout_ms, alignment)

    @staticmethod
    def for_monotonous_timestamps() -> WatermarkStrategy:
        """For streams whose timestamps never fall: the watermark is the last timestamp minus 1."""
        return WatermarkStrategy(GeneratorSpec("bounded"))

    @staticmethod
    def for_bounded_out_of_orderness(max_out_of_orderness: Duration) -> WatermarkStrategy:
        """For streams whose elements are at most so much late; ValueError for a negative time."""
        millis = _millis(max_out_of_orderness, "max_out_of_orderness")
        if millis < 0:
            raise ValueError(f"the bound of lateness must not be negative, not {max_out_of_orderness}")
        return WatermarkStrategy(GeneratorSpec("bounded", millis))

    @staticmethod
    def no_watermarks() -> WatermarkStrategy:
        """For streams that need none before their end."""
        return WatermarkStrategy(GeneratorSpec("none"))

    @staticmethod
    def for_generator(
        supplier: Callable[[], WatermarkGenerator] | WatermarkGeneratorSupplier,
    ) -> WatermarkStrategy:
        """For generators of one's own: `supplier` makes one for each subtask or split.

        A WatermarkGeneratorSupplier is given access to metrics. Raises TypeError for what cannot be called.

        >>> class EveryTenth(WatermarkGenerator):
        ...     def on_event(self, event, event_timestamp, output):
        ...         if event_timestamp % 10 == 0:
        ...             output.emit_watermark(event_timestamp)
        ...     def on_periodic_emit(self, output):
        ...         pass
        >>> WatermarkStrategy.for_generator(EveryTenth)
        <WatermarkStrategy custom>
        """
        if not isinstance(supplier, WatermarkGeneratorSupplier) and not callable(supplier):
            raise TypeError(f"expected a function that makes a WatermarkGenerator, not {supplier!r}")
        return WatermarkStrategy(GeneratorSpec("custom", supplier=supplier))

    def _does_nothing(self) -> bool:
        return (
            self._generator.kind == "none"
            and self._timestamp_assigner is None
            and self._idle_timeout_ms is None
            and self._alignment is None
        )

    def __repr__(self) -> str:
        bound = f"({self._generator.max_out_of_orderness_ms} ms)" if self._generator.kind == "bounded" else ""
        parts = [self._generator.kind + bound]
        if self._timestamp_assigner is not None:
            parts.append(f"timestamps by {type(self._timestamp_assigner).__name__}")
        if self._idle_timeout_ms is not None:
            parts.append(f"idle after {self._idle_timeout_ms} ms")
        if self._alignment is not None:
            parts.append(f"aligned in {self._alignment.group!r}")
        return f"<WatermarkStrategy {', '.join(parts)}>"


class AssignerWithPeriodicWatermarksWrapper:
    """A wrapper of Java objects in PyFlink; it cannot be made here."""

    def __init__(self, *args: Any) -> None:
        _no_jvm(
            "AssignerWithPeriodicWatermarksWrapper",
            "use WatermarkStrategy.for_generator with a WatermarkGenerator written in Python",
        )
