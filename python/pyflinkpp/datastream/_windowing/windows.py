"""The windows themselves, and how they are written."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from pyflinkpp.common.serializer import TypeSerializer
from pyflinkpp.datastream._checks import MAX_LONG_VALUE, positive

if TYPE_CHECKING:
    from pyflinkpp.datastream._windowing.assigner_base import MergingWindowAssigner


class Window(ABC):
    """Groups elements; subclasses need equality and hash (Flink's ``Window``)."""

    @abstractmethod
    def max_timestamp(self) -> int:
        """The largest timestamp that can belong to it; its cleanup time follows from this."""


class TimeWindow(Window):
    """From ``start`` (inclusive) to ``end`` (exclusive), milliseconds (Flink's ``TimeWindow``).

    >>> TimeWindow(0, 10).max_timestamp()
    9
    >>> TimeWindow(0, 10).intersects(TimeWindow(10, 20))
    True
    """

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end

    def max_timestamp(self) -> int:
        """``end - 1``."""
        return self.end - 1

    def intersects(self, other: TimeWindow) -> bool:
        """Whether both overlap or touch, so that sessions merge."""
        return self.start <= other.end and self.end >= other.start

    def cover(self, other: TimeWindow) -> TimeWindow:
        """The smallest window that holds both."""
        return TimeWindow(min(self.start, other.start), max(self.end, other.end))

    @staticmethod
    def get_window_start_with_offset(timestamp: int, offset: int, window_size: int) -> int:
        """Start of the window of ``window_size`` ms that holds ``timestamp``, floored also below zero.

        >>> TimeWindow.get_window_start_with_offset(-1, 0, 10)
        -10
        """
        return timestamp - (timestamp - offset) % positive(window_size, "window_size")

    @staticmethod
    def merge_windows(
        windows: Iterable[TimeWindow], callback: MergingWindowAssigner.MergeCallback[TimeWindow]
    ) -> None:
        """Call ``callback.merge(merged, result)`` for each group of overlapping or touching windows."""
        groups: list[tuple[TimeWindow, list[TimeWindow]]] = []
        for window in sorted(windows, key=lambda w: (w.start, w.end)):
            if groups and groups[-1][0].intersects(window):
                covering, members = groups[-1]
                groups[-1] = (covering.cover(window), [*members, window])
            else:
                groups.append((window, [window]))
        for covering, members in groups:
            if len(members) > 1:
                callback.merge(members, covering)

    def __eq__(self, other: object) -> bool:
        return type(other) is TimeWindow and self.start == other.start and self.end == other.end

    def __lt__(self, other: TimeWindow) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def __hash__(self) -> int:
        return hash((self.start, self.end))

    def __repr__(self) -> str:
        return f"TimeWindow(start={self.start}, end={self.end})"


class CountWindow(Window):
    """The window with the number ``id`` of a key's count windows."""

    __slots__ = ("id",)

    def __init__(self, id: int) -> None:
        self.id = id

    def max_timestamp(self) -> int:
        """Long.MAX: time does not end it."""
        return MAX_LONG_VALUE

    def __eq__(self, other: object) -> bool:
        return type(other) is CountWindow and self.id == other.id

    def __hash__(self) -> int:
        return hash(("CountWindow", self.id))

    def __repr__(self) -> str:
        return f"CountWindow(id={self.id})"


class GlobalWindow(Window):
    """The one window of ``GlobalWindows``.

    >>> GlobalWindow.get() == GlobalWindow()
    True
    """

    __slots__ = ()

    def __init__(self) -> None:
        pass

    @staticmethod
    def get() -> GlobalWindow:
        """The shared instance."""
        return _GLOBAL_WINDOW

    def max_timestamp(self) -> int:
        """Long.MAX."""
        return MAX_LONG_VALUE

    def __eq__(self, other: object) -> bool:
        return type(other) is GlobalWindow

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "GlobalWindow"


_GLOBAL_WINDOW = GlobalWindow()


class _WindowSerializer(TypeSerializer[Any]):
    """Big-endian fixed-length windows on a binary stream; equal by class."""

    _layout = struct.Struct(">b")

    def __init__(self) -> None:
        pass

    def _read(self, stream: BinaryIO) -> tuple[int, ...]:
        data = stream.read(self._layout.size)
        if len(data) != self._layout.size:
            raise EOFError(f"{type(self).__name__}: {len(data)} of {self._layout.size} bytes left")
        return self._layout.unpack(data)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class TimeWindowSerializer(_WindowSerializer):
    """A ``TimeWindow`` as two 64-bit integers: start, end."""

    _layout = struct.Struct(">qq")

    def serialize(self, element: TimeWindow, stream: BinaryIO) -> None:
        """Write 16 bytes."""
        stream.write(self._layout.pack(element.start, element.end))

    def deserialize(self, stream: BinaryIO) -> TimeWindow:
        """Read 16 bytes; ``EOFError`` where there are fewer."""
        return TimeWindow(*self._read(stream))


class CountWindowSerializer(_WindowSerializer):
    """A ``CountWindow`` as one 64-bit integer."""

    _layout = struct.Struct(">q")

    def serialize(self, element: CountWindow, stream: BinaryIO) -> None:
        """Write 8 bytes."""
        stream.write(self._layout.pack(element.id))

    def deserialize(self, stream: BinaryIO) -> CountWindow:
        """Read 8 bytes; ``EOFError`` where there are fewer."""
        return CountWindow(*self._read(stream))


class GlobalWindowSerializer(_WindowSerializer):
    """The ``GlobalWindow`` as one zero byte."""

    def serialize(self, element: GlobalWindow, stream: BinaryIO) -> None:
        """Write 1 byte."""
        stream.write(self._layout.pack(0))

    def deserialize(self, stream: BinaryIO) -> GlobalWindow:
        """Read 1 byte; ``EOFError`` where there is none."""
        self._read(stream)
        return GlobalWindow.get()
