"""Drives one operator item by item, without a job."""

from __future__ import annotations

from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.datastream import DataStream, DataStreamSink
from pyflinkpp.datastream.output_tag import OutputTag
from pyflinkpp.testing.subtask_harness import Restored, SubtaskHarness, place


class OperatorHarness(SubtaskHarness):
    """Runs the operator that gave a stream, or a sink: the test says what comes in, and when.

    The part that Flink's ``KeyedOneInputStreamOperatorTestHarness`` and its kin play. The stream is declared
    as in a job, from any source; of that declaration only its last operator is run, with its key selectors.
    Each record comes in a batch of its own, the operator may emit one batch at a time, and processing time
    stands still until `set_processing_time` turns it. An exception of the function is raised as it is.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.functions import KeyedProcessFunction
    >>> class Reminder(KeyedProcessFunction):
    ...     def process_element(self, value, ctx):
    ...         ctx.timer_service().register_event_time_timer(ctx.timestamp() + 10)
    ...     def on_timer(self, timestamp, ctx):
    ...         yield f"{ctx.get_current_key()} at {timestamp}"
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> reminders = env.from_collection([]).key_by(lambda value: value).process(Reminder())
    >>> with OperatorHarness(reminders) as harness:
    ...     harness.process_element("tea", 5)
    ...     harness.process_watermark(14)
    ...     before = harness.take_values()
    ...     harness.process_watermark(15)
    ...     before, harness.take_values()
    ([], ['tea at 15'])

    `snapshot` takes what the operator remembers, and a harness made with ``restored=`` goes on from there:
    from the snapshots of all subtasks, in their order, also as one subtask of another number.

    Raises ``TypeError`` for a stream that no operator gave: a source, or several streams at once.
    """

    def __init__(
        self,
        stream: DataStream[Any] | DataStreamSink,
        *,
        processing_time: int = 0,
        batch_mode: bool = False,
        restored: Restored = None,
        subtask: int = 0,
        parallelism: int = 1,
        max_parallelism: int = 128,
    ) -> None:
        """`processing_time` is in milliseconds since the epoch; `restored` are snapshots to go on from."""
        super().__init__()
        transformation = _transformation_of(stream)
        if transformation is None or transformation.make_operator is None:
            raise TypeError("OperatorHarness takes a stream that one operator gave, not a source or a union")
        keys: list[_native.KeyExtractorFactory | None] = []
        for inputs in transformation.inputs:
            shipping = inputs[0].shipping
            keys.append(shipping.keys() if shipping is not None and shipping.keys is not None else None)
        self._inputs = len(keys)
        self._tags = list(transformation.side_output_types)
        self._driver: _native.OperatorDriver = _native.OperatorDriver(
            factory=transformation.make_operator(),
            name=transformation.name,
            declared_at=transformation.declared_at,
            place=place(restored, subtask, parallelism, max_parallelism),
            side_outputs=self._tags,
            keys=keys,
            batch_size=1,
            batch_mode=batch_mode,
            epoch_millis=processing_time,
        )
        self._driver.open()
        self._gather()

    def process_element(self, value: Any, timestamp: int | None = None, input: int = 0) -> None:
        """Gives the operator a record, with its event time in milliseconds since the epoch if it has one.

        `input` counts from 0. Raises IndexError for an input that the operator does not have.
        """
        self._check(input)
        try:
            self._driver.process(input, value, timestamp)
        finally:
            self._gather()

    def process_watermark(self, timestamp: int) -> None:
        """Lets event time reach `timestamp` on all inputs."""
        try:
            self._driver.process_watermark(timestamp)
        finally:
            self._gather()

    def set_processing_time(self, timestamp: int) -> None:
        """Turns the clock; timers before `timestamp` fire. Raises an error when it would go back."""
        try:
            self._driver.set_processing_time(timestamp)
        finally:
            self._gather()

    def processing_time(self) -> int:
        """What the operator's clock shows, in milliseconds since the epoch."""
        return self._driver.processing_time

    def end_input(self, input: int = 0) -> None:
        """Says that nothing more comes on an input. Flink sends the watermark Long.MAX before it."""
        self._check(input)
        self._driver.end_input(input)
        self._gather()

    def take_side_output(self, tag: OutputTag) -> list[Any]:
        """The records of a side output since the last call.

        Raises ValueError unless ``get_side_output(tag)`` was called on the stream before it came here.
        """
        if tag.tag_id not in self._tags:
            raise ValueError(
                f"nobody reads the side output {tag.tag_id!r}: call get_side_output on the stream first"
            )
        return [value for value, _ in self._take(self._tags.index(tag.tag_id) + 1)]

    def _check(self, input: int) -> None:
        if not 0 <= input < self._inputs:
            raise IndexError(f"the operator has {self._inputs} input(s), so there is no input {input}")


def _transformation_of(stream: DataStream[Any] | DataStreamSink) -> Transformation | None:
    if isinstance(stream, DataStreamSink):
        return stream._transformation
    upstreams = stream._upstreams
    return upstreams[0].transformation if len(upstreams) == 1 else None
