"""DataStream and its kin, under the module name that PyFlink gives them."""

from pyflinkpp.datastream._streams.broadcast import BroadcastConnectedStream, BroadcastStream
from pyflinkpp.datastream._streams.connected import ConnectedStreams
from pyflinkpp.datastream._streams.interval_join import IntervalJoin, IntervalJoined
from pyflinkpp.datastream._streams.joined import CoGroupedStreams, JoinedStreams
from pyflinkpp.datastream._streams.keyed import KeyedStream
from pyflinkpp.datastream._streams.queryable import QueryableStateStream
from pyflinkpp.datastream._streams.results import CloseableIterator
from pyflinkpp.datastream._streams.sink import DataStreamSink
from pyflinkpp.datastream._streams.stream import DataStream
from pyflinkpp.datastream._streams.windowed import AllWindowedStream, WindowedStream

__all__ = [
    "AllWindowedStream",
    "BroadcastConnectedStream",
    "BroadcastStream",
    "CloseableIterator",
    "CoGroupedStreams",
    "ConnectedStreams",
    "DataStream",
    "DataStreamSink",
    "IntervalJoin",
    "IntervalJoined",
    "JoinedStreams",
    "KeyedStream",
    "QueryableStateStream",
    "WindowedStream",
]
