"""Aggregate functions that the engine can run without Python, as the Python that defines them."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pyflinkpp._impl.aggregations import (
    adder_of,
    field_of,
    field_position,
    greater,
    lesser,
)
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._functions.simple import AggregateFunction
from pyflinkpp.datastream._functions.windowed import ProcessWindowFunction
from pyflinkpp.datastream._windowing.windows import TimeWindow


@dataclass
class Count(AggregateFunction[Any, int, int]):
    """How many records there are: a LONG. Records that are None count."""

    def create_accumulator(self) -> int:
        return 0

    def add(self, value: Any, accumulator: int) -> int:
        return accumulator + 1

    def get_result(self, accumulator: int) -> int:
        return accumulator

    def merge(self, acc_a: int, acc_b: int) -> int:
        return acc_a + acc_b


@dataclass
class _OfField(AggregateFunction[Any, Any, Any]):
    """Over a field, given by index or name; a record without fields is its own field 0.

    Raises TypeError or ValueError for what can be neither.
    """

    field: int | str = 0

    def __post_init__(self) -> None:
        field_position(self.field)


class _Fold(_OfField):
    """Combines values two by two. The accumulator is empty, or holds the value so far."""

    def create_accumulator(self) -> tuple[Any, ...]:
        return ()

    def add(self, value: Any, accumulator: tuple[Any, ...]) -> tuple[Any, ...]:
        found = field_of(value, self.field)
        return (self._combine(accumulator[0], found),) if accumulator else (found,)

    def get_result(self, accumulator: tuple[Any, ...]) -> Any:
        return accumulator[0]

    def merge(self, acc_a: tuple[Any, ...], acc_b: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._combine(acc_a[0], acc_b[0]),) if acc_a and acc_b else acc_a or acc_b

    @abstractmethod
    def _combine(self, first: Any, second: Any) -> Any: ...


@dataclass
class Sum(_Fold):
    """The sum of a field, of the field's type: one that does not fit it is an OverflowError.

    None among other values is a TypeError, as it is for `Min`, `Max` and `Avg`.
    """

    _add: Callable[[Any, Any], Any] = field(default=operator.add, repr=False, compare=False, kw_only=True)

    def _combine(self, first: Any, second: Any) -> Any:
        return self._add(first, second)


@dataclass
class Min(_Fold):
    """The least value of a field, the earliest among equals; of the field's type."""

    def _combine(self, first: Any, second: Any) -> Any:
        return lesser(first, second)


@dataclass
class Max(_Fold):
    """The greatest value of a field, the earliest among equals; of the field's type."""

    def _combine(self, first: Any, second: Any) -> Any:
        return greater(first, second)


@dataclass
class Avg(_OfField):
    """The arithmetic mean of a field: a DOUBLE, also over whole numbers, whose sum is exact."""

    def create_accumulator(self) -> tuple[Any, int]:
        return 0, 0

    def add(self, value: Any, accumulator: tuple[Any, int]) -> tuple[Any, int]:
        found = field_of(value, self.field)
        return accumulator[0] + found, accumulator[1] + 1

    def get_result(self, accumulator: tuple[Any, int]) -> float:
        return float(accumulator[0]) / accumulator[1]

    def merge(self, acc_a: tuple[Any, int], acc_b: tuple[Any, int]) -> tuple[Any, int]:
        return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]


class Aggregates(AggregateFunction[Any, tuple[Any, ...], tuple[Any, ...]]):
    """Several aggregates of the same records: a tuple of their results.

    Raises TypeError for anything but the classes of this module, ValueError for none at all.
    """

    KINDS: ClassVar = (Count, Sum, Min, Max, Avg)

    def __init__(self, *aggregates: Count | Sum | Min | Max | Avg) -> None:
        if not aggregates:
            raise ValueError("Aggregates needs at least one aggregate, such as Count()")
        for aggregate in aggregates:
            if type(aggregate) not in self.KINDS:
                names = ", ".join(kind.__name__ for kind in self.KINDS)
                raise TypeError(f"Aggregates takes instances of {names}, not {aggregate!r}")
        self.aggregates: tuple[Any, ...] = aggregates

    def __repr__(self) -> str:
        return f"Aggregates({', '.join(map(repr, self.aggregates))})"

    def create_accumulator(self) -> tuple[Any, ...]:
        return tuple(one.create_accumulator() for one in self.aggregates)

    def add(self, value: Any, accumulator: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(one.add(value, part) for one, part in zip(self.aggregates, accumulator, strict=True))

    def get_result(self, accumulator: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(one.get_result(part) for one, part in zip(self.aggregates, accumulator, strict=True))

    def merge(self, acc_a: tuple[Any, ...], acc_b: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(one.merge(a, b) for one, a, b in zip(self.aggregates, acc_a, acc_b, strict=True))


class KeyAndWindow(ProcessWindowFunction[Any, tuple[Any, ...], Any, Any]):
    """Puts the key and the window before each result: ``(key, start, end, value)``, times in milliseconds.

    The fields of a result that is a tuple, as that of `Aggregates`, follow one by one. Windows that are not
    of time raise TypeError.
    """

    def process(
        self, key: Any, context: ProcessWindowFunction.Context, elements: Iterable[Any]
    ) -> Iterable[tuple[Any, ...]]:
        window = context.window()
        if not isinstance(window, TimeWindow):
            raise TypeError(f"KeyAndWindow needs windows of time, with a start and an end, not {window!r}")
        for result in elements:
            values = result if isinstance(result, tuple) else (result,)
            yield key, window.start, window.end, *values


def for_records(function: Any, record_type: TypeInformation) -> Any:
    """The function as it is to run over records of a type: it adds as its field's type does."""
    if type(function) is Sum:
        return replace(function, _add=adder_of(record_type, function.field))
    if type(function) is Aggregates:
        return Aggregates(*(for_records(one, record_type) for one in function.aggregates))
    return function
