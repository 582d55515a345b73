"""State of a subtask, as functions use it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp.datastream.state import (
    BroadcastState,
    ListState,
    ListStateDescriptor,
    MapStateDescriptor,
    OperatorStateStore,
    ReadOnlyBroadcastState,
    StateDescriptor,
    StateTtlConfig,
)

ListState.register(_native.OperatorListState)


class ReadOnlyState(ReadOnlyBroadcastState[Any, Any]):
    """What the non-broadcast side sees of a map in operator state."""

    def __init__(self, state: _native.MapState) -> None:
        self._state = state

    def get(self, key: Any) -> Any:
        return self._state.get(key)

    def contains(self, key: Any) -> bool:
        return self._state.contains(key)

    def items(self) -> Iterable[tuple[Any, Any]]:
        return self._state.items()

    def keys(self) -> Iterable[Any]:
        return self._state.keys()

    def values(self) -> Iterable[Any]:
        return self._state.values()

    def is_empty(self) -> bool:
        return self._state.is_empty()


class WritableState(ReadOnlyState, BroadcastState[Any, Any]):
    """What the broadcast side sees."""

    def put(self, key: Any, value: Any) -> None:
        self._state.put(key, value)

    def put_all(self, dict_value: dict[Any, Any]) -> None:
        self._state.put_all(dict_value)

    def remove(self, key: Any) -> None:
        self._state.remove(key)

    def clear(self) -> None:
        self._state.clear()


class SubtaskStateStore(OperatorStateStore):
    """The lists, unions and broadcast maps of one operator in one subtask."""

    def __init__(self, state: _native.OperatorStateStore) -> None:
        self._state = state

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> Any:
        return self._list(state_descriptor, union=False)

    def get_union_list_state(self, state_descriptor: ListStateDescriptor) -> Any:
        return self._list(state_descriptor, union=True)

    def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> BroadcastState[Any, Any]:
        return WritableState(broadcast_map(self._state, state_descriptor))

    def get_registered_state_names(self) -> set[str]:
        return self._state.list_names()

    def get_registered_broadcast_state_names(self) -> set[str]:
        return self._state.broadcast_names()

    def _list(self, descriptor: ListStateDescriptor, union: bool) -> Any:
        _check(descriptor, ListStateDescriptor)
        return self._state.list_state(descriptor.name, descriptor.elem_type_info._descriptor(), union)


def broadcast_map(state: _native.OperatorStateStore, descriptor: MapStateDescriptor) -> _native.MapState:
    """The map that all subtasks have alike under the descriptor's name."""
    _check(descriptor, MapStateDescriptor)
    key, value = descriptor.key_type_info._descriptor(), descriptor.value_type_info._descriptor()
    return state.map_state(descriptor.name, key, value)


def _check(descriptor: StateDescriptor, kind: type[StateDescriptor]) -> None:
    if not isinstance(descriptor, kind):
        raise TypeError(f"a {kind.__name__} is needed here, not {descriptor!r}")
    ttl = descriptor._ttl_config
    if ttl is not None and ttl.get_update_type() is not StateTtlConfig.UpdateType.Disabled:
        raise ValueError(f"the operator state {descriptor.name!r} can't have a time to live: keyed state can")
    if descriptor.is_queryable():
        raise ValueError(f"the operator state {descriptor.name!r} can't be queryable: keyed state can")
