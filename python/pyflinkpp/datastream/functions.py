"""User functions of the DataStream API: PyFlink's ``datastream.functions``, and what only Java Flink has.

``JoinFunction``, ``CoGroupFunction``, ``ProcessJoinFunction``, ``CheckpointedFunction``, the sink templates
``TwoPhaseCommitSinkFunction`` and ``GenericWriteAheadSink``, and Python bodies for ``SourceFunction`` and
``SinkFunction`` carry the names of their Java classes.
"""

from __future__ import annotations

from pyflinkpp.common._type_variables import IN as IN
from pyflinkpp.common._type_variables import KEY as KEY
from pyflinkpp.common._type_variables import OUT as OUT
from pyflinkpp.datastream._functions.asynchronous import (
    AsyncFunction,
    AsyncFunctionDescriptor,
    AsyncRetryPredicate,
    AsyncRetryStrategy,
)
from pyflinkpp.datastream._functions.base import Function, KeyedStateStore, RuntimeContext
from pyflinkpp.datastream._functions.endpoints import (
    CheckpointedFunction,
    CheckpointListener,
    FunctionInitializationContext,
    FunctionSnapshotContext,
    SinkFunction,
    SourceFunction,
)
from pyflinkpp.datastream._functions.joining import (
    CoGroupFunction,
    FlatJoinFunction,
    JoinFunction,
    ProcessJoinFunction,
)
from pyflinkpp.datastream._functions.process import (
    BaseBroadcastProcessFunction,
    BroadcastProcessFunction,
    CoProcessFunction,
    KeyedBroadcastProcessFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    ProcessFunction,
)
from pyflinkpp.datastream._functions.simple import (
    AggregateFunction,
    CoFlatMapFunction,
    CoMapFunction,
    FilterFunction,
    FlatMapFunction,
    KeySelector,
    MapFunction,
    NullByteKeySelector,
    Partitioner,
    ReduceFunction,
)
from pyflinkpp.datastream._functions.two_phase_commit import TwoPhaseCommitSinkFunction
from pyflinkpp.datastream._functions.windowed import (
    AllWindowFunction,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    WindowFunction,
)
from pyflinkpp.datastream._functions.write_ahead import CheckpointCommitter, GenericWriteAheadSink
from pyflinkpp.datastream.timerservice import TimerService

__all__ = [
    "AggregateFunction",
    "AllWindowFunction",
    "AsyncFunction",
    "AsyncFunctionDescriptor",
    "AsyncRetryPredicate",
    "AsyncRetryStrategy",
    "BaseBroadcastProcessFunction",
    "BroadcastProcessFunction",
    "CheckpointCommitter",
    "CheckpointListener",
    "CheckpointedFunction",
    "CoFlatMapFunction",
    "CoGroupFunction",
    "CoMapFunction",
    "CoProcessFunction",
    "FilterFunction",
    "FlatJoinFunction",
    "FlatMapFunction",
    "Function",
    "FunctionInitializationContext",
    "FunctionSnapshotContext",
    "GenericWriteAheadSink",
    "JoinFunction",
    "KeySelector",
    "KeyedBroadcastProcessFunction",
    "KeyedCoProcessFunction",
    "KeyedProcessFunction",
    "KeyedStateStore",
    "MapFunction",
    "NullByteKeySelector",
    "Partitioner",
    "ProcessAllWindowFunction",
    "ProcessFunction",
    "ProcessJoinFunction",
    "ProcessWindowFunction",
    "ReduceFunction",
    "RuntimeContext",
    "SinkFunction",
    "SourceFunction",
    "TimerService",
    "TwoPhaseCommitSinkFunction",
    "WindowFunction",
]
