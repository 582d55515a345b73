"""Time for jobs under test."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING

import pyflinkpp._native as _native
from pyflinkpp.common.time import Duration

if TYPE_CHECKING:
    from pyflinkpp._impl.local_job import LocalJob
    from pyflinkpp.datastream import StreamExecutionEnvironment


class ManualClock:
    """A clock that stands still until a test turns it, for jobs to run by.

    Everything that a job does by the clock then happens when the test says so: processing-time timers and
    windows, periodic watermarks, idleness, ingestion time. Turn it from the test's thread, not in functions.
    As in Flink a processing-time timer fires when its millisecond is over.

    >>> from pyflinkpp.common import WatermarkStrategy
    >>> from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
    >>> from pyflinkpp.testing import ManualClock, ManualSource
    >>> class Alarm(KeyedProcessFunction):
    ...     def process_element(self, value, ctx):
    ...         timers = ctx.timer_service()
    ...         timers.register_processing_time_timer(timers.current_processing_time() + 60_000)
    ...     def on_timer(self, timestamp, ctx):
    ...         yield f"{ctx.get_current_key()} at {timestamp}"
    >>> clock, source = ManualClock(), ManualSource()
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> clock.drive(env)
    >>> eggs = env.from_source(source, WatermarkStrategy.no_watermarks(), 'eggs')
    >>> with eggs.key_by(lambda egg: egg).process(Alarm()).execute_and_collect() as alarms:
    ...     source.send('egg')
    ...     clock.advance(60_001)
    ...     next(alarms)
    'egg at 60000'
    """

    def __init__(self, start: int = 0) -> None:
        """`start` is in milliseconds since the epoch."""
        self._native = _native.ManualClock(start)
        self._jobs: weakref.WeakSet[LocalJob] = weakref.WeakSet()

    def drive(self, env: StreamExecutionEnvironment) -> None:
        """Lets the jobs that the environment starts from now on run by this clock."""
        env._clock = self

    def now(self) -> int:
        """The time it shows, in milliseconds since the epoch."""
        return self._native.epoch_millis()

    def advance(self, duration: int | Duration, timeout: float = 10.0) -> None:
        """Turns the clock by so many milliseconds, from one due time to the next.

        Returns once the jobs have done all that was due on the way; see `settle` for `timeout`. Raises
        ValueError for a negative duration.
        """
        millis = duration.to_millis() if isinstance(duration, Duration) else duration
        if millis < 0:
            raise ValueError(f"a clock is not turned back: {duration}")
        self.settle(timeout)
        target = self.now() + millis
        while not self._native.advance_towards(target):
            self.settle(timeout)
        self.settle(timeout)

    def settle(self, timeout: float = 10.0) -> None:
        """Waits until the jobs have nothing left to do before the clock is turned or a record is sent.

        Raises TimeoutError when that takes longer than so many seconds: a source that never rests, or a
        function that is busy. The thread of a SourceFunction is not waited for.
        """
        until = time.monotonic() + timeout
        while not all(job.ended() or job.at_rest() for job in list(self._jobs)):
            if time.monotonic() > until:
                raise TimeoutError(f"the jobs of the clock still have things to do after {timeout} s")
            time.sleep(0.0002)
