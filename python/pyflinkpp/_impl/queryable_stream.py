"""The operator beneath `KeyedStream.as_queryable_state`."""

from __future__ import annotations

from typing import Any

from pyflinkpp.datastream.functions import KeyedProcessFunction, RuntimeContext
from pyflinkpp.datastream.state import ReducingStateDescriptor, ValueStateDescriptor


class QueryableStateSink(KeyedProcessFunction[Any, Any, Any]):
    """Keeps the last record of each key, or what a reduce function makes of all."""

    def __init__(self, descriptor: ValueStateDescriptor | ReducingStateDescriptor) -> None:
        self._descriptor = descriptor

    def open(self, runtime_context: RuntimeContext) -> None:
        if isinstance(self._descriptor, ReducingStateDescriptor):
            self._keep = runtime_context.get_reducing_state(self._descriptor).add
        else:
            self._keep = runtime_context.get_state(self._descriptor).update

    def process_element(self, value: Any, ctx: KeyedProcessFunction.Context) -> None:
        self._keep(value)
