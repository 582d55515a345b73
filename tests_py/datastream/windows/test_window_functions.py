"""What windows give to functions, and what functions may do there."""

import pytest

from pyflinkpp.common import Time, Types
from pyflinkpp.common.errors import JobExecutionError, NotBuiltError, StateError
from pyflinkpp.datastream import OutputTag, WindowFunction
from pyflinkpp.datastream.functions import (
    AggregateFunction,
    AllWindowFunction,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
)
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.datastream.window import (
    CountTrigger,
    EventTimeSessionWindows,
    GlobalWindows,
    PurgingTrigger,
    SessionWindowTimeGapExtractor,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
)
from pyflinkpp.testing import OperatorHarness

TEN = TumblingEventTimeWindows.of(10)
END = (1 << 63) - 1


class Numbers(WindowFunction):
    """Key, start of the window, its numbers."""

    def apply(self, key, window, inputs):
        yield key, window.start, [number for _, number in inputs]


class Mean(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + value[1], accumulator[1] + 1

    def get_result(self, accumulator):
        return accumulator[0] / accumulator[1]

    def merge(self, acc_a, acc_b):
        return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]


def run(stream, records, *, until=END):
    """What comes out for (record, timestamp) pairs and then a watermark."""
    with OperatorHarness(stream) as harness:
        for record, timestamp in records:
            harness.process_element(record, timestamp)
        harness.process_watermark(until)
        return harness.take_values()


RECORDS = [(("a", 1), 1), (("b", 2), 2), (("a", 3), 9), (("a", 4), 10)]


def test_apply_sees_all_records_in_order(keyed):
    applied = keyed.window(TEN).apply(Numbers())
    assert run(applied, RECORDS) == [("a", 0, [1, 3]), ("b", 0, [2]), ("a", 10, [4])]


def test_reduce_keeps_one_record(keyed):
    reduced = keyed.window(TEN).reduce(lambda x, y: (x[0], x[1] + y[1]))
    assert run(reduced, RECORDS) == [("a", 4), ("b", 2), ("a", 4)]


def test_reduce_with_a_window_function_gives_it_the_one_record(keyed):
    reduced = keyed.window(TEN).reduce(lambda x, y: (x[0], x[1] + y[1]), Numbers())
    assert run(reduced, RECORDS) == [("a", 0, [4]), ("b", 0, [2]), ("a", 10, [4])]


def test_aggregate(keyed):
    assert run(keyed.window(TEN).aggregate(Mean()), RECORDS) == [2.0, 2.0, 4.0]


def test_aggregate_with_a_process_function_gives_it_the_one_result(keyed):
    class WithEnd(ProcessWindowFunction):
        def process(self, key, context, elements):
            (mean,) = elements
            yield key, context.window().end, mean

    types = {"accumulator_type": Types.TUPLE([Types.LONG(), Types.LONG()])}
    aggregated = keyed.window(TEN).aggregate(Mean(), WithEnd(), **types)
    assert run(aggregated, RECORDS) == [("a", 10, 2.0), ("b", 10, 2.0), ("a", 20, 4.0)]


def test_accumulators_merge_with_their_sessions(keyed):
    means = keyed.window(EventTimeSessionWindows.with_gap(5)).aggregate(Mean())
    assert run(means, [(("a", 1), 0), (("a", 5), 8), (("a", 9), 4)]) == [5.0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sum", ("a", 9)), ("min", ("a", 1)), ("max", ("a", 5)), ("min_by", ("a", 1)), ("max_by", ("a", 5))],
)
def test_aggregations_of_a_field(keyed, name, expected):
    stream = getattr(keyed.window(TEN), name)(1)
    assert run(stream, [(("a", 3), 1), (("a", 1), 2), (("a", 5), 3)]) == [expected]


def test_results_have_the_windows_last_timestamp(keyed):
    with OperatorHarness(keyed.window(TEN).apply(Numbers())) as harness:
        harness.process_element(("a", 1), 3)
        harness.process_watermark(9)
        assert harness.take_records() == [(("a", 0, [1]), 9)]


def test_results_are_coerced_to_the_declared_type(keyed):
    reals = keyed.window(TEN).aggregate(Mean(), output_type=Types.FLOAT())
    (mean,) = run(reals, [(("a", 1), 0), (("a", 0), 0), (("a", 0), 0)])
    assert mean == 0.3333333432674408


def test_a_process_function_sees_time_and_side_outputs(keyed):
    tag = OutputTag("side", Types.LONG())

    class Sides(ProcessWindowFunction):
        def process(self, key, context, elements):
            yield context.current_watermark(), context.current_processing_time()
            yield tag, context.window().start

    stream = keyed.window(TEN).process(Sides())
    stream.get_side_output(tag)
    with OperatorHarness(stream, processing_time=77) as harness:
        harness.process_element(("a", 1), 3)
        harness.process_watermark(12)
        assert harness.take_values() == [(12, 77)]
        assert harness.take_side_output(tag) == [0]


