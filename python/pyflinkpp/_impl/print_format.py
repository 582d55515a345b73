"""How `print()` writes values: as Flink does, in Java's notation where the type is declared."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pyflinkpp.common.types import Row

Formatter = Callable[[Any], str]


def formatter(descriptor: tuple[Any, ...]) -> Formatter:
    """The text of a record of the described type (see `TypeInformation._descriptor`)."""
    kind = descriptor[0]
    if kind == "PICKLED":
        return str
    if kind == "ROW":
        return _row_text
    return _java_text


def _row_text(row: Any) -> str:
    if not isinstance(row, Row):
        return str(row)
    return f"{row.get_row_kind()}[{','.join(str(value) for value in row)}]"


def _java_text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, tuple):
        return f"({','.join(map(_java_text, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(_java_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_java_text(k)}={_java_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, bytes):
        return f"[{', '.join(str(b - 256 if b > 127 else b) for b in value)}]"
    if isinstance(value, Row):
        return f"{value.get_row_kind()}[{', '.join(map(_java_text, value))}]"
    return str(value)


def java_double(value: float) -> str:
    """Java's `Double.toString`.

    >>> [java_double(x) for x in (1.5, 100.0, 1e7, 0.001, 0.0001, -0.0, float('nan'), 1.25e-10)]
    ['1.5', '100.0', '1.0E7', '0.001', '1.0E-4', '-0.0', 'NaN', '1.25E-10']
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return text if "e" not in text else f"{value:f}"
    sign, digits, exponent = _decimal(value)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _decimal(value: float) -> tuple[str, str, int]:
    mantissa, _, exponent = f"{value!r}".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = whole + fraction
    first = len(digits) - len(digits.lstrip("0"))
    shown = digits.lstrip("0").rstrip("0") or "0"
    return sign, shown, len(whole) - 1 - first + int(exponent or 0)
