"""A progress line for the examples."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any, TextIO

from pyflinkpp.datastream._streams.results import CloseableIterator


class ProgressLine:
    """While in its ``with`` block, shows on a terminal how many records an operator has got so far."""

    def __init__(
        self, results: CloseableIterator[Any], operator: str, what: str, stream: TextIO | None = None
    ) -> None:
        self._job = results._job
        self._operator = operator
        self._what = what
        self._stream = stream if stream is not None else sys.stderr
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._shows = self._stream.isatty()

    def __enter__(self) -> ProgressLine:
        if self._shows:
            self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._shows:
            self._thread.join()
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _show(self) -> None:
        started = time.monotonic()
        while not self._ended.wait(0.2):
            seconds = time.monotonic() - started
            records = self._records_so_far()
            self._stream.write(
                f"\r\x1b[K{records:,} {self._what}, {seconds:.0f} s, {records / seconds:,.0f} per second"
            )
            self._stream.flush()

    def _records_so_far(self) -> int:
        metrics = self._job.operator_metrics()
        return sum(entry["numRecordsIn"] for entry in metrics if entry["name"] == self._operator)
