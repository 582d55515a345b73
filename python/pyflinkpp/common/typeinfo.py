"""`Types`, through which programs name the types of their streams and states."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from pyflinkpp.common._typeinfo_base import (
    BasicType,
    BasicTypeInfo,
    DateTypeInfo,
    InstantTypeInfo,
    PickledBytesTypeInfo,
    SqlTimeTypeInfo,
    TimestampTypeInfo,
    TimeTypeInfo,
    TypeInformation,
    _leaf,
)
from pyflinkpp.common._typeinfo_composite import (
    BasicArrayTypeInfo,
    ListTypeInfo,
    MapTypeInfo,
    ObjectArrayTypeInfo,
    PrimitiveArrayTypeInfo,
    RowTypeInfo,
    TupleTypeInfo,
)
from pyflinkpp.common.time import Instant
from pyflinkpp.common.types import Row

__all__ = [
    "BasicArrayTypeInfo",
    "BasicType",
    "BasicTypeInfo",
    "DateTypeInfo",
    "InstantTypeInfo",
    "ListTypeInfo",
    "MapTypeInfo",
    "ObjectArrayTypeInfo",
    "PickledBytesTypeInfo",
    "PrimitiveArrayTypeInfo",
    "RowTypeInfo",
    "SqlTimeTypeInfo",
    "TimeTypeInfo",
    "TimestampTypeInfo",
    "TupleTypeInfo",
    "TypeInformation",
    "Types",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Types:
    """One method for each type.

    >>> Types.TUPLE([Types.STRING(), Types.LONG()])
    Types.TUPLE([Types.STRING(), Types.LONG()])
    >>> str(Types.ROW([Types.INT(), Types.STRING()]))
    'RowTypeInfo(f0: Integer, f1: String)'
    """

    @staticmethod
    def STRING() -> TypeInformation[str]:
        """`str`."""
        return _leaf("STRING")

    @staticmethod
    def BYTE() -> TypeInformation[int]:
        """`int` of 8 bits, -128 to 127."""
        return _leaf("BYTE")

    @staticmethod
    def BOOLEAN() -> TypeInformation[bool]:
        """`bool`."""
        return _leaf("BOOLEAN")

    @staticmethod
    def SHORT() -> TypeInformation[int]:
        """`int` of 16 bits."""
        return _leaf("SHORT")

    @staticmethod
    def INT() -> TypeInformation[int]:
        """`int` of 32 bits."""
        return _leaf("INT")

    @staticmethod
    def LONG() -> TypeInformation[int]:
        """`int` of 64 bits."""
        return _leaf("LONG")

    @staticmethod
    def FLOAT() -> TypeInformation[float]:
        """`float` rounded to single precision."""
        return _leaf("FLOAT")

    @staticmethod
    def DOUBLE() -> TypeInformation[float]:
        """`float`."""
        return _leaf("DOUBLE")

    @staticmethod
    def CHAR() -> TypeInformation[str]:
        """`str` of one character."""
        return _leaf("CHAR")

    @staticmethod
    def BIG_INT() -> TypeInformation[int]:
        """`int` of any size."""
        return _leaf("BIG_INT")

    @staticmethod
    def BIG_DEC() -> TypeInformation[Decimal]:
        """`decimal.Decimal`."""
        return _leaf("BIG_DEC")

    @staticmethod
    def INSTANT() -> TypeInformation[Instant]:
        """`pyflinkpp.common.Instant`."""
        return _leaf("INSTANT")

    @staticmethod
    def SQL_DATE() -> TypeInformation[date]:
        """`datetime.date`."""
        return _leaf("SQL_DATE")

    @staticmethod
    def SQL_TIME() -> TypeInformation[time]:
        """`datetime.time`."""
        return _leaf("SQL_TIME")

    @staticmethod
    def SQL_TIMESTAMP() -> TypeInformation[datetime]:
        """`datetime.datetime` without zone."""
        return _leaf("SQL_TIMESTAMP")

    @staticmethod
    def PICKLED_BYTE_ARRAY() -> TypeInformation[Any]:
        """Any Python object; the type of a stream for which none was given."""
        return _leaf("PICKLED_BYTE_ARRAY")

    @staticmethod
    def ROW(field_types: list[TypeInformation]) -> TypeInformation[Row]:
        """`Row` with these field types and the names f0, f1, ..."""
        return RowTypeInfo(field_types)

    @staticmethod
    def ROW_NAMED(field_names: list[str], field_types: list[TypeInformation]) -> TypeInformation[Row]:
        """`Row` with these field names and types; ValueError unless there are as many of each."""
        return RowTypeInfo(field_types, field_names)

    @staticmethod
    def TUPLE(field_types: list[TypeInformation]) -> TypeInformation[tuple[Any, ...]]:
        """`tuple` with one type for each position."""
        return TupleTypeInfo(field_types)

    @staticmethod
    def PRIMITIVE_ARRAY(element_type: TypeInformation) -> TypeInformation:
        """Array without None of BOOLEAN, BYTE, SHORT, INT, LONG, FLOAT, DOUBLE or CHAR.

        Of BYTE it means `bytes`. Raises TypeError for another element type.
        """
        return PrimitiveArrayTypeInfo(element_type)

    @staticmethod
    def BASIC_ARRAY(element_type: TypeInformation) -> TypeInformation:
        """Array that may hold None, of the types of `PRIMITIVE_ARRAY` or STRING; else TypeError."""
        return BasicArrayTypeInfo(element_type)

    @staticmethod
    def OBJECT_ARRAY(element_type: TypeInformation[T]) -> TypeInformation[list[T]]:
        """Array of elements of any one type."""
        return ObjectArrayTypeInfo(element_type)

    @staticmethod
    def MAP(
        key_type_info: TypeInformation[K], value_type_info: TypeInformation[V]
    ) -> TypeInformation[dict[K, V]]:
        """`dict` with one type of keys and one of values."""
        return MapTypeInfo(key_type_info, value_type_info)

    @staticmethod
    def LIST(element_type_info: TypeInformation[T]) -> TypeInformation[list[T]]:
        """`list` of elements of one type."""
        return ListTypeInfo(element_type_info)
