"""Contexts of broadcast process functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl import state_handles
from pyflinkpp._impl.operator_state import ReadOnlyState, WritableState, broadcast_map
from pyflinkpp.common.errors import StateError
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    StateDescriptor,
    ValueStateDescriptor,
)


class _Context:
    """Time, and the states that were given to `broadcast`."""

    def __init__(self, context: Any, states: dict[str, Any]) -> None:
        self.timestamp = context.timestamp
        self.current_processing_time = context.current_processing_time
        self.current_watermark = context.current_watermark
        self._states = states

    def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> Any:
        """Raises StateError for a descriptor that was not given to `broadcast`."""
        state = self._states.get(state_descriptor.get_name())
        if state is None:
            raise StateError(
                f"there is no broadcast state {state_descriptor.get_name()!r}: broadcast() was given "
                f"{sorted(self._states)}"
            )
        return state


class ElementContext(_Context):
    """Of the side that is not broadcast: on keyed streams with the key and timers."""

    def __init__(self, context: Any, states: dict[str, Any]) -> None:
        super().__init__(context, states)
        self.timer_service = context.timer_service
        self.get_current_key = context.get_current_key
        self.time_domain = context.time_domain


class BroadcastContext(_Context):
    """Of the broadcast side."""

    def __init__(self, context: Any, states: dict[str, Any], scope: _native.ProcessScope) -> None:
        super().__init__(context, states)
        self._scope = scope

    def apply_to_keyed_state(self, state_descriptor: Any, function: Callable[[Any, Any], Any]) -> None:
        """Calls `function(key, state)` for every key of this subtask that has the state."""
        state = _keyed_state(self._scope, state_descriptor)

        def visit(key: Any) -> None:
            function(key, state)

        self._scope.for_each_key(state_descriptor.get_name(), visit)


_MAKERS: list[tuple[type[StateDescriptor], Callable[..., Any]]] = [
    (ValueStateDescriptor, state_handles.value_state),
    (ListStateDescriptor, state_handles.list_state),
    (MapStateDescriptor, state_handles.map_state),
    (ReducingStateDescriptor, state_handles.reducing_state),
    (AggregatingStateDescriptor, state_handles.aggregating_state),
]


def _keyed_state(scope: _native.ProcessScope, descriptor: Any) -> Any:
    if not scope.keyed:
        raise StateError("apply_to_keyed_state needs a keyed stream on the side that is not broadcast")
    for kind, make in _MAKERS:
        if isinstance(descriptor, kind):
            return make(scope, descriptor)
    raise TypeError(f"a StateDescriptor is needed here, not {descriptor!r}")


def broadcast_contexts(
    scope: _native.ProcessScope,
    operator_state: _native.OperatorStateStore,
    descriptors: list[MapStateDescriptor],
) -> list[Any]:
    """The contexts of the two inputs: the stream's and the broadcast one's."""
    writable: dict[str, Any] = {}
    readable: dict[str, Any] = {}
    for descriptor in descriptors:
        state = broadcast_map(operator_state, descriptor)
        writable[descriptor.get_name()] = WritableState(state)
        readable[descriptor.get_name()] = ReadOnlyState(state)
    context = scope.context()
    return [ElementContext(context, readable), BroadcastContext(context, writable, scope)]
