"""The types made of other types: rows, tuples, arrays, lists and maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from pyflinkpp.common._typeinfo_base import BasicType, Descriptor, TypeInformation
from pyflinkpp.common.types import Row, RowKind


def _checked(types: Sequence[TypeInformation], what: str) -> tuple[TypeInformation, ...]:
    children = tuple(types)
    for child in children:
        if not isinstance(child, TypeInformation):
            hint = f"; did you mean Types.{child.__name__}()?" if callable(child) else ""
            raise TypeError(f"{what} must be TypeInformation, not {child!r}{hint}")
    return children


class _CompositeTypeInfo(TypeInformation):
    """A type with children; subclasses name their descriptor's kind and their method in `Types`."""

    __slots__ = ("_children", "_converts")

    _kind = ""
    _children: tuple[TypeInformation, ...]
    _converts: bool

    def __init__(self, children: Sequence[TypeInformation]) -> None:
        checked = _checked(children, f"element types of {type(self).__name__}")
        object.__setattr__(self, "_children", checked)
        object.__setattr__(self, "_converts", any(child.need_conversion() for child in checked))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{self!r} cannot be changed")

    def need_conversion(self) -> bool:
        """Whether any of the element types converts values."""
        return self._converts

    def _descriptor(self) -> Descriptor:
        return (self._kind, None, tuple(child._descriptor() for child in self._children))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._children

    def __repr__(self) -> str:
        return f"Types.{self._kind}({', '.join(map(repr, self._children))})"

    def __str__(self) -> str:
        return f"{type(self).__name__}<{', '.join(map(str, self._children))}>"


class RowTypeInfo(_CompositeTypeInfo):
    """Rows with one type for each field; fields without names are called f0, f1, ...

    >>> from pyflinkpp.common import Types
    >>> RowTypeInfo([Types.INT(), Types.STRING()], ['id', 'name']).get_field_index('name')
    1

    Raises ValueError when the names are not as many as the types, or not distinct.
    """

    __slots__ = ("_field_names",)

    _kind = "ROW"
    _field_names: tuple[str, ...] | None

    def __init__(
        self, field_types: Sequence[TypeInformation], field_names: Sequence[str] | None = None
    ) -> None:
        super().__init__(field_types)
        names = None if field_names is None else tuple(field_names)
        if names is not None and len(names) != len(self._children):
            raise ValueError(f"{len(names)} field names {list(names)} for {len(self._children)} field types")
        if names is not None and len(set(names)) != len(names):
            raise ValueError(f"field names must be distinct: {list(names)}")
        object.__setattr__(self, "_field_names", names)

    def get_field_names(self) -> list[str]:
        """The names, f0, f1, ... where none were given."""
        if self._field_names is None:
            return [f"f{index}" for index in range(len(self._children))]
        return list(self._field_names)

    def get_field_index(self, field_name: str) -> int:
        """Position of the field, -1 if there is none of that name."""
        names = self.get_field_names()
        return names.index(field_name) if field_name in names else -1

    def get_field_types(self) -> list[TypeInformation]:
        """The types in the order of the fields."""
        return list(self._children)

    def need_conversion(self) -> bool:
        """True: rows are stored as tuples."""
        return True

    def to_internal_type(self, obj: Any) -> tuple[Any, ...] | None:
        """The field values of a row, dict, list, tuple or object with attributes, in field order.

        Raises ValueError for anything else.
        """
        if obj is None:
            return None
        names = self.get_field_names()
        if isinstance(obj, dict):
            values = [obj.get(name) for name in names]
        elif isinstance(obj, Row):
            values = obj.get_fields_by_names(names)
        elif isinstance(obj, list | tuple):
            values = list(obj)
        elif hasattr(obj, "__dict__"):
            values = [vars(obj).get(name) for name in names]
        else:
            raise ValueError(f"{obj!r} cannot be a row of type {self}")
        return tuple(f.to_internal_type(value) for f, value in zip(self._children, values, strict=True))

    def from_internal_type(self, obj: Any) -> Row | None:
        """A row of the values in `obj`, with this type's field names."""
        if obj is None or isinstance(obj, Row):
            return obj
        row = Row(*(f.from_internal_type(value) for f, value in zip(self._children, obj, strict=True)))
        row.set_field_names(self.get_field_names())
        row.set_row_kind(RowKind.INSERT)
        return row

    def _descriptor(self) -> Descriptor:
        return (self._kind, self._field_names, tuple(child._descriptor() for child in self._children))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowTypeInfo):
            return False
        return self._children == other._children and self.get_field_names() == other.get_field_names()

    def __hash__(self) -> int:
        return hash(self._children)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._children, self._field_names)

    def __repr__(self) -> str:
        if self._field_names is None:
            return f"Types.ROW({list(self._children)!r})"
        return f"Types.ROW_NAMED({list(self._field_names)!r}, {list(self._children)!r})"

    def __str__(self) -> str:
        fields = zip(self.get_field_names(), self._children, strict=True)
        return f"RowTypeInfo({', '.join(f'{name}: {child}' for name, child in fields)})"


