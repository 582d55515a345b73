"""What a user function learns about the subtask that runs it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NoReturn

from pyflinkpp._impl.job_report import report_of
from pyflinkpp.common.accumulators import (
    Accumulator,
    DoubleCounter,
    Histogram,
    IntCounter,
    LongCounter,
)
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream.functions import RuntimeContext
from pyflinkpp.datastream.timerservice import TimerService
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

    def get_state(self, state_descriptor: Any) -> Any:
        _no_state("get_state")

    def get_list_state(self, state_descriptor: Any) -> Any:
        _no_state("get_list_state")

    def get_map_state(self, state_descriptor: Any) -> Any:
        _no_state("get_map_state")

    def get_reducing_state(self, state_descriptor: Any) -> Any:
        _no_state("get_reducing_state")

    def get_aggregating_state(self, state_descriptor: Any) -> Any:
        _no_state("get_aggregating_state")


def _no_state(name: str) -> NoReturn:
    raise NotBuiltError(f"RuntimeContext.{name}: keyed state is not built yet")


class WallClockTimerService(TimerService):
    """Tells the processing time; timers raise."""

    def current_processing_time(self) -> int:
        return time.time_ns() // 1_000_000

    def current_watermark(self) -> int:
        raise NotBuiltError("TimerService.current_watermark: event time is not built yet")

    def register_processing_time_timer(self, timestamp: int) -> None:
        raise NotBuiltError("TimerService.register_processing_time_timer: timers are not built yet")

    def register_event_time_timer(self, timestamp: int) -> None:
        raise NotBuiltError("TimerService.register_event_time_timer: timers are not built yet")

    def delete_processing_time_timer(self, timestamp: int) -> None:
        raise NotBuiltError("TimerService.delete_processing_time_timer: timers are not built yet")

    def delete_event_time_timer(self, timestamp: int) -> None:
        raise NotBuiltError("TimerService.delete_event_time_timer: timers are not built yet")


class ElementContext:
    """The `ctx` of process functions. The native operator sets the slots before each call."""

    __slots__ = ("_current_key", "_timer_service", "_timestamp")

    def __init__(self) -> None:
        self._timer_service = WallClockTimerService()
        self._timestamp = 0
        self._current_key: Any = None

    def timestamp(self) -> int:
        """Event time of the record in milliseconds since the epoch; Long.MIN without one."""
        return self._timestamp

    def timer_service(self) -> TimerService:
        """Processing time, watermark and timers."""
        return self._timer_service

    def get_current_key(self) -> Any:
        """The key of the record; None where the stream has none."""
        return self._current_key

    def current_processing_time(self) -> int:
        """Milliseconds since the epoch by the machine's clock."""
        return self._timer_service.current_processing_time()

    def current_watermark(self) -> int:
        """The event time that the operator has reached."""
        return self._timer_service.current_watermark()
