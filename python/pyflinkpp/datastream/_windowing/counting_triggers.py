"""Triggers that keep state: by count and by change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import positive
from pyflinkpp.datastream._windowing.trigger_base import Trigger, TriggerResult
from pyflinkpp.datastream._windowing.windows import Window
from pyflinkpp.datastream.state import ReducingStateDescriptor, ValueStateDescriptor

_Result = TriggerResult


def _sum(first: int, second: int) -> int:
    return first + second


class CountTrigger(Trigger[Any, Window]):
    """Fires at every ``window_size``-th element of a key and window."""

    def __init__(self, window_size: int) -> None:
        """Raises ``ValueError`` for a size below 1."""
        self._window_size = positive(window_size, "window_size")
        self._count_state_descriptor = ReducingStateDescriptor("count", _sum, Types.LONG())

    @staticmethod
    def of(window_size: int) -> CountTrigger:
        """A trigger for every ``window_size`` elements."""
        return CountTrigger(window_size)

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Counts; at the full count starts anew and fires."""
        state: Any = ctx.get_partitioned_state(self._count_state_descriptor)
        state.add(1)
        if state.get() >= self._window_size:
            state.clear()
            return _Result.FIRE
        return _Result.CONTINUE

    def on_processing_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_event_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def can_merge(self) -> bool:
        """True."""
        return True

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Adds up the counts."""
        ctx.merge_partitioned_state(self._count_state_descriptor)

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Forgets the count."""
        ctx.get_partitioned_state(self._count_state_descriptor).clear()


class DeltaTrigger(Trigger[Any, Window]):
    """Fires when an element is further than ``threshold`` from the last that fired (Java's ``DeltaTrigger``).

    ``delta_function(old, new)`` (or an object with ``get_delta(old, new)``) gives the distance; the first
    element of a window only sets the mark.
    """

    def __init__(
        self,
        threshold: float,
        delta_function: Callable[[Any, Any], float] | Any,
        type_info: TypeInformation | None = None,
    ) -> None:
        """``type_info``: type of the elements, pickled by default."""
        self._threshold = threshold
        self._delta = getattr(delta_function, "get_delta", delta_function)
        if not callable(self._delta):
            raise TypeError(f"delta_function must be callable, not {delta_function!r}")
        self._last_element = ValueStateDescriptor("last-element", type_info or Types.PICKLED_BYTE_ARRAY())

    @staticmethod
    def of(
        threshold: float,
        delta_function: Callable[[Any, Any], float] | Any,
        type_info: TypeInformation | None = None,
    ) -> DeltaTrigger:
        """A trigger for changes above ``threshold``."""
        return DeltaTrigger(threshold, delta_function, type_info)

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires and moves the mark where the change is above the threshold."""
        last: Any = ctx.get_partitioned_state(self._last_element)
        if last.value() is None:
            last.update(element)
            return _Result.CONTINUE
        if self._delta(last.value(), element) > self._threshold:
            last.update(element)
            return _Result.FIRE
        return _Result.CONTINUE

    def on_processing_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_event_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Refused: two marks can't become one."""
        raise NotImplementedError("DeltaTrigger can't be used with merging windows")

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Forgets the mark."""
        ctx.get_partitioned_state(self._last_element).clear()