class TupleTypeInfo(_CompositeTypeInfo):
    """Python tuples of fixed length, one type for each position."""

    __slots__ = ()
    _kind = "TUPLE"

    def __init__(self, field_types: Sequence[TypeInformation]) -> None:
        super().__init__(field_types)

    def get_field_types(self) -> list[TypeInformation]:
        """The types in order."""
        return list(self._children)

    def to_internal_type(self, obj: Any) -> tuple[Any, ...] | None:
        """The tuple with each element converted; ValueError if the length differs."""
        if obj is None:
            return None
        return tuple(f.to_internal_type(value) for f, value in zip(self._children, obj, strict=True))

    def from_internal_type(self, obj: Any) -> tuple[Any, ...] | None:
        """The reverse of `to_internal_type`."""
        if obj is None:
            return None
        return tuple(f.from_internal_type(value) for f, value in zip(self._children, obj, strict=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._children,)

    def __repr__(self) -> str:
        return f"Types.TUPLE({list(self._children)!r})"

    def __str__(self) -> str:
        return f"TupleTypeInfo({', '.join(map(str, self._children))})"


class _SequenceTypeInfo(_CompositeTypeInfo):
    """A type of many elements of one type."""

    __slots__ = ()

    def __init__(self, elem_type: TypeInformation) -> None:
        super().__init__([elem_type])

    @property
    def elem_type(self) -> TypeInformation:
        """The type of the elements."""
        return self._children[0]

    def to_internal_type(self, obj: Any) -> Any:
        """The elements converted, in a list; as given if none needs conversion."""
        if obj is None or not self._converts:
            return obj
        return [self.elem_type.to_internal_type(value) for value in obj]

    def from_internal_type(self, obj: Any) -> Any:
        """The reverse of `to_internal_type`."""
        if obj is None or not self._converts:
            return obj
        return [self.elem_type.from_internal_type(value) for value in obj]


_NUMBERS = (
    BasicType.BYTE,
    BasicType.SHORT,
    BasicType.INT,
    BasicType.LONG,
    BasicType.FLOAT,
    BasicType.DOUBLE,
)
_PRIMITIVES = frozenset(basic.value for basic in (*_NUMBERS, BasicType.BOOLEAN, BasicType.CHAR))
_BOXED = _PRIMITIVES | {BasicType.STRING.value}


class PrimitiveArrayTypeInfo(_SequenceTypeInfo):
    """Arrays of numbers, truth values or characters that hold no None; of BYTE means Python `bytes`.

    Raises TypeError for another element type.
    """

    __slots__ = ()
    _kind = "PRIMITIVE_ARRAY"

    def __init__(self, elem_type: TypeInformation) -> None:
        super().__init__(elem_type)
        if elem_type._descriptor()[0] not in _PRIMITIVES:
            raise TypeError(f"{elem_type!r} cannot be the element type of a primitive array")

    def _descriptor(self) -> Descriptor:
        element = self.elem_type._descriptor()
        return ("BYTES", None, ()) if element[0] == "BYTE" else (self._kind, None, (element,))


class BasicArrayTypeInfo(_SequenceTypeInfo):
    """Arrays of numbers, truth values, characters or strings that may hold None.

    Raises TypeError for another element type.
    """

    __slots__ = ()
    _kind = "BASIC_ARRAY"

    def __init__(self, elem_type: TypeInformation) -> None:
        super().__init__(elem_type)
        if elem_type._descriptor()[0] not in _BOXED:
            raise TypeError(f"{elem_type!r} cannot be the element type of a basic array")


class ObjectArrayTypeInfo(_SequenceTypeInfo):
    """Arrays of any one type."""

    __slots__ = ()
    _kind = "OBJECT_ARRAY"


class ListTypeInfo(_SequenceTypeInfo):
    """Python lists of any one type."""

    __slots__ = ()
    _kind = "LIST"


class MapTypeInfo(_CompositeTypeInfo):
    """Python dicts with one type of keys and one of values."""

    __slots__ = ()
    _kind = "MAP"

    def __init__(self, key_type_info: TypeInformation, value_type_info: TypeInformation) -> None:
        super().__init__([key_type_info, value_type_info])

    def to_internal_type(self, obj: Any) -> Any:
        """The dict with keys and values converted; as given if none needs conversion."""
        if obj is None or not self._converts:
            return obj
        key, value = self._children
        return {key.to_internal_type(k): value.to_internal_type(v) for k, v in obj.items()}

    def from_internal_type(self, obj: Any) -> Any:
        """The reverse of `to_internal_type`."""
        if obj is None or not self._converts:
            return obj
        key, value = self._children
        return {key.from_internal_type(k): value.from_internal_type(v) for k, v in obj.items()}
