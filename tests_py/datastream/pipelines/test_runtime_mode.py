"""STREAMING, BATCH and AUTOMATIC."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.aggregates import Count, KeyAndWindow
from pyflinkpp.common import Time, Types, WatermarkStrategy
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError
from pyflinkpp.datastream import RuntimeExecutionMode, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import (
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    ProcessWindowFunction,
    SourceFunction,
)
from pyflinkpp.datastream.window import (
    EventTimeSessionWindows,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
)


class Endless(SourceFunction):
    def run(self, ctx):
        while True:
            ctx.collect(1)

    def cancel(self):
        pass


def sums(stream):
    return list(stream.key_by(lambda x: x % 2).sum().execute_and_collect())


def test_automatic_is_batch_when_all_sources_end(env):
    env.set_runtime_mode(RuntimeExecutionMode.AUTOMATIC)
    assert sorted(sums(env.from_collection([1, 2, 3]))) == [2, 4]


def test_automatic_is_streaming_when_one_source_does_not_end(env):
    env.set_runtime_mode(RuntimeExecutionMode.AUTOMATIC)
    env.add_source(Endless()).map(lambda x: x)
    with env.from_collection([1, 1, 1]).key_by(lambda x: 0).sum().execute_and_collect() as results:
        assert [next(results) for _ in range(3)] == [1, 2, 3]


def test_batch_refuses_a_source_that_does_not_end(env):
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.add_source(Endless(), "ticks").map(lambda x: x)
    with pytest.raises(ConfigurationError, match=r"'Source: ticks' never ends.*\n.*test_runtime_mode.py"):
        env.execute()


class Order(KeyedProcessFunction):
    """Tells what it sees."""

    def process_element(self, value, ctx):
        yield value


@pytest.mark.parametrize("batch_size", [1, 3, 4096])
def test_batch_brings_the_records_of_a_key_together(make_env, batch_size):
    env = make_env(batch=True, batch_size=batch_size)
    records = [(key, n) for n in range(5) for key in ("b", "a", "c")]
    seen = list(env.from_collection(records).key_by(lambda r: r[0]).process(Order()).execute_and_collect())
    assert seen == sorted(records)


def test_keys_of_any_kind_are_told_apart(make_env):
    env = make_env(batch=True)
    keys = [1, True, 1.0, None, "1", (1, 2), (1, True), 2**70, b"x", -1]
    stream = env.from_collection([(key, 1) for key in keys * 3])
    sums = stream.key_by(lambda r: r[0]).reduce(lambda a, b: (a[0], a[1] + b[1]))
    results = list(sums.execute_and_collect())
    assert sorted(map(repr, results)) == sorted(repr((key, 3)) for key in keys)


def test_batch_sorts_connected_streams_by_key_across_both(make_env):
    class Both(KeyedCoProcessFunction):
        def process_element1(self, value, ctx):
            yield (1, value)

        def process_element2(self, value, ctx):
            yield (2, value)

    env = make_env(batch=True)
    first = env.from_collection([("b", 1), ("a", 1), ("b", 2)]).key_by(lambda r: r[0])
    second = env.from_collection([("a", 9), ("b", 9)]).key_by(lambda r: r[0])
    assert list(first.connect(second).process(Both()).execute_and_collect()) == [
        (1, ("a", 1)),
        (2, ("a", 9)),
        (1, ("b", 1)),
        (1, ("b", 2)),
        (2, ("b", 9)),
    ]


@given(records=st.lists(st.tuples(st.integers(0, 5), st.integers())), parallelism=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_batch_gives_the_last_of_what_streaming_gives(records, parallelism):
    def sums(mode):
        env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)
        env.set_runtime_mode(mode)
        stream = env.from_collection(records).key_by(lambda r: r[0]).sum(1)
        return list(stream.execute_and_collect())

    running = {key: value for key, value in sums(RuntimeExecutionMode.STREAMING)}
    assert sorted(sums(RuntimeExecutionMode.BATCH)) == sorted(running.items())


def test_a_failure_in_batch_names_the_record(make_env):
    env = make_env(batch=True)
    env.from_collection([("a", 1), ("b", 0)]).key_by(lambda r: r[0]).map(lambda r: 1 / r[1])
    with pytest.raises(JobExecutionError, match=r"ZeroDivisionError[\s\S]*record: \('b', 0\)"):
        env.execute()


class Timers(KeyedProcessFunction):
    """Sets timers far ahead in both domains, and once more when one fires."""

    def process_element(self, value, ctx):
        timers = ctx.timer_service()
        timers.register_processing_time_timer(10**15)
        timers.register_event_time_timer(10**15)
        yield value, timers.current_watermark()

    def on_timer(self, timestamp, ctx):
        timers = ctx.timer_service()
        timers.register_processing_time_timer(timestamp + 1)
        timers.register_event_time_timer(timestamp + 1)
        yield ctx.get_current_key(), ctx.time_domain().name, timers.current_watermark()


LEAST, MOST = -(2**63), 2**63 - 1


@pytest.mark.parametrize("batch_size", [1, 2, 4096])
def test_timers_of_both_domains_fire_at_the_end_of_their_key_in_batch(make_env, batch_size):
    """As in Flink: those of event time first, no clock is waited for, and none can be set by then."""
    stream = make_env(batch=True, batch_size=batch_size).from_collection(["b", "a", "b"])
    assert list(stream.key_by(lambda r: r).process(Timers()).execute_and_collect()) == [
        ("a", LEAST),
        ("a", "EVENT_TIME", MOST),
        ("a", "PROCESSING_TIME", MOST),
        ("b", LEAST),
        ("b", LEAST),
        ("b", "EVENT_TIME", MOST),
        ("b", "PROCESSING_TIME", MOST),
    ]


class Tells(ProcessWindowFunction):
    def process(self, key, context, elements):
        times = context.current_watermark()
        yield key, getattr(context.window(), "start", None), len(list(elements)), times


ASSIGNERS = {
    "tumbling": (TumblingEventTimeWindows.of(10), [(0, 2), (10, 1)]),
    "sliding": (SlidingEventTimeWindows.of(10, 5), [(-5, 1), (0, 2), (5, 2), (10, 1)]),
    "sessions": (EventTimeSessionWindows.with_gap(4), [(0, 1), (7, 2)]),
}


@pytest.mark.parametrize("batch_size", [1, 4, 4096])
@pytest.mark.parametrize("name", ASSIGNERS)
def test_windows_fire_at_the_end_of_their_key_in_batch(make_env, name, batch_size):
    """With the watermark at its end, and the next key begins with that at its beginning: nothing is late."""
    assigner, expected = ASSIGNERS[name]
    stream = make_env(batch=True, batch_size=batch_size).from_collection(
        [("b", 11), ("a", 0), ("b", 0), ("a", 11), ("b", 7), ("a", 7)]
    )
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(lambda r, _: r[1])
    keyed = stream.assign_timestamps_and_watermarks(strategy).key_by(lambda r: r[0])
    assert list(keyed.window(assigner).process(Tells()).execute_and_collect()) == [
        (key, start, count, MOST) for key in "ab" for start, count in expected
    ]


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
@pytest.mark.parametrize("batch_size", [1, 4, 4096])
@pytest.mark.parametrize("name", ["tumbling", "sliding"])
def test_aggregates_on_columns_come_key_by_key_in_batch(make_env, name, batch_size, backend):
    assigner, expected = ASSIGNERS[name]
    stream = make_env(batch=True, batch_size=batch_size, state__backend__type=backend).from_collection(
        [("b", 11), ("a", 0), ("b", 0), ("a", 11), ("b", 7), ("a", 7)],
        Types.TUPLE([Types.STRING(), Types.LONG()]),
    )
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(lambda r, _: r[1])
    keyed = stream.assign_timestamps_and_watermarks(strategy).key_by(lambda r: r[0])
    counts = keyed.window(assigner).aggregate(Count(), KeyAndWindow())
    size = 10
    assert list(counts.execute_and_collect()) == [
        (key, start, start + size, count) for key in "ab" for start, count in expected
    ]


def test_windows_of_the_clock_on_columns_fire_at_the_end_in_batch(make_env):
    pairs = make_env(batch=True).from_collection(
        [("b", 1), ("a", 2), ("b", 3)], Types.TUPLE([Types.STRING(), Types.LONG()])
    )
    day = TumblingProcessingTimeWindows.of(Time.days(1))
    sums = pairs.key_by(lambda r: r[0]).window(day).sum(1)
    assert list(sums.execute_and_collect()) == [("a", 2), ("b", 4)]


@pytest.mark.parametrize("batch_size", [1, 4, 4096])
def test_count_windows_in_batch_come_key_by_key(make_env, batch_size):
    stream = make_env(batch=True, batch_size=batch_size).from_collection(["b", "a", "b", "a", "b", "b"])
    windows = stream.key_by(lambda r: r).count_window(2).process(Tells())
    assert list(windows.execute_and_collect()) == [
        ("a", None, 2, LEAST),
        ("b", None, 2, LEAST),
        ("b", None, 2, LEAST),
    ]


def test_processing_timers_that_are_not_due_are_dropped_at_the_end_of_streaming(make_env):
    class Once(Timers):
        def on_timer(self, timestamp, ctx):
            yield ctx.time_domain().name

    stream = make_env().from_collection(["a"]).key_by(lambda r: r).process(Once())
    assert list(stream.execute_and_collect()) == [("a", LEAST), "EVENT_TIME"]


def test_windows_of_processing_time_fire_at_the_end_of_batch(make_env):
    window = TumblingProcessingTimeWindows.of(Time.days(400_000))
    for batch, sums in ((True, [2, 4]), (False, [])):
        stream = make_env(batch=batch).from_collection([1, 2, 3]).key_by(lambda n: n % 2 == 1)
        summed = stream.window(window).reduce(lambda a, b: a + b)
        assert sorted(summed.execute_and_collect()) == sums
