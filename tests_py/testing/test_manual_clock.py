"""Jobs driven by hand: time and input come when the test says so."""

import pytest

from pyflinkpp.common import Duration, WatermarkStrategy
from pyflinkpp.common.watermark_strategy import WatermarkGenerator
from pyflinkpp.datastream import (
    KeyedProcessFunction,
    ProcessFunction,
    StreamExecutionEnvironment,
    TimeCharacteristic,
)
from pyflinkpp.testing import ManualClock, ManualSource

MIN = -(2**63)
MONOTONOUS = WatermarkStrategy.for_monotonous_timestamps()


class Seen(ProcessFunction):
    """(value, timestamp, watermark) of each record."""

    def process_element(self, value, ctx):
        yield value, ctx.timestamp(), ctx.timer_service().current_watermark()


class Clocked(KeyedProcessFunction):
    """The processing time of each record, and of a timer one second later."""

    def process_element(self, value, ctx):
        now = ctx.timer_service().current_processing_time()
        ctx.timer_service().register_processing_time_timer(now + 1000)
        yield value, now

    def on_timer(self, timestamp, ctx):
        yield "timer", timestamp, ctx.timer_service().current_processing_time()


@pytest.fixture
def clock():
    return ManualClock(10_000)


@pytest.fixture
def env(clock):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    clock.drive(env)
    return env


def metrics_of(results, name):
    return next(entry for entry in results._job.operator_metrics() if entry["name"] == name)


def test_timers_fire_when_the_clock_reaches_them_one_after_another(env, clock):
    source = ManualSource()
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "source")
    with stream.key_by(lambda x: 0).process(Clocked()).execute_and_collect() as results:
        source.send("a")
        clock.settle()
        assert next(results) == ("a", 10_000)
        clock.advance(600)
        source.send("b")
        clock.advance(399)
        assert next(results) == ("b", 10_600)
        clock.advance(Duration.of_seconds(5))
        assert next(results) == ("timer", 11_000, 11_001)
        assert next(results) == ("timer", 11_600, 11_601)
    assert clock.now() == 15_999


def test_periodic_watermarks_fall_where_the_test_puts_them(env, clock):
    source = ManualSource()
    strategy = MONOTONOUS.with_timestamp_assigner(lambda value, before: value)
    stamped = env.from_source(source, WatermarkStrategy.no_watermarks(), "source")
    stream = stamped.assign_timestamps_and_watermarks(strategy).process(Seen())
    with stream.execute_and_collect() as results:
        source.send(5, 7)
        clock.settle()
        source.send(6)
        clock.advance(200)
        source.send(9)
        clock.settle()
        assert [next(results) for _ in range(4)] == [(5, 5, MIN), (7, 7, MIN), (6, 6, MIN), (9, 9, 6)]


def test_a_source_with_a_strategy_emits_watermarks_while_it_is_silent(env, clock):
    source = ManualSource()
    strategy = MONOTONOUS.with_timestamp_assigner(lambda value, before: value)
    stream = env.from_source(source, strategy, "source").process(Seen())
    with stream.execute_and_collect() as results:
        source.send(5)
        clock.settle()
        assert metrics_of(results, "Source: source")["currentOutputWatermark"] == MIN
        clock.advance(200)
        assert metrics_of(results, "Source: source")["currentOutputWatermark"] == 4
        source.send(8)
        clock.settle()
        assert [next(results) for _ in range(2)] == [(5, 5, MIN), (8, 8, 4)]


def test_an_idle_input_no_longer_holds_the_watermark_back(env, clock):
    busy, silent = ManualSource(), ManualSource()
    strategy = MONOTONOUS.with_timestamp_assigner(lambda value, before: value)
    left = env.from_source(busy, strategy, "busy")
    right = env.from_source(silent, strategy.with_idleness(Duration.of_seconds(1)), "silent")
    stream = left.union(right).process(Seen()).name("seen")
    with stream.execute_and_collect() as results:
        silent.send(1)
        busy.send(100)
        clock.advance(1000)
        assert metrics_of(results, "seen")["currentInputWatermark"] == 0
        busy.send(200)
        clock.advance(1000)
        assert metrics_of(results, "seen")["currentInputWatermark"] == 199
        silent.send(150)
        clock.advance(200)
        busy.send(300)
        clock.advance(200)
        # Back, but behind: it counts again once it has caught up.
        assert metrics_of(results, "seen")["currentInputWatermark"] == 299


