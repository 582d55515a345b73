"""Timestamp assigners, and how they are made in each subtask."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from pyflinkpp.metrics import MetricGroup


class TimestampAssigner(ABC):
    """Gives elements their event time.

    >>> class FirstField(TimestampAssigner):
    ...     def extract_timestamp(self, value, record_timestamp):
    ...         return value[0]
    >>> FirstField().extract_timestamp((5, 'a'), -1)
    5
    """

    @abstractmethod
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z for the element; called once for each.

        `record_timestamp` is the time it had before, -2**63 if none.
        """


class TimestampAssignerSupplier(ABC):
    """Makes the assigner of each subtask (Flink's ``TimestampAssignerSupplier``); for assigners with metrics.

    >>> class Counting(TimestampAssigner):
    ...     def __init__(self, counter):
    ...         self.counter = counter
    ...     def extract_timestamp(self, value, record_timestamp):
    ...         self.counter.inc()
    ...         return value
    >>> class Supplier(TimestampAssignerSupplier):
    ...     def create_timestamp_assigner(self, context):
    ...         return Counting(context.get_metric_group().counter('stamped'))
    """

    class Context(ABC):
        """What the assigner of one subtask may use."""

        @abstractmethod
        def get_metric_group(self) -> MetricGroup:
            """The group under which the operator's metrics are registered."""

    @abstractmethod
    def create_timestamp_assigner(self, context: TimestampAssignerSupplier.Context) -> TimestampAssigner:
        """Called once in each subtask, before its first element."""


class CallableAssigner(TimestampAssigner):
    """A function of an element and its earlier timestamp."""

    def __init__(self, function: Callable[[Any, int], int]) -> None:
        self.function = function

    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        return self.function(value, record_timestamp)
