"""Window joins and co-groups against joins of lists."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Duration, Time, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import CoGroupFunction, FlatJoinFunction, JoinFunction, KeySelector
from pyflinkpp.datastream.window import (
    CountEvictor,
    CountTumblingWindowAssigner,
    EventTimeSessionWindows,
    PurgingTrigger,
    SlidingEventTimeWindows,
    Trigger,
    TriggerResult,
    TumblingEventTimeWindows,
)


class ByTime(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


@pytest.fixture
def env():
    return StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)


def timed(env, records):
    slow = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_days(1))
    return env.from_collection(records).assign_timestamps_and_watermarks(
        slow.with_timestamp_assigner(ByTime())
    )


def key_of(record):
    return record[2]


RECORDS = st.lists(st.tuples(st.integers(0, 99), st.integers(-20, 20), st.sampled_from("ab")), max_size=12)
WINDOWS = {
    "tumbling": (lambda: TumblingEventTimeWindows.of(Time.milliseconds(7)), lambda t: [t // 7]),
    "sliding": (
        lambda: SlidingEventTimeWindows.of(Time.milliseconds(6), Time.milliseconds(2)),
        lambda t: [t // 2, t // 2 - 1, t // 2 - 2],
    ),
}


def in_windows(records, windows_of):
    windows = defaultdict(list)
    for record in records:
        for window in windows_of(record[1]):
            windows[record[2], window].append(record[0])
    return windows


@settings(max_examples=40, deadline=None)
@given(RECORDS, RECORDS, st.sampled_from(sorted(WINDOWS)), st.sampled_from([1, 2]))
def test_join_is_the_product_of_each_window(left, right, kind, parallelism):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)
    assigner, windows_of = WINDOWS[kind]
    windowed = timed(env, left).join(timed(env, right)).where(key_of).equal_to(key_of).window(assigner())
    got = windowed.apply(lambda a, b: (a[0], b[0])).execute_and_collect()
    lefts, rights = in_windows(left, windows_of), in_windows(right, windows_of)
    assert sorted(got) == sorted((a, b) for w in lefts for a in lefts[w] for b in rights.get(w, []))


@settings(max_examples=40, deadline=None)
@given(RECORDS, RECORDS, st.sampled_from(sorted(WINDOWS)))
def test_co_group_sees_each_window_once(left, right, kind):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    assigner, windows_of = WINDOWS[kind]

    class Both(CoGroupFunction):
        def co_group(self, first, second):
            yield sorted(r[0] for r in first), sorted(r[0] for r in second)

    windowed = timed(env, left).co_group(timed(env, right)).where(key_of).equal_to(key_of).window(assigner())
    lefts, rights = in_windows(left, windows_of), in_windows(right, windows_of)
    expected = [(sorted(lefts.get(w, [])), sorted(rights.get(w, []))) for w in {*lefts, *rights}]
    assert sorted(windowed.apply(Both()).execute_and_collect()) == sorted(expected)


def test_sessions_span_both_streams(env):
    """The right record bridges the gap between the two left ones."""
    left, right = timed(env, [(1, 0, "k"), (2, 8, "k")]), timed(env, [(3, 4, "k")])
    windowed = left.join(right).where(key_of).equal_to(key_of)
    sessions = windowed.window(EventTimeSessionWindows.with_gap(Time.milliseconds(5)))
    assert sorted(sessions.apply(lambda a, b: (a[0], b[0])).execute_and_collect()) == [(1, 3), (2, 3)]


class Selector(KeySelector):
    def get_key(self, value):
        return value[2]


class Plain(JoinFunction):
    def join(self, first, second):
        return f"{first[0]}{second[0]}"


class Flat(FlatJoinFunction):
    def join(self, first, second):
        if first[0] == 1:
            yield first[0]
            yield second[0]


@pytest.mark.parametrize("function, expected", [(Plain(), ["13", "23"]), (Flat(), ["1", "3"])])
def test_forms_of_functions(env, function, expected):
    left, right = timed(env, [(1, 0, "k"), (2, 0, "k")]), timed(env, [(3, 0, "k")])
    keyed = left.join(right).where(Selector(), Types.STRING()).equal_to(Selector())
    windowed = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(5)))
    assert sorted(map(str, windowed.apply(function).execute_and_collect())) == expected


def test_a_flat_join_and_a_co_group_may_give_nothing(env):
    left, right = env.from_collection([1]), env.from_collection([2])

    class Nothing(FlatJoinFunction):
        def join(self, first, second):
            return None

    joined = left.join(right).where(lambda x: 0).equal_to(lambda x: 0)
    assert list(joined.window(CountTumblingWindowAssigner.of(2)).apply(Nothing()).execute_and_collect()) == []
    grouped = left.co_group(right).where(lambda x: 0).equal_to(lambda x: 0)
    windowed = grouped.window(CountTumblingWindowAssigner.of(2))
    assert list(windowed.apply(lambda a, b: None).execute_and_collect()) == []


def test_elements_may_be_none(env):
    """Sides are told apart by where elements come from, not by what they are."""
    grouped = env.from_collection([None]).co_group(env.from_collection([None, None]))
    windowed = grouped.where(lambda x: 0).equal_to(lambda x: 0).window(CountTumblingWindowAssigner.of(3))
    assert list(windowed.apply(lambda a, b: [(a, b)]).execute_and_collect()) == [([None], [None, None])]


def test_an_evictor_sees_both_sides(env):
    left, right = timed(env, [(1, 0, "k"), (2, 1, "k")]), timed(env, [(3, 2, "k")])
    keyed = left.join(right).where(key_of).equal_to(key_of)
    windowed = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(5))).evictor(CountEvictor.of(0))
    assert list(windowed.apply(lambda a, b: (a, b)).execute_and_collect()) == []


class OnBothSides(Trigger):
    """Fires with each element of the second stream."""

    def on_element(self, element, timestamp, window, ctx):
        return TriggerResult.FIRE if element.is_two() else TriggerResult.CONTINUE

    def on_event_time(self, time, window, ctx):
        return TriggerResult.CONTINUE

    def on_processing_time(self, time, window, ctx):
        return TriggerResult.CONTINUE

    def on_merge(self, window, ctx):
        pass

    def clear(self, window, ctx):
        pass


def test_a_trigger_sees_which_stream_an_element_is_of(env):
    left, right = timed(env, []), timed(env, [(3, 0, "k"), (4, 1, "k")])
    keyed = left.co_group(right).where(key_of).equal_to(key_of)
    windowed = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(5)))
    purging = windowed.trigger(PurgingTrigger.of(OnBothSides()))
    assert sorted(purging.apply(lambda a, b: [len(b)]).execute_and_collect()) == [1, 1]


def test_functions_are_opened_and_closed(env, tmp_path):
    class Logged(JoinFunction):
        def open(self, runtime_context):
            self.task = runtime_context.get_index_of_this_subtask()

        def join(self, first, second):
            return self.task

        def close(self):
            (tmp_path / "closed").touch()

    keyed = env.from_collection([1]).join(env.from_collection([1])).where(lambda x: x).equal_to(lambda x: x)
    assert list(keyed.window(CountTumblingWindowAssigner.of(2)).apply(Logged()).execute_and_collect()) == [0]
    assert (tmp_path / "closed").exists()


def test_output_types_are_applied(env):
    keyed = env.from_collection([1]).join(env.from_collection([1])).where(lambda x: x).equal_to(lambda x: x)
    windowed = keyed.window(CountTumblingWindowAssigner.of(2))
    with pytest.raises(JobExecutionError, match="STRING"):
        list(windowed.apply(lambda a, b: a, Types.STRING()).execute_and_collect())


def test_misuse_is_refused_where_it_is_declared(env):
    stream = env.from_collection([1])
    joined = stream.join(stream)
    with pytest.raises(TypeError, match="DataStream"):
        stream.join([1])
    with pytest.raises(TypeError, match="DataStream"):
        stream.co_group(None)
    with pytest.raises(ValueError, match="environment"):
        stream.join(StreamExecutionEnvironment.get_execution_environment().from_collection([1]))
    with pytest.raises(TypeError, match="where"):
        joined.where(5)
    with pytest.raises(TypeError, match="equal_to"):
        joined.where(str).equal_to(5)
    keyed = joined.where(str).equal_to(str)
    with pytest.raises(TypeError, match="WindowAssigner"):
        keyed.window(5)
    windowed = keyed.window(CountTumblingWindowAssigner.of(2))
    for wrong in (lambda: windowed.trigger(1), lambda: windowed.evictor(1), lambda: windowed.apply(1)):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(ValueError, match="new_lateness"):
        windowed.allowed_lateness(-1)
