"""What assigners, triggers, evictors and window functions are told beside the element or window in hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyflinkpp._impl.runtime_context import SubtaskContext
from pyflinkpp._impl.state_handles import AggregatedState, ReducedState
from pyflinkpp.common.errors import StateError
from pyflinkpp.datastream.functions import (
    KeyedStateStore,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    RuntimeContext,
)
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    State,
    StateDescriptor,
    ValueStateDescriptor,
)
from pyflinkpp.datastream.window import Evictor, Trigger, WindowAssigner
from pyflinkpp.metrics import MetricGroup


class WindowStateStore(KeyedStateStore):
    """State of the current key in one place: one window, or outside of windows. Handles are made once."""

    def __init__(self, where: Mapping[str, Any], scope: Any) -> None:
        self._context = SubtaskContext({**where, "scope": scope})
        self._handles: dict[str, Any] = {}

    def get_state(self, state_descriptor: ValueStateDescriptor) -> Any:
        return self._handle(state_descriptor, self._context.get_state)

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> Any:
        return self._handle(state_descriptor, self._context.get_list_state)

    def get_map_state(self, state_descriptor: MapStateDescriptor) -> Any:
        return self._handle(state_descriptor, self._context.get_map_state)

    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> Any:
        return self._handle(state_descriptor, self._context.get_reducing_state)

    def get_aggregating_state(self, state_descriptor: AggregatingStateDescriptor) -> Any:
        return self._handle(state_descriptor, self._context.get_aggregating_state)

    def get(self, descriptor: StateDescriptor) -> Any:
        """The state of whatever kind the descriptor is."""
        getters: list[tuple[type[StateDescriptor], Any]] = [
            (ValueStateDescriptor, self.get_state),
            (ListStateDescriptor, self.get_list_state),
            (MapStateDescriptor, self.get_map_state),
            (ReducingStateDescriptor, self.get_reducing_state),
            (AggregatingStateDescriptor, self.get_aggregating_state),
        ]
        for kind, getter in getters:
            if isinstance(descriptor, kind):
                return getter(descriptor)
        raise TypeError(f"a StateDescriptor is needed here, not {descriptor!r}")

    def _handle(self, descriptor: Any, make: Any) -> Any:
        handle = self._handles.get(descriptor.name)
        if handle is None:
            handle = self._handles[descriptor.name] = make(descriptor)
        return handle


class NoWindowState(KeyedStateStore):
    """In place of the state of windows that merge, which would have to merge with them."""

    def _refuse(self, state_descriptor: Any) -> Any:
        raise StateError(
            "window_state() can't be used with windows that merge: keep what is needed in global_state()"
        )

    get_state = get_list_state = get_map_state = get_reducing_state = get_aggregating_state = _refuse


class WindowContext(ProcessWindowFunction.Context, ProcessAllWindowFunction.Context):
    """Of process window functions. The native operator sets `_window` before each call."""

    def __init__(self, where: Mapping[str, Any], merging: bool) -> None:
        scope = where["scope"]
        self._window: Any = None
        self._global = WindowStateStore(where, scope)
        self._own = NoWindowState() if merging else WindowStateStore(where, where["window_scope"])
        timers = scope.timer_service()
        self._processing_time = timers.current_processing_time
        self._watermark = timers.current_watermark

    def window(self) -> Any:
        return self._window

    def window_state(self) -> KeyedStateStore:
        return self._own

    def global_state(self) -> KeyedStateStore:
        return self._global

    def current_processing_time(self) -> int:
        return int(self._processing_time())

    def current_watermark(self) -> int:
        return int(self._watermark())


class AssignerContext(WindowAssigner.WindowAssignerContext):
    """Of assigners; their state belongs to the key, not to a window."""

    def __init__(self, where: Mapping[str, Any], runtime_context: RuntimeContext) -> None:
        self._runtime_context = runtime_context
        self._processing_time = where["scope"].timer_service().current_processing_time

    def get_current_processing_time(self) -> int:
        return int(self._processing_time())

    def get_runtime_context(self) -> RuntimeContext:
        return self._runtime_context


class EvictionContext(Evictor.EvictorContext):
    """Of evictors."""

    def __init__(self, where: Mapping[str, Any]) -> None:
        timers = where["scope"].timer_service()
        self._processing_time = timers.current_processing_time
        self._watermark = timers.current_watermark

    def get_current_processing_time(self) -> int:
        return int(self._processing_time())

    def get_current_watermark(self) -> int:
        return int(self._watermark())


class TriggerContext(Trigger.OnMergeContext):
    """Of triggers. The native operator makes the state and timers of the window in hand the current ones, and
    before `on_merge` sets `merged` to the bytes of the window and of those that were merged into it.
    """

    def __init__(self, where: Mapping[str, Any], metrics: MetricGroup) -> None:
        self._scope = where["window_scope"]
        self._timers = self._scope.timer_service()
        self._states = WindowStateStore(where, self._scope)
        self._metrics = metrics
        self.merged: tuple[bytes, list[bytes]] = (b"", [])

    def get_current_processing_time(self) -> int:
        return int(self._timers.current_processing_time())

    def get_metric_group(self) -> MetricGroup:
        return self._metrics

    def get_current_watermark(self) -> int:
        return int(self._timers.current_watermark())

    def register_processing_time_timer(self, time: int) -> None:
        self._timers.register_processing_time_timer(time)

    def register_event_time_timer(self, time: int) -> None:
        self._timers.register_event_time_timer(time)

    def delete_processing_time_timer(self, time: int) -> None:
        self._timers.delete_processing_time_timer(time)

    def delete_event_time_timer(self, time: int) -> None:
        self._timers.delete_event_time_timer(time)

    def get_partitioned_state(self, state_descriptor: StateDescriptor) -> State:
        state: State = self._states.get(state_descriptor)
        return state

    def merge_partitioned_state(self, state_descriptor: StateDescriptor) -> None:
        """Raises TypeError for state that can't merge: values and maps."""
        state: Any = self._states.get(state_descriptor)
        if not isinstance(state, ReducedState | AggregatedState | ListState):
            raise TypeError(
                f"the state {state_descriptor.name!r} can't be merged: use a reducing, an aggregating or a "
                "list state"
            )
        window, others = self.merged
        moved = []
        for other in others:
            self._scope.set_namespace(other)
            moved.append(list(state.get() or []) if isinstance(state, ListState) else state.take())
            state.clear()
        self._scope.set_namespace(window)
        for content in moved:
            if isinstance(state, ListState):
                state.add_all(content)
            else:
                state.merge(content)
