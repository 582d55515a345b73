"""A stream of records without keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, overload

import pyflinkpp._native as _native
from pyflinkpp._impl.adapters import Opener, method_or_call
from pyflinkpp._impl.aggregations import field_of
from pyflinkpp._impl.batches import BatchOpener, check_format
from pyflinkpp._impl.checkpoints import result_queue
from pyflinkpp._impl.event_time import make_strategy
from pyflinkpp._impl.print_sink import PrintOpener
from pyflinkpp._impl.shipping import ship, unship
from pyflinkpp._impl.sinks import add_sink_function, add_unified_sink
from pyflinkpp._impl.transformation import Shipping, Transformation, Upstream
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.execution_config import ExecutionConfig
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.common.watermark_strategy import WatermarkStrategy
from pyflinkpp.datastream._functions.shapes import FlatMaps, Maps, Processes, SelectsKeys
from pyflinkpp.datastream._streams.arrow_results import ArrowResults
from pyflinkpp.datastream._streams.base import StreamBase, add_operator, output_type_of
from pyflinkpp.datastream._streams.results import CloseableIterator
from pyflinkpp.datastream._streams.settings import OperatorSettings
from pyflinkpp.datastream._streams.sink import DataStreamSink
from pyflinkpp.datastream._streams.window_shortcuts import count_assigner, time_assigner
from pyflinkpp.datastream.connectors.discard import DiscardingSink
from pyflinkpp.datastream.functions import (
    FilterFunction,
    FlatMapFunction,
    KeySelector,
    MapFunction,
    Partitioner,
    ProcessFunction,
)
from pyflinkpp.datastream.output_tag import OutputTag
from pyflinkpp.datastream.window import WindowAssigner

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.broadcast import BroadcastConnectedStream, BroadcastStream
    from pyflinkpp.datastream._streams.connected import ConnectedStreams
    from pyflinkpp.datastream._streams.iterative import IterativeStream
    from pyflinkpp.datastream._streams.joined import CoGroupedStreams, JoinedStreams
    from pyflinkpp.datastream._streams.keyed import KeyedStream
    from pyflinkpp.datastream._streams.windowed import AllWindowedStream
    from pyflinkpp.datastream.stream_execution_environment import StreamExecutionEnvironment

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")


class DataStream(OperatorSettings, StreamBase[T]):
    """Records of one type, one after another (Flink's ``DataStream``).

    Every method that transforms declares a new operator and gives its output; the setters configure
    the operator that this stream comes from. Nothing runs before ``env.execute``.

    >>> from pyflinkpp.common import Types
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> words = env.from_collection(['to be', 'or not'], Types.STRING()).flat_map(str.split)
    >>> words.filter(lambda w: len(w) == 2).execute_and_collect(limit=3)
    ['to', 'be', 'or']
    """

    @classmethod
    def _of(
        cls, env: StreamExecutionEnvironment, transformation: Transformation, type_info: TypeInformation
    ) -> DataStream[Any]:
        return DataStream(env, [Upstream(transformation)], type_info)

    @property
    def _transformation(self) -> Transformation:  # type: ignore[override]
        return self._upstreams[-1].transformation

    def _own(self, setting: str) -> Transformation:
        if len(self._upstreams) > 1 or self._upstreams[0].shipping or self._upstreams[0].side_output:
            raise TypeError(
                f"{setting} applies to an operator, and this stream is the union, side output "
                "or partitioning of one: call it on the operator's own stream"
            )
        return self._transformation

    def get_name(self) -> str:
        """The name of the operator that the stream comes from."""
        return self._transformation.name

    def set_max_parallelism(self, max_parallelism: int) -> DataStream[T]:
        """The number of key groups, hence the highest parallelism the operator can ever have: 1 to 32768."""
        if not 0 < max_parallelism <= 32768:
            raise ValueError(f"max_parallelism must be 1 to 32768, got {max_parallelism}")
        self._own("set_max_parallelism").max_parallelism = max_parallelism
        return self

    def force_non_parallel(self) -> DataStream[T]:
        """Fixes parallelism and maximum parallelism at 1."""
        transformation = self._own("force_non_parallel")
        transformation.set_parallelism(1)
        transformation.max_parallelism = transformation.parallelism_limit = 1
        return self

    def set_buffer_timeout(self, timeout_millis: int) -> DataStream[T]:
        """The longest that records wait for a network batch to fill, in ms; -1: until it is full.

        Between subtasks of one process nothing ever waits.
        """
        if timeout_millis < -1:
            raise ValueError(f"timeout_millis must be -1 or more, got {timeout_millis}")
        self._own("set_buffer_timeout").buffer_timeout = timeout_millis
        return self

    def start_new_chain(self) -> DataStream[T]:
        """Never fuses the operator with the one before it."""
        self._own("start_new_chain").chaining = "HEAD"
        return self

    def get_execution_environment(self) -> StreamExecutionEnvironment:
        """The environment that runs the program."""
        return self._env

    def get_execution_config(self) -> ExecutionConfig:
        """The environment's execution settings."""
        return self._env.get_config()

    # -- transformations

    def map(
        self, func: Callable[[T], R] | Maps[T, R], output_type: TypeInformation | None = None
    ) -> DataStream[R]:
        """One record for each record. Raises TypeError if `func` is neither callable nor a MapFunction."""
        method = method_or_call(func, MapFunction, "map", "map")
        return self._apply("Map", func, [(method, "value")], output_type_of(output_type))

    def flat_map(
        self,
        func: Callable[[T], Iterable[R] | None] | FlatMaps[T, R],
        output_type: TypeInformation | None = None,
    ) -> DataStream[R]:
        """Any number of records for each record: `func` returns an iterable or None, or yields."""
        method = method_or_call(func, FlatMapFunction, "flat_map", "flat_map")
        return self._apply("Flat Map", func, [(method, "iterable")], output_type_of(output_type))

    def filter(self, func: Callable[[T], Any] | FilterFunction[T]) -> DataStream[T]:
        """The records for which `func` gives something true."""
        method = method_or_call(func, FilterFunction, "filter", "filter")
        return self._apply("Filter", func, [(method, "predicate")], self._type, coerce=False)

    def process(self, func: Processes[T, R], output_type: TypeInformation | None = None) -> DataStream[R]:
        """Runs a ProcessFunction, which also sees time and side outputs."""
        if not isinstance(func, ProcessFunction):
            raise TypeError(f"process takes a ProcessFunction, not {func!r}")
        return self._apply(
            "Process", func, [("process_element", "iterable")], output_type_of(output_type), context=True
        )

    def map_batches(
        self,
        func: Callable[[Any], Any] | MapFunction[Any, Any],
        output_type: TypeInformation | None = None,
        format: str = "arrow",
    ) -> DataStream[Any]:
        """One record for each record, by a function that is called with whole batches (not in Flink).

        `format` says what the function takes: "arrow" (a ``pyarrow.Array``, or a ``RecordBatch`` of tuples
        and rows), "pandas" (a ``Series`` or ``DataFrame``) or "numpy" (an array, or a dict of arrays by
        field, in which missing numbers are NaN). The fields of tuples are named f0, f1, ... Records whose
        types are neither declared nor all alike come as objects.

        The function returns as many values as it was given, in any of these forms or as a list; timestamps
        stay with their records. A batch has up to ``execution.batch-size`` records, often fewer.

        Raises ValueError for an unknown format and ImportError where its library is missing.

        >>> from pyflinkpp.common import Types
        >>> from pyflinkpp.datastream import StreamExecutionEnvironment
        >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
        >>> numbers = env.from_collection([1, 4, 9], Types.LONG())
        >>> roots = numbers.map_batches(lambda array: array ** 0.5, Types.DOUBLE(), format='numpy')
        >>> list(roots.execute_and_collect())
        [1.0, 2.0, 3.0]
        """
        check_format(format)
        method = method_or_call(func, MapFunction, "map", "map_batches")
        records = self._type._descriptor()

        def make(opener: Opener, output: Any) -> _native.OperatorFactory:
            return _native.batch_operator(BatchOpener(opener, format), records, output)

        return self._apply("Map Batches", func, [(method, "value")], output_type_of(output_type), make=make)

    def project(self, *field_indexes: int) -> DataStream[Any]:
        """Tuples or rows of the given fields, in the given order."""
        fields = self._type._descriptor()
        if fields[0] not in ("TUPLE", "ROW"):
            raise TypeError(f"project needs a stream of tuples or rows, not of {self._type}")
        for index in field_indexes:
            if not isinstance(index, int) or not 0 <= index < len(fields[2]):
                raise ValueError(f"project: there is no field {index!r} among {len(fields[2])}")
        children = self._type.get_field_types()  # type: ignore[attr-defined]
        chosen = [children[index] for index in field_indexes]
        output_type: TypeInformation
        if fields[0] == "TUPLE":
            output_type = Types.TUPLE(chosen)
        elif fields[1]:
            output_type = Types.ROW_NAMED([fields[1][index] for index in field_indexes], chosen)
        else:
            output_type = Types.ROW(chosen)
        return self._apply("Projection", _Project(field_indexes), [(None, "value")], output_type)

    def union(self, *streams: DataStream[T]) -> DataStream[T]:
        """All records of this stream and the others, in no particular order between them."""
        upstreams = list(self._upstreams)
        for stream in streams:
            if not isinstance(stream, DataStream):
                raise TypeError(f"union takes streams, not {stream!r}")
            if stream._env is not self._env:
                raise ValueError("union needs streams of one environment")
            if stream.get_type() != self._type:
                raise TypeError(f"union needs streams of one type, got {self._type} and {stream.get_type()}")
            upstreams += stream._plain()._upstreams
        return DataStream(self._env, upstreams, self._type)

    @overload
    def connect(self, ds: BroadcastStream[Any]) -> BroadcastConnectedStream: ...
    @overload
    def connect(self, ds: DataStream[R]) -> ConnectedStreams[T, R]: ...
    def connect(self, ds: Any) -> Any:
        """This stream and another of any type, for functions that see both."""
        from pyflinkpp.datastream._streams.broadcast import BroadcastConnectedStream, BroadcastStream
        from pyflinkpp.datastream._streams.connected import ConnectedStreams

        if isinstance(ds, BroadcastStream):
            return BroadcastConnectedStream(self, ds, ds.broadcast_state_descriptors)
        if isinstance(ds, DataStream):
            if ds._env is not self._env:
                raise ValueError("connect needs streams of one environment")
            return ConnectedStreams(self, ds)
        raise TypeError(f"connect takes a DataStream or a BroadcastStream, not {ds!r}")

    def join(self, other_stream: DataStream[R]) -> JoinedStreams[T, R]:
        """Pairs of this stream's and another's elements with equal keys in the same window.

        ``join(other).where(key).equal_to(key).window(assigner).apply(function)``, as Java's ``join``.
        """
        from pyflinkpp.datastream._streams.joined import JoinedStreams

        return JoinedStreams(self, self._partner(other_stream, "join"))

    def co_group(self, other_stream: DataStream[R]) -> CoGroupedStreams[T, R]:
        """All of this stream's and another's elements with equal keys in the same window, for one call.

        ``co_group(other).where(key).equal_to(key).window(assigner).apply(function)``, as Java's ``coGroup``.
        """
        from pyflinkpp.datastream._streams.joined import CoGroupedStreams

        return CoGroupedStreams(self, self._partner(other_stream, "co_group"))

    def key_by(
        self, key_selector: Callable[[T], K] | SelectsKeys[T, K], key_type: TypeInformation | None = None
    ) -> KeyedStream[T, K]:
        """Partitions by key: records with equal keys meet in one subtask, in order.

        Keys are what a trip through the serializer of `key_type` makes of them: rows get its field names,
        FLOAT keys their precision. Without a type, whatever can be serialized can be a key, lists and dicts
        included; ``1``, ``True`` and ``1.0`` are three keys then. A key of another type than `key_type` fails
        the job, naming the key and its record. Raises TypeError where `key_type` is or has an array.

        >>> from pyflinkpp.common import Types
        >>> from pyflinkpp.datastream import StreamExecutionEnvironment
        >>> from pyflinkpp.datastream.functions import KeyedProcessFunction
        >>> class Key(KeyedProcessFunction):
        ...     def process_element(self, value, ctx):
        ...         yield ctx.get_current_key()
        >>> env = StreamExecutionEnvironment.get_execution_environment()
        >>> user = Types.ROW_NAMED(['id', 'share'], [Types.LONG(), Types.FLOAT()])
        >>> keyed = env.from_collection([7]).key_by(lambda n: (n, 1 / 3), key_type=user)
        >>> list(keyed.process(Key()).execute_and_collect())
        [Row(id=7, share=0.3333333432674408)]
        """
        from pyflinkpp.datastream._streams.keyed import KeyedStream

        keyed: KeyedStream[T, K] = KeyedStream._by(self, key_selector, key_type)
        return keyed

    def get_side_output(self, output_tag: OutputTag[R]) -> DataStream[R]:
        """What the operator has sent to a side output.

        Raises ValueError where the same tag is asked for with another type.
        """
        transformation = self._transformation
        types = transformation.side_output_types
        known = types.setdefault(output_tag.tag_id, output_tag.type_info)
        if known != output_tag.type_info:
            raise ValueError(
                f"side output {output_tag.tag_id!r} of '{transformation.name}' is asked for as "
                f"{output_tag.type_info} and as {known}"
            )
        upstream = Upstream(transformation, side_output=output_tag.tag_id)
        return DataStream(self._env, [upstream], output_tag.type_info)

    def iterate(self, max_wait_time_millis: int = 0) -> IterativeStream[T]:
        """Begins a loop, which `IterativeStream.close_with` closes (Flink 1.x, in Java only).

        A loop cannot know whether records are still on their way round. Once its input has ended, it ends
        when none has come back for `max_wait_time_millis`; with 0 it never does. Needs STREAMING mode.
        """
        from pyflinkpp.datastream._streams.iterative import IterativeStream

        return IterativeStream._begin(self, max_wait_time_millis)

    def assign_timestamps_and_watermarks(self, watermark_strategy: WatermarkStrategy) -> DataStream[T]:
        """Event time from here on: the strategy's timestamps and watermarks replace those from before.

        Works anywhere in a stream, with the parallelism of the operator before. A timestamp that is no
        whole number of milliseconds ends the job with a TypeError that shows the element. Raises
        TypeError for anything but a strategy.

        >>> from pyflinkpp.common import WatermarkStrategy
        >>> from pyflinkpp.datastream import ProcessFunction, StreamExecutionEnvironment
        >>> class Stamped(ProcessFunction):
        ...     def process_element(self, value, ctx):
        ...         yield value, ctx.timestamp()
        >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
        >>> strategy = WatermarkStrategy.for_monotonous_timestamps()
        >>> strategy = strategy.with_timestamp_assigner(lambda value, before: value * 1000)
        >>> events = env.from_collection([1, 2]).assign_timestamps_and_watermarks(strategy)
        >>> list(events.process(Stamped()).execute_and_collect())
        [(1, 1000), (2, 2000)]
        """
        if not isinstance(watermark_strategy, WatermarkStrategy):
            raise TypeError(
                f"assign_timestamps_and_watermarks takes a WatermarkStrategy, not {watermark_strategy!r}"
            )
        columns = all(u.side_output is None and u.transformation.gives_columns for u in self._upstreams)
        columns_of = self._type if columns else None
        make = make_strategy(watermark_strategy, "the watermark strategy", columns_of)
        config = self._env.get_config()
        transformation = Transformation(
            "Timestamps/Watermarks",
            self._transformation.parallelism,
            [self._upstreams],
            make_operator=lambda: _native.timestamps_and_watermarks(
                make(config.get_auto_watermark_interval())
            ),
            gives_columns=columns,
        )
        self._env._add(transformation)
        return DataStream._of(self._env, transformation, self._type)

    def window_all(self, window_assigner: WindowAssigner[Any, Any]) -> AllWindowedStream[T]:
        """Windows over the whole stream: all records go through one subtask."""
        from pyflinkpp.datastream._streams.windowed import AllWindowedStream

        return AllWindowedStream(self, window_assigner)

    def count_window_all(self, size: int, slide: int = 0) -> AllWindowedStream[T]:
        """Windows of `size` records (Java's ``countWindowAll``), each `slide` records where that is given."""
        return self.window_all(count_assigner(size, slide))

    def time_window_all(self, size: Any, slide: Any = None) -> AllWindowedStream[T]:
        """Flink 1.x's ``timeWindowAll``: tumbling or sliding windows of the environment's kind of time."""
        return self.window_all(time_assigner(self._env, size, slide))

    def cache(self) -> DataStream[T]:
        """Keeps intermediate results for later jobs. Not built yet: raises NotBuiltError."""
        raise NotBuiltError("cache is not built yet")

    def transform(self, operator_name: str, output_type: TypeInformation, operator: Any) -> DataStream[Any]:
        """Runs an operator of `pyflinkpp.native`, without Python (Java's ``transform``)."""
        from pyflinkpp.native import NativeOperator

        if not isinstance(operator, NativeOperator):
            raise TypeError(f"transform takes an operator of pyflinkpp.native, not {operator!r}")
        if output_type != operator.output_type:
            raise TypeError(f"{operator!r} produces {operator.output_type}, not {output_type}")
        transformation = Transformation(
            operator_name, self._env.get_parallelism(), [self._upstreams], make_operator=operator.make
        )
        self._env._add(transformation)
        return DataStream._of(self._env, transformation, output_type)

    # -- partitioning

    def rebalance(self) -> DataStream[T]:
        """Deals records out to the subtasks of the next operator in turn."""
        return self._ship(Shipping("REBALANCE"))

    def shuffle(self) -> DataStream[T]:
        """Deals records out at random."""
        return self._ship(Shipping("SHUFFLE"))

    def rescale(self) -> DataStream[T]:
        """Deals records out in turn, each subtask to its own group of receivers."""
        return self._ship(Shipping("RESCALE"))

    def forward(self) -> DataStream[T]:
        """Keeps records in their subtask; the next operator must have the same parallelism."""
        return self._ship(Shipping("FORWARD"))

    def global_(self) -> DataStream[T]:
        """Sends every record to the first subtask (Java's ``global``, a reserved word here)."""
        return self._ship(Shipping("GLOBAL"))

    @overload
    def broadcast(self) -> DataStream[T]: ...
    @overload
    def broadcast(
        self, broadcast_state_descriptor: Any, *other_broadcast_state_descriptors: Any
    ) -> BroadcastStream[T]: ...
    def broadcast(
        self, broadcast_state_descriptor: Any = None, *other_broadcast_state_descriptors: Any
    ) -> Any:
        """Sends every record to every subtask; with state descriptors, for ``connect``."""
        from pyflinkpp.datastream._streams.broadcast import BroadcastStream

        everywhere = self._ship(Shipping("BROADCAST"))
        if broadcast_state_descriptor is None:
            return everywhere
        return BroadcastStream(everywhere, [broadcast_state_descriptor, *other_broadcast_state_descriptors])

    def partition_custom(
        self, partitioner: Callable[[Any, int], int] | Partitioner[Any], key_selector: Any
    ) -> DataStream[T]:
        """Sends each record to the subtask whose index `partitioner(key, number of subtasks)` returns."""
        partition = method_or_call(partitioner, Partitioner, "partition", "partition_custom")
        key = method_or_call(key_selector, KeySelector, "get_key", "partition_custom")
        name = f"the partitioner after '{self._transformation.name}'"
        shipped = ship((partitioner, key_selector), name)

        def open_functions() -> tuple[Any, Any]:
            own_partitioner, own_selector = unship(shipped)
            return (
                own_partitioner if partition is None else getattr(own_partitioner, partition),
                own_selector if key is None else getattr(own_selector, key),
            )

        declared = self._transformation.declared_at
        return self._ship(
            Shipping(
                "CUSTOM",
                partitioner=lambda: _native.python_partitioner(open_functions, name, declared),
            )
        )

    # -- ends

    def print(self, sink_identifier: str | None = None) -> DataStreamSink:
        """Writes each record to standard output, after ``identifier:subtask> `` where these apply."""
        opener = PrintOpener(self._type._descriptor(), sink_identifier)
        return self._sink("Print to Std. Out", lambda: _native.python_sink(opener))

    def add_sink(self, sink_func: Any) -> DataStreamSink:
        """Attaches a SinkFunction."""
        return add_sink_function(self, sink_func)

    def sink_to(self, sink: Any) -> DataStreamSink:
        """Attaches a sink connector. Raises NotBuiltError for one that is not built yet."""
        if isinstance(sink, DiscardingSink):
            return self._sink("Discard", _native.discard)
        return add_unified_sink(self, sink)

    @overload
    def execute_and_collect(
        self, job_execution_name: str | None = None, limit: None = None
    ) -> CloseableIterator[T]: ...
    @overload
    def execute_and_collect(self, job_execution_name: str | None = None, *, limit: int) -> list[T]: ...
    def execute_and_collect(self, job_execution_name: str | None = None, limit: int | None = None) -> Any:
        """Runs the program and streams this stream's records; with `limit` a list of at most so many."""
        if limit is not None and limit <= 0:
            raise ValueError(f"limit must be above 0, got {limit}")
        queue = result_queue(self._env._configuration)
        self._sink("Collect Stream Sink", lambda: _native.collect_sink(queue)).set_parallelism(1)
        records: CloseableIterator[T] = CloseableIterator(
            self._env._submit(job_execution_name), queue, self._type
        )
        if limit is None:
            return records
        with records:
            return list(islice(records, limit))  # takes no record beyond the last, which may never come

    def execute_and_collect_arrow(self, job_execution_name: str | None = None) -> ArrowResults:
        """Runs the program and streams this stream's records as Arrow data. An extension beyond PyFlink.

        The result has ``__arrow_c_stream__``, so that pyarrow, pandas, Polars, DuckDB and others read it,
        batch by batch and once; leaving its ``with`` block ends the job. Rows and tuples become columns,
        other records one column named ``f0``. A stream without a declared type has that of its first
        records. What ends the job early is told to the reader as the reader's own error.

        >>> import pyarrow
        >>> from pyflinkpp.datastream import StreamExecutionEnvironment
        >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
        >>> rows = env.from_collection([(1, "x")], Types.TUPLE([Types.LONG(), Types.STRING()]))
        >>> with rows.execute_and_collect_arrow() as results:
        ...     pyarrow.table(results).to_pylist()
        [{'f0': 1, 'f1': 'x'}]
        """
        queue = result_queue(self._env._configuration)
        self._sink("Collect Stream Sink", lambda: _native.collect_sink(queue)).set_parallelism(1)
        return ArrowResults(self._env._submit(job_execution_name), queue, self._type)

    # -- inside

    def _apply(
        self, name: str, func: Any, forms: Any, output_type: TypeInformation, **how: Any
    ) -> DataStream[Any]:
        return add_operator(self._env, name, [self._upstreams], func, forms, output_type, **how)

    def _ship(self, shipping: Shipping) -> DataStream[T]:
        upstreams = [replace(upstream, shipping=shipping) for upstream in self._upstreams]
        return DataStream(self._env, upstreams, self._type)

    def _plain(self) -> DataStream[T]:
        return self

    def _partner(self, other: DataStream[R], method: str) -> DataStream[R]:
        if not isinstance(other, DataStream):
            raise TypeError(f"{method} takes a DataStream, not {other!r}")
        if other._env is not self._env:
            raise ValueError(f"{method} needs streams of one environment")
        return other

    def _sink(self, name: str, make_operator: Callable[[], _native.OperatorFactory]) -> DataStreamSink:
        transformation = Transformation(
            f"Sink: {name}",
            self._env.get_parallelism(),
            [self._upstreams],
            make_operator=make_operator,
            is_sink=True,
        )
        self._env._add(transformation)
        return DataStreamSink(transformation)


class _Project:
    """Picks fields of a tuple or row."""

    def __init__(self, indexes: tuple[int, ...]) -> None:
        self.indexes = indexes

    def __call__(self, record: Any) -> tuple[Any, ...]:
        return tuple(field_of(record, index) for index in self.indexes)
