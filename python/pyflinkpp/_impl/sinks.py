"""Sinks written in Python, and connectors behind `sink_to`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyflinkpp._native as _native
from pyflinkpp._impl.adapters import Opened
from pyflinkpp._impl.checkpointed import open_function
from pyflinkpp._impl.file_sink import file_sink
from pyflinkpp._impl.shipping import ship, unship
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream.connectors._file_sinks import FileSink, StreamingFileSink, _Settings
from pyflinkpp.datastream.connectors.base import Sink
from pyflinkpp.datastream.functions import SinkFunction

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.sink import DataStreamSink
    from pyflinkpp.datastream._streams.stream import DataStream


class _SinkContext(SinkFunction.Context):
    """Time of the record in hand; event time is not built yet."""

    def current_processing_time(self) -> int:
        return time.time_ns() // 1_000_000

    def current_watermark(self) -> int:
        raise NotBuiltError("SinkFunction.Context.current_watermark: event time is not built yet")

    def timestamp(self) -> int | None:
        return None


@dataclass
class SinkFunctionOpener:
    """A shipped SinkFunction."""

    shipped: bytes

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        function: SinkFunction[Any] = unship(self.shipped)
        open_function(function, where)
        invoke, context = function.invoke, _SinkContext()
        return Opened([(lambda value: invoke(value, context), "nothing", None)], [function], function.finish)


def add_sink_function(stream: DataStream[Any], sink: Any) -> DataStreamSink:
    """Attaches a SinkFunction to a stream. Raises TypeError for anything else, NotBuiltError for
    a connector that is not built yet.
    """
    if not isinstance(sink, SinkFunction):
        raise TypeError(f"add_sink takes a SinkFunction, not {sink!r}; connectors go to sink_to")
    if isinstance(sink, StreamingFileSink):
        return _add_file_sink(stream, "StreamingFileSink", sink.settings)
    connector = getattr(sink, "_connector", None)
    if connector is not None:
        raise NotBuiltError(f"the {connector} sink is not built yet")
    opener = SinkFunctionOpener(ship(sink, "the sink function"))
    return stream._sink(type(sink).__name__, lambda: _native.python_operator(opener, None))


def add_unified_sink(stream: DataStream[Any], sink: Any) -> DataStreamSink:
    """Attaches a sink connector. Raises NotBuiltError for one that is not built yet."""
    if not isinstance(sink, Sink):
        raise TypeError(f"sink_to takes a Sink, not {sink!r}; a SinkFunction goes to add_sink")
    if isinstance(sink, FileSink):
        return _add_file_sink(stream, "FileSink", sink.settings)
    raise NotBuiltError(f"the {sink._connector} sink is not built yet")


def _add_file_sink(stream: DataStream[Any], name: str, settings: _Settings) -> DataStreamSink:
    make_opener = file_sink(settings, stream.get_type())
    return stream._sink(name, lambda: _native.python_operator(make_opener(), None))
