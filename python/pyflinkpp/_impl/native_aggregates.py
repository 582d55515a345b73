"""Aggregates without Python, where the types of records and keys are declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.field_access import FieldAccess
from pyflinkpp._impl.transformation import Shipping
from pyflinkpp.common._typeinfo_composite import RowTypeInfo, TupleTypeInfo
from pyflinkpp.common.typeinfo import TypeInformation, Types

_NUMBERS = {"BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE"}
_ANY = Types.PICKLED_BYTE_ARRAY()._descriptor()
#: Types whose values are keys in columns.
_KEYS = {"BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "STRING", "CHAR", "BYTES"}


@dataclass(frozen=True)
class KeySelection:
    """How a stream is keyed: by a function, of which more may be known."""

    key_type: TypeInformation
    #: What the function does, if nothing but reading a field.
    access: FieldAccess | None
    #: Makes the extractor that calls it.
    called: Callable[[], _native.KeyExtractorFactory]
    operator_name: str
    declared_at: str


#: All records have the same key.
ONE_KEY = KeySelection(Types.BYTE(), None, _native.constant_key, "Window", "")


@dataclass(frozen=True)
class NativeAggregation:
    """Aggregates that run on columns: how their input is keyed, and what is computed."""

    shipping: Shipping
    make: Callable[[], _native.Aggregation]
    key_type: TypeInformation


#: An aggregate's name and the index or name of its field, None where it looks at none.
Aggregate = tuple[str, int | str | None]


def native_aggregate(
    aggregate: str, position: int | str, record_type: TypeInformation, keys: KeySelection
) -> NativeAggregation | None:
    """The native form of an aggregate ("sum", "min", "max", "min_by" or "max_by") whose results are records.

    None where it takes Python; see `native_aggregation`.
    """
    if aggregate.endswith("_by") or record_type._descriptor()[0] in _NUMBERS:
        return native_aggregation([(aggregate, position)], "value", record_type, keys)
    return native_aggregation([("first", None), (aggregate, position)], "record", record_type, keys)


def native_aggregation(
    aggregates: list[Aggregate], shape: str, record_type: TypeInformation, keys: KeySelection
) -> NativeAggregation | None:
    """The native form of aggregates whose results have the shape "value", "tuple" or "record".

    None where it takes Python: the types of records or keys are not declared or hold arbitrary objects, or
    a field is no number.
    """
    record = record_type._descriptor()
    if not _native.has_layout(record):
        return None
    of_indexes: list[tuple[str, int | None]] = []
    for name, position in aggregates:
        if position is None or (record[0] in _NUMBERS and position == 0):
            of_indexes.append((name, None))
            continue
        index = FieldAccess(item=position).index_in(record_type)
        if index is None or record[2][index][0] not in _NUMBERS:
            return None
        of_indexes.append((name, index))
    found = _native_key(record_type, keys)
    if found is None:
        return None
    shipping, key = found
    return NativeAggregation(
        shipping, lambda: _native.Aggregation(key._descriptor(), record, of_indexes, shape), key
    )


def _native_key(record_type: TypeInformation, keys: KeySelection) -> tuple[Shipping, TypeInformation] | None:
    """How records and keys are sent as columns, and the key's type."""
    record = record_type._descriptor()
    key_field: int | None = None
    called: Callable[[], _native.KeyExtractorFactory] | None = None
    key_type = keys.key_type
    read: TypeInformation | None = None
    if keys.access is not None and keys.access.is_record:
        read = record_type
    elif (
        keys.access is not None
        and isinstance(record_type, TupleTypeInfo | RowTypeInfo)
        and (index := keys.access.index_in(record_type)) is not None
    ):
        key_field, read = index, record_type.get_field_types()[index]
    if read is not None and key_type._descriptor() in (read._descriptor(), _ANY):
        key_type = read
    else:
        key_field, called = None, keys.called
    key = key_type._descriptor()
    if not _is_key(key):
        return None

    def make_key() -> _native.KeyExtractorFactory:
        extractor = called() if called else None
        declared = keys.key_type._descriptor()
        return _native.column_key(
            record, key_field, extractor, key, declared, keys.operator_name, keys.declared_at
        )

    return Shipping("HASH", keys=make_key, key_type=key_type), key_type


def _is_key(descriptor: Any) -> bool:
    kind, _, children = descriptor
    return kind in _KEYS or (kind == "TUPLE" and all(map(_is_key, children)))
