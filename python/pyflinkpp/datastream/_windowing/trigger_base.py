"""What a trigger has to answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from pyflinkpp.datastream.state import State, StateDescriptor
    from pyflinkpp.metrics import MetricGroup

T = TypeVar("T")
W = TypeVar("W")


class TriggerResult(Enum):
    """Whether to compute the window's result and whether to drop its contents.

    >>> TriggerResult.FIRE_AND_PURGE.is_purge()
    True
    """

    CONTINUE = (False, False)
    FIRE_AND_PURGE = (True, True)
    FIRE = (True, False)
    PURGE = (False, True)

    def is_fire(self) -> bool:
        """Whether the window's function is called."""
        return self.value[0]

    def is_purge(self) -> bool:
        """Whether the window's contents are dropped."""
        return self.value[1]


class Trigger(ABC, Generic[T, W]):
    """Decides when a window is computed (Flink's ``Trigger``).

    One instance serves all keys and windows: what it remembers belongs into the context's state.
    """

    class TriggerContext(ABC):
        """Clocks, timers and state of the window in hand. Times are milliseconds since the epoch."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The wall clock."""

        @abstractmethod
        def get_metric_group(self) -> MetricGroup:
            """The operator's metric group."""

        @abstractmethod
        def get_current_watermark(self) -> int:
            """The operator's event time."""

        @abstractmethod
        def register_processing_time_timer(self, time: int) -> None:
            """Have ``on_processing_time`` called at ``time``."""

        @abstractmethod
        def register_event_time_timer(self, time: int) -> None:
            """Have ``on_event_time`` called when the watermark reaches ``time``."""

        @abstractmethod
        def delete_processing_time_timer(self, time: int) -> None:
            """Forget the timer."""

        @abstractmethod
        def delete_event_time_timer(self, time: int) -> None:
            """Forget the timer."""

        @abstractmethod
        def get_partitioned_state(self, state_descriptor: StateDescriptor) -> State:
            """State of this key and window, under the descriptor's name."""

    class OnMergeContext(TriggerContext, ABC):
        """The context of the window that results from a merge."""

        @abstractmethod
        def merge_partitioned_state(self, state_descriptor: StateDescriptor) -> None:
            """Merge the state of the merged windows into the result's."""

    @abstractmethod
    def on_element(self, element: T, timestamp: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Called for each element added to the window, after it was added."""

    @abstractmethod
    def on_processing_time(self, time: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Called when a processing-time timer of the window is due."""

    @abstractmethod
    def on_event_time(self, time: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Called when an event-time timer of the window is due."""

    def can_merge(self) -> bool:
        """Whether it may be used with a merging assigner; False unless overridden."""
        return False

    @abstractmethod
    def on_merge(self, window: W, ctx: Trigger.OnMergeContext) -> Any:
        """Called after windows merged into ``window``: merge state, register timers."""

    @abstractmethod
    def clear(self, window: W, ctx: Trigger.TriggerContext) -> None:
        """Called when the window is dropped: delete timers, clear state."""
