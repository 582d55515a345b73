"""Numbers as Java reads and writes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyflinkpp._native as _native

_BITS = {"BYTE": 8, "SHORT": 16, "INT": 32, "LONG": 64}
_FLOAT = ("FLOAT", None, ())
_SHOWN: Any = _native.showing_floats(_FLOAT)
_NOT_FINITE = {"NaN", "Infinity", "+Infinity", "-Infinity", "+NaN", "-NaN"}


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
        text = repr(float(value))
        return text if "e" not in text else f"{value:f}"
    sign, digits, exponent = _scientific(value)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def java_float(value: float) -> str:
    """Java's `Float.toString`: as many digits as tell the single-precision number from its neighbours.

    >>> java_float(0.1), java_float(1 / 3)
    ('0.1', '0.33333334')
    """
    return java_double(_SHOWN(value))


def round_to_float(value: float) -> float:
    """The nearest single-precision number.

    >>> round_to_float(1 / 3)
    0.3333333432674408
    """
    rounded: float = _native.coerce(value, _FLOAT)
    return rounded


def _scientific(value: float) -> tuple[str, str, int]:
    mantissa, _, exponent = f"{float(value)!r}".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = whole + fraction
    first = len(digits) - len(digits.lstrip("0"))
    shown = digits.lstrip("0").rstrip("0") or "0"
    return sign, shown, len(whole) - 1 - first + int(exponent or 0)


def java_integer(kind: str) -> Callable[[str], int]:
    """Java's `parseByte`, … of the kind (BIG_INT has no bounds). Raises ValueError.

    >>> java_integer("BYTE")(" -128 ")
    -128
    """
    bits = _BITS.get(kind)
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if bits else (None, None)

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a whole number") from None
        if "_" in text:
            raise ValueError(f"{text!r} is not a whole number")
        if low is not None and high is not None and not low <= value <= high:
            raise ValueError(f"{text!r} does not fit {kind}, which holds {low} to {high}")
        return value

    return parse


def parse_java_double(text: str) -> float:
    """Java's `Double.parseDouble`. Raises ValueError.

    >>> parse_java_double("1e3"), parse_java_double("2.5f"), parse_java_double("-Infinity")
    (1000.0, 2.5, -inf)
    """
    stripped = text.strip()
    number = stripped[:-1] if stripped[-1:] in tuple("fFdD") else stripped
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if "_" in number or (not math.isfinite(value) and number[-1:].isalpha() and number not in _NOT_FINITE):
        raise ValueError(f"{text!r} is not a number")
    return value
