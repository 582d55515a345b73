"""Which windows of a program are aggregated without Python, and what comes out of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.field_access import FieldAccess
from pyflinkpp._impl.native_aggregates import (
    Aggregate,
    KeySelection,
    NativeAggregation,
    native_aggregate,
    native_aggregation,
)
from pyflinkpp.common._typeinfo_composite import RowTypeInfo, TupleTypeInfo
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._functions import aggregates as a

_NAMES: dict[type[Any], str] = {a.Count: "count", a.Sum: "sum", a.Min: "min", a.Max: "max", a.Avg: "avg"}


@dataclass(frozen=True)
class RecordAggregate:
    """`WindowedStream.sum` and its kin: "sum", "min", "max", "min_by" or "max_by" of a field."""

    name: str
    position: int | str

    def on_columns(self, record_type: TypeInformation, keys: KeySelection) -> NativeAggregation | None:
        return native_aggregate(self.name, self.position, record_type, keys)

    def value_types(self, record_type: TypeInformation) -> TypeInformation:
        return record_type


@dataclass(frozen=True)
class BuiltInAggregate:
    """`WindowedStream.aggregate` with a function of `pyflinkpp.aggregates`."""

    function: Any

    @property
    def _parts(self) -> list[Aggregate]:
        parts = self.function.aggregates if type(self.function) is a.Aggregates else [self.function]
        return [(_NAMES[type(part)], getattr(part, "field", None)) for part in parts]

    @property
    def _is_tuple(self) -> bool:
        return type(self.function) is a.Aggregates

    def on_columns(self, record_type: TypeInformation, keys: KeySelection) -> NativeAggregation | None:
        return native_aggregation(self._parts, "tuple" if self._is_tuple else "value", record_type, keys)

    def value_types(self, record_type: TypeInformation) -> TypeInformation:
        """Of the results."""
        types = [_type_of(name, position, record_type) for name, position in self._parts]
        return Types.TUPLE(types) if self._is_tuple else types[0]


#: Aggregates that the engine knows how to compute by itself.
Recognised = RecordAggregate | BuiltInAggregate


def recognise(function: Any) -> BuiltInAggregate | None:
    """Only the library's own classes: a subclass may do something else."""
    built_in = type(function) in _NAMES or type(function) is a.Aggregates
    return BuiltInAggregate(function) if built_in else None


def with_key_and_window(key_type: TypeInformation, value_type: TypeInformation) -> TypeInformation:
    """The type of what `KeyAndWindow` gives."""
    values = value_type.get_field_types() if isinstance(value_type, TupleTypeInfo) else [value_type]
    return Types.TUPLE([key_type, Types.LONG(), Types.LONG(), *values])


def _type_of(name: str, position: int | str | None, record_type: TypeInformation) -> TypeInformation:
    if name == "count":
        return Types.LONG()
    if name == "avg":
        return Types.DOUBLE()
    index = FieldAccess(item=position).index_in(record_type)
    if index is not None and isinstance(record_type, TupleTypeInfo | RowTypeInfo):
        return record_type.get_field_types()[index]
    without_fields = not isinstance(record_type, TupleTypeInfo | RowTypeInfo)
    return record_type if position == 0 and without_fields else Types.PICKLED_BYTE_ARRAY()


@dataclass(frozen=True)
class NativeWindows:
    """Windows of time that fire once they are over, and again for late records."""

    aggregation: NativeAggregation
    windows: tuple[Any, ...]
    allowed_lateness: int
    late_output: str
    with_window: bool

    def make(self) -> _native.OperatorFactory:
        return _native.window_aggregate(
            self.aggregation.make(),
            windows=self.windows,
            allowed_lateness=self.allowed_lateness,
            late_output=self.late_output,
            with_window=self.with_window,
        )
