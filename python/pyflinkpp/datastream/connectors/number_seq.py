"""A source of consecutive numbers."""

from __future__ import annotations

from dataclasses import dataclass

from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import MAX_LONG_VALUE, MIN_LONG_VALUE
from pyflinkpp.datastream.connectors.base import Source

__all__ = ["NumberSequenceSource"]


@dataclass(frozen=True)
class NumberSequenceSource(Source):
    """The numbers from ``start`` to ``end``, both included, dealt out over the subtasks.

    Bounded; the position is part of checkpoints. Follows Flink's ``NumberSequenceSource``.

    >>> NumberSequenceSource(1, 10)
    NumberSequenceSource(start=1, end=10)

    Raises ``ValueError`` where ``end`` is below ``start`` or a number exceeds 64 bits.
    """

    start: int
    end: int

    _connector = "number-sequence"
    _native_kind = "number_sequence"

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end)):
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"{name} must be an int, not {value!r}")
            if not MIN_LONG_VALUE <= value <= MAX_LONG_VALUE:
                raise ValueError(f"{name} must be a 64-bit number, got {value}")
        if self.end < self.start:
            raise ValueError(f"end must not be below start {self.start}, got {self.end}")

    def _produced_type(self) -> TypeInformation:
        return Types.LONG()
