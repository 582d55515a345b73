"""`TypeSerializer`, by which user classes (custom windows, for one) say how they become bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, BinaryIO, Generic, TypeVar

__all__ = ["TypeSerializer", "VoidNamespaceSerializer"]

T = TypeVar("T")


class TypeSerializer(ABC, Generic[T]):
    """Writes elements of one type to a binary stream and reads them back.

    Serializers are equal when they have the same class and attributes.

    >>> import io
    >>> class Utf8(TypeSerializer[str]):
    ...     def serialize(self, element, stream):
    ...         stream.write(element.encode())
    ...     def deserialize(self, stream):
    ...         return stream.read().decode()
    >>> Utf8().deserialize(io.BytesIO(Utf8().to_bytes('ä')))
    'ä'
    """

    @abstractmethod
    def serialize(self, element: T, stream: BinaryIO) -> None:
        """Write `element` to the stream."""

    @abstractmethod
    def deserialize(self, stream: BinaryIO) -> T:
        """Read the next element from the stream, taking exactly the bytes that `serialize` wrote."""

    def to_bytes(self, element: T) -> bytes:
        """What `serialize` writes for the element."""
        import io

        stream = io.BytesIO()
        self.serialize(element, stream)
        return stream.getvalue()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class VoidNamespaceSerializer(TypeSerializer[Any]):
    """Writes nothing and reads None; for state without namespace."""

    def serialize(self, element: Any, stream: BinaryIO) -> None:
        """Write nothing."""

    def deserialize(self, stream: BinaryIO) -> None:
        """Read nothing."""
