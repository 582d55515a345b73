"""Windows of time aggregated on columns, and the same ones through Python, tell the same."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp._impl.native_windows import NativeWindows
from pyflinkpp.aggregates import Aggregates, Avg, Count, KeyAndWindow, Max, Min, Sum
from pyflinkpp.common import Configuration, Duration, Row, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import OutputTag, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import ProcessWindowFunction
from pyflinkpp.datastream.window import (
    CountEvictor,
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    ProcessingTimeTrigger,
    SlidingEventTimeWindows,
    SlidingProcessingTimeWindows,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
)
from pyflinkpp.testing import OperatorHarness

#: Key, time, and numbers of all kinds.
RECORD = Types.TUPLE(
    [Types.STRING(), Types.LONG(), Types.BYTE(), Types.LONG(), Types.FLOAT(), Types.DOUBLE()]
)
ORDER = Types.ROW_NAMED(["user", "amount"], [Types.INT(), Types.DOUBLE()])
END = (1 << 63) - 1


def windows(assigner, record=RECORD, key=lambda r: r[0], key_type=None):
    env = StreamExecutionEnvironment.get_execution_environment()
    return env.from_collection([], record).key_by(key, key_type).window(assigner)


def is_native(results):
    make = results._transformation.make_operator
    return isinstance(getattr(make, "__self__", None), NativeWindows)


class OwnFunction(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield from elements


TUMBLING = TumblingEventTimeWindows.of(Duration.of_millis(10))


@pytest.mark.parametrize(
    "aggregate, native",
    [
        (lambda w: w.sum(3), True),
        (lambda w: w.min_by(5), True),
        (lambda w: w.sum(0), False),
        (lambda w: w.aggregate(Count()), True),
        (lambda w: w.aggregate(Avg(2), KeyAndWindow()), True),
        (lambda w: w.aggregate(Aggregates(Count(), Max(4)), output_type=Types.STRING()), False),
        (lambda w: w.aggregate(Count(), OwnFunction()), False),
        (lambda w: w.aggregate(Count(), accumulator_type=Types.LONG()), False),
        (lambda w: w.aggregate(type("OwnCount", (Count,), {})()), False),
        (lambda w: w.trigger(EventTimeTrigger.create()).sum(3), True),
        (lambda w: w.trigger(ProcessingTimeTrigger.create()).sum(3), False),
        (lambda w: w.trigger(CountTrigger.of(2)).sum(3), False),
        (lambda w: w.side_output_late_data(OutputTag("late", RECORD)).sum(3), True),
        (lambda w: w.side_output_late_data(OutputTag("late", Types.STRING())).sum(3), False),
        (lambda w: w.reduce(lambda a, b: a), False),
    ],
)
def test_what_runs_on_columns(aggregate, native):
    assert is_native(aggregate(windows(TUMBLING))) == native


def test_windows_over_the_whole_stream_run_on_columns_too():
    env = StreamExecutionEnvironment.get_execution_environment()
    pairs = Types.TUPLE([Types.STRING(), Types.LONG()])
    results = env.from_collection([], pairs).window_all(TUMBLING).aggregate(Aggregates(Count(), Sum(1)))
    assert is_native(results)
    with OperatorHarness(results) as harness:
        for key, time in (("a", 1), ("b", 9), ("a", 10)):
            harness.process_element((key, time), time)
        harness.process_watermark(9)
        assert harness.take_records() == [((2, 10), 9)]
        harness.process_watermark(19)
        assert harness.take_values() == [(1, 10)]


@pytest.mark.parametrize(
    "assigner, native",
    [
        (SlidingEventTimeWindows.of(Duration.of_millis(10), Duration.of_millis(5)), True),
        (TumblingProcessingTimeWindows.of(Duration.of_millis(10)), True),
        (SlidingProcessingTimeWindows.of(Duration.of_millis(10), Duration.of_millis(5)), True),
        (EventTimeSessionWindows.with_gap(Duration.of_millis(10)), False),
        (type("OwnWindows", (TumblingEventTimeWindows,), {})(10, 0), False),
    ],
)
def test_which_windows_do(assigner, native):
    assert is_native(windows(assigner).sum(3)) == native


def test_evictors_and_undeclared_types_take_python():
    with pytest.warns(UserWarning, match="evictor"):
        assert not is_native(windows(TUMBLING).evictor(CountEvictor.of(1)).sum(3))
    assert not is_native(windows(TUMBLING, Types.PICKLED_BYTE_ARRAY()).sum(3))
    assert not is_native(windows(TUMBLING, key=lambda r: r[0].lower()).sum(3))
    assert is_native(windows(TUMBLING, key=lambda r: r[0].lower(), key_type=Types.STRING()).sum(3))


def test_results_have_their_types():
    by_user = windows(TUMBLING, ORDER, lambda r: r.user)
    both = by_user.aggregate(Aggregates(Sum("amount"), Count()), KeyAndWindow())
    types = [Types.INT(), Types.LONG(), Types.LONG(), Types.DOUBLE(), Types.LONG()]
    assert both.get_type() == Types.TUPLE(types)
    assert by_user.aggregate(Avg("amount")).get_type() == Types.DOUBLE()


@pytest.mark.parametrize(
    "make, error",
    [
        (lambda: Sum(-1), ValueError),
        (lambda: Max(1.5), TypeError),
        (lambda: Aggregates(), ValueError),
        (lambda: Aggregates(Count), TypeError),
    ],
)
def test_aggregates_are_checked_when_they_are_made(make, error):
    with pytest.raises(error):
        make()


sizes = st.integers(1, 15)
assigners = st.one_of(
    st.tuples(st.just(TumblingEventTimeWindows), st.tuples(sizes, st.just(0))),
    st.tuples(st.just(SlidingEventTimeWindows), st.tuples(sizes, sizes, st.just(0))),
)
fields = st.integers(2, 5)
aggregates = st.one_of(
    st.tuples(st.sampled_from(["sum", "min", "max", "min_by", "max_by"]), fields),
    st.tuples(st.sampled_from([Sum, Min, Max, Avg]), fields).map(lambda made: made[0](made[1])),
    st.tuples(fields, fields).map(lambda of: Aggregates(Count(), Sum(of[0]), Avg(of[1]))),
)
records = st.tuples(
    st.sampled_from("ab"),
    st.integers(-20, 60),
    st.integers(-5, 5),
    st.integers(-3, 3) | st.just(END // 100),
    st.floats(-1e6, 1e6, width=32) | st.just(math.nan),
    st.sampled_from([0.1, 0.2, -0.3, 1e16, -0.0, 0.0]),
)
steps = st.lists(st.one_of(records, st.integers(1, 20)), max_size=25)


def run(assigner, aggregate, lateness, history):
    windowed = windows(assigner).allowed_lateness(lateness)
    if isinstance(aggregate, tuple):
        results = getattr(windowed, aggregate[0])(aggregate[1])
    else:
        results = windowed.aggregate(aggregate, KeyAndWindow())
    seen = []
    watermark = -20
    with OperatorHarness(results) as harness:
        for step in history:
            if isinstance(step, int):
                watermark += step
                harness.process_watermark(watermark)
            else:
                harness.process_element(step, step[1])
            seen.append(sorted(map(repr, harness.take_values())))
        harness.process_watermark(END)
        seen.append(sorted(map(repr, harness.take_values())))
    return is_native(results), seen


@settings(max_examples=2000, deadline=None)
@given(assigners, aggregates, st.integers(0, 10), steps)
def test_columns_and_python_agree(assigner, aggregate, lateness, history):
    kind, settings = assigner
    native, on_columns = run(kind(*settings), aggregate, lateness, history)
    in_python = type(f"Python{kind.__name__}", (kind,), {})
    called, through_python = run(in_python(*settings), aggregate, lateness, history)
    assert native and not called
    assert on_columns == through_python


class At(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


def job(records, parallelism=1, **configuration):
    settings = Configuration()
    for key, value in configuration.items():
        settings.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(settings).set_parallelism(parallelism)
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(At())
    stream = env.from_collection(records, RECORD).assign_timestamps_and_watermarks(strategy)
    return env, stream.key_by(lambda r: r[0])


def many(count=2000):
    return [(f"k{i % 37}", i, i % 100, i * 7 % 11, i * 0.5, i * 0.1) for i in range(count)]


@pytest.mark.parametrize("parallelism", [1, 3])
@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
@pytest.mark.parametrize("mode", [RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH])
def test_jobs_give_what_a_loop_gives(parallelism, backend, mode):
    env, keyed = job(many(), parallelism, **{"state.backend.type": backend})
    env.set_runtime_mode(mode)
    sliding = keyed.window(SlidingEventTimeWindows.of(Duration.of_millis(300), Duration.of_millis(100)))
    results = sliding.aggregate(Aggregates(Count(), Sum(3), Max(1), Avg(3)), KeyAndWindow())
    assert is_native(results)
    expected = []
    records = many()
    for start in range(-200, 2000, 100):
        for key in {record[0] for record in records}:
            mine = [r for r in records if r[0] == key and start <= r[1] < start + 300]
            if mine:
                total = sum(r[3] for r in mine)
                most = max(r[1] for r in mine)
                expected.append((key, start, start + 300, len(mine), total, most, total / len(mine)))
    assert sorted(results.execute_and_collect()) == sorted(expected)


def test_rows_keep_their_other_fields():
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(lambda r, _: 5)
    orders = env.from_collection([Row(user=1, amount=2.0), Row(user=1, amount=3.5)], ORDER)
    timed = orders.assign_timestamps_and_watermarks(strategy).key_by(lambda r: r.user)
    assert list(timed.window(TUMBLING).sum("amount").execute_and_collect()) == [Row(user=1, amount=5.5)]


def test_a_none_among_numbers_names_operator_and_line():
    _, keyed = job([("a", 1, 1, 4, 1.0, 1.0), ("a", 2, 1, None, 1.0, 1.0)])
    with pytest.raises(JobExecutionError, match=r"Window.*sum of field 3.*None") as failed:
        list(keyed.window(TUMBLING).sum(3).execute_and_collect())
    for part in ("test_native_windows.py", "record: ('a', 2, 1, None", "(1/1)"):
        assert part in str(failed.value)


@pytest.mark.parametrize(
    "assigner",
    [TUMBLING, SlidingEventTimeWindows.of(Duration.of_millis(10), Duration.of_millis(2))],
    ids=["tumbling", "sliding"],
)
def test_a_sum_that_its_type_does_not_hold_is_refused(assigner):
    _, keyed = job([("a", 1, 100, 1, 1.0, 1.0), ("a", 2, 100, 1, 1.0, 1.0)])
    with pytest.raises(JobExecutionError, match=r"sum of field 2: 100 and 100 .* BYTE") as failed:
        list(keyed.window(assigner).sum(2).execute_and_collect())
    assert isinstance(failed.value.__cause__, OverflowError)


def test_a_record_without_timestamp_is_refused():
    env = StreamExecutionEnvironment.get_execution_environment()
    keyed = env.from_collection(many(1), RECORD).key_by(lambda r: r[0])
    with pytest.raises(JobExecutionError, match=r"(?s)no timestamp marker.*declared at.*record: "):
        list(keyed.window(TUMBLING).sum(3).execute_and_collect())


def test_windows_that_are_not_of_time_have_no_start():
    keyed = StreamExecutionEnvironment.get_execution_environment().from_collection(many(1), RECORD)
    counted = keyed.key_by(lambda r: r[0]).count_window(1).aggregate(Count(), KeyAndWindow())
    with pytest.raises(JobExecutionError, match="KeyAndWindow needs windows of time"):
        list(counted.execute_and_collect())


def test_late_records_have_a_side_output():
    with OperatorHarness(late_sums(windows(TUMBLING))) as harness:
        harness.process_watermark(100)
        harness.process_element(("a", 5, 1, 2, 1.0, 1.0), 5)
        harness.process_watermark(END)
        assert harness.take_values() == []
        assert harness.take_side_output(OutputTag("late", RECORD)) == [("a", 5, 1, 2, 1.0, 1.0)]


def late_sums(windowed):
    tag = OutputTag("late", RECORD)
    sums = windowed.side_output_late_data(tag).sum(3)
    sums.get_side_output(tag)
    return sums
