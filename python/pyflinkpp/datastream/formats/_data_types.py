"""Types of the Table API, and of this one, as formats take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.typeinfo import RowTypeInfo, TypeInformation, Types

#: Digits of a decimal, and how many of them are behind the point, where the type doesn't say.
_DECIMAL_DIGITS = (38, 18)

_SIMPLE: dict[str, Callable[[], TypeInformation]] = {
    "Boolean": Types.BOOLEAN,
    "TinyInt": Types.BYTE,
    "SmallInt": Types.SHORT,
    "Int": Types.INT,
    "BigInt": Types.LONG,
    "Float": Types.FLOAT,
    "Double": Types.DOUBLE,
    "Decimal": Types.BIG_DEC,
    "Char": Types.STRING,
    "VarChar": Types.STRING,
    "Binary": lambda: Types.PRIMITIVE_ARRAY(Types.BYTE()),
    "VarBinary": lambda: Types.PRIMITIVE_ARRAY(Types.BYTE()),
    "Date": Types.SQL_DATE,
    "Time": Types.SQL_TIME,
    "Timestamp": Types.SQL_TIMESTAMP,
    "LocalZonedTimestamp": Types.INSTANT,
}


def type_of(data_type: Any) -> TypeInformation:
    """The stream's type for a ``DataTypes`` value, which is told by its class; other types as they are.

    Raises ``TypeError`` for what is no type and ``NotBuiltError`` for a type that formats don't carry.

    >>> type_of(Types.INT())
    Types.INT()
    """
    if isinstance(data_type, TypeInformation):
        return data_type
    name = type(data_type).__name__
    if not name.endswith("Type"):
        raise TypeError(f"expected a type of DataTypes or Types, not {data_type!r}")
    name = name.removesuffix("Type")
    if name in _SIMPLE:
        return _SIMPLE[name]()
    if name == "Row":
        fields = list(data_type.fields)
        return Types.ROW_NAMED(
            [field.name for field in fields], [type_of(field.data_type) for field in fields]
        )
    if name == "Array":
        return Types.OBJECT_ARRAY(type_of(data_type.element_type))
    if name == "Map":
        return Types.MAP(type_of(data_type.key_type), type_of(data_type.value_type))
    raise NotBuiltError(f"formats don't carry the type {data_type!r} yet")


def decimal_digits(data_type: Any) -> tuple[int, int]:
    """How many digits a decimal has, and how many of them are behind the point: 38 and 18 if not said."""
    precision, scale = getattr(data_type, "precision", None), getattr(data_type, "scale", None)
    return _DECIMAL_DIGITS if precision is None or scale is None else (precision, scale)


def row_type_of(data_type: Any) -> RowTypeInfo:
    """The stream's type for a row type; ``TypeError`` for another.

    >>> row_type_of(Types.ROW_NAMED(["id"], [Types.INT()])).get_field_names()
    ['id']
    """
    row_type = type_of(data_type)
    if not isinstance(row_type, RowTypeInfo):
        raise TypeError(f"row_type must be a row type, not {data_type!r}")
    return row_type