class Firings(ProcessWindowFunction):
    """Counts firings of the window, and of all windows of the key."""

    def __init__(self):
        self.descriptor = ValueStateDescriptor("firings", Types.INT())

    def count(self, store):
        state = store.get_state(self.descriptor)
        state.update((state.value() or 0) + 1)
        return state.value()

    def process(self, key, context, elements):
        of_window, of_key = self.count(context.window_state()), self.count(context.global_state())
        yield key, context.window().start, of_window, of_key

    def clear(self, context):
        context.window_state().get_state(self.descriptor).clear()


def test_window_state_is_the_windows_and_global_state_the_keys(keyed):
    stream = keyed.window(TEN).allowed_lateness(100).process(Firings())
    with OperatorHarness(stream) as harness:
        for number in (1, 11):
            harness.process_element(("a", number), number)
        harness.process_watermark(30)
        harness.process_element(("a", 2), 2)
        harness.process_element(("b", 2), 2)
        assert harness.take_values() == [("a", 0, 1, 1), ("a", 10, 1, 2), ("a", 0, 2, 3), ("b", 0, 1, 1)]


class CountsClears(Firings):
    """Tells how many windows of the key are over."""

    def process(self, key, context, elements):
        yield context.window().start, context.global_state().get_state(self.descriptor).value() or 0

    def clear(self, context):
        self.count(context.global_state())


def test_clear_is_called_when_a_window_is_over(keyed):
    with OperatorHarness(keyed.window(TEN).allowed_lateness(15).process(CountsClears())) as harness:
        harness.process_element(("a", 1), 1)
        harness.process_element(("a", 11), 11)
        harness.process_element(("a", 21), 21)
        harness.process_watermark(19)
        harness.process_watermark(24)
        harness.process_watermark(29)
        assert harness.take_values() == [(0, 0), (10, 0), (20, 1)]


def test_windows_that_merge_have_no_state_of_their_own(keyed):
    stream = keyed.window(EventTimeSessionWindows.with_gap(5)).process(Firings())
    with pytest.raises(StateError, match="merge"):
        run(stream, [(("a", 1), 0)])


def test_more_results_than_fit_a_batch(keyed):
    class Many(WindowFunction):
        def apply(self, key, window, inputs):
            return range(100)

    assert run(keyed.window(TEN).apply(Many()), RECORDS) == [*range(100)] * 3


def test_windows_over_the_whole_stream(env):
    class All(AllWindowFunction):
        def apply(self, window, inputs):
            yield window.start, list(inputs)

    class Process(ProcessAllWindowFunction):
        def process(self, context, elements):
            yield context.window().start, list(elements)

    numbers = env.from_collection([], Types.LONG())
    records = [(1, 1), (5, 5), (11, 11)]
    expected = [(0, [1, 5]), (10, [11])]
    assert run(numbers.window_all(TEN).apply(All()), records) == expected
    assert run(numbers.window_all(TEN).process(Process()), records) == expected
    assert run(numbers.window_all(TEN).reduce(lambda x, y: x + y), records) == [6, 11]
    assert run(numbers.count_window_all(2).sum(), records) == [6]


def test_window_all_runs_in_one_subtask(env):
    env.set_parallelism(3)
    stream = env.from_collection([1, 2, 3], Types.LONG()).window_all(GlobalWindows.create())
    stream = stream.trigger(CountTrigger.of(3)).reduce(lambda x, y: x + y)
    assert list(stream.execute_and_collect()) == [6]
    with pytest.raises(ValueError, match="parallelism 1"):
        stream.set_parallelism(2)


def test_late_records_within_the_allowance_fire_again_later_ones_go_to_the_side(keyed):
    late = OutputTag("late", Types.TUPLE([Types.STRING(), Types.LONG()]))
    stream = keyed.window(TEN).allowed_lateness(5).side_output_late_data(late).apply(Numbers())
    stream.get_side_output(late)
    with OperatorHarness(stream) as harness:
        harness.process_element(("a", 1), 1)
        harness.process_watermark(9)
        harness.process_element(("a", 2), 2)
        harness.process_watermark(14)
        harness.process_element(("a", 3), 3)
        assert harness.take_values() == [("a", 0, [1]), ("a", 0, [1, 2])]
        assert harness.take_side_output(late) == [("a", 3)]


def test_processing_time_windows_follow_the_clock(keyed):
    stream = keyed.window(TumblingProcessingTimeWindows.of(10)).apply(Numbers())
    with OperatorHarness(stream, processing_time=5) as harness:
        harness.process_element(("a", 1))
        harness.set_processing_time(9)
        assert harness.take_values() == []
        harness.set_processing_time(10)
        assert harness.take_values() == [("a", 0, [1])]


