"""Checks and conversions shared by the declaring classes of this package."""

from __future__ import annotations

import datetime
from typing import Any, NoReturn

from pyflinkpp.common.errors import _no_jvm

#: Smallest and largest 64-bit signed integer: "no timestamp" / first watermark, and last watermark.
MIN_LONG_VALUE = -(1 << 63)
MAX_LONG_VALUE = (1 << 63) - 1


def millis(value: Any, name: str) -> int:
    """Milliseconds of an int, a ``datetime.timedelta``, a ``Time`` or a ``Duration``.

    Raises ``TypeError`` naming the parameter for anything else (``bool`` included).

    >>> millis(datetime.timedelta(seconds=2), "gap")
    2000
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, datetime.timedelta):
        return value // datetime.timedelta(milliseconds=1)
    for method in ("to_milliseconds", "to_millis"):
        convert = getattr(value, method, None)
        if convert is not None:
            return int(convert())
    raise TypeError(f"{name} must be a Time, a Duration or milliseconds as an int, not {value!r}")


def positive(value: int, name: str) -> int:
    """``value`` if it is an int above zero; ``ValueError`` naming both otherwise."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {value!r}")
    if value <= 0:
        raise ValueError(f"{name} must be greater than 0, got {value}")
    return value


def not_negative(value: int, name: str) -> int:
    """``value`` if it is an int of at least zero; ``ValueError`` naming both otherwise."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {value!r}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return value


def text(value: str, name: str) -> str:
    """``value`` if it is a non-empty ``str``; ``TypeError`` or ``ValueError`` otherwise."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {value!r}")
    if not value:
        raise ValueError(f"{name} must not be empty")
    return value


def no_java(what: str) -> NoReturn:
    """Raise ``NoJvmError``: PyFlink hands out or takes a Java object here."""
    _no_jvm(what, "pass the Python object itself")
