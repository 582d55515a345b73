"""Functions that do nothing but read a field, recognised by their bytecode."""

from __future__ import annotations

import dis
import operator
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from pyflinkpp.common._typeinfo_composite import RowTypeInfo, TupleTypeInfo
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.common.types import Row

_LOADS = {"LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK"}
_CONSTANTS = {"LOAD_CONST", "LOAD_SMALL_INT"}
_MOST_ITEMS = 2**31
_NOTHING = {"RESUME", "NOP", "CACHE", "EXTENDED_ARG"}


@dataclass(frozen=True)
class FieldAccess:
    """What a function reads: `record[item]`, `record.attribute`, or the record itself if both are None."""

    item: int | str | None = None
    attribute: str | None = None

    def index_in(self, record_type: TypeInformation) -> int | None:
        """The index of the field in tuples or rows of a type; None where there is no such field."""
        if isinstance(record_type, TupleTypeInfo):
            return _index(self.item, len(record_type.get_field_types()))
        if not isinstance(record_type, RowTypeInfo):
            return None
        names = record_type.get_field_names()
        if isinstance(self.item, str):
            return names.index(self.item) if self.item in names else None
        if self.attribute is not None:
            hidden = self.attribute.startswith("_") or hasattr(Row, self.attribute)
            return None if hidden or self.attribute not in names else names.index(self.attribute)
        return _index(self.item, len(names))

    @property
    def index(self) -> int | None:
        """The item that is read, if it is one by number."""
        return self.item if isinstance(self.item, int) else None

    @property
    def is_record(self) -> bool:
        """Whether the record itself is given back."""
        return self.item is None and self.attribute is None


def field_read_by(function: Callable[..., Any], parameters: int = 1, record: int = 0) -> FieldAccess | None:
    """What a function reads of a record, or None if it may do anything else.

    It has so many parameters, of which the one at index `record` is the record.

    >>> field_read_by(lambda order: order[2])
    FieldAccess(item=2, attribute=None)
    >>> field_read_by(lambda order: order.user)
    FieldAccess(item=None, attribute='user')
    >>> field_read_by(lambda order: order[2] + 1) is None
    True
    >>> field_read_by(lambda order, before: order["time"], parameters=2)
    FieldAccess(item='time', attribute=None)
    >>> field_read_by(lambda order, before: before, parameters=2) is None
    True
    """
    if isinstance(function, operator.itemgetter) and parameters == 1:
        items = function.__reduce__()[1]
        return _item(items[0]) if len(items) == 1 else None
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return None
    code = function.__code__
    # *args, **kwargs, generator
    if code.co_argcount != parameters or code.co_kwonlyargcount or code.co_flags & 0x2C:
        return None
    steps = [step for step in dis.get_instructions(code) if step.opname not in _NOTHING]
    if not steps or steps[0].opname not in _LOADS or steps[-1].opname != "RETURN_VALUE":
        return None
    if steps[0].argval != code.co_varnames[record]:
        return None
    match [(step.opname, step.argval, step.argrepr) for step in steps[1:-1]]:
        case []:
            return FieldAccess()
        case [("LOAD_ATTR", str(name), _)]:
            return FieldAccess(attribute=name)
        case [(load, item, _), ("BINARY_SUBSCR", _, _) | ("BINARY_OP", _, "[]")] if load in _CONSTANTS:
            return _item(item)
    return None


def _item(item: Any) -> FieldAccess | None:
    if type(item) is int:
        return FieldAccess(item=item) if -_MOST_ITEMS <= item < _MOST_ITEMS else None
    return FieldAccess(item=item) if type(item) is str else None


def _index(item: int | str | None, size: int) -> int | None:
    return item % size if isinstance(item, int) and -size <= item < size else None
