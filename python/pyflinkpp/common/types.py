"""Row, the record type with optional field names, and RowKind, what a row does to a changelog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, SupportsIndex, overload

__all__ = ["Row", "RowKind"]


class RowKind(Enum):
    """What a row means in a changelog; `str()` gives the short form.

    >>> [str(kind) for kind in RowKind]
    ['+I', '-U', '+U', '-D']
    """

    INSERT = 0
    UPDATE_BEFORE = 1
    UPDATE_AFTER = 2
    DELETE = 3

    def __str__(self) -> str:
        return _SHORT_NAMES[self._value_]


_SHORT_NAMES = ("+I", "-U", "+U", "-D")


def _create_row(fields: Sequence[str] | None, values: Sequence[Any], row_kind: RowKind | None = None) -> Row:
    """Rebuild a row from its three parts; pickles refer to this function by name."""
    row = Row(*values)
    if fields is not None:
        row._fields = fields
    if row_kind is not None:
        row._row_kind = row_kind
    return row


class Row:
    """A mutable record of values by position and, if it has names, by name and attribute.

    Keyword arguments give a named row whose fields keep the order they were written in. A row of
    strings can be called to make rows whose field names are those strings.

    >>> row = Row(name='Alice', age=11)
    >>> row
    Row(name='Alice', age=11)
    >>> row[0], row['age'], row.name, 'age' in row
    ('Alice', 11, 'Alice', True)
    >>> Person = Row('name', 'age')
    >>> Person('Bob', 5)
    Row(name='Bob', age=5)
    >>> Row(1, 'x', None)
    <Row(1, 'x', None)>

    Two rows are equal when class, kind, field names and values are. The hash covers the values only
    and needs hashable ones.
    """

    # `_fields` stays unset in rows without names, so that hasattr(row, '_fields') tells the two apart.
    __slots__ = ("_fields", "_row_kind", "_values")

    _fields: Sequence[str]
    _row_kind: RowKind
    _values: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Positional values or named values; both together raise ValueError."""
        if kwargs:
            if args:
                raise ValueError("a Row takes positional values or named values, not both")
            self._fields = list(kwargs)
            self._values = list(kwargs.values())
        else:
            self._values = list(args)
        self._row_kind = RowKind.INSERT

    def as_dict(self, recursive: bool = False) -> dict[str, Any]:
        """Field names to values; `recursive` also turns rows inside values, lists and dicts into dicts.

        Raises TypeError if the row has no field names.

        >>> Row(key=1, value=Row(a=2)).as_dict(True)
        {'key': 1, 'value': {'a': 2}}
        """
        if not hasattr(self, "_fields"):
            raise TypeError(f"{self!r} has no field names, so it cannot become a dict")
        values = [_to_plain(value) for value in self._values] if recursive else self._values
        return dict(zip(self._fields, values, strict=False))

    def get_row_kind(self) -> RowKind:
        """The kind of change this row stands for, INSERT unless set."""
        return self._row_kind

    def set_row_kind(self, row_kind: RowKind) -> None:
        """Change the kind of this row in place."""
        self._row_kind = row_kind

    def set_field_names(self, field_names: list[str]) -> None:
        """Name the fields of this row in place, in the order of its values."""
        self._fields = field_names

    def get_fields_by_names(self, names: list[str]) -> list[Any]:
        """The values of `names` in that order; all values if the row has no field names.

        Raises ValueError for a name that the row does not have.
        """
        if not hasattr(self, "_fields"):
            return self._values
        unknown = [name for name in names if name not in self._fields]
        if unknown:
            raise ValueError(f"the row has no fields {unknown}; it has {list(self._fields)}")
        return [self._values[self._fields.index(name)] for name in names]

    @staticmethod
    def of_kind(row_kind: RowKind, *args: Any, **kwargs: Any) -> Row:
        """A row of the given kind.

        >>> Row.of_kind(RowKind.DELETE, 1).get_row_kind()
        <RowKind.DELETE: 3>
        """
        row = Row(*args, **kwargs)
        row._row_kind = row_kind
        return row

    def __contains__(self, item: object) -> bool:
        return item in (self._fields if hasattr(self, "_fields") else self._values)

    def __call__(self, *args: Any) -> Row:
        """A row with `args` as values and this row's values as field names.

        Raises ValueError for more values than names.
        """
        if len(args) > len(self._values):
            raise ValueError(f"{self!r} names {len(self._values)} fields, but {len(args)} values were given")
        return _create_row(self._values, args, self._row_kind)

    @overload
    def __getitem__(self, item: SupportsIndex | str) -> Any: ...

    @overload
    def __getitem__(self, item: slice) -> list[Any]: ...

    def __getitem__(self, item: SupportsIndex | str | slice) -> Any:
        if not isinstance(item, str):
            return self._values[item]
        try:
            return self._values[self._fields.index(item)]
        except (ValueError, IndexError):
            raise ValueError(f"the row has no field {item!r}; it has {list(self._fields)}") from None

    def __setitem__(self, key: SupportsIndex | str | slice, value: Any) -> None:
        if not isinstance(key, str):
            self._values[key] = value
        elif not hasattr(self, "_fields"):
            raise KeyError(key)
        elif key not in self._fields:
            raise ValueError(f"the row has no field {key!r}; it has {list(self._fields)}")
        else:
            self._values[self._fields.index(key)] = value

    def __getattr__(self, item: str) -> Any:
        if item == "_fields":
            raise AttributeError("this Row has no field names; use positions or set_field_names")
        if not item.startswith("_"):
            try:
                return self._values[self._fields.index(item)]
            except (ValueError, IndexError):
                pass
        raise AttributeError(item)

    def __reduce__(self) -> tuple[Any, ...]:
        fields = self._fields if hasattr(self, "_fields") else None
        return _create_row, (fields, tuple(self._values), self._row_kind)

    def __repr__(self) -> str:
        if hasattr(self, "_fields"):
            pairs = zip(self._fields, self._values, strict=False)
            return f"Row({', '.join(f'{name}={value!r}' for name, value in pairs)})"
        return f"<Row({', '.join(map(repr, self._values))})>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row) or self.__class__ is not other.__class__:
            return False
        mine, theirs = getattr(self, "_fields", None), getattr(other, "_fields", None)
        if mine is not theirs and (mine is None or theirs is None or list(mine) != list(theirs)):
            return False
        return self._row_kind is other._row_kind and self._values == other._values

    def __hash__(self) -> int:
        return hash(tuple(self._values))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _to_plain(value: Any) -> Any:
    """`value` with every Row inside it, also in lists and dict values, turned into a dict."""
    if isinstance(value, Row):
        return value.as_dict(True)
    if isinstance(value, list):
        return [_to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _to_plain(item) for key, item in value.items()}
    return value