def test_count_driven_and_time_driven_windows_take_the_same_function(keyed):
    class Total(WindowFunction):
        def apply(self, key, window, inputs):
            yield key, sum(number for _, number in inputs)

    records = [(("a", n), n) for n in range(6)]
    assert run(keyed.window(TumblingEventTimeWindows.of(3)).apply(Total()), records) == [("a", 3), ("a", 12)]
    assert run(keyed.count_window(3).apply(Total()), records) == [("a", 3), ("a", 12)]


def test_shortcuts_follow_the_environments_time(env, keyed):
    from pyflinkpp.datastream.time_characteristic import TimeCharacteristic

    records = [(("a", n), n) for n in (1, 2, 11)]
    assert run(keyed.time_window(10).sum(1), records) == [("a", 3), ("a", 11)]
    assert run(keyed.time_window(10, 5).sum(1), records)[0] == ("a", 3)
    env.set_stream_time_characteristic(TimeCharacteristic.ProcessingTime)
    assert run(keyed.time_window(10).sum(1), records) == []


class WithoutTimestamps(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield key, context.window().start, context.window().end, len(list(elements))


class GapOfTen(SessionWindowTimeGapExtractor):
    def extract(self, element):
        return 10


@pytest.mark.parametrize(
    "windows",
    [
        EventTimeSessionWindows.with_gap(Time.milliseconds(10)),
        EventTimeSessionWindows.with_dynamic_gap(GapOfTen()),
    ],
)
def test_records_without_timestamps_are_in_one_session(env, windows):
    keyed = env.from_collection([("a", 1), ("b", 2), ("a", 3)]).key_by(lambda r: r[0])
    sessions = keyed.window(windows).process(WithoutTimestamps()).execute_and_collect()
    earliest = -(2**63)
    assert sorted(sessions) == [("a", earliest, earliest + 10, 2), ("b", earliest, earliest + 10, 1)]


def test_a_record_without_timestamp_is_named(env):
    stream = env.from_collection([("a", 42)]).key_by(lambda r: r[0]).window(TEN).apply(Numbers())
    with pytest.raises(JobExecutionError) as failure:
        list(stream.execute_and_collect())
    message = str(failure.value)
    assert "Long.MIN_VALUE timestamp" in message
    assert "('a', 42)" in message
    assert "test_window_functions.py" in message


def test_an_exception_names_the_record_that_was_added(keyed):
    class Broken(Mean):
        def add(self, value, accumulator):
            return 1 / value[1]

    with pytest.raises(ZeroDivisionError):
        run(keyed.window(TEN).aggregate(Broken()), [(("a", 0), 1)])


def test_wrong_arguments_are_refused(keyed):
    windows = keyed.window(TEN)
    for call in (
        lambda: keyed.window(10),
        lambda: windows.trigger("every second"),
        lambda: windows.evictor(5),
        lambda: windows.aggregate(lambda x: x),
        lambda: windows.apply(lambda key, window, inputs: []),
        lambda: windows.process(Numbers()),
        lambda: windows.reduce(7),
        lambda: windows.side_output_late_data("late"),
        lambda: windows.reduce(lambda x, y: x, window_function=print),
    ):
        with pytest.raises(TypeError):
            call()
    for call in (
        lambda: windows.allowed_lateness(-1),
        lambda: keyed.count_window(0),
        lambda: keyed.count_window(5, -1),
        lambda: TumblingEventTimeWindows.of(0),
        lambda: TumblingEventTimeWindows.of(5, 5),
        lambda: EventTimeSessionWindows.with_gap(0),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(NotBuiltError, match="aggregate"):
        windows.fold(0, None)


def test_global_windows_without_a_trigger_warn_that_they_never_fire(keyed):
    with pytest.warns(UserWarning, match="never fire"):
        stream = keyed.window(GlobalWindows.create()).sum(1)
    assert run(stream, RECORDS) == []


def test_parallel_windows_over_a_job(env):
    env.set_parallelism(2)
    records = [(str(n % 7), n) for n in range(5000)]
    stream = env.from_collection(records, Types.TUPLE([Types.STRING(), Types.LONG()]))
    windows = stream.key_by(lambda r: r[0]).window(GlobalWindows.create())
    sums = windows.trigger(PurgingTrigger.of(CountTrigger.of(10))).sum(1).execute_and_collect()
    found = list(sums)
    for key in range(7):
        own = [n for k, n in records if k == str(key)]
        expected = [(str(key), sum(own[i : i + 10])) for i in range(0, len(own) // 10 * 10, 10)]
        assert [pair for pair in found if pair[0] == str(key)] == expected
