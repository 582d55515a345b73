"""Streams cut into windows."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

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
from pyflinkpp._impl.native_aggregates import ONE_KEY, KeySelection
from pyflinkpp._impl.native_windows import (
    BuiltInAggregate,
    NativeWindows,
    Recognised,
    RecordAggregate,
    recognise,
    with_key_and_window,
)
from pyflinkpp._impl.shipping import ship
from pyflinkpp._impl.transformation import Shipping, Transformation, Upstream
from pyflinkpp._impl.window_functions import WindowFunctions, WindowOpener
from pyflinkpp._impl.window_specs import (
    assigner_spec,
    fires_by_itself,
    in_slices,
    merging_of,
    trigger_spec,
    window_kind,
)
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import millis, not_negative
from pyflinkpp.datastream._functions.aggregates import KeyAndWindow, for_records
from pyflinkpp.datastream._streams.base import output_type_of
from pyflinkpp.datastream.functions import (
    AggregateFunction,
    AllWindowFunction,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    ReduceFunction,
    WindowFunction,
)
from pyflinkpp.datastream.output_tag import OutputTag
from pyflinkpp.datastream.window import (
    CountSlidingWindowAssigner,
    CountTumblingWindowAssigner,
    Evictor,
    MergingWindowAssigner,
    NeverTrigger,
    PurgingTrigger,
    Trigger,
    WindowAssigner,
)

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.keyed import KeyedStream
    from pyflinkpp.datastream._streams.stream import DataStream
    from pyflinkpp.datastream.stream_execution_environment import StreamExecutionEnvironment

T = TypeVar("T")
K = TypeVar("K")
W = TypeVar("W", bound="_Windowed[Any]")


class _Windowed(Generic[T]):
    """What windows for each key and windows over a whole stream share: settings, and operators."""

    #: The classes that `apply` and `process` take.
    _apply_class: type
    _process_class: type

    def __init__(
        self,
        stream: DataStream[T],
        upstreams: list[Upstream],
        assigner: Any,
    ) -> None:
        """`stream` before it was shipped to where its windows are, and `upstreams` after that."""
        if not isinstance(assigner, WindowAssigner):
            raise TypeError(f"window takes a WindowAssigner, not {assigner!r}")
        self._stream = stream
        self._env = stream._env
        self._upstreams = upstreams
        self._type: TypeInformation = stream.get_type()
        self._assigner = assigner
        self._trigger: Trigger[Any, Any] | None = None
        self._evictor: Evictor[Any] | None = None
        self._allowed_lateness = 0
        self._late_tag: OutputTag | None = None
        self._parallelism_limit: int | None = None

    def get_execution_environment(self) -> StreamExecutionEnvironment:
        """The environment that runs the program."""
        return self._env

    def get_input_type(self) -> TypeInformation:
        """The type of the records that windows are made of."""
        return self._type

    # -- settings

    def trigger(self: W, trigger: Trigger[Any, Any]) -> W:
        """Decides when windows fire, in place of the assigner's default trigger.

        Raises TypeError where windows merge and the trigger can't.
        """
        if not isinstance(trigger, Trigger):
            raise TypeError(f"trigger takes a Trigger, not {trigger!r}")
        if isinstance(self._assigner, MergingWindowAssigner) and not trigger.can_merge():
            raise TypeError(
                f"{type(trigger).__name__} can't be used with {type(self._assigner).__name__}, whose windows "
                "merge: its can_merge() is False"
            )
        self._trigger = trigger
        return self

    def evictor(self: W, evictor: Evictor[Any]) -> W:
        """Drops elements of a window that fires, before or after its function (Java's ``evictor``).

        Windows then keep all their elements, also for `reduce` and `aggregate`.
        """
        if not isinstance(evictor, Evictor):
            raise TypeError(f"evictor takes an Evictor, not {evictor!r}")
        self._evictor = evictor
        return self

    def allowed_lateness(self: W, time_ms: Any) -> W:
        """How long windows of event time still take records after their end, in milliseconds.

        Each late record that a window takes fires it again. Also takes a Time or a Duration. Raises
        ValueError below 0.
        """
        self._allowed_lateness = not_negative(millis(time_ms, "time_ms"), "time_ms")
        return self

    def side_output_late_data(self: W, output_tag: OutputTag) -> W:
        """Sends records whose windows are over to a side output, instead of dropping and counting them."""
        if not isinstance(output_tag, OutputTag):
            raise TypeError(f"side_output_late_data takes an OutputTag, not {output_tag!r}")
        self._late_tag = output_tag
        return self

    # -- operators

    def reduce(
        self,
        reduce_function: Callable[[T, T], T] | ReduceFunction[T],
        window_function: Any = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """One record for each window that fires: what `reduce_function` makes of its records, as they come.

        With `window_function`, that one record is what the function is given. Sliding windows share the work
        of a `pyflinkpp.aggregates.SlicedReduceFunction`.
        """
        method_or_call(reduce_function, ReduceFunction, "reduce", "reduce")
        if window_function is None and output_type is None:
            output_type = self._type
        return self._window(reduce_function, window_function, output_type, self._type, "Reduce")

    def aggregate(
        self,
        aggregate_function: AggregateFunction[T, Any, Any],
        window_function: Any = None,
        accumulator_type: TypeInformation | None = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """One result for each window that fires, from an accumulator that its records are added to.

        The functions of `pyflinkpp.aggregates` run without Python where types allow it, and sliding windows
        share the work of a `SlicedAggregateFunction`. With `window_function`, that one result is what the
        function is given.
        """
        if not isinstance(aggregate_function, AggregateFunction):
            raise TypeError(f"aggregate takes an AggregateFunction, not {aggregate_function!r}")
        accumulator = output_type_of(accumulator_type)
        function = for_records(aggregate_function, self._type)
        recognised = recognise(function) if accumulator_type is None else None
        if output_type is None:
            output_type = self._type_of_results(recognised, window_function)
        return self._window(
            function, window_function, output_type, accumulator, "Aggregate", recognised=recognised
        )

    def apply(self, window_function: Any, output_type: TypeInformation | None = None) -> DataStream[Any]:
        """Calls a window function with all records of each window that fires."""
        if not isinstance(window_function, self._apply_class):
            raise TypeError(f"apply takes a {self._apply_class.__name__}, not {window_function!r}")
        return self._window(None, window_function, output_type, self._type, "Apply")

    def process(
        self, process_window_function: Any, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """As `apply`, for a function that takes a context: window, time, state and side outputs."""
        if not isinstance(process_window_function, self._process_class):
            raise TypeError(
                f"process takes a {self._process_class.__name__}, not {process_window_function!r}"
            )
        return self._window(None, process_window_function, output_type, self._type, "Process")

    def sum(self, position_to_sum: int | str = 0) -> DataStream[T]:
        """The sum of a field, by index or name; other fields are those of the window's first record.

        A sum that does not fit the declared type of the field ends the job with an OverflowError.
        """
        position = field_position(position_to_sum)
        return self._record_aggregate("sum", FieldReducer(position, adder_of(self._type, position)))

    def min(self, position_to_min: int | str = 0) -> DataStream[T]:
        """The minimum of a field; other fields are those of the window's first record."""
        return self._record_aggregate("min", FieldReducer(field_position(position_to_min), lesser))

    def max(self, position_to_max: int | str = 0) -> DataStream[T]:
        """The maximum of a field; other fields are those of the window's first record."""
        return self._record_aggregate("max", FieldReducer(field_position(position_to_max), greater))

    def min_by(self, position_to_min_by: int | str = 0) -> DataStream[T]:
        """The record whose field is the least of the window, the earliest among equals."""
        chooser = RecordChooser(field_position(position_to_min_by), operator.lt)
        return self._record_aggregate("min_by", chooser)

    def max_by(self, position_to_max_by: int | str = 0) -> DataStream[T]:
        """The record whose field is the greatest of the window, the earliest among equals."""
        chooser = RecordChooser(field_position(position_to_max_by), operator.gt)
        return self._record_aggregate("max_by", chooser)

    def fold(self, initial_value: Any, function: Any, output_type: TypeInformation | None = None) -> Any:
        """Flink 1.x's ``fold``. Raises NotBuiltError: `aggregate` does what it did."""
        raise NotBuiltError("fold is gone from Flink: use aggregate with an AggregateFunction")

    # -- inside

    def _default_trigger(self) -> Trigger[Any, Any]:
        trigger: Trigger[Any, Any] = self._assigner.get_default_trigger(self._env)
        # A count window that is full takes no more records: nobody would ever drop those that it has.
        counts = isinstance(self._assigner, CountTumblingWindowAssigner | CountSlidingWindowAssigner)
        return PurgingTrigger.of(trigger) if counts else trigger

    #: How records are keyed; None where the native operator can't be told.
    _selection: KeySelection | None = None
    _key_type: TypeInformation = Types.PICKLED_BYTE_ARRAY()

    def _ship_natively(self, native: NativeWindows) -> list[Upstream]:
        return self._stream._ship(native.aggregation.shipping)._upstreams

    def _record_aggregate(self, name: str, function: FieldReducer | RecordChooser) -> DataStream[T]:
        recognised = RecordAggregate(name, function.position)
        return self._window(function, None, self._type, self._type, "Reduce", recognised=recognised)

    def _type_of_results(self, recognised: BuiltInAggregate | None, function: Any) -> TypeInformation | None:
        """Of a built-in aggregate, where the function behind it lets that be told."""
        if recognised is None or type(function) not in (type(None), KeyAndWindow):
            return None
        values = recognised.value_types(self._type)
        if function is None:
            return values
        native = recognised.on_columns(self._type, self._selection) if self._selection else None
        return with_key_and_window(native.key_type if native else self._key_type, values)

    def _without_python(
        self, recognised: Recognised | None, trigger: Trigger[Any, Any], function: Any, output_type: Any
    ) -> NativeWindows | None:
        """How the windows run without Python; None where it takes Python."""
        if recognised is None or self._selection is None or self._evictor is not None:
            return None
        windows = assigner_spec(self._assigner)
        if windows is None or not fires_by_itself(windows, trigger_spec(trigger)):
            return None
        if function is not None and type(function) is not KeyAndWindow:
            return None
        late_type = self._late_tag.type_info if self._late_tag else self._type
        if late_type not in (self._type, Types.PICKLED_BYTE_ARRAY()):
            return None
        aggregation = recognised.on_columns(self._type, self._selection)
        if aggregation is None:
            return None
        results = recognised.value_types(self._type)
        if function is not None:
            results = with_key_and_window(aggregation.key_type, results)
        if output_type != results:
            return None
        late_output = self._late_tag.tag_id if self._late_tag else ""
        return NativeWindows(aggregation, windows, self._allowed_lateness, late_output, function is not None)

    def _window(
        self,
        fold: Any,
        function: Any,
        output_type: TypeInformation | None,
        contents_type: TypeInformation,
        what: str,
        recognised: Recognised | None = None,
    ) -> DataStream[Any]:
        from pyflinkpp.datastream._streams.stream import DataStream

        if function is not None and not isinstance(function, self._apply_class | self._process_class):
            raise TypeError(
                f"window_function must be a {self._apply_class.__name__} or a "
                f"{self._process_class.__name__}, not {function!r}"
            )
        declared = output_type_of(output_type)
        trigger = self._trigger or self._default_trigger()
        self._warn(trigger, fold)
        name = f"Window({type(self._assigner).__name__}, {type(trigger).__name__}, {what})"
        parallelism = self._parallelism_limit or self._env.get_parallelism()
        native = self._without_python(recognised, trigger, function, declared)
        upstreams = self._ship_natively(native) if native else self._upstreams
        transformation = Transformation(name, parallelism, [upstreams])
        transformation.parallelism_limit = self._parallelism_limit
        if self._parallelism_limit is not None:
            transformation.max_parallelism = self._parallelism_limit
        transformation.make_operator = (
            native.make
            if native
            else self._operator(transformation, trigger, fold, function, declared, contents_type)
        )
        self._env._add(transformation)
        return DataStream._of(self._env, transformation, declared)

    def _operator(
        self,
        transformation: Transformation,
        trigger: Trigger[Any, Any],
        fold: Any,
        function: Any,
        output_type: TypeInformation,
        contents_type: TypeInformation,
    ) -> Callable[[], _native.OperatorFactory]:
        of_assigner, of_trigger = assigner_spec(self._assigner), trigger_spec(trigger)
        functions = WindowFunctions(
            self._assigner, None if of_trigger else trigger, self._evictor, fold, function
        )
        opener = WindowOpener(ship(functions, f"a function of '{transformation.name}'"))
        contents = functions.contents()
        slices = in_slices(of_assigner, of_trigger) if functions.may_share_slices() else None
        if slices is not None:
            of_assigner, contents = slices, f"sliced {contents}"
        kind, merging = window_kind(self._assigner), merging_of(self._assigner)
        assigner = of_assigner or ("python", self._assigner.is_event_time(), merging)
        lateness, late_tag = self._allowed_lateness, self._late_tag
        can_merge = trigger.can_merge()

        def make_operator() -> _native.OperatorFactory:
            side_outputs = {tag: t._descriptor() for tag, t in transformation.side_output_types.items()}
            return _native.window_operator(
                opener,
                output_type._descriptor(),
                side_outputs,
                contents=contents,
                contents_type=contents_type._descriptor(),
                window_kind=kind,
                assigner=assigner,
                trigger=of_trigger or ("python", can_merge),
                allowed_lateness=lateness,
                late_output=late_tag.tag_id if late_tag else "",
            )

        return make_operator

    def _warn(self, trigger: Trigger[Any, Any], fold: Any) -> None:
        if isinstance(trigger, NeverTrigger):
            warnings.warn(
                f"these windows never fire: {type(self._assigner).__name__} needs a trigger, such as "
                ".trigger(CountTrigger.of(100))",
                stacklevel=4,
            )
        if self._evictor is not None and fold is not None:
            warnings.warn(
                "with an evictor, windows keep all their records: reduce and aggregate are computed anew at "
                "each firing",
                stacklevel=4,
            )


class WindowedStream(_Windowed[T], Generic[T, K]):
    """Windows for each key (Flink's ``WindowedStream``).

    >>> from pyflinkpp.common import Types, WatermarkStrategy
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> words = env.from_collection(['to', 'be', 'or', 'not', 'to', 'be'], Types.STRING())
    >>> pairs = words.map(lambda w: (w, 1)).key_by(lambda p: p[0]).count_window(2)
    >>> pairs.sum(1).execute_and_collect(limit=2)
    [('to', 2), ('be', 2)]
    """

    _apply_class = WindowFunction
    _process_class = ProcessWindowFunction

    def __init__(self, keyed_stream: KeyedStream[T, K], window_assigner: WindowAssigner[Any, Any]) -> None:
        super().__init__(keyed_stream._original, keyed_stream._upstreams, window_assigner)
        self._selection = keyed_stream._selection
        self._key_type = keyed_stream._key_type


class AllWindowedStream(_Windowed[T]):
    """Windows over a whole stream, all in one subtask (Flink's ``AllWindowedStream``)."""

    _apply_class = AllWindowFunction
    _process_class = ProcessAllWindowFunction

    def __init__(self, data_stream: DataStream[T], window_assigner: WindowAssigner[Any, Any]) -> None:
        stream = data_stream._plain()
        keyed = stream._ship(Shipping("HASH", keys=_native.constant_key))
        super().__init__(stream, keyed._upstreams, window_assigner)
        self._parallelism_limit = 1
        self._selection = ONE_KEY
