"""Count windows as PyFlink has them, and the global window."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common.typeinfo import Types
from pyflinkpp.datastream._checks import positive
from pyflinkpp.datastream._windowing.assigner_base import WindowAssigner
from pyflinkpp.datastream._windowing.counting_triggers import CountTrigger
from pyflinkpp.datastream._windowing.trigger_base import Trigger
from pyflinkpp.datastream._windowing.triggers import NeverTrigger
from pyflinkpp.datastream._windowing.windows import (
    CountWindow,
    CountWindowSerializer,
    GlobalWindow,
    GlobalWindowSerializer,
)
from pyflinkpp.datastream.state import ValueStateDescriptor


class _CountAssigner(WindowAssigner[Any, CountWindow]):
    """Numbers the elements of each key in a ValueState and derives windows from the number."""

    def __init__(self, window_size: int) -> None:
        self._window_size = positive(window_size, "window_size")
        self._counter = ValueStateDescriptor(self._counter_name, Types.LONG())

    _counter_name = ""

    def _next_index(self, context: WindowAssigner.WindowAssignerContext) -> int:
        counter = context.get_runtime_context().get_state(self._counter)
        index: int = counter.value() or 0
        counter.update(index + 1)
        return index

    def get_default_trigger(self, env: Any) -> Trigger[Any, Any]:
        """Fires when the window is full."""
        return CountTrigger(self._window_size)

    def get_window_serializer(self) -> CountWindowSerializer:
        """``CountWindowSerializer``."""
        return CountWindowSerializer()

    def is_event_time(self) -> bool:
        """False."""
        return False


class CountTumblingWindowAssigner(_CountAssigner):
    """Every ``window_size`` elements of a key form a window."""

    _counter_name = "tumble-count-assigner"

    def __init__(self, window_size: int) -> None:
        """Raises ``ValueError`` for a size below 1."""
        super().__init__(window_size)

    @staticmethod
    def of(window_size: int) -> CountTumblingWindowAssigner:
        """Windows of ``window_size`` elements."""
        return CountTumblingWindowAssigner(window_size)

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> list[CountWindow]:
        """The window of the element's number."""
        return [CountWindow(self._next_index(context) // self._window_size)]


class CountSlidingWindowAssigner(_CountAssigner):
    """A window of ``window_size`` elements begins at every ``window_slide``-th element of a key."""

    _counter_name = "slide-count-assigner"

    def __init__(self, window_size: int, window_slide: int) -> None:
        """Raises ``ValueError`` for a number below 1."""
        super().__init__(window_size)
        self._window_slide = positive(window_slide, "window_slide")

    @staticmethod
    def of(window_size: int, window_slide: int) -> CountSlidingWindowAssigner:
        """Windows of ``window_size`` elements, ``window_slide`` apart."""
        return CountSlidingWindowAssigner(window_size, window_slide)

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> list[CountWindow]:
        """All windows that hold the element's number, the latest first; none in a gap."""
        index = self._next_index(context)
        last = index // self._window_slide
        first = max(0, -((self._window_size - 1 - index) // self._window_slide))
        return [CountWindow(number) for number in range(last, first - 1, -1)]


class GlobalWindows(WindowAssigner[Any, GlobalWindow]):
    """One window for everything, which needs a trigger to ever fire (Flink's ``GlobalWindows``).

    >>> GlobalWindows.create().assign_windows("x", 0, None)
    [GlobalWindow]
    """

    def __init__(self) -> None:
        pass

    @staticmethod
    def create() -> GlobalWindows:
        """A new assigner."""
        return GlobalWindows()

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> list[GlobalWindow]:
        """The global window."""
        return [GlobalWindow.get()]

    def get_default_trigger(self, env: Any) -> Trigger[Any, Any]:
        """``NeverTrigger``."""
        return NeverTrigger()

    def get_window_serializer(self) -> GlobalWindowSerializer:
        """``GlobalWindowSerializer``."""
        return GlobalWindowSerializer()

    def is_event_time(self) -> bool:
        """False."""
        return False

    def __repr__(self) -> str:
        return "GlobalWindows()"
