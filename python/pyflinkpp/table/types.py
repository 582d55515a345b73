"""Types of columns: ``DataTypes`` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pyflinkpp.common.types import Row, RowKind

__all__ = ["DataTypes", "Row", "RowKind"]

#: As long as text can be: VARCHAR of this length is STRING, VARBINARY BYTES.
_LONGEST = 0x7FFFFFFF


def _within(value: int, low: int, high: int, what: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} must be an int, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{what} must be {low} to {high}, got {value}")


@dataclass(frozen=True)
class DataType:
    """Base of the types (Flink's ``DataType``); equal where kind, parts and nullability are."""

    _nullable: bool = field(default=True, kw_only=True)
    _conversion_cls: str = field(default="", kw_only=True, compare=False, repr=False)

    def not_null(self) -> Self:
        """The same type without missing values."""
        return replace(self, _nullable=False)

    def nullable(self) -> Self:
        """The same type with missing values."""
        return replace(self, _nullable=True)

    def bridged_to(self, conversion_cls: str) -> Self:
        """The same type; the Java class, which PyFlink hands to Java, has no meaning here."""
        return replace(self, _conversion_cls=conversion_cls)


class NullType(DataType):
    """Nothing but missing values."""


class BooleanType(DataType):
    """True and False."""


class TinyIntType(DataType):
    """8 bits."""


class SmallIntType(DataType):
    """16 bits."""


class IntType(DataType):
    """32 bits."""


class BigIntType(DataType):
    """64 bits."""


class FloatType(DataType):
    """Single precision."""


class DoubleType(DataType):
    """Double precision."""


class DateType(DataType):
    """Days."""


@dataclass(frozen=True)
class _Sized(DataType):
    length: int = 1

    def __post_init__(self) -> None:
        _within(self.length, 1, _LONGEST, f"the length of a {type(self).__name__}")


class CharType(_Sized):
    """Text of one length."""


class VarCharType(_Sized):
    """Text up to a length."""


class BinaryType(_Sized):
    """Bytes of one length."""


class VarBinaryType(_Sized):
    """Bytes up to a length."""


@dataclass(frozen=True)
class DecimalType(DataType):
    """Numbers of ``precision`` digits, ``scale`` of them behind the point."""

    precision: int = 10
    scale: int = 0

    def __post_init__(self) -> None:
        _within(self.precision, 1, 38, "the precision of a decimal")
        _within(self.scale, 0, self.precision, "the scale of a decimal")


@dataclass(frozen=True)
class _Precise(DataType):
    precision: int = 0

    def __post_init__(self) -> None:
        _within(self.precision, 0, 9, f"the precision of a {type(self).__name__}")


class TimeType(_Precise):
    """Time of day, with ``precision`` digits of the second."""


class TimestampType(_Precise):
    """Date and time without zone, with ``precision`` digits of the second."""


class LocalZonedTimestampType(_Precise):
    """A point in time, with ``precision`` digits of the second."""


@dataclass(frozen=True)
class Resolution:
    """A unit of an interval, and how many digits it has."""

    unit: str
    precision: int = -1


@dataclass(frozen=True)
class IntervalType(DataType):
    """Lengths of time from one unit down to another."""

    upper: Resolution = Resolution("SECOND")
    lower: Resolution | None = None


@dataclass(frozen=True)
class ArrayType(DataType):
    """Lists."""

    element_type: DataType = field(default_factory=NullType)


@dataclass(frozen=True)
class MultisetType(DataType):
    """Values that may come more than once."""

    element_type: DataType = field(default_factory=NullType)


@dataclass(frozen=True)
class MapType(DataType):
    """Keys and values."""

    key_type: DataType = field(default_factory=NullType)
    value_type: DataType = field(default_factory=NullType)


@dataclass(frozen=True)
class ListViewType(DataType):
    """A list in the state of an aggregate function."""

    element_type: DataType = field(default_factory=NullType)


@dataclass(frozen=True)
class MapViewType(DataType):
    """A map in the state of an aggregate function."""

    key_type: DataType = field(default_factory=NullType)
    value_type: DataType = field(default_factory=NullType)


@dataclass(frozen=True)
class RowField:
    """A field of a row."""

    name: str
    data_type: DataType
    description: str | None = None


@dataclass(frozen=True)
class RowType(DataType):
    """Rows of fields."""

    fields: tuple[RowField, ...] = ()

    def field_names(self) -> list[str]:
        """The names in the order of the fields."""
        return [row_field.name for row_field in self.fields]

    def field_types(self) -> list[DataType]:
        """The types in the order of the fields."""
        return [row_field.data_type for row_field in self.fields]

    def __len__(self) -> int:
        return len(self.fields)


class DataTypes:
    """Makes types (Flink's ``DataTypes``). ``nullable``: whether there may be missing values.

    >>> DataTypes.ROW([DataTypes.FIELD("id", DataTypes.INT())]).field_names()
    ['id']
    >>> DataTypes.DECIMAL(4, 5)
    Traceback (most recent call last):
    ValueError: the scale of a decimal must be 0 to 4, got 5
    """

    @staticmethod
    def NULL() -> NullType:
        """Nothing but missing values."""
        return NullType()

    @staticmethod
    def CHAR(length: int, nullable: bool = True) -> CharType:
        """Text of ``length`` characters."""
        return CharType(length, _nullable=nullable)

    @staticmethod
    def VARCHAR(length: int, nullable: bool = True) -> VarCharType:
        """Text of at most ``length`` characters."""
        return VarCharType(length, _nullable=nullable)

    @staticmethod
    def STRING(nullable: bool = True) -> VarCharType:
        """Text."""
        return VarCharType(_LONGEST, _nullable=nullable)

    @staticmethod
    def BOOLEAN(nullable: bool = True) -> BooleanType:
        """True and False."""
        return BooleanType(_nullable=nullable)

    @staticmethod
    def BINARY(length: int, nullable: bool = True) -> BinaryType:
        """``length`` bytes."""
        return BinaryType(length, _nullable=nullable)

    @staticmethod
    def VARBINARY(length: int, nullable: bool = True) -> VarBinaryType:
        """At most ``length`` bytes."""
        return VarBinaryType(length, _nullable=nullable)

    @staticmethod
    def BYTES(nullable: bool = True) -> VarBinaryType:
        """Bytes."""
        return VarBinaryType(_LONGEST, _nullable=nullable)

    @staticmethod
    def DECIMAL(precision: int, scale: int, nullable: bool = True) -> DecimalType:
        """Numbers of 1 to 38 digits, ``scale`` of them behind the point."""
        return DecimalType(precision, scale, _nullable=nullable)

    @staticmethod
    def TINYINT(nullable: bool = True) -> TinyIntType:
        """Whole numbers of 8 bits."""
        return TinyIntType(_nullable=nullable)

    @staticmethod
    def SMALLINT(nullable: bool = True) -> SmallIntType:
        """Whole numbers of 16 bits."""
        return SmallIntType(_nullable=nullable)

    @staticmethod
    def INT(nullable: bool = True) -> IntType:
        """Whole numbers of 32 bits."""
        return IntType(_nullable=nullable)

    @staticmethod
    def BIGINT(nullable: bool = True) -> BigIntType:
        """Whole numbers of 64 bits."""
        return BigIntType(_nullable=nullable)

    @staticmethod
    def FLOAT(nullable: bool = True) -> FloatType:
        """Numbers of single precision."""
        return FloatType(_nullable=nullable)

    @staticmethod
    def DOUBLE(nullable: bool = True) -> DoubleType:
        """Numbers of double precision."""
        return DoubleType(_nullable=nullable)

    @staticmethod
    def DATE(nullable: bool = True) -> DateType:
        """Days."""
        return DateType(_nullable=nullable)

    @staticmethod
    def TIME(precision: int = 0, nullable: bool = True) -> TimeType:
        """Times of day with 0 to 9 digits of the second."""
        return TimeType(precision, _nullable=nullable)

    @staticmethod
    def TIMESTAMP(precision: int = 6, nullable: bool = True) -> TimestampType:
        """Dates with times, without zone, with 0 to 9 digits of the second."""
        return TimestampType(precision, _nullable=nullable)

    @staticmethod
    def TIMESTAMP_WITH_LOCAL_TIME_ZONE(precision: int = 6, nullable: bool = True) -> LocalZonedTimestampType:
        """Points in time with 0 to 9 digits of the second."""
        return LocalZonedTimestampType(precision, _nullable=nullable)

    @staticmethod
    def TIMESTAMP_LTZ(precision: int = 6, nullable: bool = True) -> LocalZonedTimestampType:
        """Short for ``TIMESTAMP_WITH_LOCAL_TIME_ZONE``."""
        return LocalZonedTimestampType(precision, _nullable=nullable)

    @staticmethod
    def ARRAY(element_type: DataType, nullable: bool = True) -> ArrayType:
        """Lists of ``element_type``."""
        return ArrayType(element_type, _nullable=nullable)

    @staticmethod
    def LIST_VIEW(element_type: DataType) -> ListViewType:
        """A list in the state of an aggregate function."""
        return ListViewType(element_type)

    @staticmethod
    def MAP(key_type: DataType, value_type: DataType, nullable: bool = True) -> MapType:
        """Dicts."""
        return MapType(key_type, value_type, _nullable=nullable)

    @staticmethod
    def MAP_VIEW(key_type: DataType, value_type: DataType) -> MapViewType:
        """A map in the state of an aggregate function."""
        return MapViewType(key_type, value_type)

    @staticmethod
    def MULTISET(element_type: DataType, nullable: bool = True) -> MultisetType:
        """Values that may come more than once."""
        return MultisetType(element_type, _nullable=nullable)

    @staticmethod
    def ROW(row_fields: Sequence[Any] | None = None, nullable: bool = True) -> RowType:
        """Rows of fields, each a ``FIELD`` or a type alone, which is called ``f0``, ``f1``, ..."""
        fields = [
            given if isinstance(given, RowField) else RowField(f"f{i}", given)
            for i, given in enumerate(row_fields or [])
        ]
        return RowType(tuple(fields), _nullable=nullable)

    @staticmethod
    def FIELD(name: str, data_type: DataType, description: str | None = None) -> RowField:
        """A field of a row."""
        return RowField(name, data_type, description)

    @staticmethod
    def SECOND(precision: int = 6) -> Resolution:
        """Seconds with 0 to 9 digits."""
        return Resolution("SECOND", precision)

    @staticmethod
    def MINUTE() -> Resolution:
        """Minutes."""
        return Resolution("MINUTE")

    @staticmethod
    def HOUR() -> Resolution:
        """Hours."""
        return Resolution("HOUR")

    @staticmethod
    def DAY(precision: int = 2) -> Resolution:
        """Days of 1 to 6 digits."""
        return Resolution("DAY", precision)

    @staticmethod
    def MONTH() -> Resolution:
        """Months."""
        return Resolution("MONTH")

    @staticmethod
    def YEAR(precision: int = 2) -> Resolution:
        """Years of 1 to 4 digits."""
        return Resolution("YEAR", precision)

    @staticmethod
    def INTERVAL(upper_resolution: Resolution, lower_resolution: Resolution | None = None) -> IntervalType:
        """Lengths of time from one unit down to another."""
        return IntervalType(upper_resolution, lower_resolution)
