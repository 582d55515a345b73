"""Triggers by time, by purging, and the one that never fires."""

from __future__ import annotations

from typing import Any

from pyflinkpp.datastream._windowing.trigger_base import Trigger, TriggerResult
from pyflinkpp.datastream._windowing.windows import TimeWindow, Window

_Result = TriggerResult


class EventTimeTrigger(Trigger[Any, TimeWindow]):
    """Fires once the watermark passes the window's end, and again for each late element."""

    @staticmethod
    def create() -> EventTimeTrigger:
        """A new trigger."""
        return EventTimeTrigger()

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires at once where the watermark has passed already."""
        if window.max_timestamp() <= ctx.get_current_watermark():
            return _Result.FIRE
        ctx.register_event_time_timer(window.max_timestamp())
        return _Result.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fires at the window's last timestamp."""
        return _Result.FIRE if time == window.max_timestamp() else _Result.CONTINUE

    def can_merge(self) -> bool:
        """True."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Registers the result's end, unless it is behind the watermark (an element then fires it)."""
        if window.max_timestamp() > ctx.get_current_watermark():
            ctx.register_event_time_timer(window.max_timestamp())

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Deletes the timer."""
        ctx.delete_event_time_timer(window.max_timestamp())


class ProcessingTimeTrigger(Trigger[Any, TimeWindow]):
    """Fires when the wall clock passes the window's end."""

    @staticmethod
    def create() -> ProcessingTimeTrigger:
        """A new trigger."""
        return ProcessingTimeTrigger()

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Registers the window's end."""
        ctx.register_processing_time_timer(window.max_timestamp())
        return _Result.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fires."""
        return _Result.FIRE

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def can_merge(self) -> bool:
        """True."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Registers the result's end, unless the clock has passed it."""
        if window.max_timestamp() > ctx.get_current_processing_time():
            ctx.register_processing_time_timer(window.max_timestamp())

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Deletes the timer."""
        ctx.delete_processing_time_timer(window.max_timestamp())


class PurgingTrigger(Trigger[Any, Window]):
    """Turns every FIRE of another trigger into FIRE_AND_PURGE.

    >>> PurgingTrigger.of(EventTimeTrigger.create()).can_merge()
    True
    """

    def __init__(self, nested_trigger: Trigger[Any, Any]) -> None:
        """Raises ``TypeError`` where the argument is no trigger."""
        if not isinstance(nested_trigger, Trigger):
            raise TypeError(f"nested_trigger must be a Trigger, not {nested_trigger!r}")
        self.nested_trigger = nested_trigger

    @staticmethod
    def of(nested_trigger: Trigger[Any, Any]) -> PurgingTrigger:
        """A purging trigger around another."""
        return PurgingTrigger(nested_trigger)

    @staticmethod
    def _purging(result: TriggerResult) -> TriggerResult:
        return _Result.FIRE_AND_PURGE if result.is_fire() else result

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """The nested trigger's answer, purging."""
        return self._purging(self.nested_trigger.on_element(element, timestamp, window, ctx))

    def on_processing_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """The nested trigger's answer, purging."""
        return self._purging(self.nested_trigger.on_processing_time(time, window, ctx))

    def on_event_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """The nested trigger's answer, purging."""
        return self._purging(self.nested_trigger.on_event_time(time, window, ctx))

    def can_merge(self) -> bool:
        """Whether the nested trigger can."""
        return self.nested_trigger.can_merge()

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> Any:
        """Left to the nested trigger."""
        return self.nested_trigger.on_merge(window, ctx)

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Left to the nested trigger."""
        self.nested_trigger.clear(window, ctx)


class NeverTrigger(Trigger[Any, Window]):
    """Never fires: the default of ``GlobalWindows``."""

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_processing_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_event_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Continues."""
        return _Result.CONTINUE

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Nothing to do."""

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Nothing to do."""
