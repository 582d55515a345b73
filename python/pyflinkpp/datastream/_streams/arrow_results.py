"""Results of a running job as Arrow data."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.local_job import LocalJob
from pyflinkpp.common.typeinfo import TypeInformation

_POLL_MILLIS = 50


class ArrowResults:
    """The records of a stream as Arrow data, while its job produces them: what takes an
    ``__arrow_c_stream__`` reads them batch by batch, once. Leaving the ``with`` block ends the job.

    Rows and tuples become columns; other records become one column, named ``f0``.
    """

    def __init__(self, job: LocalJob, queue: _native.ResultQueue, type_info: TypeInformation) -> None:
        self._job = job
        self._queue = queue
        descriptor = type_info._descriptor()
        self._declared = None if descriptor[0] == "PICKLED" else descriptor
        self._columns = self._read()
        self._read_already = False

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """The capsule of the stream. Raises RuntimeError the second time."""
        if self._read_already:
            raise RuntimeError("the records have been read already")
        self._read_already = True
        first: list[_native.Column] = []
        if self._declared is None:
            first = [column for column in [next(self._columns, None)] if column is not None]
            self._declared = first[0].type if first else ("ROW", (), ())
        columns = (_in_fields(column) for some in (first, self._columns) for column in some)
        return _native.arrow_stream_capsule(_fields_type(self._declared), lambda: next(columns, None))

    def _read(self) -> Iterator[_native.Column]:
        while True:
            ended = self._job.ended()
            try:
                column = self._queue.pop_column(0 if ended else _POLL_MILLIS, self._declared)
            except KeyboardInterrupt:
                if not self._job.ended():
                    self._job.interrupt()
                raise
            except BaseException:
                self.close()
                raise
            if column is not None:
                yield column
            elif ended:
                break
        self._job.wait()

    def close(self) -> None:
        """Ends the job if it still runs."""
        if not self._job.ended():
            self._job.cancel()

    def __enter__(self) -> ArrowResults:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()


def _fields_type(descriptor: Any) -> Any:
    return descriptor if descriptor[0] in ("ROW", "TUPLE") else ("ROW", ("f0",), (descriptor,))


def _in_fields(column: _native.Column) -> _native.Column:
    return column if column.type[0] in ("ROW", "TUPLE") else column.as_field("f0")
