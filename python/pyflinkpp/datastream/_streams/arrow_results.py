"""Results of a running job as Arrow data."""

from __future__ import annotations

from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.local_job import LocalJob, batches
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._streams.results import JobResults


class ArrowResults(JobResults):
    """The records of a stream as Arrow data, while its job produces them: what takes an
    ``__arrow_c_stream__`` reads them batch by batch, once. Leaving the ``with`` block ends the job.

    Rows and tuples become columns; other records become one column, named ``f0``.
    """

    def __init__(self, job: LocalJob, queue: _native.ResultQueue, type_info: TypeInformation) -> None:
        super().__init__(job)
        self._queue = queue
        descriptor = type_info._descriptor()
        self._declared = None if descriptor[0] == "PICKLED" else descriptor
        self._columns = batches(job, self._pop)
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

    def _pop(self, millis: int) -> _native.Column | None:
        try:
            return self._queue.pop_column(millis, self._declared)
        except KeyboardInterrupt:
            self._interrupt()
            raise
        except BaseException:
            self.close()
            raise


def _fields_type(descriptor: Any) -> Any:
    return descriptor if descriptor[0] in ("ROW", "TUPLE") else ("ROW", ("f0",), (descriptor,))


def _in_fields(column: _native.Column) -> _native.Column:
    return column if column.type[0] in ("ROW", "TUPLE") else column.as_field("f0")
