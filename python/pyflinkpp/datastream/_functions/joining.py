"""Functions of window joins, co-groups and interval joins, which PyFlink leaves to Java."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic

from pyflinkpp.common._type_variables import IN1, IN2, OUT
from pyflinkpp.datastream._functions.base import Function


class JoinFunction(Function, Generic[IN1, IN2, OUT]):
    """One result for each pair that shares key and window (Flink's ``JoinFunction``).

    >>> class Pair(JoinFunction):
    ...     def join(self, first, second):
    ...         return first, second
    >>> Pair().join(1, "a")
    (1, 'a')
    """

    @abstractmethod
    def join(self, first: IN1, second: IN2) -> OUT:
        """Called for every pair of the window."""


class FlatJoinFunction(Function, Generic[IN1, IN2, OUT]):
    """Any number of results for each pair (Flink's ``FlatJoinFunction``)."""

    @abstractmethod
    def join(self, first: IN1, second: IN2) -> Iterable[OUT]:
        """Called for every pair of the window; yields the results."""


class CoGroupFunction(Function, Generic[IN1, IN2, OUT]):
    """Sees both sides of a key and window at once (Flink's ``CoGroupFunction``)."""

    @abstractmethod
    def co_group(self, first: Iterable[IN1], second: Iterable[IN2]) -> Iterable[OUT]:
        """Called once for each key and window with elements on any side; the other may be empty."""


class ProcessJoinFunction(Function, Generic[IN1, IN2, OUT]):
    """Results for each pair within a time interval (Flink's ``ProcessJoinFunction``)."""

    class Context(ABC):
        """The timestamps of a pair, in milliseconds since the epoch."""

        @abstractmethod
        def get_left_timestamp(self) -> int:
            """Timestamp of the left element."""

        @abstractmethod
        def get_right_timestamp(self) -> int:
            """Timestamp of the right element."""

        @abstractmethod
        def get_timestamp(self) -> int:
            """Timestamp of the results: the larger of both."""

    @abstractmethod
    def process_element(
        self, left: IN1, right: IN2, ctx: ProcessJoinFunction.Context
    ) -> Iterable[OUT] | None:
        """Called for every pair within the interval; yields the results."""
