"""Sinks written in Python, and connectors behind `sink_to`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyflinkpp._native as _native
from pyflinkpp._impl.adapters import Opened
from pyflinkpp._impl.checkpointed import open_function
from pyflinkpp._impl.checkpoints import takes_checkpoints
from pyflinkpp._impl.file_sink import file_sink
from pyflinkpp._impl.shipping import ship, unship
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream._functions.transactional import _TransactionalSink
from pyflinkpp.datastream.connectors._file_sinks import FileSink, StreamingFileSink, _Settings
from pyflinkpp.datastream.connectors.base import Sink
from pyflinkpp.datastream.functions import SinkFunction

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.sink import DataStreamSink
    from pyflinkpp.datastream._streams.stream import DataStream


SinkFunction.Context.register(_native.SinkContext)


@dataclass
class SinkFunctionOpener:
    """A shipped SinkFunction. Without `checkpoints` the end of the input commits what templates hold back."""

    shipped: bytes
    checkpoints: bool

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        function: SinkFunction[Any] = unship(self.shipped)
        invoke, context = function.invoke, where["scope"]
        if isinstance(function, _TransactionalSink):
            function._join(where, commits_at_end=where["batch_mode"] or not self.checkpoints)
            invoke = function._write
        open_function(function, where)
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
    shipped = ship(sink, "the sink function")
    checkpoints = stream._env.get_checkpoint_config()

    def make_operator() -> _native.OperatorFactory:
        return _native.python_sink(SinkFunctionOpener(shipped, takes_checkpoints(checkpoints)))

    return stream._sink(type(sink).__name__, make_operator)


def add_unified_sink(stream: DataStream[Any], sink: Any) -> DataStreamSink:
    """Attaches a sink connector. Raises NotBuiltError for one that is not built yet."""
    if not isinstance(sink, Sink):
        raise TypeError(f"sink_to takes a Sink, not {sink!r}; a SinkFunction goes to add_sink")
    if isinstance(sink, FileSink):
        return _add_file_sink(stream, "FileSink", sink.settings)
    raise NotBuiltError(f"the {sink._connector} sink is not built yet")


def _add_file_sink(stream: DataStream[Any], name: str, settings: _Settings) -> DataStreamSink:
    make_opener = file_sink(settings, stream.get_type())
    checkpoints = stream._env.get_checkpoint_config()
    return stream._sink(name, lambda: _native.python_sink(make_opener(takes_checkpoints(checkpoints))))
