"""Types and values of rows as Arrow has them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.time import Instant
from pyflinkpp.common.types import _create_row
from pyflinkpp.datastream.formats._data_types import decimal_digits, type_of

Convert = Callable[[Any], Any]

_SIMPLE: dict[str, Any] = {
    "BOOLEAN": pa.bool_(),
    "BYTE": pa.int8(),
    "SHORT": pa.int16(),
    "INT": pa.int32(),
    "LONG": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "STRING": pa.string(),
    "CHAR": pa.string(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "TIME": pa.time32("ms"),
    "TIMESTAMP": pa.timestamp("us"),
    "INSTANT": pa.timestamp("ns", "UTC"),
}
_ARRAYS = ("LIST", "OBJECT_ARRAY", "BASIC_ARRAY", "PRIMITIVE_ARRAY")
_NANOS = 1_000_000_000
_EPOCH = datetime.date(1970, 1, 1)


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class ArrowType:
    """How values of one type go into Arrow and come back; None stays None."""

    arrow: Any
    into: Convert = _same
    back: Convert = _same

    def array(self, values: Sequence[Any]) -> Any:
        """The values as an Arrow array. Raises ValueError, or a subclass of it, for one that doesn't fit."""
        if self.into is not _same:
            values = [None if value is None else self.into(value) for value in values]
        return pa.array(values, self.arrow)

    def values(self, array: Any) -> list[Any]:
        """The values of an array, cast to the type where it has another.

        Raises ValueError, or a subclass of it, where that would lose something.
        """
        if array.type != self.arrow:
            array = array.cast(self.arrow)
        if pa.types.is_timestamp(self.arrow) and self.arrow.unit == "ns":
            array = array.cast(pa.int64())
        values: list[Any] = array.to_pylist()
        if self.back is _same:
            return values
        return [None if value is None else self.back(value) for value in values]


def arrow_type(data_type: Any, utc_timestamps: bool = True) -> ArrowType:
    """The Arrow type for a ``DataTypes`` value or a type of ``Types``.

    ``utc_timestamps``: whether a timestamp without zone counts from the epoch in UTC or in local time.
    Raises NotBuiltError for a type that Arrow can't carry here.
    """
    kind, given_names, children = type_of(data_type)._descriptor()
    if kind == "TIMESTAMP" and not utc_timestamps:
        return ArrowType(_SIMPLE[kind], _from_local, _to_local)
    if kind in _CONVERTED:
        return ArrowType(_SIMPLE[kind], *_CONVERTED[kind])
    if kind in _SIMPLE:
        return ArrowType(_SIMPLE[kind])
    if kind == "BIG_DEC":
        precision, scale = decimal_digits(data_type)
        return ArrowType(pa.decimal128(precision, scale), lambda value: _rounded(value, precision, scale))
    if kind in _ARRAYS:
        element = arrow_type(_child(data_type, "element_type", 0), utc_timestamps)
        return ArrowType(
            pa.list_(pa.field("element", element.arrow)), _each(element.into), _each(_of_nested(element))
        )
    if kind == "MAP":
        key = arrow_type(_child(data_type, "key_type", 0), utc_timestamps)
        value = arrow_type(_child(data_type, "value_type", 1), utc_timestamps)
        return ArrowType(
            pa.map_(key.arrow, value.arrow),
            lambda mapping: [(key.into(k), _nullable(value.into, v)) for k, v in mapping.items()],
            lambda pairs: {_of_nested(key)(k): _nullable(_of_nested(value), v) for k, v in pairs},
        )
    if kind == "ROW":
        names = list(given_names or (f"f{i}" for i in range(len(children))))
        fields = [arrow_type(field, utc_timestamps) for field in row_fields(data_type)]
        return ArrowType(
            pa.struct([pa.field(name, field.arrow) for name, field in zip(names, fields, strict=True)]),
            lambda row: {n: _nullable(f.into, v) for n, f, v in zip(names, fields, row, strict=True)},
            lambda record: _create_row(
                names,
                [_nullable(_of_nested(f), record[n]) for n, f in zip(names, fields, strict=True)],
            ),
        )
    raise NotBuiltError(f"the type {kind} can't be carried by Arrow yet")


def row_fields(row_type: Any) -> list[Any]:
    """The types of a row type's fields, as the row type has them."""
    fields = getattr(row_type, "fields", None)
    if fields is not None:
        return [field.data_type for field in fields]
    return list(row_type.get_field_types())


def _child(data_type: Any, attribute: str, index: int) -> Any:
    child = getattr(data_type, attribute, None)
    return data_type._children[index] if child is None else child


def _nullable(convert: Convert, value: Any) -> Any:
    return None if value is None else convert(value)


def _each(convert: Convert) -> Convert:
    return lambda values: [_nullable(convert, value) for value in values]


def _of_nested(type: ArrowType) -> Convert:
    """Inside other values Arrow gives what stands for the value, not what it is made of."""
    if pa.types.is_timestamp(type.arrow) and type.arrow.unit == "ns":
        return lambda moment: _instant(int(moment.timestamp()) * _NANOS + moment.microsecond * 1000)
    return type.back


def _rounded(value: Decimal, precision: int, scale: int) -> Decimal | None:
    """As Flink fits a decimal into its type: rounded half up, and None where it has too many digits."""
    rounded = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return rounded if rounded.is_zero() or len(rounded.as_tuple().digits) <= precision else None


def _instant(nanos: int) -> Instant:
    return Instant(nanos // _NANOS, nanos % _NANOS)


def _from_local(value: datetime.datetime) -> datetime.datetime:
    return value.astimezone(datetime.UTC).replace(tzinfo=None)


def _to_local(value: datetime.datetime) -> datetime.datetime:
    return value.replace(tzinfo=datetime.UTC).astimezone().replace(tzinfo=None)


_CONVERTED: dict[str, tuple[Convert, Convert]] = {
    "TIME": (lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000), _same),
    "INSTANT": (lambda instant: instant.seconds * _NANOS + instant.nanos, _instant),
}
