"""Drives one subtask of a source poll by poll, without a job."""

from __future__ import annotations

from typing import Any

import pyflinkpp._native as _native
from pyflinkpp.datastream import DataStream
from pyflinkpp.testing.subtask_harness import Restored, SubtaskHarness, place


class SourceHarness(SubtaskHarness):
    """Runs one subtask of the source that a stream comes from: the test says when it is read, and how far.

    With ``restored=``, the snapshots of all subtasks in their order, it goes on behind them, also at another
    parallelism. An exception of the source is raised as it is.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> numbers = env.from_collection([1, 2, 3])
    >>> with SourceHarness(numbers) as harness:
    ...     _ = harness.poll()
    ...     before, snapshot = harness.take_values(), harness.snapshot()
    >>> with SourceHarness(numbers, restored=snapshot) as harness:
    ...     harness.poll_all()
    ...     before, harness.take_values()
    ([1], [2, 3])

    Raises ``TypeError`` for a stream that does not come straight from a source.
    """

    def __init__(
        self,
        stream: DataStream[Any],
        *,
        restored: Restored = None,
        subtask: int = 0,
        parallelism: int = 1,
        max_parallelism: int = 128,
        batch_size: int = 1,
        processing_time: int = 0,
    ) -> None:
        """`batch_size` is the most that one poll gives, `processing_time` is in ms since the epoch."""
        super().__init__()
        upstreams = stream._upstreams
        transformation = upstreams[0].transformation if len(upstreams) == 1 else None
        if transformation is None or transformation.make_source is None:
            raise TypeError("SourceHarness takes a stream that comes straight from a source")
        self._driver: _native.SourceDriver = _native.SourceDriver(
            factory=transformation.make_source(),
            name=transformation.name,
            declared_at=transformation.declared_at,
            place=place(restored, subtask, parallelism, max_parallelism),
            batch_size=batch_size,
            epoch_millis=processing_time,
        )
        self._driver.open()

    def poll(self) -> bool:
        """Reads what comes next, waiting for it where there is nothing yet; False at the end of the source.

        Raises an error after 30 s in which nothing came.
        """
        try:
            return self._driver.poll()
        finally:
            self._gather()

    def poll_all(self) -> None:
        """Reads to the end of a source that has one."""
        while self.poll():
            continue

    def set_processing_time(self, timestamp: int) -> None:
        """Turns the clock. Raises an error when it would go back."""
        self._driver.set_processing_time(timestamp)
