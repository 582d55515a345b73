"""State handles for functions: the native ones, and those that are built on them."""

from __future__ import annotations

from typing import Any

import pyflinkpp._native as _native
from pyflinkpp.datastream.functions import AggregateFunction, ReduceFunction
from pyflinkpp.datastream.state import (
    AggregatingState,
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapState,
    MapStateDescriptor,
    ReducingState,
    ReducingStateDescriptor,
    StateDescriptor,
    StateTtlConfig,
    ValueState,
    ValueStateDescriptor,
)

ValueState.register(_native.ValueState)
ListState.register(_native.ListState)
MapState.register(_native.MapState)

#: Milliseconds, updated on read, expired values returned, entries cleaned up, cleaned up on every record.
_Ttl = tuple[int, bool, bool, int, bool, bool, int, bool]


def value_state(scope: _native.ProcessScope, descriptor: ValueStateDescriptor) -> Any:
    _require(descriptor, ValueStateDescriptor)
    return scope.value_state(descriptor.name, descriptor.type_info._descriptor(), *_settings(descriptor))


def list_state(scope: _native.ProcessScope, descriptor: ListStateDescriptor) -> Any:
    _require(descriptor, ListStateDescriptor)
    return scope.list_state(descriptor.name, descriptor.elem_type_info._descriptor(), *_settings(descriptor))


def map_state(scope: _native.ProcessScope, descriptor: MapStateDescriptor) -> Any:
    _require(descriptor, MapStateDescriptor)
    key, value = descriptor.key_type_info._descriptor(), descriptor.value_type_info._descriptor()
    return scope.map_state(descriptor.name, key, value, *_settings(descriptor))


def reducing_state(scope: _native.ProcessScope, descriptor: ReducingStateDescriptor) -> Any:
    _require(descriptor, ReducingStateDescriptor)
    value = scope.value_state(descriptor.name, descriptor.type_info._descriptor(), *_settings(descriptor))
    return ReducedState(value, descriptor.get_reduce_function())


def aggregating_state(scope: _native.ProcessScope, descriptor: AggregatingStateDescriptor) -> Any:
    _require(descriptor, AggregatingStateDescriptor)
    value = scope.value_state(descriptor.name, descriptor.type_info._descriptor(), *_settings(descriptor))
    return AggregatedState(value, descriptor.get_agg_function())


class ReducedState(ReducingState[Any]):
    """One value for each key: what the reduce function made of all that was added."""

    def __init__(self, value: Any, function: ReduceFunction[Any]) -> None:
        self._value = value
        self._reduce = function.reduce

    def get(self) -> Any:
        return self._value.value()

    def add(self, value: Any) -> None:
        """None clears the state, as in Flink."""
        before = self._value.value()
        if value is not None and before is not None:
            value = self._reduce(before, value)
        self._value.update(value)

    def take(self) -> Any:
        """What `merge` of another key or window's state adds; the state is empty afterwards."""
        value = self._value.value()
        self._value.clear()
        return value

    def merge(self, taken: Any) -> None:
        """Adds what was taken from another."""
        if taken is not None:
            self.add(taken)

    def clear(self) -> None:
        self._value.clear()


class AggregatedState(AggregatingState[Any, Any]):
    """One accumulator for each key."""

    def __init__(self, accumulator: Any, function: AggregateFunction[Any, Any, Any]) -> None:
        self._accumulator = accumulator
        self._function = function

    def get(self) -> Any:
        accumulator = self._accumulator.value()
        return None if accumulator is None else self._function.get_result(accumulator)

    def add(self, value: Any) -> None:
        """None clears the state, as in Flink."""
        if value is None:
            self.clear()
            return
        accumulator = self._accumulator.value()
        if accumulator is None:
            accumulator = self._function.create_accumulator()
        self._accumulator.update(self._function.add(value, accumulator))

    def take(self) -> Any:
        """What `merge` of another key or window's state adds; the state is empty afterwards."""
        accumulator = self._accumulator.value()
        self._accumulator.clear()
        return accumulator

    def merge(self, taken: Any) -> None:
        """Adds what was taken from another."""
        own = self._accumulator.value()
        if taken is not None:
            self._accumulator.update(taken if own is None else self._function.merge(own, taken))

    def clear(self) -> None:
        self._accumulator.clear()


def _require(descriptor: Any, kind: type[StateDescriptor]) -> None:
    if not isinstance(descriptor, kind):
        raise TypeError(f"a {kind.__name__} is needed here, not {descriptor!r}")


def _settings(descriptor: StateDescriptor) -> tuple[_Ttl | None, str]:
    """Time to live, and queryable name."""
    return _ttl(descriptor), descriptor.get_queryable_state_name() or ""


def _ttl(descriptor: StateDescriptor) -> _Ttl | None:
    config = descriptor._ttl_config
    if config is None or config.get_update_type() is StateTtlConfig.UpdateType.Disabled:
        return None
    cleanup = config.get_cleanup_strategies()
    incremental = cleanup.get_incremental_cleanup_strategy()
    compaction = cleanup.get_rocksdb_compact_filter_cleanup_strategy()
    return (
        config.get_ttl().to_milliseconds(),
        config.get_update_type() is StateTtlConfig.UpdateType.OnReadAndWrite,
        config.get_state_visibility() is StateTtlConfig.StateVisibility.ReturnExpiredIfNotCleanedUp,
        incremental.get_cleanup_size() if incremental is not None else 0,
        incremental.run_cleanup_for_every_record() if incremental is not None else False,
        compaction is not None,
        compaction.get_periodic_compaction_time().to_millis() if compaction is not None else 0,
        cleanup.in_full_snapshot(),
    )
