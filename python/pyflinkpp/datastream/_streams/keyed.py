"""A stream partitioned by key."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from enum import Enum
from typing import Any, Generic, NoReturn, TypeVar, cast

import pyflinkpp._native as _native
from pyflinkpp._impl.adapters import method_or_call
from pyflinkpp._impl.aggregations import (
    FieldReducer,
    RecordChooser,
    adder_of,
    field_position,
    greater,
    lesser,
)
from pyflinkpp._impl.declared import declared_at
from pyflinkpp._impl.field_access import field_read_by
from pyflinkpp._impl.native_aggregates import KeySelection, native_aggregate
from pyflinkpp._impl.queryable_stream import QueryableStateSink
from pyflinkpp._impl.shipping import ship, unship
from pyflinkpp._impl.transformation import Shipping, Transformation
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._functions.shapes import FlatMaps, Maps, Processes
from pyflinkpp.datastream._streams.base import add_operator, output_type_of
from pyflinkpp.datastream._streams.interval_join import IntervalJoin
from pyflinkpp.datastream._streams.queryable import QueryableStateStream
from pyflinkpp.datastream._streams.stream import DataStream
from pyflinkpp.datastream._streams.window_shortcuts import count_assigner, time_assigner
from pyflinkpp.datastream._streams.windowed import WindowedStream
from pyflinkpp.datastream.functions import (
    FilterFunction,
    KeyedProcessFunction,
    KeySelector,
    ProcessFunction,
    ReduceFunction,
)
from pyflinkpp.datastream.state import ReducingStateDescriptor, ValueStateDescriptor
from pyflinkpp.datastream.window import WindowAssigner
from pyflinkpp.native import NativeKey

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")


class KeyedStream(DataStream[T], Generic[T, K]):
    """Records that meet by key: all records of a key go through one subtask, in order.

    Follows Flink's ``KeyedStream``. Partitioning is no operator, so it has no name or parallelism.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> sales = env.from_collection([('a', 1), ('b', 5), ('a', 2)])
    >>> sorted(sales.key_by(lambda s: s[0]).sum(1).execute_and_collect())
    [('a', 1), ('a', 3), ('b', 5)]
    """

    class AccumulateType(Enum):
        """The kinds of rolling aggregation."""

        MIN = 1
        MAX = 2
        MIN_BY = 3
        MAX_BY = 4
        SUM = 5

    _original: DataStream[T]
    _key_type: TypeInformation
    #: None for a native key.
    _selection: KeySelection | None = None

    @classmethod
    def _by(cls, stream: DataStream[T], selector: Any, key_type: TypeInformation | None) -> Any:
        if isinstance(selector, NativeKey):
            return cls._keyed(stream._plain(), Shipping("HASH", keys=selector.make), selector.key_type)
        method = method_or_call(selector, KeySelector, "get_key", "key_by")
        key_type = Types.PICKLED_BYTE_ARRAY() if key_type is None else _fit_for_keys(key_type)
        stream = stream._plain()
        name = f"the key selector after '{stream._transformation.name}'"
        shipped = ship(selector, name)

        def open_selector() -> Any:
            own = unship(shipped)
            return own if method is None else getattr(own, method)

        declared = declared_at()
        descriptor = key_type._descriptor()
        access = field_read_by(selector) if method is None else None
        item = access.index if access else None
        selection = KeySelection(
            key_type=key_type,
            access=access,
            called=lambda: _native.python_key(open_selector, item, descriptor, name, declared),
            operator_name=name,
            declared_at=declared,
        )
        keyed = cls._keyed(stream, Shipping("HASH", keys=selection.called), selection.key_type)
        keyed._selection = selection
        return keyed

    @classmethod
    def _keyed(cls, stream: DataStream[T], shipping: Shipping, key_type: TypeInformation) -> Any:
        typed = replace(shipping, key_type=key_type)
        keyed = cls(stream._env, stream._ship(typed)._upstreams, stream.get_type())
        keyed._original = stream
        keyed._key_type = key_type
        return keyed

    def _plain(self) -> DataStream[T]:
        return self._original

    def _own(self, setting: str) -> NoReturn:
        raise TypeError(f"{setting} applies to an operator, and key_by is none: call it on what follows")

    # -- transformations

    def map(
        self, func: Callable[[T], R] | Maps[T, R], output_type: TypeInformation | None = None
    ) -> DataStream[R]:
        """One record for each record, in the subtask of the record's key."""
        return super().map(func, output_type)

    def flat_map(
        self,
        func: Callable[[T], Iterable[R] | None] | FlatMaps[T, R],
        output_type: TypeInformation | None = None,
    ) -> DataStream[R]:
        """Any number of records for each record, in the subtask of the record's key."""
        return super().flat_map(func, output_type)

    def filter(self, func: Callable[[T], Any] | FilterFunction[T]) -> DataStream[T]:
        """The records for which `func` gives something true."""
        return super().filter(func)

    def process(self, func: Processes[T, R], output_type: TypeInformation | None = None) -> DataStream[R]:
        """Runs a KeyedProcessFunction (or ProcessFunction), which also sees the key."""
        if not isinstance(func, KeyedProcessFunction | ProcessFunction):
            raise TypeError(f"process takes a KeyedProcessFunction, not {func!r}")
        return self._apply(
            "KeyedProcess", func, [("process_element", "iterable")], output_type_of(output_type), context=True
        )

    def reduce(self, func: Callable[[T, T], T] | ReduceFunction[T]) -> DataStream[T]:
        """Rolling: for each record what `func` makes of the result so far and the record.

        The first record of a key comes out as it is. In BATCH mode only the final results come out.
        """
        method = method_or_call(func, ReduceFunction, "reduce", "reduce")
        return self._reduce("Reduce", func, method)

    def sum(self, position_to_sum: int | str = 0) -> DataStream[T]:
        """The rolling sum of a field, by index or name; other fields are those of the key's first record."""
        position = field_position(position_to_sum)
        return self._aggregate("sum", FieldReducer(position, adder_of(self._type, position)))

    def min(self, position_to_min: int | str = 0) -> DataStream[T]:
        """The rolling minimum of a field; other fields are those of the key's first record."""
        return self._aggregate("min", FieldReducer(field_position(position_to_min), lesser))

    def max(self, position_to_max: int | str = 0) -> DataStream[T]:
        """The rolling maximum of a field; other fields are those of the key's first record."""
        return self._aggregate("max", FieldReducer(field_position(position_to_max), greater))

    def min_by(self, position_to_min_by: int | str = 0) -> DataStream[T]:
        """The record whose field is the least so far, the earliest among equals."""
        return self._aggregate("min_by", RecordChooser(field_position(position_to_min_by), operator.lt))

    def max_by(self, position_to_max_by: int | str = 0) -> DataStream[T]:
        """The record whose field is the greatest so far, the earliest among equals."""
        return self._aggregate("max_by", RecordChooser(field_position(position_to_max_by), operator.gt))

    def window(self, window_assigner: WindowAssigner[Any, Any]) -> WindowedStream[T, K]:
        """Windows for each key."""
        return WindowedStream(self, window_assigner)

    def count_window(self, size: int, slide: int = 0) -> WindowedStream[T, K]:
        """Windows of `size` records of a key, one after the other or beginning at every `slide`-th record.

        Windows that are not full yet at the end of the stream never fire. Raises ValueError for a size
        below 1.
        """
        return WindowedStream(self, count_assigner(size, slide))

    def time_window(self, size: Any, slide: Any = None) -> WindowedStream[T, K]:
        """Flink 1.x's ``timeWindow``: tumbling or sliding windows of the environment's kind of time."""
        return WindowedStream(self, time_assigner(self._env, size, slide))

    def interval_join(self, other_stream: KeyedStream[R, K]) -> IntervalJoin[T, R, K]:
        """Pairs of elements with equal keys whose timestamps are close: go on with ``between``.

        Raises TypeError where the other stream is not keyed (Java's ``intervalJoin``).
        """
        if not isinstance(other_stream, KeyedStream):
            raise TypeError(f"interval_join takes a KeyedStream, not {other_stream!r}")
        return IntervalJoin(self, cast("KeyedStream[R, K]", self._partner(other_stream, "interval_join")))

    def as_queryable_state(
        self,
        queryable_state_name: str,
        state_descriptor: ValueStateDescriptor | ReducingStateDescriptor | None = None,
    ) -> QueryableStateStream:
        """Keeps the stream as state that can be asked for from outside of the job (``asQueryableState``).

        The last record of each key, or with a ReducingStateDescriptor what its function makes of all of them;
        without a descriptor the state has the queryable name as its own. `JobClient.get_kv_state` asks for
        it. Raises TypeError for descriptors of other kinds, which would grow without end, as in Flink, and
        ValueError for one with a queryable name of its own, or a time to live.
        """
        if state_descriptor is None:
            state_descriptor = ValueStateDescriptor(queryable_state_name, self._type)
        if not isinstance(state_descriptor, ValueStateDescriptor | ReducingStateDescriptor):
            raise TypeError(
                "as_queryable_state takes a ValueStateDescriptor or a ReducingStateDescriptor, not "
                f"{state_descriptor!r}: make the state of a process function queryable, which can clear it"
            )
        state_descriptor = copy(state_descriptor)
        state_descriptor.set_queryable(queryable_state_name)
        kept = self._apply(
            f"Queryable state: {queryable_state_name}",
            QueryableStateSink(state_descriptor),
            [("process_element", "iterable")],
            self._type,
            context=True,
        )
        return QueryableStateStream(kept._transformation, state_descriptor, self._key_type)

    # -- what Flink refuses on a keyed stream

    def rebalance(self) -> NoReturn:
        self._refuse("rebalance")

    def rescale(self) -> NoReturn:
        self._refuse("rescale")

    def shuffle(self) -> NoReturn:
        self._refuse("shuffle")

    def global_(self) -> NoReturn:
        self._refuse("global_")

    def forward(self) -> NoReturn:
        self._refuse("forward")

    def broadcast(self, *args: Any) -> NoReturn:
        self._refuse("broadcast")

    def partition_custom(self, partitioner: Any, key_selector: Any) -> NoReturn:
        self._refuse("partition_custom")

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"{what} cannot override the partitioning of key_by: call it before key_by")

    # -- inside

    def _apply(self, name: str, func: Any, forms: Any, output_type: Any, **how: Any) -> DataStream[Any]:
        return super()._apply(name, func, forms, output_type, keyed=True, **how)

    def _aggregate(self, name: str, function: FieldReducer | RecordChooser) -> DataStream[Any]:
        """Without Python where types allow it, and else as a reduce function."""
        native = None
        if self._selection is not None:
            native = native_aggregate(name, function.position, self._type, self._selection)
        if native is None:
            return self._reduce(name, function, "reduce")
        upstreams = self._original._ship(native.shipping)._upstreams
        transformation = Transformation(
            name,
            self._env.get_parallelism(),
            [upstreams],
            make_operator=lambda: _native.rolling_aggregate(native.make()),
        )
        self._env._add(transformation)
        return DataStream._of(self._env, transformation, self._type)

    def _reduce(self, name: str, function: Any, method: str | None) -> DataStream[Any]:
        return add_operator(
            self._env,
            name,
            [self._upstreams],
            function,
            [(method, "value")],
            self._type,
            make=_native.python_reduce,
        )


def _fit_for_keys(key_type: Any) -> TypeInformation:
    """The type itself. Raises TypeError for what is no type, and for arrays, which Flink refuses as keys."""
    if not isinstance(key_type, TypeInformation):
        raise TypeError(f"key_type must be a TypeInformation, not {key_type!r}; see Types")
    if array := _array_in(key_type._descriptor()):
        raise TypeError(
            f"{array} cannot be used as key, in key_type={key_type}: in Flink no array can. Leave key_type "
            "out, or let the key selector give a list or a tuple"
        )
    return key_type


def _array_in(descriptor: Any) -> str | None:
    """The first array among a type and the fields of its tuples and rows."""
    kind, _, children = descriptor
    if kind == "BYTES" or kind.endswith("_ARRAY"):
        return "PRIMITIVE_ARRAY(BYTE)" if kind == "BYTES" else str(kind)
    fields = children if kind in ("TUPLE", "ROW") else ()
    return next(filter(None, map(_array_in, fields)), None)
