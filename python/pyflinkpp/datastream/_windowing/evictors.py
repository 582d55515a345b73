"""Evictors: they drop elements of a fired window before or after its function (Java's ``Evictor``)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pyflinkpp.datastream._checks import millis, not_negative

W = TypeVar("W")


@dataclass(slots=True)
class TimestampedValue:
    """An element of a window; ``timestamp`` in milliseconds, ``None`` where it has none."""

    value: Any
    timestamp: int | None = None

    def get_value(self) -> Any:
        """The element."""
        return self.value

    def get_timestamp(self) -> int | None:
        """Its timestamp."""
        return self.timestamp

    def has_timestamp(self) -> bool:
        """Whether it has one."""
        return self.timestamp is not None


class Evictor(ABC, Generic[W]):
    """Removes elements from ``elements``, a list in the order of arrival, in place.

    A window with an evictor keeps all its elements; incremental aggregation is not used.
    """

    class EvictorContext(ABC):
        """Clocks, milliseconds since the epoch."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The wall clock."""

        @abstractmethod
        def get_current_watermark(self) -> int:
            """The operator's event time."""

    @abstractmethod
    def evict_before(
        self, elements: list[TimestampedValue], size: int, window: W, evictor_context: Evictor.EvictorContext
    ) -> None:
        """Called before the window's function; ``size`` is the number of elements."""

    @abstractmethod
    def evict_after(
        self, elements: list[TimestampedValue], size: int, window: W, evictor_context: Evictor.EvictorContext
    ) -> None:
        """Called after the window's function."""


class _OneSided(Evictor[Any], ABC):
    """Evicts before the function, or after it where ``do_evict_after`` is set."""

    _after: bool

    @abstractmethod
    def _evict(self, elements: list[TimestampedValue]) -> None: ...

    def evict_before(
        self,
        elements: list[TimestampedValue],
        size: int,
        window: Any,
        evictor_context: Evictor.EvictorContext,
    ) -> None:
        """Evicts unless it was made to evict after."""
        if not self._after:
            self._evict(elements)

    def evict_after(
        self,
        elements: list[TimestampedValue],
        size: int,
        window: Any,
        evictor_context: Evictor.EvictorContext,
    ) -> None:
        """Evicts if it was made to evict after."""
        if self._after:
            self._evict(elements)


class CountEvictor(_OneSided):
    """Keeps the last ``max_count`` elements.

    >>> kept = [TimestampedValue(i) for i in range(5)]
    >>> CountEvictor.of(2).evict_before(kept, 5, None, None)
    >>> [e.value for e in kept]
    [3, 4]
    """

    def __init__(self, max_count: int, do_evict_after: bool = False) -> None:
        """Raises ``ValueError`` for a negative count."""
        self._max_count = not_negative(max_count, "max_count")
        self._after = do_evict_after

    @staticmethod
    def of(max_count: int, do_evict_after: bool = False) -> CountEvictor:
        """An evictor that keeps ``max_count`` elements."""
        return CountEvictor(max_count, do_evict_after)

    def _evict(self, elements: list[TimestampedValue]) -> None:
        del elements[: max(0, len(elements) - self._max_count)]


class TimeEvictor(_OneSided):
    """Keeps elements with timestamps above the largest one less ``window_size``.

    Nothing happens where the first element has no timestamp, as in Flink.
    """

    def __init__(self, window_size: int, do_evict_after: bool = False) -> None:
        """Milliseconds; raises ``ValueError`` for a negative size."""
        self._window_size = not_negative(window_size, "window_size")
        self._after = do_evict_after

    @staticmethod
    def of(window_size: Any, do_evict_after: bool = False) -> TimeEvictor:
        """``window_size``: a Time, a Duration or milliseconds."""
        return TimeEvictor(millis(window_size, "window_size"), do_evict_after)

    def _evict(self, elements: list[TimestampedValue]) -> None:
        if not elements or elements[0].timestamp is None:
            return
        cutoff = max(e.timestamp for e in elements if e.timestamp is not None) - self._window_size
        elements[:] = [e for e in elements if e.timestamp is not None and e.timestamp > cutoff]


class DeltaEvictor(_OneSided):
    """Keeps elements nearer than ``threshold`` to the last one.

    ``delta_function(element, last)`` (or an object with ``get_delta``) gives the distance.
    """

    def __init__(
        self,
        threshold: float,
        delta_function: Callable[[Any, Any], float] | Any,
        do_evict_after: bool = False,
    ) -> None:
        """Raises ``TypeError`` where the function can't be called."""
        self._threshold = threshold
        self._delta = getattr(delta_function, "get_delta", delta_function)
        if not callable(self._delta):
            raise TypeError(f"delta_function must be callable, not {delta_function!r}")
        self._after = do_evict_after

    @staticmethod
    def of(
        threshold: float, delta_function: Callable[[Any, Any], float] | Any, do_evict_after: bool = False
    ) -> DeltaEvictor:
        """An evictor of elements at ``threshold`` or further from the last."""
        return DeltaEvictor(threshold, delta_function, do_evict_after)

    def _evict(self, elements: list[TimestampedValue]) -> None:
        if elements:
            last = elements[-1].value
            elements[:] = [e for e in elements if self._delta(e.value, last) < self._threshold]
