"""What sinks have in common that hold back their effects until a checkpoint covers them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pyflinkpp.common._type_variables import IN
from pyflinkpp.datastream._functions.endpoints import CheckpointedFunction, CheckpointListener, SinkFunction


class _TransactionalSink(SinkFunction[IN], CheckpointedFunction, CheckpointListener):
    """Base of the sink templates. The engine calls `_join` before anything else, and `_write` for records."""

    _finished: bool = False

    def _join(self, where: Mapping[str, Any], commits_at_end: bool) -> None:
        """`where` is what the native operator tells about itself; `commits_at_end`: no checkpoint will come,
        so that the end of the input takes its place.
        """
        self._where = where
        self._commits_at_end = commits_at_end

    def _now(self) -> int:
        """Milliseconds since the epoch."""
        return int(self._where["scope"].current_processing_time())

    @abstractmethod
    def _write(self, value: IN, context: Any) -> None:
        """Take one record."""
