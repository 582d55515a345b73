"""What every user function and every runtime context has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyflinkpp.common.accumulators import (
        Accumulator,
        DoubleCounter,
        Histogram,
        IntCounter,
        LongCounter,
    )
    from pyflinkpp.datastream.state import (
        AggregatingState,
        AggregatingStateDescriptor,
        ListState,
        ListStateDescriptor,
        MapState,
        MapStateDescriptor,
        ReducingState,
        ReducingStateDescriptor,
        ValueState,
        ValueStateDescriptor,
    )
    from pyflinkpp.metrics import MetricGroup


class KeyedStateStore(ABC):
    """Where the state of the current key is obtained from (Flink's ``KeyedStateStore``).

    Each method returns the same state object whenever it is asked with a descriptor of the same name,
    and raises outside a keyed operator.
    """

    @abstractmethod
    def get_state(self, state_descriptor: ValueStateDescriptor) -> ValueState[Any]:
        """The single value that the current key has under the descriptor's name."""

    @abstractmethod
    def get_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """The list that the current key has under the descriptor's name."""

    @abstractmethod
    def get_map_state(self, state_descriptor: MapStateDescriptor) -> MapState[Any, Any]:
        """The map that the current key has under the descriptor's name."""

    @abstractmethod
    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> ReducingState[Any]:
        """The value folded by a reduce function that the current key has under the name."""

    @abstractmethod
    def get_aggregating_state(
        self, state_descriptor: AggregatingStateDescriptor
    ) -> AggregatingState[Any, Any]:
        """The accumulator that the current key has under the descriptor's name."""


class RuntimeContext(KeyedStateStore):
    """What a function may ask about the subtask that runs it (Flink's ``RuntimeContext``).

    Handed to ``open``, valid until ``close`` returns; used from the subtask's own thread only.
    """

    @abstractmethod
    def get_task_name(self) -> str:
        """The task's name as it stands in the plan, without the subtask's number."""

    @abstractmethod
    def get_number_of_parallel_subtasks(self) -> int:
        """How many subtasks run this task, at least 1."""

    @abstractmethod
    def get_max_number_of_parallel_subtasks(self) -> int:
        """The maximum parallelism: the number of key groups."""

    @abstractmethod
    def get_index_of_this_subtask(self) -> int:
        """This subtask's index, from 0 to the parallelism less 1."""

    @abstractmethod
    def get_attempt_number(self) -> int:
        """0 at the first run, one more after each restart."""

    @abstractmethod
    def get_task_name_with_subtasks(self) -> str:
        """The name with number and parallelism, such as ``"map (2/4)#0"``; numbers start at 1."""

    @abstractmethod
    def get_job_parameter(self, key: str, default_value: str) -> str:
        """A global job parameter, ``default_value`` where it is not set."""

    @abstractmethod
    def get_metrics_group(self) -> MetricGroup:
        """The group under which this operator's metrics are registered."""

    @abstractmethod
    def add_accumulator(self, name: str, accumulator: Accumulator[Any, Any]) -> None:
        """Registers an accumulator; ValueError where this operator has one of that name."""

    @abstractmethod
    def get_accumulator(self, name: str) -> Accumulator[Any, Any] | None:
        """The accumulator that this operator registered under the name, None if there is none."""

    @abstractmethod
    def get_int_counter(self, name: str) -> IntCounter:
        """The counter of that name, registered if there is none; TypeError if it is something else."""

    @abstractmethod
    def get_long_counter(self, name: str) -> LongCounter:
        """The counter of that name, registered if there is none; TypeError if it is something else."""

    @abstractmethod
    def get_double_counter(self, name: str) -> DoubleCounter:
        """The counter of that name, registered if there is none; TypeError if it is something else."""

    @abstractmethod
    def get_histogram(self, name: str) -> Histogram:
        """The histogram of that name, registered if there is none; TypeError if it is something else."""

    def get_metric_group(self) -> MetricGroup:
        """The same group under the name that Java Flink gives it."""
        return self.get_metrics_group()


class Function(ABC):  # noqa: B024 - open and close are optional for the user
    """Base of all user functions: opened once in each subtask, closed once at its end.

    An instance is pickled by value into every subtask, so whatever can't be pickled (a connection,
    a model) belongs into ``open``. A restart opens a fresh copy.
    """

    def open(self, runtime_context: RuntimeContext) -> None:  # noqa: B027
        """Called before the first element, on the thread that processes elements."""

    def close(self) -> None:  # noqa: B027
        """Called after the last element, also when the task failed or was cancelled."""
