"""Functions that see the contents of a fired window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic

from pyflinkpp.common._type_variables import IN, KEY, OUT, WINDOW
from pyflinkpp.datastream._functions.base import Function, KeyedStateStore


class _WindowContext(ABC, Generic[WINDOW]):
    @abstractmethod
    def window(self) -> WINDOW:
        """The window that fired."""

    @abstractmethod
    def window_state(self) -> KeyedStateStore:
        """State of this key and this window; clear it in ``clear``."""

    @abstractmethod
    def global_state(self) -> KeyedStateStore:
        """State of this key across windows; it is never cleared on its own."""


class WindowFunction(Function, Generic[IN, OUT, KEY, WINDOW]):
    """Computes the results of a keyed window (Flink's ``WindowFunction``).

    >>> class Count(WindowFunction):
    ...     def apply(self, key, window, inputs):
    ...         yield key, sum(1 for _ in inputs)
    >>> list(Count().apply("k", None, [1, 2]))
    [('k', 2)]
    """

    @abstractmethod
    def apply(self, key: KEY, window: WINDOW, inputs: Iterable[IN]) -> Iterable[OUT]:
        """Called at each firing with all elements, in the order of their arrival."""


class AllWindowFunction(Function, Generic[IN, OUT, WINDOW]):
    """Computes the results of a non-keyed window (Flink's ``AllWindowFunction``)."""

    @abstractmethod
    def apply(self, window: WINDOW, inputs: Iterable[IN]) -> Iterable[OUT]:
        """Called at each firing with all elements, in the order of their arrival."""


class ProcessWindowFunction(Function, Generic[IN, OUT, KEY, WINDOW]):
    """As ``WindowFunction``, with a context (Flink's ``ProcessWindowFunction``)."""

    class Context(_WindowContext[Any], ABC):
        """Window, clocks and state of the firing; valid only during the call."""

        @abstractmethod
        def current_processing_time(self) -> int:
            """The wall clock, milliseconds since the epoch."""

        @abstractmethod
        def current_watermark(self) -> int:
            """The operator's event time, milliseconds since the epoch."""

    @abstractmethod
    def process(
        self, key: KEY, context: ProcessWindowFunction.Context, elements: Iterable[IN]
    ) -> Iterable[OUT]:
        """Called at each firing; ``elements`` holds the one result after ``reduce``/``aggregate``."""

    def clear(self, context: ProcessWindowFunction.Context) -> None:
        """Called when the window is dropped, to clear what was kept in ``window_state``."""


class ProcessAllWindowFunction(Function, Generic[IN, OUT, WINDOW]):
    """``ProcessWindowFunction`` of a non-keyed window (Flink's ``ProcessAllWindowFunction``)."""

    class Context(_WindowContext[Any], ABC):
        """Window and state of the firing; valid only during the call."""

    @abstractmethod
    def process(self, context: ProcessAllWindowFunction.Context, elements: Iterable[IN]) -> Iterable[OUT]:
        """Called at each firing."""

    def clear(self, context: ProcessAllWindowFunction.Context) -> None:
        """Called when the window is dropped."""
