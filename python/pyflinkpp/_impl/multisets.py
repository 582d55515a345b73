"""What two collections of results differ in, by value and whatever their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any


def difference(wanted: Iterable[Any], given: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """What only the first has, and what only the second has.

    Values are the same where types and contents are, NaN included; objects of classes that define no equality
    where their attributes are. Nearly linear for values that can be hashed or are built of such.

    >>> difference([1, [2], {"a": float("nan")}], [{"a": float("nan")}, [2], True])
    ([1], [True])
    """
    left: defaultdict[int, list[Any]] = defaultdict(list)
    for value in wanted:
        left[_bucket(value)].append(value)
    too_much = []
    for value in given:
        bucket = left[_bucket(value)]
        for at, other in enumerate(bucket):
            if same(other, value):
                del bucket[at]
                break
        else:
            too_much.append(value)
    return [value for bucket in left.values() for value in bucket], too_much


def same(one: Any, other: Any) -> bool:
    """Whether two values are.

    >>> same((1, None), (1, None)), same((1,), (1.0,))
    (True, False)
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (one != one and other != other)
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is dict:
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if _has_no_equality(one) and hasattr(one, "__dict__"):
        return same(vars(one), vars(other))
    equal = one == other
    every = getattr(equal, "all", None)  # arrays compare element by element
    return bool(equal if every is None else every())


def _bucket(value: Any) -> int:
    """Equal for the same values."""
    if isinstance(value, float) and value != value:
        return 0
    if type(value) in (list, tuple):
        return hash((type(value).__name__, *map(_bucket, value)))
    if type(value) is dict:
        return hash(frozenset((_bucket(key), _bucket(each)) for key, each in value.items()))
    if _has_no_equality(value):
        return hash(type(value))
    try:
        return hash(value)
    except TypeError:
        return hash(type(value))


def _has_no_equality(value: Any) -> bool:
    """Whether its class compares it by identity."""
    return getattr(type(value), "__eq__") is getattr(object, "__eq__")  # noqa: B009 - mypy takes them apart
