"""Triggers that fire again and again while a window is open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, cast

from pyflinkpp.common.typeinfo import Types
from pyflinkpp.datastream._checks import millis, positive
from pyflinkpp.datastream._windowing.trigger_base import Trigger, TriggerResult
from pyflinkpp.datastream._windowing.windows import TimeWindow
from pyflinkpp.datastream.state import ReducingState, ReducingStateDescriptor

_Result = TriggerResult


def _earlier(first: int, second: int) -> int:
    return min(first, second)


class _Continuous(Trigger[Any, TimeWindow], ABC):
    """The next firing time is state; firings lie on multiples of the interval, the last at the end."""

    def __init__(self, interval: int) -> None:
        """``interval`` in milliseconds; raises ``ValueError`` below 1."""
        self.interval = positive(interval, "interval")
        self._fire_time = ReducingStateDescriptor("fire-time", _earlier, Types.LONG())

    def can_merge(self) -> bool:
        """True."""
        return True

    def _state(self, ctx: Trigger.TriggerContext) -> ReducingState[int]:
        return cast("ReducingState[int]", ctx.get_partitioned_state(self._fire_time))

    def register_next_fire_timestamp(
        self,
        time: int,
        window: TimeWindow,
        ctx: Trigger.TriggerContext,
        fire_timestamp_state: ReducingState[int],
    ) -> None:
        """Remember and register ``time + interval``, at most the window's last timestamp."""
        next_fire = min(time + self.interval, window.max_timestamp())
        fire_timestamp_state.add(next_fire)
        self._register(ctx, next_fire)

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Takes over the earliest of the next firing times."""
        ctx.merge_partitioned_state(self._fire_time)
        next_fire = self._state(ctx).get()
        if next_fire is not None:
            self._register(ctx, next_fire)

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Deletes the timer and forgets the firing time."""
        state = self._state(ctx)
        next_fire = state.get()
        if next_fire is not None:
            self._delete(ctx, next_fire)
            state.clear()

    def _fire_if_due(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        state = self._state(ctx)
        if state.get() != time:
            return _Result.CONTINUE
        state.clear()
        self.register_next_fire_timestamp(time, window, ctx, state)
        return _Result.FIRE

    def _start(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        state = self._state(ctx)
        if state.get() is None:
            self.register_next_fire_timestamp(time - time % self.interval, window, ctx, state)

    @abstractmethod
    def _register(self, ctx: Trigger.TriggerContext, time: int) -> None: ...

    @abstractmethod
    def _delete(self, ctx: Trigger.TriggerContext, time: int) -> None: ...


class ContinuousEventTimeTrigger(_Continuous):
    """Fires whenever the watermark passes another interval, and at the window's end."""

    @staticmethod
    def of(interval: Any) -> ContinuousEventTimeTrigger:
        """A trigger for a Time, a Duration or milliseconds."""
        return ContinuousEventTimeTrigger(millis(interval, "interval"))

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires at once behind the watermark; otherwise sees to the next firing."""
        if window.max_timestamp() <= ctx.get_current_watermark():
            return _Result.FIRE
        ctx.register_event_time_timer(window.max_timestamp())
        self._start(timestamp, window, ctx)
        return _Result.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fires at the end and at each firing time."""
        if time == window.max_timestamp():
            return _Result.FIRE
        return self._fire_if_due(time, window, ctx)

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Deletes both timers and forgets the firing time."""
        super().clear(window, ctx)
        ctx.delete_event_time_timer(window.max_timestamp())

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Takes over the firing times and registers the result's end."""
        super().on_merge(window, ctx)
        if window.max_timestamp() > ctx.get_current_watermark():
            ctx.register_event_time_timer(window.max_timestamp())

    def _register(self, ctx: Trigger.TriggerContext, time: int) -> None:
        ctx.register_event_time_timer(time)

    def _delete(self, ctx: Trigger.TriggerContext, time: int) -> None:
        ctx.delete_event_time_timer(time)


class ContinuousProcessingTimeTrigger(_Continuous):
    """Fires whenever the wall clock passes another interval.

    >>> ContinuousProcessingTimeTrigger.of(500).interval
    500
    """

    @staticmethod
    def of(interval: Any) -> ContinuousProcessingTimeTrigger:
        """A trigger for a Time, a Duration or milliseconds."""
        return ContinuousProcessingTimeTrigger(millis(interval, "interval"))

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Sees to the next firing."""
        self._start(ctx.get_current_processing_time(), window, ctx)
        return _Result.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fires at each firing time."""
        return self._fire_if_due(time, window, ctx)

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def _register(self, ctx: Trigger.TriggerContext, time: int) -> None:
        ctx.register_processing_time_timer(time)

    def _delete(self, ctx: Trigger.TriggerContext, time: int) -> None:
        ctx.delete_processing_time_timer(time)
