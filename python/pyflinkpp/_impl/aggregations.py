"""sum, min, max, min_by and max_by as reduce functions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.field_access import FieldAccess
from pyflinkpp._impl.java_text import round_to_float
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.common.types import Row
from pyflinkpp.datastream.functions import ReduceFunction


def field_of(record: Any, position: int | str) -> Any:
    """The field at an index or name; a record without fields is its own field 0.

    Raises TypeError or IndexError, naming the record, where there is no such field.
    """
    if isinstance(record, Row | tuple | list):
        try:
            return record[position]  # type: ignore[index]
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise IndexError(f"{record!r} has no field {position!r}") from error
    if position in (0, "*", "f0"):
        return record
    raise TypeError(f"{record!r} has no fields, so there is no field {position!r}")


def field_position(position: int | str) -> int | str:
    """The index or name if it can be one; TypeError or ValueError otherwise."""
    if isinstance(position, bool) or not isinstance(position, int | str):
        raise TypeError(f"a field is given by index or name, not {position!r}")
    if isinstance(position, int) and position < 0:
        raise ValueError(f"a field index must not be negative, got {position}")
    return position


def lesser(first: Any, second: Any) -> Any:
    """The first among equals."""
    return second if second < first else first


def greater(first: Any, second: Any) -> Any:
    """The first among equals."""
    return second if second > first else first


def with_field(record: Any, position: int | str, value: Any) -> Any:
    """A copy of the record with one field replaced."""
    if isinstance(record, Row):
        copy = Row(*record)
        names = getattr(record, "_fields", None)
        if names:
            copy.set_field_names(list(names))
        copy.set_row_kind(record.get_row_kind())
        copy[position] = value
        return copy
    if isinstance(record, tuple | list):
        index = int(position)
        return type(record)((*record[:index], value, *record[index + 1 :]))
    return value


def _have_index(value1: Any, value2: Any, position: int | str) -> bool:
    """Whether both are tuples that have the field: by far the most common case, and the fastest."""
    plain = type(value1) is tuple and type(value2) is tuple and type(position) is int
    return plain and position < len(value1) and position < len(value2)  # type: ignore[operator]


def add_singles(first: float, second: float) -> float:
    """Adds values of type FLOAT, in single precision."""
    return round_to_float(first + second)


def kind_of_field(record_type: TypeInformation, position: int | str) -> str:
    """The kind of type, such as "LONG", of a field; of the record itself where it has no such field."""
    kind, _, children = record_type._descriptor()
    index = FieldAccess(item=position).index_in(record_type)
    return str(kind if index is None else children[index][0])


def adder_of(record_type: TypeInformation, position: int | str) -> Callable[[Any, Any], Any]:
    """How values of the field at an index or name are added, by its declared type."""
    return add_singles if kind_of_field(record_type, position) == "FLOAT" else operator.add


@dataclass
class FieldReducer(ReduceFunction[Any]):
    """Combines one field of two records; the earlier record's other fields stay (sum, min, max)."""

    position: int | str
    combine: Callable[[Any, Any], Any]

    def reduce(self, value1: Any, value2: Any) -> Any:
        position = self.position
        if _have_index(value1, value2, position):
            combined = self.combine(value1[position], value2[position])
            return (*value1[:position], combined, *value1[position + 1 :])  # type: ignore[operator]
        combined = self.combine(field_of(value1, position), field_of(value2, position))
        return with_field(value1, position, combined)


@dataclass
class RecordChooser(ReduceFunction[Any]):
    """Keeps the whole record whose field is better; the earlier one among equals (min_by, max_by)."""

    position: int | str
    better: Callable[[Any, Any], bool]

    def reduce(self, value1: Any, value2: Any) -> Any:
        position = self.position
        if _have_index(value1, value2, position):
            return value2 if self.better(value2[position], value1[position]) else value1
        first, second = field_of(value1, position), field_of(value2, position)
        return value2 if self.better(second, first) else value1
