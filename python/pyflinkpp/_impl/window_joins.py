"""Window joins and co-groups as what they are: windows over the tagged union of both streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyflinkpp.datastream.functions import (
    CoGroupFunction,
    FlatJoinFunction,
    JoinFunction,
    KeySelector,
    MapFunction,
    WindowFunction,
)


class TaggedUnion:
    """An element of one of two streams (Flink's ``CoGroupedStreams.TaggedUnion``): what triggers and evictors
    of joins and co-groups see.

    >>> TaggedUnion(2, "x").is_two(), TaggedUnion(2, "x").get_one()
    (True, None)
    """

    __slots__ = ("_element", "_side")

    def __init__(self, side: int, element: Any) -> None:
        """`side` is 1 or 2."""
        self._side = side
        self._element = element

    def is_one(self) -> bool:
        """Whether it comes from the first stream."""
        return self._side == 1

    def is_two(self) -> bool:
        """Whether it comes from the second stream."""
        return self._side == 2

    def get_one(self) -> Any:
        """The element of the first stream; None if it is the second's."""
        return self._element if self._side == 1 else None

    def get_two(self) -> Any:
        """The element of the second stream; None if it is the first's."""
        return self._element if self._side == 2 else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TaggedUnion):
            return NotImplemented
        return (self._side, self._element) == (other._side, other._element)

    def __hash__(self) -> int:
        return hash((self._side, self._element))

    def __repr__(self) -> str:
        return f"TaggedUnion({self._side}, {self._element!r})"


@dataclass
class Tagger(MapFunction[Any, TaggedUnion]):
    """Marks the elements of one of the streams."""

    side: int

    def map(self, value: Any) -> TaggedUnion:
        return TaggedUnion(self.side, value)


class UnionKey(KeySelector[TaggedUnion, Any]):
    """The key of an element by the selector of its stream: each a KeySelector or a callable."""

    def __init__(self, first: Any, second: Any) -> None:
        self._first = first
        self._second = second

    def get_key(self, value: TaggedUnion) -> Any:
        selector = self._first if value.is_one() else self._second
        element = value._element
        return selector.get_key(element) if isinstance(selector, KeySelector) else selector(element)


class CoGroupWindow(WindowFunction[TaggedUnion, Any, Any, Any]):
    """Gives both sides of a fired window to a CoGroupFunction, or a callable of two lists."""

    def __init__(self, function: Any) -> None:
        #: Opened, closed and kept in checkpoints by whoever opens the window's functions.
        self.wrapped = function

    def apply(self, key: Any, window: Any, inputs: Iterable[TaggedUnion]) -> Iterable[Any]:
        first: list[Any] = []
        second: list[Any] = []
        for tagged in inputs:
            (first if tagged.is_one() else second).append(tagged._element)
        return self._results(first, second)

    def _results(self, first: list[Any], second: list[Any]) -> Iterable[Any]:
        call: Callable[[Any, Any], Iterable[Any] | None] = self.wrapped
        if isinstance(self.wrapped, CoGroupFunction):
            call = self.wrapped.co_group
        results = call(first, second)
        return () if results is None else results


class JoinWindow(CoGroupWindow):
    """Gives each pair of a fired window to a JoinFunction, a FlatJoinFunction, or a callable as `join`."""

    def _results(self, first: list[Any], second: list[Any]) -> Iterator[Any]:
        flat = isinstance(self.wrapped, FlatJoinFunction)
        join = self.wrapped.join if flat or isinstance(self.wrapped, JoinFunction) else self.wrapped
        for left in first:
            for right in second:
                result = join(left, right)
                if not flat:
                    yield result
                elif result is not None:
                    yield from result
