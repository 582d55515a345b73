"""Values of a type to and from what the json module reads and writes, as Flink's JSON row schemas do."""

from __future__ import annotations

import base64
import datetime
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from pyflinkpp._impl.java_text import java_double, java_float, round_to_float
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.types import Row, _create_row

Convert = Callable[[Any], Any]
_RANGES = {"BYTE": 8, "SHORT": 16, "INT": 32, "LONG": 64}
#: What a JSON string must escape; Jackson writes the digits in upper case.
_ESCAPED = re.compile(r'[\x00-\x1f"\\]')
_ESCAPES = {chr(code): f"\\u{code:04X}" for code in range(0x20)} | {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}


def _as_text(node: Any) -> str:
    """Jackson's `asText`; what holds other nodes becomes its JSON."""
    if isinstance(node, str):
        return node
    if isinstance(node, dict | list):
        return _node_text(node)
    if isinstance(node, float):
        return java_double(node)
    return json.dumps(node) if isinstance(node, bool | int) else str(node)


def _node_text(node: Any) -> str:
    if isinstance(node, dict):
        return f"{{{','.join(f'{_string(key)}:{_node_text(value)}' for key, value in node.items())}}}"
    if isinstance(node, list):
        return f"[{','.join(map(_node_text, node))}]"
    return "null" if node is None else _string(node) if isinstance(node, str) else _as_text(node)


def _integer(kind: str) -> Convert:
    bits = _RANGES.get(kind)

    def read(node: Any) -> int:
        is_number = isinstance(node, int | float | Decimal) and not isinstance(node, bool)
        value = int(node) if is_number else int(_as_text(node).strip())
        if bits is not None and not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
            raise ValueError(f"{value} does not fit into {kind}")
        return value

    return read


def _double(node: Any) -> float:
    return float(node if isinstance(node, int | float | Decimal) else _as_text(node).strip())


def _single(node: Any) -> float:
    return round_to_float(_double(node))


def _boolean(node: Any) -> bool:
    return node if isinstance(node, bool) else _as_text(node).strip().lower() == "true"


def _decimal(node: Any) -> Decimal:
    try:
        return Decimal(node if isinstance(node, int | Decimal) else _as_text(node))
    except InvalidOperation:
        raise ValueError(f"{node!r} is not a decimal number") from None


def _zoneless(value: Any) -> Any:
    """The same date-time or time in UTC without its zone."""
    if value.tzinfo is None:
        return value
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).replace(tzinfo=None)
    return value.replace(tzinfo=None)


