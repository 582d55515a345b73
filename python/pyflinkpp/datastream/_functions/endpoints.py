"""Sources, sinks and checkpointed functions written in Python, which PyFlink leaves to Java."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic

from pyflinkpp.common._type_variables import IN, OUT
from pyflinkpp.datastream._checks import no_java
from pyflinkpp.datastream._functions.base import Function, KeyedStateStore
from pyflinkpp.datastream.state import OperatorStateStore


class SourceFunction(Function, Generic[OUT]):
    """A source whose ``run`` emits elements (Flink's ``SourceFunction``); for ``env.add_source``.

    ``run`` has a thread of its own; ``cancel`` is called from another one and has to make it return.

    >>> class Three(SourceFunction):
    ...     def run(self, ctx):
    ...         for i in range(3):
    ...             ctx.collect(i)
    ...     def cancel(self):
    ...         pass
    """

    class SourceContext(ABC):
        """How ``run`` hands on elements and watermarks."""

        @abstractmethod
        def collect(self, element: Any) -> None:
            """Emit without a timestamp; blocks while downstream is full."""

        @abstractmethod
        def collect_with_timestamp(self, element: Any, timestamp: int) -> None:
            """Emit with an event timestamp, milliseconds since the epoch."""

        @abstractmethod
        def emit_watermark(self, mark: Any) -> None:
            """Declare that no element at or before ``mark`` (a ``Watermark`` or ms) follows."""

        def mark_as_temporarily_idle(self) -> None:  # noqa: B027
            """Let downstream watermarks pass without this source until the next element."""

        @abstractmethod
        def get_checkpoint_lock(self) -> Any:
            """A context manager; while held no checkpoint is taken, so that emit and offset agree."""

    def __init__(self, source_func: Any = None) -> None:
        """``source_func`` is PyFlink's Java class name or object; it is refused.

        Raises:
            NotBuiltError: a Java source was given.
        """
        if source_func is not None:
            no_java(f"SourceFunction({source_func!r})")

    def run(self, ctx: SourceFunction.SourceContext) -> None:
        """Emit until done or cancelled; returning ends the source's stream."""
        raise NotImplementedError(f"{type(self).__name__} does not implement run(ctx)")

    def cancel(self) -> None:
        """Make ``run`` return soon."""

    def get_java_function(self) -> Any:
        """Raises ``NotBuiltError``: there is no JVM."""
        no_java(type(self).__name__)


class SinkFunction(Function, Generic[IN]):
    """A sink called for each element (Flink's ``RichSinkFunction``); for ``add_sink``.

    >>> class Keep(SinkFunction):
    ...     def open(self, runtime_context):
    ...         self.seen = []
    ...     def invoke(self, value, context):
    ...         self.seen.append(value)
    """

    class Context(ABC):
        """Time of the element in hand."""

        @abstractmethod
        def current_processing_time(self) -> int:
            """The wall clock, milliseconds since the epoch."""

        @abstractmethod
        def current_watermark(self) -> int:
            """The operator's event time, milliseconds since the epoch."""

        @abstractmethod
        def timestamp(self) -> int | None:
            """The element's timestamp, ``None`` where it has none."""

    def __init__(self, sink_func: Any = None) -> None:
        """``sink_func`` is PyFlink's Java class name or object; it is refused.

        Raises:
            NotBuiltError: a Java sink was given.
        """
        if sink_func is not None:
            no_java(f"SinkFunction({sink_func!r})")

    def invoke(self, value: IN, context: SinkFunction.Context) -> None:
        """Write one element; an exception fails the job."""
        raise NotImplementedError(f"{type(self).__name__} does not implement invoke(value, context)")

    def finish(self) -> None:
        """Called after the last element of a bounded job, before the final checkpoint."""

    def get_java_function(self) -> Any:
        """Raises ``NotBuiltError``: there is no JVM."""
        no_java(type(self).__name__)


class FunctionSnapshotContext(ABC):
    """Which checkpoint is being taken."""

    @abstractmethod
    def get_checkpoint_id(self) -> int:
        """Grows by at least one from checkpoint to checkpoint."""

    @abstractmethod
    def get_checkpoint_timestamp(self) -> int:
        """When the coordinator triggered it, milliseconds since the epoch."""


class FunctionInitializationContext(ABC):
    """Where a checkpointed function finds its state."""

    @abstractmethod
    def is_restored(self) -> bool:
        """True where the job goes on from a checkpoint or savepoint."""

    @abstractmethod
    def get_restored_checkpoint_id(self) -> int | None:
        """The id of that checkpoint, ``None`` at a fresh start."""

    @abstractmethod
    def get_operator_state_store(self) -> OperatorStateStore:
        """List, union and broadcast state of this subtask."""

    @abstractmethod
    def get_keyed_state_store(self) -> KeyedStateStore:
        """Keyed state; raises StateError outside a keyed operator. There is no current key yet."""


class CheckpointedFunction(ABC):
    """Mixin for functions with operator state (Flink's ``CheckpointedFunction``).

    An extension: PyFlink has none. It goes with any function that an operator calls for records: map,
    flat_map, filter, reduce and process functions of all kinds, source and sink functions. State obtained in
    ``initialize_state`` may also be changed between checkpoints; what it holds after ``snapshot_state`` is
    what a restored function finds.

    >>> from pyflinkpp.common import Types
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.functions import FlatMapFunction
    >>> from pyflinkpp.datastream.state import ListStateDescriptor
    >>> from pyflinkpp.testing import OperatorHarness
    >>> class Pairs(FlatMapFunction, CheckpointedFunction):
    ...     def initialize_state(self, context):
    ...         store = context.get_operator_state_store()
    ...         self.state = store.get_list_state(ListStateDescriptor("waiting", Types.LONG()))
    ...         self.waiting = list(self.state.get())
    ...     def snapshot_state(self, context):
    ...         self.state.update(self.waiting)
    ...     def flat_map(self, value):
    ...         self.waiting.append(value)
    ...         if len(self.waiting) == 2:
    ...             yield tuple(self.waiting)
    ...             self.waiting = []
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> pairs = env.from_collection([0]).flat_map(Pairs())
    >>> with OperatorHarness(pairs) as harness:
    ...     harness.process_element(1)
    ...     snapshot = harness.snapshot()
    >>> with OperatorHarness(pairs, restored=snapshot) as harness:
    ...     harness.process_element(2)
    ...     harness.take_values()
    [(1, 2)]
    """

    @abstractmethod
    def snapshot_state(self, context: FunctionSnapshotContext) -> None:
        """Called at each checkpoint, between two elements: copy fields into state."""

    @abstractmethod
    def initialize_state(self, context: FunctionInitializationContext) -> None:
        """Called once before ``open``: obtain the state and, if restored, read it."""


class CheckpointListener(ABC):
    """Mixin for functions that want to know how a checkpoint ended (Flink's ``CheckpointListener``)."""

    @abstractmethod
    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        """The checkpoint is durable everywhere; may be skipped when a later one follows."""

    def notify_checkpoint_aborted(self, checkpoint_id: int) -> None:  # noqa: B027
        """The checkpoint will not complete."""
