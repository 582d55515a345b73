"""Accumulators: values that the subtasks of a job add up, each for itself, and the client sees merged.

The names are those of Java's ``org.apache.flink.api.common.accumulators``; PyFlink has none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

__all__ = [
    "Accumulator",
    "AverageAccumulator",
    "DoubleCounter",
    "DoubleMaximum",
    "DoubleMinimum",
    "Histogram",
    "IntCounter",
    "IntMaximum",
    "IntMinimum",
    "ListAccumulator",
    "LongCounter",
    "LongMaximum",
    "LongMinimum",
    "SimpleAccumulator",
]

V = TypeVar("V")
R = TypeVar("R")


class Accumulator(ABC, Generic[V, R]):
    """Takes values in one subtask; merged with its like of the other subtasks. Register it in ``open``.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.functions import MapFunction
    >>> class Counted(MapFunction):
    ...     def open(self, runtime_context):
    ...         self.seen = IntCounter()
    ...         runtime_context.add_accumulator("seen", self.seen)
    ...     def map(self, value):
    ...         self.seen.add(1)
    ...         return value
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    >>> _ = env.from_collection([1, 2, 3]).map(Counted())
    >>> env.execute().get_accumulator_result("seen")
    3
    """

    @abstractmethod
    def add(self, value: V) -> None:
        """Takes a value into account."""

    @abstractmethod
    def get_local_value(self) -> R:
        """The result of this subtask alone."""

    @abstractmethod
    def reset_local(self) -> None:
        """Forgets everything."""

    @abstractmethod
    def merge(self, other: Accumulator[V, R]) -> None:
        """Takes everything into account that another accumulator of the same kind has."""

    @abstractmethod
    def clone(self) -> Accumulator[V, R]:
        """An accumulator of its own with the same values."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.get_local_value()!r})"


class SimpleAccumulator(Accumulator[V, V]):
    """An accumulator whose result is of the type of its values."""


N = TypeVar("N", int, float)


class _Folded(SimpleAccumulator[N]):
    """One number, folded with each value."""

    _empty: Any

    def __init__(self, value: N | None = None) -> None:
        self._value: N = self._empty if value is None else value

    @staticmethod
    @abstractmethod
    def _fold(first: Any, second: Any) -> Any: ...

    def add(self, value: N) -> None:
        """Takes a value into account."""
        self._value = self._fold(self._value, value)

    def get_local_value(self) -> N:
        """The number so far."""
        return self._value

    def get_local_value_primitive(self) -> N:
        """The same."""
        return self._value

    def reset_local(self) -> None:
        """Starts over."""
        self._value = self._empty

    def merge(self, other: Accumulator[N, N]) -> None:
        """Folds in the number of another one."""
        self.add(other.get_local_value())

    def clone(self) -> Any:
        """A counter of its own with the same number."""
        return type(self)(self._value)


class _Sum(_Folded[N]):
    @staticmethod
    def _fold(first: Any, second: Any) -> Any:
        return first + second


class IntCounter(_Sum[int]):
    """The sum of whole numbers, 0 at first.

    >>> counter = IntCounter()
    >>> counter.add(2); counter.add(3); counter.get_local_value()
    5
    """

    _empty = 0


class LongCounter(_Sum[int]):
    """The same; Python's whole numbers have no width."""

    _empty = 0


class DoubleCounter(_Sum[float]):
    """The sum of floating point numbers, 0.0 at first."""

    _empty = 0.0


class _Least(_Folded[N]):
    @staticmethod
    def _fold(first: Any, second: Any) -> Any:
        return min(first, second)


class _Greatest(_Folded[N]):
    @staticmethod
    def _fold(first: Any, second: Any) -> Any:
        return max(first, second)


class IntMinimum(_Least[int]):
    """The least of whole numbers; 2147483647 before the first, as in Flink."""

    _empty = (1 << 31) - 1


class IntMaximum(_Greatest[int]):
    """The greatest of whole numbers; -2147483648 before the first, as in Flink."""

    _empty = -(1 << 31)


class LongMinimum(_Least[int]):
    """The least of whole numbers; 2**63 - 1 before the first, as in Flink."""

    _empty = (1 << 63) - 1


class LongMaximum(_Greatest[int]):
    """The greatest of whole numbers; -2**63 before the first, as in Flink."""

    _empty = -(1 << 63)


class DoubleMinimum(_Least[float]):
    """The least of floating point numbers; infinity before the first."""

    _empty = float("inf")


class DoubleMaximum(_Greatest[float]):
    """The greatest of floating point numbers; minus infinity before the first."""

    _empty = float("-inf")


class AverageAccumulator(SimpleAccumulator[float]):
    """The mean of numbers, 0.0 before the first.

    >>> mean = AverageAccumulator()
    >>> mean.add(1); mean.add(4); mean.get_local_value()
    2.5
    """

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0

    def add(self, value: float) -> None:
        """Takes a number into account."""
        self._count += 1
        self._sum += value

    def get_local_value(self) -> float:
        """The mean so far."""
        return self._sum / self._count if self._count else 0.0

    def reset_local(self) -> None:
        """Starts over."""
        self._count, self._sum = 0, 0.0

    def merge(self, other: Accumulator[float, float]) -> None:
        """Takes the numbers of another one into account; TypeError if it is none of its kind."""
        if not isinstance(other, AverageAccumulator):
            raise TypeError(f"an AverageAccumulator cannot be merged with {other!r}")
        self._count += other._count
        self._sum += other._sum

    def clone(self) -> AverageAccumulator:
        """One of its own with the same numbers."""
        copy = AverageAccumulator()
        copy.merge(self)
        return copy


class Histogram(Accumulator[int, "dict[int, int]"]):
    """How often each whole number was added; the result is ordered by the numbers.

    >>> histogram = Histogram()
    >>> histogram.add(7); histogram.add(3); histogram.add(7); histogram.get_local_value()
    {3: 1, 7: 2}
    """

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self, value: int) -> None:
        """Counts a number."""
        self._counts[value] = self._counts.get(value, 0) + 1

    def get_local_value(self) -> dict[int, int]:
        """Numbers and how often each was added."""
        return dict(sorted(self._counts.items()))

    def reset_local(self) -> None:
        """Starts over."""
        self._counts = {}

    def merge(self, other: Accumulator[int, dict[int, int]]) -> None:
        """Adds the counts of another one."""
        for value, count in other.get_local_value().items():
            self._counts[value] = self._counts.get(value, 0) + count

    def clone(self) -> Histogram:
        """One of its own with the same counts."""
        copy = Histogram()
        copy.merge(self)
        return copy


class ListAccumulator(Accumulator[Any, "list[Any]"]):
    """All values, those of one subtask in order. Meant for few values: all of them stay in memory."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def add(self, value: Any) -> None:
        """Keeps a value."""
        self._values.append(value)

    def get_local_value(self) -> list[Any]:
        """The values so far."""
        return list(self._values)

    def reset_local(self) -> None:
        """Forgets the values."""
        self._values = []

    def merge(self, other: Accumulator[Any, list[Any]]) -> None:
        """Appends the values of another one."""
        self._values += other.get_local_value()

    def clone(self) -> ListAccumulator:
        """One of its own with the same values."""
        copy = ListAccumulator()
        copy.merge(self)
        return copy
