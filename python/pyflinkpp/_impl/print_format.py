"""How `print()` writes values: as Flink does, in Java's notation where the type is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.java_text import java_double
from pyflinkpp.common.types import Row

Formatter = Callable[[Any], str]


def formatter(descriptor: tuple[Any, ...]) -> Formatter:
    """The text of a record of the described type (see `TypeInformation._descriptor`)."""
    kind = descriptor[0]
    if kind == "PICKLED":
        return str
    if kind == "ROW":
        return _row_text
    shown = _native.showing_floats(descriptor)
    return _java_text if shown is None else lambda value: _java_text(shown(value))


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
