"""Process functions of one and two streams, with timers, side outputs and broadcast state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Generic

from pyflinkpp.common._type_variables import IN, IN1, IN2, KEY, OUT
from pyflinkpp.datastream._functions.base import Function
from pyflinkpp.datastream.state import BroadcastState, MapStateDescriptor, ReadOnlyBroadcastState
from pyflinkpp.datastream.time_domain import TimeDomain
from pyflinkpp.datastream.timerservice import TimerService


class _ElementContext(ABC):
    """What is known beside the element in hand."""

    @abstractmethod
    def timer_service(self) -> TimerService:
        """Clock, watermark and timers. Registering a timer needs a keyed stream."""

    @abstractmethod
    def timestamp(self) -> int:
        """Milliseconds since the epoch; Long.MIN where the element has no timestamp."""


class _KeyedContext(_ElementContext):
    @abstractmethod
    def get_current_key(self) -> Any:
        """The key of the element or timer in hand."""


class _FiringContext(_KeyedContext):
    @abstractmethod
    def time_domain(self) -> TimeDomain:
        """Whether an event-time or a processing-time timer fired."""


class ProcessFunction(Function, Generic[IN, OUT]):
    """Any number out for each element, with time and side outputs (Flink's ``ProcessFunction``).

    Results are yielded (or returned as an iterable); ``yield output_tag, value`` goes to a side output.

    >>> class Positive(ProcessFunction):
    ...     def process_element(self, value, ctx):
    ...         if value > 0:
    ...             yield value
    >>> list(Positive().process_element(3, None))
    [3]
    """

    class Context(_ElementContext):
        """Time of the element in hand; valid only during the call."""

    @abstractmethod
    def process_element(self, value: IN, ctx: ProcessFunction.Context) -> Iterable[OUT] | None:
        """Called once for each element."""


class KeyedProcessFunction(Function, Generic[KEY, IN, OUT]):
    """``ProcessFunction`` of a keyed stream: state and timers (Flink's ``KeyedProcessFunction``)."""

    class Context(_KeyedContext):
        """Key and time of the element in hand."""

    class OnTimerContext(_FiringContext):
        """Key and time domain of the timer that fired."""

    @abstractmethod
    def process_element(self, value: IN, ctx: KeyedProcessFunction.Context) -> Iterable[OUT] | None:
        """Called once for each element, with the state of its key."""

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterable[OUT] | None:
        """Called when a timer of the current key is due; ``timestamp`` is the registered one (ms)."""
        return None


class CoProcessFunction(Function, Generic[IN1, IN2, OUT]):
    """Processes two connected streams (Flink's ``CoProcessFunction``)."""

    class Context(_ElementContext):
        """Time of the element in hand."""

    @abstractmethod
    def process_element1(self, value: IN1, ctx: CoProcessFunction.Context) -> Iterable[OUT] | None:
        """Called for each element of the first stream."""

    @abstractmethod
    def process_element2(self, value: IN2, ctx: CoProcessFunction.Context) -> Iterable[OUT] | None:
        """Called for each element of the second stream."""


class KeyedCoProcessFunction(Function, Generic[KEY, IN1, IN2, OUT]):
    """Processes two streams keyed alike, with shared state and timers."""

    class Context(_KeyedContext):
        """Key and time of the element in hand."""

    class OnTimerContext(_FiringContext):
        """Key and time domain of the timer that fired."""

    @abstractmethod
    def process_element1(self, value: IN1, ctx: KeyedCoProcessFunction.Context) -> Iterable[OUT] | None:
        """Called for each element of the first stream."""

    @abstractmethod
    def process_element2(self, value: IN2, ctx: KeyedCoProcessFunction.Context) -> Iterable[OUT] | None:
        """Called for each element of the second stream."""

    def on_timer(self, timestamp: int, ctx: KeyedCoProcessFunction.OnTimerContext) -> Iterable[OUT] | None:
        """Called when a timer of the current key is due."""
        return None


class BaseBroadcastProcessFunction(Function):
    """What both broadcast process functions share: contexts with and without write access."""

    class BaseContext(ABC):
        """Time as seen by either side."""

        @abstractmethod
        def timestamp(self) -> int:
            """Milliseconds since the epoch; Long.MIN where the element has no timestamp."""

        @abstractmethod
        def current_processing_time(self) -> int:
            """The wall clock, milliseconds since the epoch."""

        @abstractmethod
        def current_watermark(self) -> int:
            """The operator's event time, milliseconds since the epoch."""

    class Context(BaseContext, ABC):
        """Given to the broadcast side, which alone may write the broadcast state."""

        @abstractmethod
        def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> BroadcastState[Any, Any]:
            """The writable state; the descriptor must be one given to ``broadcast``."""

    class ReadOnlyContext(BaseContext, ABC):
        """Given to the non-broadcast side."""

        @abstractmethod
        def get_broadcast_state(
            self, state_descriptor: MapStateDescriptor
        ) -> ReadOnlyBroadcastState[Any, Any]:
            """The state to read; the descriptor must be one given to ``broadcast``."""


class BroadcastProcessFunction(BaseBroadcastProcessFunction, Generic[IN1, IN2, OUT]):
    """Joins a stream with a broadcast one (Flink's ``BroadcastProcessFunction``)."""

    class Context(BaseBroadcastProcessFunction.Context, ABC):
        """Writable broadcast state."""

    class ReadOnlyContext(BaseBroadcastProcessFunction.ReadOnlyContext, ABC):
        """Readable broadcast state."""

    @abstractmethod
    def process_element(
        self, value: IN1, ctx: BroadcastProcessFunction.ReadOnlyContext
    ) -> Iterable[OUT] | None:
        """Called for each element of the non-broadcast stream."""

    @abstractmethod
    def process_broadcast_element(
        self, value: IN2, ctx: BroadcastProcessFunction.Context
    ) -> Iterable[OUT] | None:
        """Called in every subtask for each broadcast element; must do the same in each."""


class KeyedBroadcastProcessFunction(BaseBroadcastProcessFunction, Generic[KEY, IN1, IN2, OUT]):
    """Joins a keyed stream with a broadcast one (Flink's ``KeyedBroadcastProcessFunction``)."""

    class Context(BaseBroadcastProcessFunction.Context, ABC):
        """Writable broadcast state, and a way over all keys."""

        def apply_to_keyed_state(self, state_descriptor: Any, function: Callable[[Any, Any], None]) -> None:
            """Call ``function(key, state)`` for every key of this subtask that has the keyed state."""
            raise NotImplementedError(f"{type(self).__name__} gives no access to all keys")

    class ReadOnlyContext(BaseBroadcastProcessFunction.ReadOnlyContext, ABC):
        """Readable broadcast state, the current key and timers."""

        @abstractmethod
        def timer_service(self) -> TimerService:
            """Clock, watermark and timers of the current key."""

        @abstractmethod
        def get_current_key(self) -> Any:
            """The key of the element or timer in hand."""

    class OnTimerContext(ReadOnlyContext, ABC):
        """As for an element, and which kind of timer fired."""

        @abstractmethod
        def time_domain(self) -> TimeDomain:
            """Whether an event-time or a processing-time timer fired."""

    @abstractmethod
    def process_element(
        self, value: IN1, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext
    ) -> Iterable[OUT] | None:
        """Called for each element of the keyed stream."""

    @abstractmethod
    def process_broadcast_element(
        self, value: IN2, ctx: KeyedBroadcastProcessFunction.Context
    ) -> Iterable[OUT] | None:
        """Called in every subtask for each broadcast element; there is no current key."""

    def on_timer(
        self, timestamp: int, ctx: KeyedBroadcastProcessFunction.OnTimerContext
    ) -> Iterable[OUT] | None:
        """Called when a timer of the current key is due."""
        return None
