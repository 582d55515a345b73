"""State as functions use it: handles, descriptors and time to live.

A handle always speaks of the current key; what it returns belongs to the function only until the call ends.
Values of types that only Python knows are pickled, for a checkpoint or when RocksDB takes them. What pickle
calls then, such as `__getstate__`, can't use keyed or broadcast state: RuntimeError.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from pyflinkpp.common.time import Time as Time
from pyflinkpp.datastream._state_descriptors import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    StateDescriptor,
    ValueStateDescriptor,
)
from pyflinkpp.datastream._state_ttl import StateTtlConfig

__all__ = [
    "AggregatingState",
    "AggregatingStateDescriptor",
    "AppendingState",
    "BroadcastState",
    "ListState",
    "ListStateDescriptor",
    "MapState",
    "MapStateDescriptor",
    "MergingState",
    "OperatorStateStore",
    "ReadOnlyBroadcastState",
    "ReducingState",
    "ReducingStateDescriptor",
    "State",
    "StateDescriptor",
    "StateTtlConfig",
    "ValueState",
    "ValueStateDescriptor",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
IN = TypeVar("IN")
OUT = TypeVar("OUT")


class State(ABC):
    """Base of all state handles."""

    @abstractmethod
    def clear(self) -> None:
        """Remove what the current key has."""


class ValueState(State, Generic[T]):
    """One value for each key (Flink's ``ValueState``)."""

    @abstractmethod
    def value(self) -> T | None:
        """The value, ``None`` where there is none."""

    @abstractmethod
    def update(self, value: T) -> None:
        """Replace the value; ``None`` removes it."""


class AppendingState(State, Generic[IN, OUT]):
    """State to which elements are added and which is read as a whole."""

    @abstractmethod
    def get(self) -> OUT | None:
        """The contents, ``None`` (or an empty list) where there are none."""

    @abstractmethod
    def add(self, value: IN) -> None:
        """Add one element; ``None`` is refused."""


class MergingState(AppendingState[IN, OUT], ABC):
    """Appending state of which several merge into one, as merging windows need it."""


class ReducingState(MergingState[T, T], ABC):
    """Elements folded by a reduce function (Flink's ``ReducingState``)."""


class AggregatingState(MergingState[IN, OUT], ABC):
    """Elements folded into an accumulator; ``get`` gives its result (Flink's ``AggregatingState``)."""


class ListState(MergingState[T, Iterable[T]], ABC):
    """A list for each key (Flink's ``ListState``)."""

    @abstractmethod
    def update(self, values: list[T]) -> None:
        """Replace the whole list; an empty one removes it."""

    @abstractmethod
    def add_all(self, values: list[T]) -> None:
        """Append all values."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.get() or ())


class _ReadableMap(ABC, Generic[K, V]):
    """Reading access to a map in state."""

    @abstractmethod
    def get(self, key: K) -> V | None:
        """The value of ``key``, ``None`` where there is none."""

    @abstractmethod
    def contains(self, key: K) -> bool:
        """Whether ``key`` has a value."""

    @abstractmethod
    def items(self) -> Iterable[tuple[K, V]]:
        """All pairs."""

    @abstractmethod
    def keys(self) -> Iterable[K]:
        """All keys."""

    @abstractmethod
    def values(self) -> Iterable[V]:
        """All values."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is no pair."""

    def __getitem__(self, key: K) -> V | None:
        return self.get(key)

    def __contains__(self, key: K) -> bool:
        return self.contains(key)

    def __iter__(self) -> Iterator[K]:
        return iter(self.keys())


class _WritableMap(_ReadableMap[K, V], ABC):
    """Reading and writing access to a map in state."""

    @abstractmethod
    def put(self, key: K, value: V) -> None:
        """Set the value of ``key``."""

    @abstractmethod
    def put_all(self, dict_value: dict[K, V]) -> None:
        """Set all pairs of the dict."""

    @abstractmethod
    def remove(self, key: K) -> None:
        """Remove ``key``; nothing happens where it is absent."""

    def __setitem__(self, key: K, value: V) -> None:
        self.put(key, value)

    def __delitem__(self, key: K) -> None:
        self.remove(key)


class MapState(_WritableMap[K, V], State, ABC):
    """A map for each key of the stream (Flink's ``MapState``); ``state[k]`` is ``None`` for an absent key."""


class ReadOnlyBroadcastState(_ReadableMap[K, V], State, ABC):
    """Broadcast state as the non-broadcast side sees it; what it returns must not be changed."""

    def clear(self) -> None:
        """Refused on the reading side."""
        raise NotImplementedError("this side may only read the broadcast state")


class BroadcastState(_WritableMap[K, V], ReadOnlyBroadcastState[K, V], ABC):
    """Broadcast state as the broadcast side sees it; every subtask must write the same."""


class OperatorStateStore(ABC):
    """State of a subtask rather than a key (Flink's ``OperatorStateStore``)."""

    @abstractmethod
    def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> BroadcastState[Any, Any]:
        """The same map in all subtasks, also after rescaling."""

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """A list whose elements are dealt out evenly when the parallelism changes."""
        raise NotImplementedError(f"{type(self).__name__} has no list state")

    def get_union_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """A list of which every subtask gets all elements when restored."""
        raise NotImplementedError(f"{type(self).__name__} has no union list state")

    def get_registered_state_names(self) -> set[str]:
        """The lists and union lists that there are: those asked for, and those that were restored."""
        raise NotImplementedError(f"{type(self).__name__} does not know the names of its states")

    def get_registered_broadcast_state_names(self) -> set[str]:
        """The same of broadcast states."""
        raise NotImplementedError(f"{type(self).__name__} does not know the names of its states")
