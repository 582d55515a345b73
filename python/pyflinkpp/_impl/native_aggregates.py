"""Rolling aggregates without Python, where the types of records and keys are declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.field_access import FieldAccess
from pyflinkpp._impl.transformation import Shipping
from pyflinkpp.common.typeinfo import TypeInformation, Types

_NUMBERS = {"BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE"}
#: Types of which equal keys have the same hash whether they are columns or Python objects.
_ANY = Types.PICKLED_BYTE_ARRAY()._descriptor()
_KEYS = {"BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "DOUBLE", "STRING", "CHAR", "BYTES"}


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


@dataclass(frozen=True)
class NativeAggregate:
    """An aggregate that runs on columns: how its input is keyed, and what makes the operator."""

    shipping: Shipping
    make: Callable[[], _native.OperatorFactory]


def native_aggregate(
    aggregate: str, position: int | str, record_type: TypeInformation, keys: KeySelection
) -> NativeAggregate | None:
    """The native form of an aggregate ("sum", "min", "max", "min_by" or "max_by") over a field.

    None where it takes Python: the types of records or keys are not declared or hold arbitrary objects, or
    the field is no number.
    """
    record = record_type._descriptor()
    if not _native.has_layout(record):
        return None
    if record[0] in _NUMBERS and position == 0:
        field = None
    else:
        access = FieldAccess(item=position)
        field = access.index_in(record_type)
        if field is None or record[2][field][0] not in _NUMBERS:
            return None

    key_field: int | None = None
    called: Callable[[], _native.KeyExtractorFactory] | None = None
    key = keys.key_type._descriptor()
    read: Any = None
    if keys.access is not None and keys.access.is_record:
        read = record
    elif keys.access is not None and (index := keys.access.index_in(record_type)) is not None:
        key_field, read = index, record[2][index]
    if read is not None and key in (read, _ANY):
        key = read
    else:
        key_field, called = None, keys.called
    if not _is_key(key):
        return None

    def make_key() -> _native.KeyExtractorFactory:
        extractor = called() if called else None
        return _native.column_key(record, key_field, extractor, key, keys.operator_name, keys.declared_at)

    return NativeAggregate(
        Shipping("HASH", keys=make_key), lambda: _native.rolling_aggregate(aggregate, record, field, key)
    )


def _is_key(descriptor: Any) -> bool:
    kind, _, children = descriptor
    return kind in _KEYS or (kind == "TUPLE" and all(map(_is_key, children)))
