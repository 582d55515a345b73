"""TypeInformation and the indivisible types: basic, SQL time, instant and pickled ones."""

from __future__ import annotations

import datetime
from enum import Enum
from typing import Any, Generic, NoReturn

from pyflinkpp.common._type_variables import VALUE
from pyflinkpp.common.errors import _no_jvm
from pyflinkpp.common.time import Instant

Descriptor = tuple[str, tuple[str, ...] | None, tuple[Any, ...]]
"""(kind, field names or None, descriptors of the children): how the engine is told a type."""


class TypeInformation(Generic[VALUE]):
    """The type of a stream's elements: an immutable value, equal and hashable by what it describes.

    >>> from pyflinkpp.common import Types
    >>> Types.LIST(Types.INT()) == Types.LIST(Types.INT())
    True
    >>> Types.ROW_NAMED(['a'], [Types.STRING()])
    Types.ROW_NAMED(['a'], [Types.STRING()])

    Made by the methods of `Types`.
    """

    __slots__ = ()

    def __init__(self) -> None:
        pass

    def get_java_type_info(self) -> NoReturn:
        """Always raises: there is no Java type behind this one."""
        _no_jvm("TypeInformation.get_java_type_info", "pass the TypeInformation itself")

    def need_conversion(self) -> bool:
        """Whether `to_internal_type` and `from_internal_type` change values; False here."""
        return False

    def to_internal_type(self, obj: Any) -> Any:
        """The plain value that stands for `obj` in storage; None stays None."""
        return obj

    def from_internal_type(self, obj: Any) -> Any:
        """The reverse of `to_internal_type`."""
        return obj

    def _descriptor(self) -> Descriptor:
        """This type as nested plain tuples `(kind, names_or_None, children)`."""
        raise NotImplementedError(f"{type(self).__name__} does not describe itself to the engine")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, TypeInformation) and self._descriptor() == other._descriptor()

    def __hash__(self) -> int:
        return hash(self._descriptor())


class BasicType(Enum):
    """The indivisible types, named as the methods of `Types` that give them."""

    STRING = "STRING"
    BYTE = "BYTE"
    BOOLEAN = "BOOLEAN"
    SHORT = "SHORT"
    INT = "INT"
    LONG = "LONG"
    FLOAT = "FLOAT"
    DOUBLE = "DOUBLE"
    CHAR = "CHAR"
    BIG_INT = "BIG_INT"
    BIG_DEC = "BIG_DEC"
    INSTANT = "INSTANT"


class _LeafTypeInfo(TypeInformation):
    """A type without children; `_kind` is its descriptor's kind, `_method` its name in `Types`."""

    __slots__ = ("_kind", "_method", "_text")

    def __init__(self, kind: str, method: str, text: str) -> None:
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_method", method)
        object.__setattr__(self, "_text", text)

    _kind: str
    _method: str
    _text: str

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{self!r} cannot be changed")

    def _descriptor(self) -> Descriptor:
        return (self._kind, None, ())

    def __repr__(self) -> str:
        return f"Types.{self._method}()"

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[Any, ...]:
        return _leaf, (self._method,)


class BasicTypeInfo(_LeafTypeInfo):
    """Strings, truth values, numbers, single characters and instants."""

    __slots__ = ()

    @staticmethod
    def STRING_TYPE_INFO() -> TypeInformation:
        """Same as `Types.STRING()`."""
        return _leaf("STRING")

    @staticmethod
    def BOOLEAN_TYPE_INFO() -> TypeInformation:
        """Same as `Types.BOOLEAN()`."""
        return _leaf("BOOLEAN")

    @staticmethod
    def BYTE_TYPE_INFO() -> TypeInformation:
        """Same as `Types.BYTE()`."""
        return _leaf("BYTE")

    @staticmethod
    def SHORT_TYPE_INFO() -> TypeInformation:
        """Same as `Types.SHORT()`."""
        return _leaf("SHORT")

    @staticmethod
    def INT_TYPE_INFO() -> TypeInformation:
        """Same as `Types.INT()`."""
        return _leaf("INT")

    @staticmethod
    def LONG_TYPE_INFO() -> TypeInformation:
        """Same as `Types.LONG()`."""
        return _leaf("LONG")

    @staticmethod
    def FLOAT_TYPE_INFO() -> TypeInformation:
        """Same as `Types.FLOAT()`."""
        return _leaf("FLOAT")

    @staticmethod
    def DOUBLE_TYPE_INFO() -> TypeInformation:
        """Same as `Types.DOUBLE()`."""
        return _leaf("DOUBLE")

    @staticmethod
    def CHAR_TYPE_INFO() -> TypeInformation:
        """Same as `Types.CHAR()`."""
        return _leaf("CHAR")

    @staticmethod
    def BIG_INT_TYPE_INFO() -> TypeInformation:
        """Same as `Types.BIG_INT()`."""
        return _leaf("BIG_INT")

    @staticmethod
    def BIG_DEC_TYPE_INFO() -> TypeInformation:
        """Same as `Types.BIG_DEC()`."""
        return _leaf("BIG_DEC")