def test_two_inputs_have_the_lower_of_their_watermarks(env, clock):
    from pyflinkpp.datastream.functions import CoProcessFunction

    class Both(CoProcessFunction):
        def process_element1(self, value, ctx):
            yield value

        def process_element2(self, value, ctx):
            yield value

    first, second = ManualSource(), ManualSource()
    none = WatermarkStrategy.no_watermarks()
    left, right = env.from_source(first, none, "first"), env.from_source(second, none, "second")
    with left.connect(right).process(Both()).name("both").execute_and_collect() as results:

        def watermark():
            clock.settle()
            return metrics_of(results, "both")["currentInputWatermark"]

        def of_inputs():
            metrics = metrics_of(results, "both")
            return metrics["currentInput1Watermark"], metrics["currentInput2Watermark"]

        first.send_watermark(10)
        assert watermark() == MIN
        assert of_inputs() == (10, MIN)
        second.send_watermark(5)
        assert watermark() == 5
        assert of_inputs() == (10, 5)
        second.mark_idle()
        assert watermark() == 10
        second.send_watermark(7)
        assert watermark() == 10
        first.send_watermark(20)
        assert watermark() == 10
        second.end()
        assert watermark() == 20


def test_a_source_that_runs_ahead_of_its_group_pauses(env, clock):
    fast, slow = ManualSource(), ManualSource()
    strategy = MONOTONOUS.with_timestamp_assigner(lambda value, before: value)
    strategy = strategy.with_watermark_alignment("group", Duration.of_millis(50), Duration.of_millis(500))
    ahead = env.from_source(fast, strategy, "fast")
    behind = env.from_source(slow, strategy.with_idleness(Duration.of_seconds(5)), "slow")
    with ahead.union(behind).execute_and_collect() as results:
        fast.send(10)
        slow.send(1)
        clock.advance(500)
        assert {next(results), next(results)} == {10, 1}
        fast.send(100)
        clock.advance(500)
        assert next(results) == 100
        clock.advance(500)
        fast.send(101)
        clock.advance(2000)
        assert metrics_of(results, "Source: fast")["numRecordsOut"] == 2
        slow.send(70)
        clock.advance(1000)
        assert {next(results), next(results)} == {101, 70}
        fast.send(500)
        clock.advance(1000)
        assert next(results) == 500
        fast.send(501)
        clock.advance(1000)
        assert metrics_of(results, "Source: fast")["numRecordsOut"] == 4
        slow.end()
        clock.advance(1000)
        assert next(results) == 501


def test_ingestion_time_is_the_time_of_the_clock(env, clock):
    env.set_stream_time_characteristic(TimeCharacteristic.IngestionTime)
    source = ManualSource()
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "source")
    with stream.process(Seen()).execute_and_collect() as results:
        source.send("a", "b")
        clock.advance(200)
        source.send("c")
        clock.settle()
        assert [next(results) for _ in range(3)] == [
            ("a", 10_000, MIN),
            ("b", 10_000, MIN),
            ("c", 10_200, 10_199),
        ]


def test_the_interval_of_periodic_calls_is_kept(env, clock):
    class Counts(WatermarkGenerator):
        calls = 0

        def on_event(self, event, event_timestamp, output):
            output.emit_watermark(self.calls)

        def on_periodic_emit(self, output):
            self.calls += 1

    env.get_config().set_auto_watermark_interval(50)
    source = ManualSource()
    stream = env.from_source(source, WatermarkStrategy.for_generator(Counts), "source").process(Seen())
    with stream.execute_and_collect() as results:
        clock.advance(1000)
        source.send(1, 2)
        clock.settle()
        assert [next(results)[2] for _ in range(2)] == [MIN, 20]


def test_a_clock_that_cannot_settle_says_so(env, clock):
    import threading

    release = threading.Event()
    _events["release"] = release
    env.from_collection([1]).map(_wait).print()
    job = env.execute_async()
    with pytest.raises(TimeoutError, match=r"things to do after 0\.05 s"):
        clock.settle(timeout=0.05)
    release.set()
    job.get_job_execution_result().result()
    clock.settle()
    with pytest.raises(ValueError, match="not turned back"):
        clock.advance(-1)


_events = {}


def _wait(value):
    import sys

    sys.modules[__name__]._events["release"].wait(30)
    return value


def test_a_manual_source_refuses_what_it_cannot_send():
    source = ManualSource()
    for wrong in (1.5, "now", True):
        with pytest.raises(TypeError, match="a time is an int"):
            source.send(1, timestamp=wrong)
    with pytest.raises(OverflowError):
        source.send_watermark(2**63)
    source.end()
    with pytest.raises(ValueError, match="has been ended"):
        source.send(1)
