"""Values in the text of errors: short whatever their size, and whatever their classes do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyflinkpp.common.types import Row

_DEEPEST = 20


def shown(value: Any, limit: int = 300) -> str:
    """`repr(value)`, or its first `limit` characters and what is left of it; never raises.

    Of strings and collections no more is looked at than is shown. Lone surrogates are escaped.

    >>> shown({'a': [1, 'x']})
    "{'a': [1, 'x']}"
    >>> shown('x' * 10**8, 10)
    "'xxxxxxxxx... (100000000 characters)"
    >>> shown(list(range(10**6)), 10)
    '[0, 1, 2, ... (1000000 elements)'
    """
    text = ""
    for piece in _pieces(value, limit, 0):
        text += piece
        if len(text) > limit:
            text = f"{text[:limit]}...{_size(value, len(text))}"
            break
    return text.encode("utf-8", "backslashreplace").decode()


def said(error: BaseException) -> str:
    """What an exception says of itself; never raises."""
    try:
        return str(error)
    except Exception as reason:
        return f"<{type(error).__name__}{shown(error.args)} whose str fails with {type(reason).__name__}>"


def _pieces(value: Any, limit: int, depth: int) -> Iterator[str]:
    kind = type(value)
    if depth > _DEEPEST:
        yield "..."
    elif kind is str or kind is bytes or kind is bytearray:
        yield repr(value[: limit + 1])
    elif kind in _BRACKETS and (value or kind not in _EMPTY):
        opening, closing = _BRACKETS[kind]
        yield opening
        yield from _listed(_pieces(item, limit, depth + 1) for item in value)
        yield ",)" if kind is tuple and len(value) == 1 else closing
    elif kind is dict:
        yield "{"
        keys = ((_pieces(key, limit, depth + 1), item) for key, item in value.items())
        yield from _listed(_named(key, ": ", item, limit, depth) for key, item in keys)
        yield "}"
    elif kind is Row:
        yield from _row(value, limit, depth)
    else:
        yield _own(value)


def _row(row: Row, limit: int, depth: int) -> Iterator[str]:
    values = getattr(row, "_values", ())
    if hasattr(row, "_fields"):
        yield "Row("
        names = zip(row._fields, values, strict=False)
        yield from _listed(_named([str(name)], "=", value, limit, depth) for name, value in names)
        yield ")"
    else:
        yield "<Row("
        yield from _listed(_pieces(value, limit, depth + 1) for value in values)
        yield ")>"


def _listed(items: Iterable[Iterable[str]]) -> Iterator[str]:
    between = ""
    for item in items:
        yield between
        yield from item
        between = ", "


def _named(name: Iterable[str], sign: str, value: Any, limit: int, depth: int) -> Iterator[str]:
    yield from name
    yield sign
    yield from _pieces(value, limit, depth + 1)


def _own(value: Any) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__} whose repr fails>"


def _size(value: Any, written: int) -> str:
    kind = type(value)
    if kind is str:
        return f" ({len(value)} characters)"
    if kind is bytes or kind is bytearray:
        return f" ({len(value)} bytes)"
    if kind in _BRACKETS or kind is dict or kind is Row:
        return f" ({len(value)} elements)"
    return f" ({written} characters)"


_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
_EMPTY = (set, frozenset)
