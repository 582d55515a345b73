"""From Python annotations to TypeInformation."""

from __future__ import annotations

import datetime
import decimal
import types
import typing
from typing import Any

from pyflinkpp.common.time import Instant
from pyflinkpp.common.typeinfo import TypeInformation, Types

_PLAIN: dict[Any, TypeInformation] = {
    bool: Types.BOOLEAN(),
    int: Types.LONG(),
    float: Types.DOUBLE(),
    str: Types.STRING(),
    bytes: Types.PRIMITIVE_ARRAY(Types.BYTE()),
    decimal.Decimal: Types.BIG_DEC(),
    datetime.date: Types.SQL_DATE(),
    datetime.time: Types.SQL_TIME(),
    datetime.datetime: Types.SQL_TIMESTAMP(),
    Instant: Types.INSTANT(),
}


def _infer_from_annotation(tp: Any) -> TypeInformation:
    """The type that values annotated `tp` have; PICKLED_BYTE_ARRAY where the annotation is not clear.

    >>> _infer_from_annotation(tuple[int, str])
    Types.TUPLE([Types.LONG(), Types.STRING()])
    >>> _infer_from_annotation(set[int])
    Types.PICKLED_BYTE_ARRAY()
    """
    return _infer(tp, ())


def _infer(tp: Any, enclosing: tuple[Any, ...]) -> TypeInformation:
    """`enclosing` are the classes being described, so that one that contains itself ends as pickled."""
    if isinstance(tp, TypeInformation):
        return tp
    origin, arguments = typing.get_origin(tp), typing.get_args(tp)
    if origin is typing.Annotated:
        return _infer(arguments[0], enclosing)
    if origin in (typing.Union, types.UnionType):
        present = [argument for argument in arguments if argument is not type(None)]
        return _infer(present[0], enclosing) if len(present) == 1 else Types.PICKLED_BYTE_ARRAY()
    if origin is tuple and arguments and Ellipsis not in arguments:
        return Types.TUPLE([_infer(argument, enclosing) for argument in arguments])
    if origin is list:
        return Types.LIST(_infer(arguments[0], enclosing))
    if origin is dict:
        return Types.MAP(_infer(arguments[0], enclosing), _infer(arguments[1], enclosing))
    if isinstance(tp, type) and tp not in enclosing:
        names = _record_fields(tp)
        if names:
            return _infer_record(tp, names, (*enclosing, tp))
    try:
        return _PLAIN.get(tp, Types.PICKLED_BYTE_ARRAY())
    except TypeError:
        return Types.PICKLED_BYTE_ARRAY()


def _record_fields(tp: type) -> list[str]:
    """Field names of a NamedTuple or dataclass; empty for another class."""
    if issubclass(tp, tuple) and hasattr(tp, "_fields"):
        return list(tp._fields)
    return list(getattr(tp, "__dataclass_fields__", {}))


def _infer_record(tp: type, names: list[str], enclosing: tuple[Any, ...]) -> TypeInformation:
    try:
        hints = typing.get_type_hints(tp, include_extras=True)
    except (NameError, TypeError):
        return Types.PICKLED_BYTE_ARRAY()
    return Types.ROW_NAMED(names, [_infer(hints.get(name, Any), enclosing) for name in names])
