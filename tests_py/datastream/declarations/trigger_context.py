"""A trigger context on plain dicts, which also fires its own timers."""

from __future__ import annotations

from typing import Any

from pyflinkpp.datastream.state import ReducingStateDescriptor
from pyflinkpp.datastream.window import MIN_LONG_VALUE, Trigger


class FakeState:
    """Value and reducing state in one."""

    def __init__(self, descriptor: Any) -> None:
        self.descriptor = descriptor
        self.content: Any = None

    def value(self) -> Any:
        return self.content

    def get(self) -> Any:
        return self.content

    def update(self, value: Any) -> None:
        self.content = value

    def add(self, value: Any) -> None:
        if self.content is None:
            self.content = value
        else:
            self.content = self.descriptor.get_reduce_function().reduce(self.content, value)

    def clear(self) -> None:
        self.content = None


class FakeTriggerContext(Trigger.OnMergeContext):
    """One window's context; ``merged`` holds the contexts of the windows merged into it."""

    def __init__(self, watermark: int = MIN_LONG_VALUE, clock: int = 0) -> None:
        self.watermark = watermark
        self.clock = clock
        self.event_timers: set[int] = set()
        self.processing_timers: set[int] = set()
        self.states: dict[str, FakeState] = {}
        self.merged: list[FakeTriggerContext] = []

    def get_current_processing_time(self) -> int:
        return self.clock

    def get_metric_group(self) -> Any:
        raise AssertionError("no trigger under test has metrics")

    def get_current_watermark(self) -> int:
        return self.watermark

    def register_processing_time_timer(self, time: int) -> None:
        self.processing_timers.add(time)

    def register_event_time_timer(self, time: int) -> None:
        self.event_timers.add(time)

    def delete_processing_time_timer(self, time: int) -> None:
        self.processing_timers.discard(time)

    def delete_event_time_timer(self, time: int) -> None:
        self.event_timers.discard(time)

    def get_partitioned_state(self, state_descriptor: Any) -> Any:
        return self.states.setdefault(state_descriptor.name, FakeState(state_descriptor))

    def merge_partitioned_state(self, state_descriptor: Any) -> None:
        assert isinstance(state_descriptor, ReducingStateDescriptor)
        target = self.get_partitioned_state(state_descriptor)
        for context in self.merged:
            content = context.get_partitioned_state(state_descriptor).get()
            if content is not None:
                target.add(content)

    def advance_watermark(self, trigger: Trigger[Any, Any], window: Any, watermark: int) -> list[Any]:
        """(time, result) of each event timer that becomes due, in order."""
        self.watermark = watermark
        fired = []
        while due := sorted(t for t in self.event_timers if t <= watermark):
            self.event_timers.discard(due[0])
            fired.append((due[0], trigger.on_event_time(due[0], window, self)))
        return fired

    def advance_clock(self, trigger: Trigger[Any, Any], window: Any, clock: int) -> list[Any]:
        """(time, result) of each processing timer that becomes due, in order."""
        self.clock = clock
        fired = []
        while due := sorted(t for t in self.processing_timers if t <= clock):
            self.processing_timers.discard(due[0])
            fired.append((due[0], trigger.on_processing_time(due[0], window, self)))
        return fired
