"""Values into rows, for the native coercer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pyflinkpp.common.types import Row


def as_row(value: Any, names: list[str], coerce: Callable[[int, Any], Any], size: int) -> Row:
    """`value`, a row, tuple, list, dict or dataclass-like object, as a row of `size` coerced fields.

    Named row types name their rows' fields; fields of named rows are taken by name where they match.
    """
    fields = _fields_of(value, names, size)
    if len(fields) != size:
        raise ValueError(f"expected a row of {size} fields, got {value!r} with {len(fields)}")
    row = Row(*(coerce(index, field) for index, field in enumerate(fields)))
    if names:
        row.set_field_names(names)
    if isinstance(value, Row):
        row.set_row_kind(value.get_row_kind())
    return row


def _fields_of(value: Any, names: list[str], size: int) -> Sequence[Any]:
    if isinstance(value, Row):
        own = getattr(value, "_fields", None)
        if names and own and list(own) != names and set(own) == set(names):
            return [value[name] for name in names]
        return list(value)
    if isinstance(value, tuple | list):
        return value
    if isinstance(value, dict) and names:
        return [value.get(name) for name in names]
    if names and all(hasattr(value, name) for name in names):
        return [getattr(value, name) for name in names]
    raise TypeError(f"expected a row of {size} fields, got {value!r} of type {type(value).__name__}")
