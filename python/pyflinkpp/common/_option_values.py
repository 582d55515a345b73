"""How the text of a configuration value is read: truth values, numbers, durations, sizes, lists, maps."""

from __future__ import annotations

import re
from typing import Any

from pyflinkpp.common.time import Duration

_NUMBER_AND_UNIT = re.compile(r"\s*(\d+)\s*([^\d\s]*)\s*")
_ISO_DURATION = re.compile(
    r"\s*([+-]?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9}))?S)?)?\s*", re.IGNORECASE
)

_NANOS_OF_UNIT = {
    unit: nanos
    for nanos, units in (
        (1, "ns nano nanos nanosecond nanoseconds"),
        (1_000, "µs micro micros microsecond microseconds"),
        (1_000_000, "ms milli millis millisecond milliseconds"),
        (1_000_000_000, "s sec secs second seconds"),
        (60_000_000_000, "m min minute minutes"),
        (3_600_000_000_000, "h hour hours"),
        (86_400_000_000_000, "d day days"),
    )
    for unit in units.split()
}

_BYTES_OF_UNIT = {
    unit: factor
    for factor, units in (
        (1, "b bytes"),
        (1 << 10, "k kb kibibytes"),
        (1 << 20, "m mb mebibytes"),
        (1 << 30, "g gb gibibytes"),
        (1 << 40, "t tb tebibytes"),
    )
    for unit in units.split()
}


def parse_boolean(text: str) -> bool:
    """`true` or `false` in any case, else ValueError.

    >>> parse_boolean('TRUE')
    True
    """
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise ValueError("expected true or false")
    return lowered == "true"


def parse_integer(text: str, bits: int = 64) -> int:
    """A whole number that fits into `bits` bits with sign, else ValueError."""
    if not re.fullmatch(r"\s*[+-]?\d+\s*", text):
        raise ValueError("expected a whole number")
    number = int(text)
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise ValueError(f"expected a whole number of at most {bits} bits")
    return number


def parse_duration(text: str) -> Duration:
    """A number with a unit such as `1 s`, `10min`, `500` (milliseconds), or ISO-8601; else ValueError.

    >>> parse_duration('2 min'), parse_duration('500'), parse_duration('PT1.5S')
    (PT2M, PT0.5S, PT1.5S)
    """
    match = _NUMBER_AND_UNIT.fullmatch(text)
    if match and (match[2].lower() or "ms") in _NANOS_OF_UNIT:
        return Duration.of_nanos(int(match[1]) * _NANOS_OF_UNIT[match[2].lower() or "ms"])
    match = _ISO_DURATION.fullmatch(text)
    if match and any(match.groups()[1:5]):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:5])
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        nanos = total * 1_000_000_000 + int((match[6] or "").ljust(9, "0"))
        return Duration.of_nanos(-nanos if match[1] == "-" else nanos)
    raise ValueError("expected a duration such as '500 ms', '10 s', '5 min', '1 h' or 'PT10S'")


def parse_memory_size(text: str) -> int:
    """Bytes of a number with a unit such as `4 kb`, `64mb`, `1024` (bytes); else ValueError.

    >>> parse_memory_size('4 kb')
    4096
    """
    match = _NUMBER_AND_UNIT.fullmatch(text)
    if not match or (match[2].lower() or "b") not in _BYTES_OF_UNIT:
        raise ValueError("expected a size such as '1024', '4 kb', '64 mb' or '1 gb'")
    return int(match[1]) * _BYTES_OF_UNIT[match[2].lower() or "b"]


def parse_list(text: str) -> list[str]:
    """The items of `[a, b]` or `a;b`; no items for an empty text.

    >>> parse_list('[a, b]'), parse_list('a;b'), parse_list('')
    (['a', 'b'], ['a', 'b'], [])
    """
    stripped = text.strip()
    if not stripped:
        return []
    if stripped.startswith("[") and stripped.endswith("]"):
        return [_unquoted(item) for item in _split(stripped[1:-1], ",") if item.strip()]
    return [_unquoted(item) for item in _split(stripped, ";") if item.strip()]


def parse_map(text: str) -> dict[str, str]:
    """The entries of `{a: 1, b: 2}` or `a:1,b:2`; ValueError for an entry without colon.

    >>> parse_map('a:1,b:2')
    {'a': '1', 'b': '2'}
    """
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        stripped = stripped[1:-1]
    entries = {}
    for entry in _split(stripped, ",", opens_after=":"):
        if not entry.strip():
            continue
        parts = _split(entry, ":", opens_after=":")
        if len(parts) == 1:
            parts = _split(_unquoted(entry), ":", opens_after=":")
        if len(parts) == 1:
            raise ValueError(f"expected key:value entries, not {entry.strip()!r}")
        entries[_unquoted(parts[0])] = _unquoted(":".join(parts[1:]))
    return entries


def to_text(value: Any) -> str:
    """A configuration value as the text that the parsers here read back.

    >>> to_text(True), to_text(['a', 'b']), to_text({'k': 1}), to_text(Duration.of_seconds(2))
    ('true', 'a;b', 'k:1', '2000 ms')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Duration):
        nanos = value.to_nanos()
        return f"{nanos // 1_000_000} ms" if nanos % 1_000_000 == 0 else f"{nanos} ns"
    if isinstance(value, list | tuple):
        return ";".join(_quoted(to_text(item), ";") for item in value)
    if isinstance(value, dict):
        return ",".join(
            f"{_quoted(str(key), ',:')}:{_quoted(to_text(item), ',')}" for key, item in value.items()
        )
    return str(value)


def _split(text: str, separator: str, opens_after: str = "") -> list[str]:
    """Parts between separators that stand outside quotes.

    A quote opens at the start of a part or after one of `opens_after`; doubled, it stands for itself.
    """
    parts, start, quote, position = [], 0, "", 0
    while position < len(text):
        character = text[position]
        if quote:
            if text.startswith(quote * 2, position):
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"" and (text[start:position].strip() or opens_after)[-1:] in opens_after:
            quote = character
        elif character == separator:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def _unquoted(text: str) -> str:
    stripped = text.strip()
    if len(stripped) >= 2 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
        return stripped[1:-1].replace(stripped[0] * 2, stripped[0])
    return stripped


def _quoted(text: str, separators: str) -> str:
    if text and text == text.strip() and text[0] not in "'\"[{" and not set(separators) & set(text):
        return text
    return "'" + text.replace("'", "''") + "'"
