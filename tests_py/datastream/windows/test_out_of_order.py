"""Rows out of order by no more than the bound are never late, however they are dealt out."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.common.watermark_strategy import WatermarkGenerator
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import ProcessWindowFunction
from pyflinkpp.datastream.window import TumblingEventTimeWindows


class Bounded(WatermarkGenerator):
    """Flink's bounded out-of-orderness, at each event instead of periodically."""

    def __init__(self, bound):
        self.bound = bound
        self.greatest = -(2**62)

    def on_event(self, event, event_timestamp, output):
        self.greatest = max(self.greatest, event_timestamp)
        output.emit_watermark(self.greatest - self.bound - 1)

    def on_periodic_emit(self, output):
        pass


class Count(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield key, context.window().start, len(list(elements))


def window_counts(rows, bound, size, parallelism):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)
    strategy = WatermarkStrategy.for_generator(lambda: Bounded(bound))
    strategy = strategy.with_timestamp_assigner(lambda row, before: row[1])
    stream = env.from_collection(rows, Types.TUPLE([Types.STRING(), Types.LONG()]))
    counts = (
        stream.assign_timestamps_and_watermarks(strategy)
        .key_by(lambda row: row[0])
        .window(TumblingEventTimeWindows.of(size))
        .process(Count())
    )
    with counts.execute_and_collect() as results:
        fired = list(results)
        late = sum(entry["numLateRecordsDropped"] for entry in results._job.operator_metrics())
    return fired, late


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.integers(-30, 60), st.integers(0, 9)), max_size=25),
    size=st.integers(1, 15),
    parallelism=st.sampled_from([1, 3]),
)
def test_rows_within_the_bound_are_never_late(rows, size, parallelism):
    # Ordered by a time that is at most 9 later than their own, rows are out of order by at most 9.
    arriving = [(key, time) for key, time, delay in sorted(rows, key=lambda row: row[1] + row[2])]
    fired, late = window_counts(arriving, 9, size, parallelism)
    assert late == 0
    expected = Counter((key, time - time % size) for key, time in arriving)
    assert Counter({(key, start): count for key, start, count in fired}) == expected
    assert len(fired) == len(expected)


def test_a_row_beyond_the_bound_is_dropped_and_counted():
    rows = [("a", 1), ("a", 30), ("a", 12), ("a", 25)]
    fired, late = window_counts(rows, 5, 10, 1)
    assert fired == [("a", 0, 1), ("a", 20, 1), ("a", 30, 1)]
    assert late == 1
