"""Results of a running job."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

import pyflinkpp._native as _native
from pyflinkpp._impl.local_job import LocalJob, batches
from pyflinkpp.common.errors import JobExecutionError

T = TypeVar("T")


class JobResults:
    """What a job gives while it runs. Leaving the ``with`` block ends the job."""

    def __init__(self, job: LocalJob) -> None:
        self._job = job

    def _interrupt(self) -> None:
        """Ends the job as Ctrl-C does, if it still runs."""
        if not self._job.ended():
            self._job.interrupt()

    def close(self) -> None:
        """Ends the job if it still runs."""
        if not self._job.ended():
            self._job.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()


class CloseableIterator(JobResults, Generic[T]):
    """The records of a stream while its job produces them. Leaving the ``with`` block ends the job.

    Raises JobExecutionError where the records end because the job failed.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> with env.from_collection([1, 2]).execute_and_collect() as records:
    ...     list(records)
    [1, 2]
    """

    def __init__(self, job: LocalJob, queue: _native.ResultQueue) -> None:
        super().__init__(job)
        self._records: Iterator[T] = _records(job, queue)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            return next(self._records)
        except KeyboardInterrupt:
            self._interrupt()
            raise

    def next(self) -> T:
        """The next record; raises StopIteration at the end, and after `close`."""
        return self.__next__()

    def close(self) -> None:
        """Ends the job if it still runs. There are no records after that, not even such as have come."""
        self._records = iter(())
        super().close()


def _records(job: LocalJob, queue: _native.ResultQueue) -> Iterator[T]:
    def pop(millis: int) -> list[T] | None:
        try:
            return queue.pop(millis)
        except _native.EngineError as error:
            job.cancel()
            raise JobExecutionError(f"job '{job.name}' failed: {error}") from None

    for batch in batches(job, pop):
        yield from batch
