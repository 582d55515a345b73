"""Sliding windows that share slices tell what windows tell that each have contents of their own."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.aggregates import Count, SlicedAggregateFunction, SlicedReduceFunction
from pyflinkpp.common import Configuration, Duration, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import OutputTag, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import AggregateFunction, ProcessWindowFunction, ReduceFunction
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.datastream.window import (
    CountEvictor,
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    PurgingTrigger,
    SlidingEventTimeWindows,
    SlidingProcessingTimeWindows,
    TumblingEventTimeWindows,
)
from pyflinkpp.testing import OperatorHarness

RECORD = Types.TUPLE([Types.STRING(), Types.LONG()])
COUNT = ValueStateDescriptor("count", Types.LONG())
LATE = OutputTag("late", RECORD)
END = (1 << 63) - 1

CALLS = Counter()


class Numbers(AggregateFunction):
    """All numbers, in a list that grows in place."""

    def create_accumulator(self):
        return []

    def add(self, value, accumulator):
        CALLS["add"] += 1
        accumulator.append(value[1])
        return accumulator

    def merge(self, acc_a, acc_b):
        CALLS["merge"] += 1
        return acc_a + acc_b

    def get_result(self, accumulator):
        accumulator = sorted(accumulator)
        return accumulator or None


class SlicedNumbers(Numbers, SlicedAggregateFunction):
    pass


class Greatest(ReduceFunction):
    def reduce(self, value1, value2):
        CALLS["add"] += 1
        return max(value1, value2)


class SlicedGreatest(Greatest, SlicedReduceFunction):
    pass


class Told(ProcessWindowFunction):
    """With the window, and how often it and its key have fired."""

    def process(self, key, context, elements):
        of_window = context.window_state().get_state(COUNT)
        of_window.update((of_window.value() or 0) + 1)
        of_key = context.global_state().get_state(COUNT)
        of_key.update((of_key.value() or 0) + 1)
        yield key, str(context.window()), list(elements), of_window.value(), of_key.value()
        yield "again"

    def clear(self, context):
        of_window = context.window_state().get_state(COUNT)
        CALLS["fired", str(context.window())] += of_window.value() or 0
        of_window.clear()


def windows(assigner, lateness=0, late=False):
    env = StreamExecutionEnvironment.get_execution_environment()
    windowed = env.from_collection([], RECORD).key_by(lambda r: r[0]).window(assigner)
    windowed = windowed.allowed_lateness(lateness)
    return windowed.side_output_late_data(LATE) if late else windowed


FOLDS = {
    "aggregate": lambda w, sliced: w.aggregate(SlicedNumbers() if sliced else Numbers()),
    "aggregate and process": lambda w, sliced: w.aggregate(SlicedNumbers() if sliced else Numbers(), Told()),
    "reduce and process": lambda w, sliced: w.reduce(SlicedGreatest() if sliced else Greatest(), Told()),
}

sizes = st.integers(1, 40)
#: (key, time), a step of the watermark, or a restart from a snapshot.
records = st.tuples(st.sampled_from("ab"), st.integers(-30, 60))
steps = st.lists(st.one_of(records, records, st.integers(1, 25), st.just("restart")), max_size=25)


def run(stream, history, late):
    CALLS.clear()
    if late:
        stream.get_side_output(LATE)
    watermark, seen, dropped = -30, [], []
    harness = OperatorHarness(stream)
    harness.process_watermark(watermark)
    for step in [*history, END]:
        if step == "restart":
            snapshot = harness.snapshot()
            harness.close()
            harness = OperatorHarness(stream, restored=snapshot)
            harness.process_watermark(watermark)
        elif isinstance(step, int):
            watermark = min(watermark + step, END)
            harness.process_watermark(watermark)
        else:
            harness.process_element(step, step[1])
        seen.append(harness.take_records())
        dropped.append(harness.take_side_output(LATE) if late else None)
    harness.close()
    return seen, dropped, {key: calls for key, calls in CALLS.items() if key[0] == "fired"}


@settings(max_examples=2000, deadline=None)
@given(sizes, sizes, st.integers(-5, 5), st.integers(0, 30), st.sampled_from([*FOLDS]), st.booleans(), steps)
def test_slices_tell_what_windows_tell(size, slide, offset, lateness, fold, late, history):
    def made(sliced):
        size_and_slide = max(size, slide), min(size, slide)
        assigner = SlidingEventTimeWindows(*size_and_slide, offset % size_and_slide[1])
        return run(FOLDS[fold](windows(assigner, lateness, late), sliced), history, late)

    assert made(sliced=True) == made(sliced=False)


def test_each_record_is_added_once_and_a_firing_merges_few_slices():
    for overlap in (2, 3, 7, 60, 1000):
        CALLS.clear()
        stream = windows(SlidingEventTimeWindows(10 * overlap, 10, 0)).aggregate(SlicedNumbers())
        with OperatorHarness(stream) as harness:
            firings = 0
            for time in range(0, 20 * overlap, 5):
                harness.process_element(("a", time), time)
                harness.process_watermark(time - 1)
                firings += len(harness.take_values())
        assert firings == 2 * overlap - 1
        assert CALLS["add"] == 4 * overlap
        assert CALLS["merge"] <= (2 * math.log2(overlap) + 1) * firings


@pytest.mark.parametrize(
    "make, adds",
    [
        (lambda w: w(SlidingEventTimeWindows(10, 2, 0)), 1),
        (lambda w: w(SlidingEventTimeWindows(10, 4, 0)), 1),
        (lambda w: w(SlidingProcessingTimeWindows(10, 2, 0)), 1),
        (lambda w: w(SlidingEventTimeWindows(10, 2, 0)).trigger(EventTimeTrigger()), 1),
        (lambda w: w(SlidingEventTimeWindows(10, 2, 0)).trigger(PurgingTrigger.of(EventTimeTrigger())), 5),
        (lambda w: w(SlidingEventTimeWindows(10, 2, 0)).trigger(CountTrigger(9)), 5),
        (lambda w: w(type("Own", (SlidingEventTimeWindows,), {})(10, 2, 0)), 5),
        (lambda w: w(SlidingEventTimeWindows(10, 2, 0)).trigger(type("Own", (EventTimeTrigger,), {})()), 5),
        (lambda w: w(TumblingEventTimeWindows(10, 0)), 1),
        (lambda w: w(EventTimeSessionWindows(10)), 1),
    ],
)
def test_what_is_not_cut_works_all_the_same(make, adds):
    CALLS.clear()
    with OperatorHarness(make(windows).aggregate(SlicedNumbers())) as harness:
        harness.process_element(("a", 5), 5)
        harness.process_watermark(END)
        harness.set_processing_time(100)
        assert CALLS["add"] == adds
        assert set(map(tuple, harness.take_values())) <= {(5,)}


def test_an_evictor_sees_all_records():
    evicting = windows(SlidingEventTimeWindows(10, 5, 0)).evictor(CountEvictor.of(1))
    with pytest.warns(UserWarning, match="evictor"):
        stream = evicting.aggregate(SlicedNumbers())
    with OperatorHarness(stream) as harness:
        for time in (6, 7):
            harness.process_element(("a", time), time)
        harness.process_watermark(END)
        assert harness.take_values() == [[7], [7]]


class Shared(SlicedAggregateFunction):
    """Gives its accumulator itself, and merges into what it was given where that is all."""

    def create_accumulator(self):
        return {}

    def add(self, value, accumulator):
        accumulator.setdefault("seen", []).append(value[1])
        return accumulator

    def merge(self, acc_a, acc_b):
        return {"seen": acc_a["seen"] + acc_b["seen"]}

    def get_result(self, accumulator):
        return accumulator["seen"]


class Spoils(ProcessWindowFunction):
    def process(self, key, context, elements):
        (numbers,) = elements
        yield list(numbers)
        numbers.clear()


@pytest.mark.parametrize("function", [None, Spoils()])
def test_results_are_not_what_other_windows_are_made_of(function):
    stream = windows(SlidingEventTimeWindows(20, 5, 0)).aggregate(Shared(), function)
    with OperatorHarness(stream) as harness:
        for time in (16, 18):
            harness.process_element(("a", time), time)
        harness.process_watermark(24)
        results = harness.take_values()
        for result in results:
            assert result == [16, 18]
            result.clear()
        harness.process_element(("a", 26), 26)
        harness.process_watermark(END)
        assert harness.take_values() == [[16, 18, 26], [16, 18, 26], [26], [26]]


def test_windows_over_the_whole_stream_share_slices_too():
    CALLS.clear()
    env = StreamExecutionEnvironment.get_execution_environment()
    windowed = env.from_collection([], RECORD).window_all(SlidingEventTimeWindows(10, 5, 0))
    with OperatorHarness(windowed.aggregate(SlicedNumbers())) as harness:
        for key, time in (("a", 1), ("b", 6), ("a", 12)):
            harness.process_element((key, time), time)
        harness.process_watermark(END)
        assert harness.take_records() == [([1], 4), ([1, 6], 9), ([6, 12], 14), ([12], 19)]
    assert CALLS["add"] == 3


def test_windows_of_the_clock_fire_one_after_the_other():
    stream = windows(SlidingProcessingTimeWindows(10, 5, 0)).aggregate(SlicedNumbers(), Told())
    with OperatorHarness(stream, processing_time=1) as harness:
        harness.process_element(("a", 1))
        harness.set_processing_time(6)
        harness.process_element(("a", 2))
        assert [r[2] for r in harness.take_values()[::2]] == [[[1]]]
        harness.set_processing_time(9)
        snapshot = harness.snapshot()
    with OperatorHarness(stream, processing_time=1000, restored=snapshot) as harness:
        harness.set_processing_time(1001)
        fired = [r[1:3] for r in harness.take_values()[::2]]
        assert fired == [("TimeWindow(start=0, end=10)", [[1, 2]]), ("TimeWindow(start=5, end=15)", [[2]])]


class At(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


def many():
    return [(key, 7 * i % 1000) for i, key in enumerate("abcabdea" * 150)]


@pytest.mark.parametrize("parallelism", [1, 3])
@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
@pytest.mark.parametrize("mode", [RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH])
def test_jobs_give_what_a_loop_gives(parallelism, backend, mode):
    settings = Configuration().set_string("state.backend.type", backend)
    env = StreamExecutionEnvironment.get_execution_environment(settings).set_parallelism(parallelism)
    env.set_runtime_mode(mode)
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(1))
    stream = env.from_collection(many(), RECORD)
    timed = stream.assign_timestamps_and_watermarks(strategy.with_timestamp_assigner(At()))
    sliding = timed.key_by(lambda r: r[0]).window(SlidingEventTimeWindows(170, 20, 0))
    results = sliding.aggregate(SlicedNumbers(), Told()).execute_and_collect()
    expected = []
    for key in "abcde":
        times = sorted(time for name, time in many() if name == key)
        firings = 0
        for start in range(-160, 1000, 20):
            mine = [time for time in times if start <= time < start + 170]
            if mine:
                firings += 1
                expected.append((key, f"TimeWindow(start={start}, end={start + 170})", [mine], 1, firings))
    assert sorted(row for row in results if row != "again") == sorted(expected)


@pytest.mark.parametrize("assigner", [SlidingEventTimeWindows, SlidingProcessingTimeWindows])
def test_batch_mode_gives_all_windows_of_a_key_before_the_next(assigner):
    stream = windows(assigner(20, 5, 0), lateness=7).aggregate(SlicedNumbers(), Told())
    with OperatorHarness(stream, batch_mode=True) as harness:
        for key in "ab":
            harness.process_element((key, 3), 3)
        harness.process_watermark(END)
        harness.end_input()
        told = [row[:2] for row in harness.take_values()[::2]]
        starts = [(-15, 5), (-10, 10), (-5, 15), (0, 20)]
        assert told == [(key, f"TimeWindow(start={s}, end={e})") for key in "ab" for s, e in starts]


def restarted(before, after):
    with OperatorHarness(before) as harness:
        harness.process_element(("a", 5), 5)
        snapshot = harness.snapshot()
    return OperatorHarness(after, restored=snapshot)


def test_slices_and_whole_windows_do_not_take_each_other_for_their_own():
    sliding = SlidingEventTimeWindows(10, 5, 0)
    sliced = windows(sliding).aggregate(SlicedNumbers())
    whole = windows(sliding).aggregate(Numbers())
    with pytest.raises(RuntimeError, match=r"kept in slices.*SlicedAggregateFunction"):
        restarted(sliced, whole)
    with pytest.raises(RuntimeError, match=r"kept for each window.*SlicedAggregateFunction"):
        restarted(whole, sliced)
    on_columns = windows(sliding).aggregate(Count())
    with pytest.raises(RuntimeError, match=r"kept in slices.*SlicedAggregateFunction"):
        restarted(sliced, on_columns)
    with pytest.raises(RuntimeError, match=r"kept in columns.*declare them"):
        restarted(on_columns, sliced)


@pytest.mark.parametrize("sliding", [(10, 4, 0), (15, 5, 0), (10, 5, 1)])
def test_slices_are_no_use_to_windows_that_are_cut_otherwise(sliding):
    sliced = windows(SlidingEventTimeWindows(10, 5, 0)).aggregate(SlicedNumbers())
    with pytest.raises(RuntimeError, match=r"window-slices.*\"size\":10,\"slide\":5,\"offset\":0"):
        restarted(sliced, windows(SlidingEventTimeWindows(*sliding)).aggregate(SlicedNumbers()))


class Fails(SlicedNumbers):
    def merge(self, acc_a, acc_b):
        raise ArithmeticError("these don't merge")


def test_a_merge_that_fails_names_operator_and_line():
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(At())
    timed = env.from_collection([("a", 1), ("a", 6)], RECORD).assign_timestamps_and_watermarks(strategy)
    failing = timed.key_by(lambda r: r[0]).window(SlidingEventTimeWindows(10, 5, 0)).aggregate(Fails())
    where = r"(?s)Window\(SlidingEventTimeWindows.*test_sliced_windows.py"
    with pytest.raises(JobExecutionError, match=where) as failed:
        list(failing.execute_and_collect())
    assert isinstance(failed.value.__cause__, ArithmeticError)
