"""Interval joins: which records meet, what is late, and what the function sees."""

import datetime
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Configuration, Duration, Row, Time, Types, WatermarkStrategy
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError, PyFlinkppError
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import OutputTag, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import ProcessJoinFunction, SourceFunction
from pyflinkpp.datastream.state import ValueStateDescriptor


class ByTime(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Pair(ProcessJoinFunction):
    def process_element(self, left, right, ctx):
        yield left[0], right[0]


@pytest.fixture
def env():
    return StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)


def timed(env, records, key=lambda record: record[2], type_info=None):
    """(name, timestamp, key) as a keyed stream whose watermark comes only with the end."""
    slow = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_days(1))
    stream = env.from_collection(records, type_info)
    return stream.assign_timestamps_and_watermarks(slow.with_timestamp_assigner(ByTime())).key_by(key)


def joined(env, left, right, lower, upper, function=None, output_type=None):
    interval = timed(env, left).interval_join(timed(env, right)).between(lower, upper)
    return interval.process(function or Pair(), output_type)


RECORDS = st.lists(st.tuples(st.integers(0, 99), st.integers(-9, 9), st.sampled_from("ab")), max_size=15)


@settings(max_examples=60, deadline=None)
@given(RECORDS, RECORDS, st.integers(-8, 8), st.integers(0, 8), st.sampled_from([1, 2]))
def test_pairs_are_those_within_the_bounds(left, right, lower, width, parallelism):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)
    got = joined(env, left, right, lower, lower + width).execute_and_collect()
    assert sorted(got) == sorted(
        (a, b) for a, s, k in left for b, t, j in right if k == j and s + lower <= t <= s + lower + width
    )


LEFT = [("l", 10, "k")]
RIGHT = [(f"r{t}", t, "k") for t in range(5, 16)]


@pytest.mark.parametrize(
    "bounds",
    [(-2, 2), (Time.milliseconds(-2), Duration.of_millis(2)), (-2, datetime.timedelta(milliseconds=2))],
)
def test_bounds_are_included_unless_said_otherwise(env, bounds):
    def pairs(adjust):
        interval = timed(env, LEFT).interval_join(timed(env, RIGHT)).between(*bounds)
        return [right for _, right in adjust(interval).process(Pair()).execute_and_collect()]

    assert sorted(pairs(lambda i: i)) == ["r10", "r11", "r12", "r8", "r9"]
    assert sorted(pairs(lambda i: i.lower_bound_exclusive())) == ["r10", "r11", "r12", "r9"]
    assert sorted(pairs(lambda i: i.upper_bound_exclusive().upper_bound_exclusive())) == [
        "r10",
        "r11",
        "r8",
        "r9",
    ]


def test_the_context_tells_both_timestamps(env):
    class Times(ProcessJoinFunction):
        def process_element(self, left, right, ctx):
            return [(ctx.get_left_timestamp(), ctx.get_right_timestamp(), ctx.get_timestamp())]

    assert list(joined(env, LEFT, [("r", 12, "k")], 0, 5, Times()).execute_and_collect()) == [(10, 12, 12)]


def test_results_have_the_later_timestamp(env):
    from pyflinkpp.datastream.functions import ProcessFunction

    class Stamp(ProcessFunction):
        def process_element(self, value, ctx):
            yield value, ctx.timestamp()

    result = joined(env, LEFT, [("r", 12, "k"), ("s", 9, "k")], -5, 5).process(Stamp())
    assert sorted(result.execute_and_collect()) == [(("l", "r"), 12), (("l", "s"), 10)]


class UntilSeen(SourceFunction):
    """A record that is on time, and then one behind the watermark again and again until a file is there."""

    def __init__(self, path):
        self.path = path

    def run(self, ctx):
        ctx.collect(("first", 1000, "k"))
        while not self.path.exists():
            ctx.collect(("late", 0, "k"))
            time.sleep(0.01)

    def cancel(self):
        pass


@pytest.mark.parametrize("side", ["left", "right"])
def test_late_records_go_to_side_outputs(env, tmp_path, side):
    seen = tmp_path / "seen"
    tag = OutputTag("late")
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(ByTime())
    source = env.add_source(UntilSeen(seen)).assign_timestamps_and_watermarks(strategy)
    running, ended = source.key_by(lambda record: record[2]), timed(env, [])
    streams = (running, ended) if side == "left" else (ended, running)
    interval = streams[0].interval_join(streams[1]).between(-5, 5)
    result = getattr(interval, f"side_output_{side}_late_data")(tag).process(Pair())

    def see(record):
        seen.touch()
        return record

    late = list(result.get_side_output(tag).map(see).execute_and_collect())
    assert late and set(late) == {("late", 0, "k")}


