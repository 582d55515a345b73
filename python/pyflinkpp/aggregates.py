"""Counts, sums, least and greatest values and averages of windows: an extension beyond PyFlink.

The classes are ordinary aggregate and window functions, for `WindowedStream.aggregate`. Where the types of
records and keys are declared, and windows are of time, tumbling or sliding, with their default trigger, they
run in C++ without the GIL, on columns; elsewhere as the Python that they are, with the same results.

An aggregate of your own, or a reduce function, adds each record to all sliding windows that it belongs to,
as in Flink. Derived from `SlicedAggregateFunction` or `SlicedReduceFunction`, which say what it promises
then, it adds each record once however many windows overlap.

>>> from pyflinkpp.aggregates import Aggregates, Avg, Count, KeyAndWindow, Max
>>> from pyflinkpp.common import Duration, Types, WatermarkStrategy
>>> from pyflinkpp.datastream import StreamExecutionEnvironment
>>> from pyflinkpp.datastream.window import TumblingEventTimeWindows
>>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
>>> bid = Types.TUPLE([Types.STRING(), Types.LONG(), Types.LONG()])  # item, price, time in ms
>>> bids = env.from_collection([('car', 7, 100), ('hat', 2, 200), ('car', 8, 900), ('car', 5, 1500)], bid)
>>> strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(lambda b, _: b[2])
>>> windows = (
...     bids.assign_timestamps_and_watermarks(strategy)
...     .key_by(lambda b: b[0])
...     .window(TumblingEventTimeWindows.of(Duration.of_seconds(1)))
... )
>>> results = windows.aggregate(Aggregates(Count(), Max(1), Avg(1)), KeyAndWindow())
>>> sorted(results.execute_and_collect())
[('car', 0, 1000, 2, 8, 7.5), ('car', 1000, 2000, 1, 5, 5.0), ('hat', 0, 1000, 1, 2, 2.0)]
"""

from __future__ import annotations

from pyflinkpp.datastream._functions.aggregates import Aggregates, Avg, Count, KeyAndWindow, Max, Min, Sum
from pyflinkpp.datastream._functions.sliced import SlicedAggregateFunction, SlicedReduceFunction

__all__ = [
    "Aggregates",
    "Avg",
    "Count",
    "KeyAndWindow",
    "Max",
    "Min",
    "SlicedAggregateFunction",
    "SlicedReduceFunction",
    "Sum",
]