def _instant(node: Any) -> Any:
    from pyflinkpp.common.time import Instant

    moment = datetime.datetime.fromisoformat(_as_text(node))
    moment = moment.replace(tzinfo=datetime.UTC) if moment.tzinfo is None else moment
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return Instant(since // datetime.timedelta(seconds=1), since.microseconds * 1000)


_READERS: dict[str, Convert] = {
    "STRING": _as_text,
    "CHAR": _as_text,
    "BOOLEAN": _boolean,
    **{kind: _integer(kind) for kind in (*_RANGES, "BIG_INT")},
    "FLOAT": _single,
    "DOUBLE": _double,
    "BIG_DEC": _decimal,
    "DATE": lambda node: datetime.date.fromisoformat(_as_text(node)),
    "TIME": lambda node: _zoneless(datetime.time.fromisoformat(_as_text(node))),
    "TIMESTAMP": lambda node: _zoneless(datetime.datetime.fromisoformat(_as_text(node))),
    "INSTANT": _instant,
    "BYTES": lambda node: base64.b64decode(_as_text(node), validate=True),
}


def _seconds(value: Any) -> str:
    """``HH:MM:SS`` with as many decimals as needed, and ``Z``."""
    text = value.strftime("%H:%M:%S")
    fraction = f"{value.microsecond:06d}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def _instant_text(value: Any) -> str:
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(
        seconds=value.seconds, microseconds=value.nanos // 1000
    )
    return f"{moment.date().isoformat()}T{_seconds(moment)}"


def _string(value: str) -> str:
    return f'"{_ESCAPED.sub(lambda found: _ESCAPES[found[0]], value)}"'


def _number(show: Convert) -> Convert:
    """A float as JSON; NaN and the infinities as strings, like Jackson."""
    return lambda value: show(value) if math.isfinite(value) else f'"{show(value)}"'


_WRITERS: dict[str, Convert] = {
    **dict.fromkeys(("STRING", "CHAR"), _string),
    **dict.fromkeys(("BYTE", "SHORT", "INT", "LONG", "BIG_INT", "BIG_DEC"), str),
    "BOOLEAN": lambda value: "true" if value else "false",
    "FLOAT": _number(java_float),
    "DOUBLE": _number(java_double),
    "DATE": lambda value: f'"{value.isoformat()}"',
    "TIME": lambda value: f'"{_seconds(value)}"',
    "TIMESTAMP": lambda value: f'"{value.date().isoformat()}T{_seconds(value)}"',
    "INSTANT": lambda value: f'"{_instant_text(value)}"',
    "BYTES": lambda value: f'"{base64.b64encode(value).decode()}"',
}


def _sequence(item: Convert) -> Convert:
    def read(node: Any) -> list[Any]:
        if not isinstance(node, list | tuple):
            raise ValueError(f"{node!r} is not an array")
        return [item(x) for x in node]

    return read


def reader(descriptor: Any, fail_on_missing: bool = False, ignore_errors: bool = False) -> Convert:
    """A function from a parsed JSON node to a value; ``null`` becomes ``None``.

    Raises ``NotBuiltError`` for a type that JSON can't carry.
    """
    convert = _reader(descriptor, fail_on_missing, ignore_errors)

    def read(node: Any) -> Any:
        if node is None:
            return None
        if not ignore_errors:
            return convert(node)
        try:
            return convert(node)
        except (ValueError, TypeError, LookupError):
            return None

    return read


def _reader(descriptor: Any, fail: bool, ignore: bool) -> Convert:
    kind, names, children = descriptor
    if kind in _READERS:
        return _READERS[kind]
    parts = [reader(child, fail, ignore) for child in children]
    if kind == "ROW":
        return _row_reader(list(names or (f"f{i}" for i in range(len(parts)))), parts, fail)
    if kind in ("LIST", "OBJECT_ARRAY", "BASIC_ARRAY", "PRIMITIVE_ARRAY"):
        return _sequence(parts[0])
    if kind == "MAP":
        return lambda node: {parts[0](k): parts[1](v) for k, v in node.items()}
    if kind == "TUPLE":
        return lambda node: tuple(part(x) for part, x in zip(parts, node, strict=True))
    raise NotBuiltError(f"the type {kind} can't be read from JSON")


def _row_reader(names: list[str], parts: list[Convert], fail_on_missing: bool) -> Convert:
    fields = list(zip(names, parts, strict=True))

    def read(node: Any) -> Row:
        if not isinstance(node, dict):
            raise ValueError(f"{node!r} is not an object")
        if fail_on_missing:
            for name in names:
                if name not in node:
                    raise LookupError(f"Could not find field with name {name!r}")
        try:
            values = [part(node.get(name)) for name, part in fields]
        except (ValueError, TypeError, LookupError):
            raise _field_error(node, fields) from None
        return _create_row(names, values)

    return read


def _field_error(node: dict[str, Any], fields: list[tuple[str, Convert]]) -> ValueError:
    """Reads anew what failed: the name of a field is only needed then."""
    for name, part in fields:
        try:
            part(node.get(name))
        except (ValueError, TypeError, LookupError) as error:
            return ValueError(f"field {name!r}: {error}")
    return ValueError(f"{node!r} can't be read")


def writer(descriptor: Any) -> Convert:
    """A function from a value to its JSON text, without spaces; ``None`` becomes ``null``.

    Raises ``NotBuiltError`` for a type that JSON can't carry.
    """
    convert = _writer(descriptor)
    return lambda value: "null" if value is None else convert(value)


def _writer(descriptor: Any) -> Convert:
    kind, names, children = descriptor
    if kind in _WRITERS:
        return _WRITERS[kind]
    parts = [writer(child) for child in children]
    if kind == "ROW":
        keys = (_string(n) for n in names or (f"f{i}" for i in range(len(parts))))
        fields = list(zip(keys, parts, strict=True))

        def write(value: Any) -> str:
            if len(value) != len(fields):
                raise ValueError(f"{value!r} has {len(value)} fields, the schema {len(fields)}")
            return f"{{{','.join(f'{key}:{part(x)}' for (key, part), x in zip(fields, value, strict=True))}}}"

        return write
    if kind in ("LIST", "OBJECT_ARRAY", "BASIC_ARRAY", "PRIMITIVE_ARRAY"):
        return lambda value: f"[{','.join(map(parts[0], value))}]"
    if kind == "MAP":
        return lambda value: f"{{{','.join(f'{_string(str(k))}:{parts[1](v)}' for k, v in value.items())}}}"
    if kind == "TUPLE":
        return lambda value: f"[{','.join(part(x) for part, x in zip(parts, value, strict=True))}]"
    raise NotBuiltError(f"the type {kind} can't be written to JSON")