def test_side_outputs_and_types_of_results(env):
    tag = OutputTag("names", Types.STRING())

    class Sorted(ProcessJoinFunction):
        def process_element(self, left, right, ctx):
            yield left[1], right[1]
            yield tag, left[0] + right[0]

    result = joined(env, LEFT, [("r", 11, "k")], 0, 5, Sorted(), Types.ROW([Types.INT(), Types.LONG()]))
    assert list(result.execute_and_collect()) == [Row(f0=10, f1=11)]
    result = joined(env, LEFT, [("r", 11, "k")], 0, 5, Sorted(), Types.ROW([Types.INT(), Types.LONG()]))
    assert list(result.get_side_output(tag).execute_and_collect()) == ["lr"]


def test_the_function_has_keyed_state(env):
    class Count(ProcessJoinFunction):
        def open(self, runtime_context):
            self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.INT()))

        def process_element(self, left, right, ctx):
            self.count.update((self.count.value() or 0) + 1)
            yield left[2], self.count.value()

    right = [("r", 10, "a"), ("s", 11, "a"), ("t", 10, "b")]
    got = joined(env, [("l", 10, "a"), ("m", 10, "b")], right, -5, 5, Count()).execute_and_collect()
    assert sorted(got) == [("a", 1), ("a", 2), ("b", 1)]


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_many_results_of_one_record(batch_size):
    class Many(ProcessJoinFunction):
        def process_element(self, left, right, ctx):
            for i in range(20):
                yield right[0], i

    configuration = Configuration()
    configuration.set_string("execution.batch-size", str(batch_size))
    env = StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(1)
    right = [(n, 10, "k") for n in range(30)]
    got = list(joined(env, LEFT, right, 0, 5, Many()).execute_and_collect())
    assert sorted(got) == [(n, i) for n in range(30) for i in range(20)]


class Mine(Exception):
    pass


def test_exceptions_name_the_pair(env):
    class Fails(ProcessJoinFunction):
        def process_element(self, left, right, ctx):
            raise Mine("bang")

    with pytest.raises(JobExecutionError) as info:
        list(joined(env, LEFT, [("r", 10, "k")], 0, 5, Fails()).execute_and_collect())
    assert type(info.value.__cause__) is Mine
    assert "Interval Join" in str(info.value) and "('l', 10, 'k')" in str(info.value)
    assert "('r', 10, 'k')" in str(info.value) and "test_interval_join.py" in str(info.value)


def test_records_without_timestamps_are_refused(env):
    plain = env.from_collection(LEFT).key_by(lambda record: record[2])
    result = plain.interval_join(timed(env, RIGHT)).between(0, 5).process(Pair())
    with pytest.raises(PyFlinkppError, match="no timestamp") as info:
        list(result.execute_and_collect())
    assert "('l', 10, 'k')" in str(info.value) and "test_interval_join.py" in str(info.value)


def test_misuse_is_refused_where_it_is_declared(env):
    left, right = timed(env, LEFT), timed(env, RIGHT)
    other_env = StreamExecutionEnvironment.get_execution_environment()
    with pytest.raises(TypeError, match="KeyedStream"):
        left.interval_join(env.from_collection(RIGHT))
    with pytest.raises(ValueError, match="environment"):
        left.interval_join(timed(other_env, RIGHT))
    with pytest.raises(ValueError, match="bound"):
        left.interval_join(right).between(2, 1)
    with pytest.raises(ValueError, match="bound"):
        left.interval_join(right).between(1, 1).upper_bound_exclusive()
    with pytest.raises(ValueError, match="64 bits"):
        left.interval_join(right).between(0, 2**63)
    with pytest.raises(TypeError, match="lower_bound"):
        left.interval_join(right).between("0", 1)
    with pytest.raises(ConfigurationError, match="event time"):
        left.interval_join(right).in_processing_time().between(0, 1)
    with pytest.raises(TypeError, match="ProcessJoinFunction"):
        left.interval_join(right).between(0, 1).process(lambda a, b: (a, b))
    with pytest.raises(TypeError, match="OutputTag"):
        left.interval_join(right).between(0, 1).side_output_left_late_data("late")
    assert (
        left.interval_join(right).in_event_time().between(0, 1).process(Pair()).get_name() == "Interval Join"
    )
