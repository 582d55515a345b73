"""Joins of keyed streams by the distance of their timestamps (Java's ``KeyedStream.intervalJoin``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pyflinkpp._native as _native
from pyflinkpp._impl.interval_joins import IntervalJoinOpener
from pyflinkpp._impl.shipping import ship
from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._checks import MAX_LONG_VALUE, MIN_LONG_VALUE, millis
from pyflinkpp.datastream._streams.base import output_type_of
from pyflinkpp.datastream.functions import ProcessJoinFunction
from pyflinkpp.datastream.output_tag import OutputTag

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.keyed import KeyedStream
    from pyflinkpp.datastream._streams.stream import DataStream

T1 = TypeVar("T1")
T2 = TypeVar("T2")
K = TypeVar("K")
OUT = TypeVar("OUT")


class IntervalJoin(Generic[T1, T2, K]):
    """Two keyed streams that wait for their bounds (Flink's ``KeyedStream.IntervalJoin``)."""

    def __init__(self, left: KeyedStream[T1, K], right: KeyedStream[T2, K]) -> None:
        self._left = left
        self._right = right
        self._event_time = True

    def in_event_time(self) -> IntervalJoin[T1, T2, K]:
        """Joins by event time, as it does anyway."""
        self._event_time = True
        return self

    def in_processing_time(self) -> IntervalJoin[T1, T2, K]:
        """Joins by processing time, which `between` refuses, as in Flink."""
        self._event_time = False
        return self

    def between(self, lower_bound: Any, upper_bound: Any) -> IntervalJoined[T1, T2, K]:
        """A left record at time t meets the right ones from t + lower to t + upper, both included.

        Bounds are a Time, a Duration, a timedelta or milliseconds, and may be negative.

        Raises:
            ValueError: the lower bound is above the upper one, or does not fit into 64 bits.
            ConfigurationError: after ``in_processing_time``.
        """
        if not self._event_time:
            raise ConfigurationError("interval joins work in event time only: leave out in_processing_time()")
        lower, upper = _bound(lower_bound, "lower_bound"), _bound(upper_bound, "upper_bound")
        return IntervalJoined(self._left, self._right, lower, upper)


def _bound(value: Any, name: str) -> int:
    bound = millis(value, name)
    if not MIN_LONG_VALUE <= bound <= MAX_LONG_VALUE:
        raise ValueError(f"{name} must fit into 64 bits, got {bound} ms")
    return bound


class IntervalJoined(Generic[T1, T2, K]):
    """An interval join with bounds, to be ended by ``process`` (Flink's ``KeyedStream.IntervalJoined``).

    Both streams need timestamps. A record is kept until the watermark says that no partner can come any
    more. A record behind the watermark is late: it meets none, and is counted unless a side output takes it.
    Results have the later timestamp of their pair.

    >>> from pyflinkpp.common import WatermarkStrategy
    >>> from pyflinkpp.common.watermark_strategy import TimestampAssigner
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> class Second(TimestampAssigner):
    ...     def extract_timestamp(self, value, record_timestamp):
    ...         return value[1]
    >>> class Pair(ProcessJoinFunction):
    ...     def process_element(self, left, right, ctx):
    ...         yield left[0], right[0], ctx.get_timestamp()
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> def timed(records):
    ...     strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Second())
    ...     stream = env.from_collection(records).assign_timestamps_and_watermarks(strategy)
    ...     return stream.key_by(lambda record: 'all')
    >>> orders, payments = timed([('o1', 100), ('o2', 200)]), timed([('p1', 150), ('p2', 250)])
    >>> joined = orders.interval_join(payments).between(0, 60).process(Pair())
    >>> sorted(joined.execute_and_collect())
    [('o1', 'p1', 150), ('o2', 'p2', 250)]
    """

    def __init__(self, left: KeyedStream[T1, K], right: KeyedStream[T2, K], lower: int, upper: int) -> None:
        self._left = left
        self._right = right
        self._bounds = (lower, upper)
        self._excludes_lower = self._excludes_upper = False
        self._late_left: OutputTag | None = None
        self._late_right: OutputTag | None = None
        self._first_and_last()

    def lower_bound_exclusive(self) -> IntervalJoined[T1, T2, K]:
        """Excludes the lower bound itself. Raises ValueError where nothing would remain."""
        self._excludes_lower = True
        self._first_and_last()
        return self

    def upper_bound_exclusive(self) -> IntervalJoined[T1, T2, K]:
        """Excludes the upper bound itself. Raises ValueError where nothing would remain."""
        self._excludes_upper = True
        self._first_and_last()
        return self

    def side_output_left_late_data(self, output_tag: OutputTag) -> IntervalJoined[T1, T2, K]:
        """Sends late left records to a side output of the result."""
        self._late_left = _tag(output_tag, "side_output_left_late_data")
        return self

    def side_output_right_late_data(self, output_tag: OutputTag) -> IntervalJoined[T1, T2, K]:
        """Sends late right records to a side output of the result."""
        self._late_right = _tag(output_tag, "side_output_right_late_data")
        return self

    def process(
        self,
        process_join_function: ProcessJoinFunction[T1, T2, OUT],
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """Calls the function for each pair; it yields results, and ``tag, value`` for side outputs.

        Raises TypeError for what is no ProcessJoinFunction or can't be pickled.
        """
        from pyflinkpp.datastream._streams.stream import DataStream

        if not isinstance(process_join_function, ProcessJoinFunction):
            raise TypeError(f"process takes a ProcessJoinFunction, not {process_join_function!r}")
        env = self._left.get_execution_environment()
        result_type = output_type_of(output_type)
        transformation = Transformation(
            "Interval Join", env.get_parallelism(), [self._left._upstreams, self._right._upstreams]
        )
        opener = IntervalJoinOpener(ship(process_join_function, f"the function of '{transformation.name}'"))
        left_type, right_type = self._left.get_type()._descriptor(), self._right.get_type()._descriptor()
        lower, upper = self._first_and_last()
        late_left, late_right = self._late_left, self._late_right

        def make_operator() -> _native.OperatorFactory:
            return _native.interval_join(
                opener,
                result_type._descriptor(),
                {tag: t._descriptor() for tag, t in transformation.side_output_types.items()},
                lower=lower,
                upper=upper,
                left_type=left_type,
                right_type=right_type,
                late_left_output=late_left.tag_id if late_left else "",
                late_right_output=late_right.tag_id if late_right else "",
            )

        transformation.make_operator = make_operator
        env._add(transformation)
        return DataStream._of(env, transformation, result_type)

    def _first_and_last(self) -> tuple[int, int]:
        lower, upper = self._bounds
        first, last = lower + self._excludes_lower, upper - self._excludes_upper
        if first > last:
            raise ValueError(
                f"no record lies between {lower} and {upper} ms as they are excluded, or the lower bound of "
                "the interval join is above the upper one"
            )
        return first, last


def _tag(output_tag: OutputTag, method: str) -> OutputTag:
    if not isinstance(output_tag, OutputTag):
        raise TypeError(f"{method} takes an OutputTag, not {output_tag!r}")
    return output_tag
