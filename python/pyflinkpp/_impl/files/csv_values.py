"""Values of a type as CSV text, both ways, as Flink's CSV row schemas and formats have it."""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from pyflinkpp._impl.java_text import java_double, java_float, java_integer, parse_java_double, round_to_float
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.types import Row

Descriptor = tuple[Any, ...]
Parse = Callable[[str], Any]
Show = Callable[[Any], str]

ARRAYS = ("LIST", "OBJECT_ARRAY", "BASIC_ARRAY", "PRIMITIVE_ARRAY")
#: Kinds that are written without a look at whether they need quotes.
UNQUOTED = ("BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "BIG_INT", "BIG_DEC")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?")


def _boolean(text: str) -> bool:
    return text.strip().lower() == "true"


def parse_decimal(text: str) -> Decimal:
    """Java's `new BigDecimal`. Raises ValueError."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or "_" in text:
        raise ValueError(f"{text!r} is not a decimal number")
    return value


def decimal_of(precision: int, scale: int) -> Parse:
    """Decimals rounded half up to a scale; None where that takes more digits than the precision."""

    def parse(text: str) -> Decimal | None:
        value = parse_decimal(text).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        return value if len(value.as_tuple().digits) <= precision or value.is_zero() else None

    return parse


def _date(text: str) -> datetime.date:
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a date like 2024-02-29")
    return datetime.date(*map(int, found.groups()))


def _time(text: str) -> datetime.time:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time like 12:30:59")
    hour, minute, second, fraction = found.groups()
    micros = int((fraction or "").ljust(9, "0")[:6])
    return datetime.time(int(hour), int(minute), int(second), micros)


def _timestamp(text: str) -> datetime.datetime:
    date, _, time = text.strip().partition(" ")
    return datetime.datetime.combine(_date(date), _time(time))


def _instant(text: str) -> Any:
    from pyflinkpp.common.time import Instant

    if not text.endswith("Z"):
        raise ValueError(f"{text!r} is not an instant like 2024-02-29 12:30:59Z")
    since = _timestamp(text[:-1]) - datetime.datetime(1970, 1, 1)
    return Instant(since // datetime.timedelta(seconds=1), since.microseconds * 1000)


_PARSERS: dict[str, Parse] = {
    "STRING": lambda text: text,
    "CHAR": lambda text: text,
    "BOOLEAN": _boolean,
    **{kind: java_integer(kind) for kind in ("BYTE", "SHORT", "INT", "LONG", "BIG_INT")},
    "DOUBLE": parse_java_double,
    "FLOAT": lambda text: round_to_float(parse_java_double(text)),
    "BIG_DEC": lambda text: parse_decimal(text.strip()),
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP": _timestamp,
    "INSTANT": _instant,
    "BYTES": lambda text: base64.b64decode(text, validate=True),
}


def parser(descriptor: Descriptor, null: str | None, separator: str, lenient: bool = False) -> Parse:
    """Text to a value of the type; `null` is the text for None, `separator` is between array elements.

    With `lenient` what can't be read becomes None; else it raises ValueError. Raises NotBuiltError for a
    type that CSV can't carry.
    """
    convert = _parser(descriptor, null, separator, lenient)

    def parse(text: str) -> Any:
        if text == null:
            return None
        if not lenient:
            return convert(text)
        try:
            return convert(text)
        except ValueError:
            return None

    return parse


def _parser(descriptor: Descriptor, null: str | None, separator: str, lenient: bool) -> Parse:
    kind, names, children = descriptor
    if kind in _PARSERS:
        return _PARSERS[kind]
    if kind in ARRAYS:
        element = parser(children[0], null, separator, lenient)
        return lambda text: [element(part) for part in split_array(text, separator)]
    if kind == "ROW":
        fields = [parser(child, null, separator, lenient) for child in children]

        def parse_row(text: str) -> Row | None:
            parts = split_array(text, separator)
            if not parts:
                return None
            if len(parts) != len(fields):
                raise ValueError(f"{text!r} has {len(parts)} fields, and {len(fields)} are expected")
            row = Row(*(field(part) for field, part in zip(fields, parts, strict=True)))
            row.set_field_names(list(names or (f"f{i}" for i in range(len(fields)))))
            return row

        return parse_row
    raise NotBuiltError(f"the type {kind} can't be read from CSV")


def split_array(text: str, separator: str) -> list[str]:
    """The elements of an array: none in blank text, and one where there is no separator."""
    if not text.strip():
        return []
    return text.split(separator) if separator else [text]


def _show_time(value: datetime.time) -> str:
    return value.strftime("%H:%M:%S")


def _show_timestamp(value: datetime.datetime) -> str:
    fraction = f"{value.microsecond:06d}".rstrip("0") or "0"
    return f"{value.date().isoformat()} {value.strftime('%H:%M:%S')}.{fraction}"


def _show_instant(value: Any) -> str:
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=value.seconds)
    fraction = f".{value.nanos:09d}".rstrip("0") if value.nanos else ""
    return f"{moment.isoformat(' ')}{fraction}Z"


_SHOWN: dict[str, Show] = {
    "STRING": str,
    "CHAR": str,
    "BOOLEAN": lambda value: "true" if value else "false",
    **dict.fromkeys(("BYTE", "SHORT", "INT", "LONG", "BIG_INT", "BIG_DEC"), str),
    "DOUBLE": java_double,
    "FLOAT": java_float,
    "DATE": lambda value: value.isoformat(),
    "TIME": _show_time,
    "TIMESTAMP": _show_timestamp,
    "INSTANT": _show_instant,
    "BYTES": lambda value: base64.b64encode(value).decode(),
}


def shower(descriptor: Descriptor, null: str | None, separator: str) -> Show:
    """A value of the type to its text, which is not quoted yet. Raises NotBuiltError as `parser` does."""
    convert = _shower(descriptor, null, separator)
    empty = null or ""
    return lambda value: empty if value is None else convert(value)


def _shower(descriptor: Descriptor, null: str | None, separator: str) -> Show:
    kind, _, children = descriptor
    if kind in _SHOWN:
        return _SHOWN[kind]
    if kind in ARRAYS:
        element = shower(children[0], null, separator)
        return lambda value: separator.join(map(element, value))
    if kind == "ROW":
        fields = [shower(child, null, separator) for child in children]
        return lambda value: separator.join(field(part) for field, part in zip(fields, value, strict=True))
    raise NotBuiltError(f"the type {kind} can't be written to CSV")
