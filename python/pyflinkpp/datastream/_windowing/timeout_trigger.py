"""A trigger that does not wait for another one for ever."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common.typeinfo import Types
from pyflinkpp.datastream._checks import millis, positive
from pyflinkpp.datastream._windowing.trigger_base import Trigger, TriggerResult
from pyflinkpp.datastream._windowing.windows import Window
from pyflinkpp.datastream.state import ValueStateDescriptor


class ProcessingTimeoutTrigger(Trigger[Any, Window]):
    """Fires when another trigger does, or once the wall clock has run on for a timeout since a record.

    Java's ``ProcessingTimeoutTrigger``. The timeout runs from the first record, or anew from each one with
    ``reset_timer_on_new_record``; after it, ``should_clear_on_timeout`` makes the other trigger start anew.

    >>> from pyflinkpp.datastream.window import CountTrigger
    >>> ProcessingTimeoutTrigger.of(CountTrigger.of(10), 500).timeout
    500
    """

    def __init__(
        self,
        nested_trigger: Trigger[Any, Any],
        timeout: int,
        reset_timer_on_new_record: bool = False,
        should_clear_on_timeout: bool = True,
    ) -> None:
        """``timeout`` in milliseconds. Raises ``ValueError`` below 1, ``TypeError`` for no trigger."""
        if not isinstance(nested_trigger, Trigger):
            raise TypeError(f"nested_trigger must be a Trigger, not {nested_trigger!r}")
        self.nested_trigger = nested_trigger
        self.timeout = positive(timeout, "timeout")
        self._reset = reset_timer_on_new_record
        self._clear = should_clear_on_timeout
        self._at = ValueStateDescriptor("timeout", Types.LONG())

    @staticmethod
    def of(
        nested_trigger: Trigger[Any, Any],
        timeout: Any,
        reset_timer_on_new_record: bool = False,
        should_clear_on_timeout: bool = True,
    ) -> ProcessingTimeoutTrigger:
        """``timeout``: a Time, a Duration or milliseconds."""
        return ProcessingTimeoutTrigger(
            nested_trigger, millis(timeout, "timeout"), reset_timer_on_new_record, should_clear_on_timeout
        )

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """The nested trigger's answer; the timeout starts, or ends where that fires."""
        result = self.nested_trigger.on_element(element, timestamp, window, ctx)
        if result.is_fire():
            self.clear(window, ctx)
            return result
        state: Any = ctx.get_partitioned_state(self._at)
        if self._reset:
            self._stop(ctx)
        if state.value() is None:
            due = ctx.get_current_processing_time() + self.timeout
            state.update(due)
            ctx.register_processing_time_timer(due)
        return result

    def on_processing_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fires; purges where the nested trigger does."""
        return self._fired(self.nested_trigger.on_processing_time(time, window, ctx), window, ctx)

    def on_event_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fires; purges where the nested trigger does."""
        return self._fired(self.nested_trigger.on_event_time(time, window, ctx), window, ctx)

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Refused: two timeouts can't become one."""
        raise NotImplementedError("ProcessingTimeoutTrigger can't be used with merging windows")

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Stops the timeout, and clears the nested trigger."""
        self._stop(ctx)
        self.nested_trigger.clear(window, ctx)

    def _fired(self, nested: TriggerResult, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        if self._clear:
            self.clear(window, ctx)
        return TriggerResult.FIRE_AND_PURGE if nested.is_purge() else TriggerResult.FIRE

    def _stop(self, ctx: Trigger.TriggerContext) -> None:
        state: Any = ctx.get_partitioned_state(self._at)
        due = state.value()
        if due is not None:
            ctx.delete_processing_time_timer(due)
            state.clear()
