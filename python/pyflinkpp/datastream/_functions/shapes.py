"""What a function has to look like, for type checkers: they find its results in its own annotations.

A `MapFunction` without type arguments says nothing of its results, but its method ``map`` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

A = TypeVar("A", contravariant=True)
B = TypeVar("B", contravariant=True)
R = TypeVar("R", covariant=True)


class Maps(Protocol[A, R]):
    """A `MapFunction`."""

    def map(self, value: A, /) -> R: ...


class FlatMaps(Protocol[A, R]):
    """A `FlatMapFunction`."""

    def flat_map(self, value: A, /) -> Iterable[R] | None: ...


class SelectsKeys(Protocol[A, R]):
    """A `KeySelector`."""

    def get_key(self, value: A, /) -> R: ...


class Processes(Protocol[A, R]):
    """A `ProcessFunction` or `KeyedProcessFunction`."""

    def process_element(self, value: A, ctx: Any, /) -> Iterable[R] | None: ...


class CoMaps(Protocol[A, B, R]):
    """A `CoMapFunction`."""

    def map1(self, value: A, /) -> R: ...
    def map2(self, value: B, /) -> R: ...


class CoFlatMaps(Protocol[A, B, R]):
    """A `CoFlatMapFunction`."""

    def flat_map1(self, value: A, /) -> Iterable[R] | None: ...
    def flat_map2(self, value: B, /) -> Iterable[R] | None: ...


class CoProcesses(Protocol[A, B, R]):
    """A `CoProcessFunction` or `KeyedCoProcessFunction`."""

    def process_element1(self, value: A, ctx: Any, /) -> Iterable[R] | None: ...
    def process_element2(self, value: B, ctx: Any, /) -> Iterable[R] | None: ...
