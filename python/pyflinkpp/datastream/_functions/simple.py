"""Functions of one or two elements: map, flat_map, filter, reduce, aggregate, keys, partitions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, Generic

from pyflinkpp.common._type_variables import ACC, IN, IN1, IN2, KEY, OUT, VALUE
from pyflinkpp.datastream._functions.base import Function


class MapFunction(Function, Generic[IN, OUT]):
    """One element in, one out (Flink's ``RichMapFunction``).

    >>> class Double(MapFunction):
    ...     def map(self, value):
    ...         return 2 * value
    >>> Double().map(21)
    42
    """

    @abstractmethod
    def map(self, value: IN) -> OUT:
        """The element that replaces ``value``; ``None`` is an element too."""


class CoMapFunction(Function, Generic[IN1, IN2, OUT]):
    """``map`` over two connected streams that share one instance and so its fields."""

    @abstractmethod
    def map1(self, value: IN1) -> OUT:
        """Called for each element of the first stream."""

    @abstractmethod
    def map2(self, value: IN2) -> OUT:
        """Called for each element of the second stream."""


class FlatMapFunction(Function, Generic[IN, OUT]):
    """One element in, any number out (Flink's ``RichFlatMapFunction``).

    >>> class Words(FlatMapFunction):
    ...     def flat_map(self, value):
    ...         yield from value.split()
    >>> list(Words().flat_map("to be"))
    ['to', 'be']
    """

    @abstractmethod
    def flat_map(self, value: IN) -> Iterable[OUT]:
        """Yield or return the elements that replace ``value``; ``None`` stands for none."""


class CoFlatMapFunction(Function, Generic[IN1, IN2, OUT]):
    """``flat_map`` over two connected streams that share one instance."""

    @abstractmethod
    def flat_map1(self, value: IN1) -> Iterable[OUT]:
        """Called for each element of the first stream."""

    @abstractmethod
    def flat_map2(self, value: IN2) -> Iterable[OUT]:
        """Called for each element of the second stream."""


class FilterFunction(Function, Generic[IN]):
    """Keeps or drops elements (Flink's ``RichFilterFunction``).

    >>> class Odd(FilterFunction):
    ...     def filter(self, value):
    ...         return value % 2 == 1
    >>> Odd().filter(3)
    True
    """

    @abstractmethod
    def filter(self, value: IN) -> bool:
        """True (or anything truthy) keeps the element."""


class ReduceFunction(Function, Generic[VALUE]):
    """Folds two elements of one type into one (Flink's ``RichReduceFunction``); must be associative.

    >>> class Longer(ReduceFunction):
    ...     def reduce(self, value1, value2):
    ...         return max(value1, value2, key=len)
    >>> Longer().reduce("a", "bc")
    'bc'
    """

    @abstractmethod
    def reduce(self, value1: VALUE, value2: VALUE) -> VALUE:
        """``value1`` is the result so far, ``value2`` the new element."""


class AggregateFunction(Function, Generic[IN, ACC, OUT]):
    """Folds elements into an accumulator of its own type (Flink's ``AggregateFunction``).

    >>> class Mean(AggregateFunction):
    ...     def create_accumulator(self):
    ...         return 0, 0
    ...     def add(self, value, accumulator):
    ...         return accumulator[0] + value, accumulator[1] + 1
    ...     def get_result(self, accumulator):
    ...         return accumulator[0] / accumulator[1]
    ...     def merge(self, acc_a, acc_b):
    ...         return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]
    >>> mean = Mean()
    >>> mean.get_result(mean.add(4, mean.add(2, mean.create_accumulator())))
    3.0
    """

    @abstractmethod
    def create_accumulator(self) -> ACC:
        """A fresh accumulator, for a key or window that has no element yet."""

    @abstractmethod
    def add(self, value: IN, accumulator: ACC) -> ACC:
        """The accumulator with ``value`` added; the given one may be changed and returned."""

    @abstractmethod
    def get_result(self, accumulator: ACC) -> OUT:
        """The result for the elements added so far; called any number of times."""

    @abstractmethod
    def merge(self, acc_a: ACC, acc_b: ACC) -> ACC:
        """Both accumulators in one; needed where windows merge."""


class KeySelector(Function, Generic[IN, KEY]):
    """Gives an element's key; equal keys must come from equal elements, always."""

    @abstractmethod
    def get_key(self, value: IN) -> KEY:
        """The key: anything that can be serialized, lists included."""


class NullByteKeySelector(KeySelector[Any, int]):
    """Gives every element the key 0, so that a non-keyed stream can use keyed operators.

    >>> NullByteKeySelector().get_key("anything")
    0
    """

    def get_key(self, value: Any) -> int:
        """Always 0."""
        return 0


class Partitioner(Function, Generic[KEY]):
    """Chooses the receiving subtask by a key, for ``partition_custom``."""

    @abstractmethod
    def partition(self, key: KEY, num_partitions: int) -> int:
        """An index from 0 to ``num_partitions`` less 1; any other fails the job."""
