"""Results of a running job."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

import pyflinkpp._native as _native
from pyflinkpp._impl.local_job import LocalJob, batches
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.job_client import JobClient
from pyflinkpp.common.typeinfo import TypeInformation

T = TypeVar("T")


class JobResults:
    """What a job gives while it runs. Leaving the ``with`` block ends the job."""

    def __init__(self, job: LocalJob) -> None:
        self._job = job

    def get_job_client(self) -> JobClient:
        """By which the job is watched and steered: savepoints, status, metrics."""
        return JobClient(self._job)

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

    A declared FLOAT comes by its shortest digits, as Flink gives it: ``0.1``, where functions see
    ``0.10000000149011612``. Raises JobExecutionError where the records end because the job failed.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> with env.from_collection([1, 2]).execute_and_collect() as records:
    ...     list(records)
    [1, 2]
    """

    def __init__(self, job: LocalJob, queue: _native.ResultQueue, type_info: TypeInformation[T]) -> None:
        super().__init__(job)
        self._records: Iterator[T] = _records(job, queue, type_info)

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


def _records(job: LocalJob, queue: _native.ResultQueue, type_info: TypeInformation[T]) -> Iterator[T]:
    shown = _native.showing_floats(type_info._descriptor())

    def pop(millis: int) -> list[T] | None:
        try:
            return queue.pop(millis)
        except _native.EngineError as error:
            job.cancel()
            raise JobExecutionError(f"job '{job.name}' failed: {error}") from None

    for batch in batches(job, pop):
        yield from batch if shown is None else map(shown, batch)
