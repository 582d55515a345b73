"""Functions whose values sliding windows may share: an extension beyond PyFlink."""

from __future__ import annotations

from typing import Generic, TypeVar

from pyflinkpp.datastream._functions.simple import AggregateFunction, ReduceFunction

IN = TypeVar("IN")
ACC = TypeVar("ACC")
OUT = TypeVar("OUT")
VALUE = TypeVar("VALUE")


class SlicedAggregateFunction(AggregateFunction[IN, ACC, OUT], Generic[IN, ACC, OUT]):
    """An AggregateFunction whose author promises that sliding windows may share what they have in common.

    The promise: ``merge`` is associative; in which order records of different slices came does not matter to
    the result; and ``merge`` and ``get_result`` leave accumulators, and all that they hold, as they are. They
    may give one back, or parts of it: a result that shares what can change with an accumulator is copied.
    ``add`` may still change the accumulator that it is given. Sums of floating point are associative but for
    their last digits, in which results may then differ from those of an ordinary function.

    Sliding windows of time with their default trigger and without an evictor are then cut into slices, one
    or two for each slide, which are ordinary keyed state. A record is added once, not size / slide times. A
    window that fires calls ``merge`` as often as the logarithm of size / slide says: about 6 times where that
    is 60, and 12 where it is 3600. Any other windows treat it as the AggregateFunction that it is, and so
    does Flink with that as its base class: results are the same. A checkpoint has slices or whole windows,
    and goes on only in the same kind, with the same size, slide and offset.

    >>> from pyflinkpp.aggregates import SlicedAggregateFunction
    >>> from pyflinkpp.common import Duration, Types, WatermarkStrategy
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.window import SlidingEventTimeWindows
    >>> class Distinct(SlicedAggregateFunction):
    ...     def create_accumulator(self):
    ...         return set()
    ...     def add(self, value, accumulator):
    ...         accumulator.add(value[0])
    ...         return accumulator
    ...     def merge(self, acc_a, acc_b):
    ...         return acc_a | acc_b
    ...     def get_result(self, accumulator):
    ...         return sorted(accumulator)
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> visits = env.from_collection([('ann', 100), ('bob', 1200), ('ann', 1900), ('joe', 2100)])
    >>> strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(lambda v, _: v[1])
    >>> two_seconds = SlidingEventTimeWindows.of(Duration.of_seconds(2), Duration.of_seconds(1))
    >>> visitors = visits.assign_timestamps_and_watermarks(strategy).window_all(two_seconds)
    >>> list(visitors.aggregate(Distinct()).execute_and_collect())
    [['ann'], ['ann', 'bob'], ['ann', 'bob', 'joe'], ['joe']]
    """


class SlicedReduceFunction(ReduceFunction[VALUE], Generic[VALUE]):
    """A ReduceFunction whose author promises that sliding windows may share what they have in common.

    The promise: ``reduce`` is associative, its result does not depend on the order in which records of
    different slices came, and it leaves both arguments, and all that they hold, as they are. What comes of it
    is as for `SlicedAggregateFunction`.

    >>> from pyflinkpp.aggregates import SlicedReduceFunction
    >>> class Longest(SlicedReduceFunction):
    ...     def reduce(self, value1, value2):
    ...         return max(value1, value2, key=lambda word: (len(word), word))
    >>> Longest().reduce('to', 'be')
    'to'
    """