class InstantTypeInfo(BasicTypeInfo):
    """`pyflinkpp.common.Instant`; stored as (seconds, nanos)."""

    __slots__ = ()

    def need_conversion(self) -> bool:
        """True."""
        return True

    def to_internal_type(self, obj: Instant | None) -> tuple[int, int] | None:
        """(seconds, nanos) of the instant."""
        return None if obj is None else (obj.seconds, obj.nanos)

    def from_internal_type(self, obj: tuple[int, int] | None) -> Instant | None:
        """The instant of (seconds, nanos)."""
        return None if obj is None else Instant(*obj)


class SqlTimeTypeInfo(_LeafTypeInfo):
    """The three SQL time types; values are those of the `datetime` module."""

    __slots__ = ()

    @staticmethod
    def DATE() -> TypeInformation:
        """Same as `Types.SQL_DATE()`."""
        return _leaf("SQL_DATE")

    @staticmethod
    def TIME() -> TypeInformation:
        """Same as `Types.SQL_TIME()`."""
        return _leaf("SQL_TIME")

    @staticmethod
    def TIMESTAMP() -> TypeInformation:
        """Same as `Types.SQL_TIMESTAMP()`."""
        return _leaf("SQL_TIMESTAMP")

    def need_conversion(self) -> bool:
        """True."""
        return True


_EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)


class DateTypeInfo(SqlTimeTypeInfo):
    """`datetime.date`; stored as days since 1970-01-01."""

    __slots__ = ()

    def to_internal_type(self, obj: datetime.date | None) -> int | None:
        """Days since 1970-01-01."""
        return None if obj is None else obj.toordinal() - _EPOCH_ORDINAL

    def from_internal_type(self, obj: int | None) -> datetime.date | None:
        """The date `obj` days after 1970-01-01."""
        return None if obj is None else datetime.date.fromordinal(obj + _EPOCH_ORDINAL)


class TimeTypeInfo(SqlTimeTypeInfo):
    """`datetime.time` without zone; stored as microseconds since midnight."""

    __slots__ = ()

    def to_internal_type(self, obj: datetime.time | None) -> int | None:
        """Microseconds since midnight; a time with a zone is moved to UTC first."""
        if obj is None:
            return None
        seconds = (obj.hour * 60 + obj.minute) * 60 + obj.second
        offset = obj.utcoffset() or datetime.timedelta()
        return (seconds * 1_000_000 + obj.microsecond - offset // _MICROSECOND) % 86_400_000_000

    def from_internal_type(self, obj: int | None) -> datetime.time | None:
        """The time `obj` microseconds after midnight."""
        return None if obj is None else (_EPOCH + datetime.timedelta(microseconds=obj)).time()


class TimestampTypeInfo(SqlTimeTypeInfo):
    """`datetime.datetime` without zone; stored as microseconds since 1970-01-01 00:00."""

    __slots__ = ()

    def to_internal_type(self, obj: datetime.datetime | None) -> int | None:
        """Microseconds since 1970-01-01 00:00; a datetime with a zone is moved to UTC first."""
        if obj is None:
            return None
        if obj.tzinfo is not None:
            obj = obj.astimezone(datetime.UTC).replace(tzinfo=None)
        return (obj - _EPOCH) // _MICROSECOND

    def from_internal_type(self, obj: int | None) -> datetime.datetime | None:
        """The datetime `obj` microseconds after 1970-01-01 00:00."""
        return None if obj is None else _EPOCH + datetime.timedelta(microseconds=obj)


class PickledBytesTypeInfo(_LeafTypeInfo):
    """Any Python object, pickled wherever it must become bytes."""

    __slots__ = ()

    @staticmethod
    def PICKLED_BYTE_ARRAY_TYPE_INFO() -> TypeInformation:
        """Same as `Types.PICKLED_BYTE_ARRAY()`."""
        return _leaf("PICKLED_BYTE_ARRAY")


_JAVA_NAMES = {"INT": "Integer", "BIG_INT": "BigInteger", "BIG_DEC": "BigDecimal", "CHAR": "Character"}

_LEAVES: dict[str, _LeafTypeInfo] = {
    **{
        basic.value: BasicTypeInfo(
            basic.value, basic.value, _JAVA_NAMES.get(basic.value, basic.value.capitalize())
        )
        for basic in BasicType
        if basic is not BasicType.INSTANT
    },
    "INSTANT": InstantTypeInfo("INSTANT", "INSTANT", "Instant"),
    "SQL_DATE": DateTypeInfo("DATE", "SQL_DATE", "Date"),
    "SQL_TIME": TimeTypeInfo("TIME", "SQL_TIME", "Time"),
    "SQL_TIMESTAMP": TimestampTypeInfo("TIMESTAMP", "SQL_TIMESTAMP", "Timestamp"),
    "PICKLED_BYTE_ARRAY": PickledBytesTypeInfo("PICKLED", "PICKLED_BYTE_ARRAY", "PickledByteArrayTypeInfo"),
}


def _leaf(method: str) -> _LeafTypeInfo:
    """The one instance of the leaf type that `Types.<method>()` gives."""
    return _LEAVES[method]
