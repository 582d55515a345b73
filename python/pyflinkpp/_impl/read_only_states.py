"""State as whoever has asked for it from outside of the job sees it: a copy, which can only be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from pyflinkpp._impl.state_handles import AggregatedState, ReducedState
from pyflinkpp.common.errors import StateError
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapState,
    MapStateDescriptor,
    ReducingStateDescriptor,
    State,
    StateDescriptor,
    ValueState,
    ValueStateDescriptor,
)


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise StateError("what a query has found is read-only: only the job's own functions change its state")


class ReadOnlyValue(ValueState[Any]):
    """One value."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def value(self) -> Any:
        return self._value

    update = clear = _refuse


class ReadOnlyList(ListState[Any]):
    """The elements of a list."""

    def __init__(self, elements: list[Any]) -> None:
        self._elements = elements

    def get(self) -> list[Any]:
        return self._elements

    add = add_all = update = clear = _refuse


class ReadOnlyMap(MapState[Any, Any]):
    """The entries of a map: all that the job has, looked up by keys that are equal and of one type."""

    def __init__(self, entries: list[tuple[Any, Any]]) -> None:
        self._entries = entries
        self._values = {(type(key), key): value for key, value in entries}

    def get(self, key: Any) -> Any:
        return self._values.get((type(key), key))

    def contains(self, key: Any) -> bool:
        return (type(key), key) in self._values

    def items(self) -> list[tuple[Any, Any]]:
        return list(self._entries)

    def keys(self) -> list[Any]:
        return [key for key, _ in self._entries]

    def values(self) -> list[Any]:
        return [value for _, value in self._entries]

    def is_empty(self) -> bool:
        return not self._entries

    put = put_all = remove = clear = _refuse


#: As the engine tells kinds apart, with what is made of the rows that it has found.
_STATES: dict[str, Callable[[list[tuple[Any, Any, Any, Any]]], State]] = {
    "value": lambda rows: ReadOnlyValue(rows[0][3]),
    "list": lambda rows: ReadOnlyList(rows[0][3]),
    "map": lambda rows: ReadOnlyMap([(map_key, value) for _, _, map_key, value in rows]),
}
#: The kind that a descriptor stands for, and what it makes of such a state.
_VIEWS: dict[type[StateDescriptor], tuple[str, Callable[[Any, Any], State]]] = {
    ValueStateDescriptor: ("value", lambda state, _: state),
    ListStateDescriptor: ("list", lambda state, _: state),
    MapStateDescriptor: ("map", lambda state, _: state),
    ReducingStateDescriptor: (
        "value",
        lambda state, descriptor: ReducedState(state, descriptor.get_reduce_function()),
    ),
    AggregatingStateDescriptor: (
        "value",
        lambda state, descriptor: AggregatedState(state, descriptor.get_agg_function()),
    ),
}


def read_only_state(
    queryable_name: str, kind: str, rows: list[Any], descriptor: StateDescriptor | None
) -> State:
    """The state that has these rows, as the descriptor wants to see it.

    Raises StateError where the descriptor is one of another kind.
    """
    state = _STATES[kind](rows)
    if descriptor is None:
        return state
    wanted, view = next(of for kind_of, of in _VIEWS.items() if isinstance(descriptor, kind_of))
    if wanted != kind:
        raise StateError(
            f"the queryable state {queryable_name!r} is a {kind}, and {descriptor!r} is not for it"
        )
    return view(state, descriptor)
