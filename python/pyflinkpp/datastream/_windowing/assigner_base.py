"""What an assigner of windows has to answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from pyflinkpp.common.serializer import TypeSerializer
    from pyflinkpp.datastream._functions.base import RuntimeContext
    from pyflinkpp.datastream._windowing.trigger_base import Trigger

T = TypeVar("T")
W = TypeVar("W")
IN = TypeVar("IN")


class WindowAssigner(ABC, Generic[T, W]):
    """Gives each element its windows (Flink's ``WindowAssigner``)."""

    class WindowAssignerContext(ABC):
        """What an assigner may ask."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The wall clock, milliseconds since the epoch."""

        @abstractmethod
        def get_runtime_context(self) -> RuntimeContext:
            """The operator's runtime context, with state of the current key."""

    @abstractmethod
    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[W]:
        """The windows of ``element``; none drops it. ``timestamp`` is Long.MIN where it has none."""

    @abstractmethod
    def get_default_trigger(self, env: Any) -> Trigger[T, W]:
        """The trigger used where ``trigger()`` names no other."""

    @abstractmethod
    def get_window_serializer(self) -> TypeSerializer[Any]:
        """How its windows are written."""

    @abstractmethod
    def is_event_time(self) -> bool:
        """Whether its windows end by the watermark."""


class MergingWindowAssigner(WindowAssigner[T, W], ABC):
    """An assigner whose windows may merge (Flink's ``MergingWindowAssigner``)."""

    class MergeCallback(ABC, Generic[IN]):
        """Receives what has to merge."""

        @abstractmethod
        def merge(self, to_be_merged: Iterable[IN], merge_result: IN) -> None:
            """``to_be_merged`` become ``merge_result``, with their states and triggers."""

    @abstractmethod
    def merge_windows(self, windows: Iterable[W], callback: MergingWindowAssigner.MergeCallback[W]) -> None:
        """Report each group among ``windows`` that has to merge."""


class SessionWindowTimeGapExtractor(ABC):
    """A session gap that depends on the element (Flink's ``SessionWindowTimeGapExtractor``)."""

    @abstractmethod
    def extract(self, element: Any) -> int:
        """The gap in milliseconds, above zero."""
