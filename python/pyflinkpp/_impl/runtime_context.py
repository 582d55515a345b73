"""What a user function learns about the subtask that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pyflinkpp._native as _native
from pyflinkpp._impl import state_handles
from pyflinkpp._impl.job_report import report_of
from pyflinkpp.common.accumulators import (
    Accumulator,
    DoubleCounter,
    Histogram,
    IntCounter,
    LongCounter,
)
from pyflinkpp.common.errors import StateError
from pyflinkpp.datastream.functions import RuntimeContext
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    ValueStateDescriptor,
)
from pyflinkpp.metrics import MetricGroup


class SubtaskContext(RuntimeContext):
    """The RuntimeContext of one operator in one subtask; lives from its open to its close."""

    def __init__(self, where: Mapping[str, Any]) -> None:
        """`where` is what the native operator tells about itself; see `describe` in cpp/bindings."""
        self._where = where
        self._report = report_of(where)

    def get_task_name(self) -> str:
        return str(self._where["task_name"])

    def get_number_of_parallel_subtasks(self) -> int:
        return int(self._where["parallelism"])

    def get_max_number_of_parallel_subtasks(self) -> int:
        return int(self._where["max_parallelism"])

    def get_index_of_this_subtask(self) -> int:
        return int(self._where["subtask"])

    def get_attempt_number(self) -> int:
        return int(self._where["attempt"])

    def get_task_name_with_subtasks(self) -> str:
        number = self.get_index_of_this_subtask() + 1
        total = self.get_number_of_parallel_subtasks()
        return f"{self.get_task_name()} ({number}/{total})#{self.get_attempt_number()}"

    def get_job_parameter(self, key: str, default_value: str) -> str:
        return str(self._where["job_parameters"].get(key, default_value))

    def get_metrics_group(self) -> MetricGroup:
        return self._report.metrics

    def add_accumulator(self, name: str, accumulator: Accumulator[Any, Any]) -> None:
        self._report.add_accumulator(name, accumulator)

    def get_accumulator(self, name: str) -> Accumulator[Any, Any] | None:
        return self._report.accumulators.get(name)

    def get_int_counter(self, name: str) -> IntCounter:
        return self._report.accumulator(name, IntCounter)

    def get_long_counter(self, name: str) -> LongCounter:
        return self._report.accumulator(name, LongCounter)

    def get_double_counter(self, name: str) -> DoubleCounter:
        return self._report.accumulator(name, DoubleCounter)

    def get_histogram(self, name: str) -> Histogram:
        return self._report.accumulator(name, Histogram)

    def get_state(self, state_descriptor: ValueStateDescriptor) -> Any:
        return state_handles.value_state(self._scope("get_state"), state_descriptor)

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> Any:
        return state_handles.list_state(self._scope("get_list_state"), state_descriptor)

    def get_map_state(self, state_descriptor: MapStateDescriptor) -> Any:
        return state_handles.map_state(self._scope("get_map_state"), state_descriptor)

    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> Any:
        return state_handles.reducing_state(self._scope("get_reducing_state"), state_descriptor)

    def get_aggregating_state(self, state_descriptor: AggregatingStateDescriptor) -> Any:
        return state_handles.aggregating_state(self._scope("get_aggregating_state"), state_descriptor)

    def _scope(self, method: str) -> _native.ProcessScope:
        scope = self._where["scope"]
        if scope is None or not scope.keyed:
            name = self._where["operator_name"]
            raise StateError(
                f"RuntimeContext.{method} in '{name}': keyed state needs a keyed stream; call key_by before"
            )
        return cast("_native.ProcessScope", scope)
